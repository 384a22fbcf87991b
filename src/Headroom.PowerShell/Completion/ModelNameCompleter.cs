using Headroom.PowerShell.Isolation;

namespace Headroom.PowerShell.Completion;

/// <summary>Completes the names of models whose tokens can be counted.</summary>
public sealed class ModelNameCompleter : RuntimeNameCompleter
{
    private protected override IReadOnlyList<string> Names(IHeadroomRuntime runtime) => runtime.ModelNames;
}
