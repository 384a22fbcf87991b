using Headroom.PowerShell.Isolation;

namespace Headroom.PowerShell.Completion;

/// <summary>Completes the names of encodings.</summary>
public sealed class EncodingNameCompleter : RuntimeNameCompleter
{
    private protected override IReadOnlyList<string> Names(IHeadroomRuntime runtime) => runtime.EncodingNames;
}
