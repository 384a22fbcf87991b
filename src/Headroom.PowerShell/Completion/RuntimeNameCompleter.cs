using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Headroom.PowerShell.Isolation;

namespace Headroom.PowerShell.Completion;

/// <summary>Completes names that the runtime knows.</summary>
public abstract class RuntimeNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var prefix = (wordToComplete ?? "").Trim('\'', '"');
        try
        {
            return [.. Names(RuntimeLoadContext.Runtime)
                .Where(name => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal)
                .Select(name => new CompletionResult(name))];
        }
        catch (HeadroomException)
        {
            // The command itself says what is wrong; a completer must not.
            return [];
        }
    }

    private protected abstract IReadOnlyList<string> Names(IHeadroomRuntime runtime);
}
