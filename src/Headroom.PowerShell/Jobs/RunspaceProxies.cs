using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace Headroom.PowerShell.Jobs;

/// <summary>
/// The proxies of one runspace. The module's statics are shared by all runspaces of a process, but removing the module in one,
/// or closing it, must end only its own proxies.
/// </summary>
internal sealed class RunspaceProxies
{
    private static readonly ConditionalWeakTable<Runspace, RunspaceProxies> Tables = [];

    private readonly Lock _gate = new();
    private readonly List<HeadroomProxyJob> _jobs = [];

    private RunspaceProxies(Runspace runspace) =>
        runspace.StateChanged += (_, change) =>
        {
            if (change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken)
            {
                StopAll();
            }
        };

    /// <summary>Those of the runspace that the calling thread runs for.</summary>
    public static RunspaceProxies Current => Tables.GetValue(Runspace.DefaultRunspace, static runspace => new RunspaceProxies(runspace));

    /// <summary>All that were started and not yet removed, oldest first.</summary>
    public IReadOnlyList<HeadroomProxyJob> Jobs
    {
        get
        {
            lock (_gate)
            {
                return [.. _jobs];
            }
        }
    }

    /// <summary>Those whose name matches a wildcard pattern.</summary>
    public IEnumerable<HeadroomProxyJob> Named(string pattern)
    {
        var wildcard = new WildcardPattern(pattern, WildcardOptions.IgnoreCase);
        return Jobs.Where(job => wildcard.IsMatch(job.Name));
    }

    public void Add(HeadroomProxyJob job)
    {
        lock (_gate)
        {
            _jobs.Add(job);
        }

        job.Disposed += Remove;
    }

    /// <summary>Stops every proxy and takes its job out of the session. May be called again.</summary>
    public void StopAll()
    {
        foreach (var job in Jobs)
        {
            job.Remove();
        }
    }

    private void Remove(HeadroomProxyJob job)
    {
        lock (_gate)
        {
            _jobs.Remove(job);
        }
    }
}
