using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using Headroom.PowerShell.Isolation;

namespace Headroom.PowerShell.Completion;

/// <summary>Completes the hashes of stored originals, the most recently used first.</summary>
public sealed class HashCompleter : IArgumentCompleter
{
    private const int Most = 50;

    // A prompt that hangs is worse than none.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        ArgumentNullException.ThrowIfNull(fakeBoundParameters);
        var prefix = (wordToComplete ?? "").Trim('\'', '"');
        try
        {
            var directory = fakeBoundParameters["DataDirectory"] as string;
            var settings = new StoreSettings(
                directory is null ? null : FullPath(directory),
                fakeBoundParameters["Store"] as string,
                fakeBoundParameters["Workspace"] as string);
            using var stop = new CancellationTokenSource(Patience);
            return Task.Run(() => FindAsync(settings, prefix, stop.Token), stop.Token).WaitAsync(stop.Token).GetAwaiter().GetResult();
        }
        catch (Exception failure) when (failure is HeadroomException or OperationCanceledException or RuntimeException or InvalidOperationException)
        {
            // The command itself says what is wrong; a completer must not.
            return [];
        }
    }

    // A completer is given no session; a script has one.
    private static string FullPath(string path) => (string)ScriptBlock
        .Create("$ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($args[0])").Invoke(path)[0].BaseObject;

    private static async Task<List<CompletionResult>> FindAsync(StoreSettings settings, string prefix, CancellationToken cancellationToken)
    {
        await using var store = await RuntimeLoadContext.Runtime.OpenAsync(settings, cancellationToken).ConfigureAwait(false);
        var found = new List<CompletionResult>();
        await foreach (var entry in store.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!entry.Hash.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var tip = string.Create(CultureInfo.CurrentCulture, $"{entry.Length:N0} bytes, stored {entry.Created:g}, last used {entry.LastUsed:g}");
            found.Add(new CompletionResult(entry.Hash, entry.Hash, CompletionResultType.ParameterValue, tip));
            if (found.Count == Most)
            {
                break;
            }
        }

        return found;
    }
}
