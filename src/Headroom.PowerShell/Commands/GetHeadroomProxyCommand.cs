using System.Management.Automation;
using Headroom.PowerShell.Completion;
using Headroom.PowerShell.Jobs;

namespace Headroom.PowerShell.Commands;

/// <summary>Lists the proxies that this session started and has not removed.</summary>
[Cmdlet(VerbsCommon.Get, "HeadroomProxy")]
[OutputType(typeof(HeadroomProxyJob))]
public sealed class GetHeadroomProxyCommand : HeadroomCommand
{
    /// <summary>Only those with one of these names; wildcards are allowed.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ProxyNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            var found = false;
            foreach (var job in RunspaceProxies.Current.Named(name))
            {
                found = true;
                WriteObject(job);
            }

            if (!found && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                WriteError(new HeadroomException("HeadroomProxyNotFound", ErrorCategory.ObjectNotFound,
                    $"This session has no proxy with the name {name}.").ToErrorRecord(name));
            }
        }
    }
}
