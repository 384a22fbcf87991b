using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace Headroom.PowerShell.Commands;

/// <summary>Takes an encoding, as Get-Content does, for its code page, so that only names cross the border.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EncodingTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            Encoding encoding => encoding.CodePage.ToString(CultureInfo.InvariantCulture),
            var other => other,
        };
}
