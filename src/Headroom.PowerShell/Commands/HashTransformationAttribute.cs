using System.Management.Automation;
using System.Text.RegularExpressions;

namespace Headroom.PowerShell.Commands;

/// <summary>Takes the hash out of what carries one: a marker, or an object or annotated text with a property Hash.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed partial class HashTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is not string && LanguagePrimitives.GetEnumerable(inputData) is { } several
            ? several.Cast<object?>().Select(HashOf).ToArray()
            : HashOf(inputData);

    private static string HashOf(object? carrier)
    {
        var text = carrier is PSObject { Properties: var properties } && properties["Hash"]?.Value is string own
            ? own
            : (carrier is PSObject wrapped ? wrapped.BaseObject : carrier)?.ToString() ?? "";

        // Of several markers none is meant more than another: that is for Expand-HeadroomContent.
        var hash = MarkerPattern().Matches(text) is [var marker] ? marker.Groups[1].Value : text.Trim().ToLowerInvariant();
        return HashPattern().IsMatch(hash)
            ? hash
            : throw new ArgumentTransformationMetadataException(
                $"'{(text.Length > 60 ? $"{text[..60]}..." : text)}' is no hash: one has 24 digits of 0-9 and a-f, as in a marker's hash=0123456789abcdef01234567.");
    }

    [GeneratedRegex("^[0-9a-f]{24}$", RegexOptions.CultureInvariant)]
    private static partial Regex HashPattern();

    [GeneratedRegex("headroom_retrieve hash=([0-9a-f]{24})\\]", RegexOptions.CultureInvariant)]
    private static partial Regex MarkerPattern();
}
