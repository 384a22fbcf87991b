using System.Globalization;
using System.Management.Automation;
using Headroom.PowerShell.Isolation;
using Headroom.PowerShell.Jobs;

namespace Headroom.PowerShell.Commands;

/// <summary>
/// Serves compression and retrieval to MCP clients: over this process's stdin and stdout until stdin ends, or over HTTP as a job of this
/// session.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "HeadroomMcpServer", SupportsShouldProcess = true, DefaultParameterSetName = StdioSet)]
[OutputType(typeof(HeadroomProxyJob), ParameterSetName = [HttpSet])]
public sealed class StartHeadroomMcpServerCommand : HeadroomCommand
{
    private const string StdioSet = "Stdio";
    private const string HttpSet = "Http";

    /// <summary>Serve HTTP on 127.0.0.1, at the path /mcp, and return a job.</summary>
    [Parameter(ParameterSetName = HttpSet, Mandatory = true)]
    public SwitchParameter Http { get; set; }

    /// <summary>The TCP port on 127.0.0.1; 0 takes a free one.</summary>
    [Parameter(ParameterSetName = HttpSet)]
    [ValidateRange(0, 65535)]
    public int Port { get; set; } = 8788;

    /// <summary>Where originals are kept: sqlite, memory, or the URL of a Redis server (redis:// or rediss://).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>Whose originals are meant; those of other workspaces in the same store are out of reach.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Workspace { get; set; }

    /// <summary>Directory of the store; the user's data directory when not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DataDirectory { get; set; }

    /// <summary>The job's name; Headroom and the port when not given.</summary>
    [Parameter(ParameterSetName = HttpSet)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        if (!ShouldProcess(Http ? $"http://127.0.0.1:{port}/mcp" : "stdin and stdout", "Start a Headroom MCP server"))
        {
            return;
        }

        if (!Http && !Console.IsInputRedirected)
        {
            ThrowTerminatingError(new HeadroomException("HeadroomMcpOnTerminal", ErrorCategory.InvalidOperation,
                "stdin is a terminal, and MCP is spoken by programs: let an MCP client start pwsh with this command, or serve over HTTP with -Http.").ToErrorRecord(target: null));
        }

        var runtime = Runtime;
        try
        {
            if (!Http)
            {
                // From here on stdout is the protocol's: nothing is written to the pipeline or the host.
                var settings = new StoreSettings(ResolvePath(DataDirectory), Store, Workspace);
                Await(async token =>
                {
                    await runtime.ServeMcpAsync(settings, token).ConfigureAwait(false);
                    return true;
                });
                return;
            }

            var proxy = Await(token => runtime.StartProxyAsync(
                new ProxySettings { Port = Port, Store = Store, Workspace = Workspace, DataDirectory = ResolvePath(DataDirectory), Forward = false }, token));
            var job = new HeadroomProxyJob("Start-HeadroomMcpServer -Http -Port " + port, Name, proxy, JobRepository);
            JobRepository.Add(job);
            RunspaceProxies.Current.Add(job);
            WriteObject(job);
        }
        catch (HeadroomException failure)
        {
            ThrowTerminatingError(failure.ToErrorRecord(Port));
        }
    }
}
