using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using Headroom.PowerShell.Jobs;

namespace Headroom.PowerShell.Completion;

/// <summary>Completes the name, the id or the port of this session's proxies, whichever the parameter asks for.</summary>
public sealed class ProxyNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var prefix = (wordToComplete ?? "").Trim('\'', '"');
        foreach (var job in RunspaceProxies.Current.Jobs)
        {
            var text = parameterName switch
            {
                "Id" => job.Id.ToString(CultureInfo.InvariantCulture),
                "Port" => job.Uri.Port.ToString(CultureInfo.InvariantCulture),
                _ => job.Name,
            };
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                var quoted = text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
                    ? text
                    : $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";
                yield return new CompletionResult(quoted, text, CompletionResultType.ParameterValue, $"{job.Name}: {job.Uri}");
            }
        }
    }
}
