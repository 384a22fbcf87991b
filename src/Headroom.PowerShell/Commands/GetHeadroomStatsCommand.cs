using System.Management.Automation;
using System.Security;
using Headroom.PowerShell.Jobs;

namespace Headroom.PowerShell.Commands;

/// <summary>What proxies have saved so far: those of this session, or any at a given address.</summary>
[Cmdlet(VerbsCommon.Get, "HeadroomStats", DefaultParameterSetName = SessionSet)]
[OutputType(typeof(HeadroomStatistics))]
public sealed class GetHeadroomStatsCommand : HeadroomCommand
{
    private const string SessionSet = "Session";
    private const string UriSet = "Uri";

    /// <summary>Only these proxies of this session.</summary>
    [Parameter(ParameterSetName = SessionSet, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public HeadroomProxyJob[] Job { get; set; } = [];

    /// <summary>Base addresses of proxies, of whatever process.</summary>
    [Parameter(ParameterSetName = UriSet, Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public Uri[] Uri { get; set; } = [];

    /// <summary>The token that these proxies ask for; a job of this session knows its own.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == UriSet)
        {
            Array.ForEach(Uri, uri => ReadRemote(uri, Token));
            return;
        }

        var jobs = MyInvocation.BoundParameters.ContainsKey(nameof(Job)) ? Job : RunspaceProxies.Current.Jobs;
        if (jobs.Count == 0)
        {
            WriteVerbose("This session has no proxy; start one with Start-HeadroomProxy or name one with -Uri.");
        }

        foreach (var job in jobs)
        {
            // The proxy itself knows which requests are still being counted, and waits for them a moment.
            if (job.JobStateInfo.State == JobState.Running)
            {
                ReadRemote(job.Uri, job.Token);
            }
            else
            {
                WriteObject(job.Statistics);
            }
        }
    }

    private void ReadRemote(Uri uri, SecureString? secret)
    {
        var runtime = Runtime;
        try
        {
            WriteObject(Await(token => runtime.ReadStatisticsAsync(uri, secret, token)));
        }
        catch (HeadroomException failure)
        {
            WriteError(failure.ToErrorRecord(uri));
        }
    }
}
