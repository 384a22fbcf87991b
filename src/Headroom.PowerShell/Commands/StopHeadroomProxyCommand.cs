using System.Globalization;
using System.Management.Automation;
using Headroom.PowerShell.Completion;
using Headroom.PowerShell.Jobs;

namespace Headroom.PowerShell.Commands;

/// <summary>Stops proxies of this session. Their jobs stay, as with Stop-Job, until Remove-Job.</summary>
[Cmdlet(VerbsLifecycle.Stop, "HeadroomProxy", SupportsShouldProcess = true, DefaultParameterSetName = IdSet)]
[OutputType(typeof(HeadroomProxyJob))]
public sealed class StopHeadroomProxyCommand : HeadroomCommand
{
    private const string JobSet = "Job";
    private const string IdSet = "Id";
    private const string NameSet = "Name";
    private const string PortSet = "Port";

    /// <summary>The proxies to stop.</summary>
    [Parameter(ParameterSetName = JobSet, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public HeadroomProxyJob[] Job { get; set; } = [];

    /// <summary>The ids of their jobs.</summary>
    [Parameter(ParameterSetName = IdSet, Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProxyNameCompleter))]
    public int[] Id { get; set; } = [];

    /// <summary>The names of their jobs; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ProxyNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The ports they listen on.</summary>
    [Parameter(ParameterSetName = PortSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProxyNameCompleter))]
    public int[] Port { get; set; } = [];

    /// <summary>Return the stopped jobs.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var proxies = RunspaceProxies.Current;
        IEnumerable<HeadroomProxyJob> chosen = ParameterSetName switch
        {
            IdSet => Id.SelectMany(id => Found(proxies.Jobs.Where(job => job.Id == id), "id", id)),
            NameSet => Name.SelectMany(name => Found(proxies.Named(name), "name", name)),
            PortSet => Port.SelectMany(port => Found(proxies.Jobs.Where(job => job.Port == port && !job.IsFinished), "port", port)),
            _ => Job,
        };
        foreach (var job in chosen.Distinct().ToArray())
        {
            if (!ShouldProcess($"{job.Name} ({job.Location})", "Stop the Headroom proxy"))
            {
                continue;
            }

            Await(_ =>
            {
                job.StopJob();
                return Task.FromResult(true);
            });
            if (PassThru)
            {
                WriteObject(job);
            }
        }
    }

    private HeadroomProxyJob[] Found(IEnumerable<HeadroomProxyJob> matches, string what, object value)
    {
        HeadroomProxyJob[] found = [.. matches];
        if (found.Length == 0 && !(value is string pattern && WildcardPattern.ContainsWildcardCharacters(pattern)))
        {
            WriteError(new HeadroomException("HeadroomProxyNotFound", ErrorCategory.ObjectNotFound,
                string.Create(CultureInfo.CurrentCulture, $"This session has no proxy with the {what} {value}.")).ToErrorRecord(value));
        }

        return found;
    }
}
