using System.Globalization;
using System.Management.Automation;
using System.Security;
using Headroom.PowerShell.Isolation;
using Headroom.PowerShell.Jobs;

namespace Headroom.PowerShell.Commands;

/// <summary>Starts a proxy as a job of this session. The port is bound before the job is returned.</summary>
[Cmdlet(VerbsLifecycle.Start, "HeadroomProxy", SupportsShouldProcess = true)]
[OutputType(typeof(HeadroomProxyJob))]
public sealed class StartHeadroomProxyCommand : HeadroomCommand
{
    /// <summary>The TCP port; 0 takes a free one.</summary>
    [Parameter(Position = 0)]
    [ValidateRange(0, 65535)]
    public int Port { get; set; } = 8787;

    /// <summary>The address to listen on; 0.0.0.0 or :: for all. Beyond this machine it takes a token and InsecureListen.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>What callers from other machines must present: at least 32 visible ASCII characters.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>Callers on this machine must present the token too.</summary>
    [Parameter]
    public SwitchParameter RequireToken { get; set; }

    /// <summary>Listen beyond this machine although there is no TLS: tokens, keys and content cross that network in clear text.</summary>
    [Parameter]
    public SwitchParameter InsecureListen { get; set; }

    /// <summary>Names beside the address by which clients call this proxy.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? AllowedHost { get; set; }

    /// <summary>Base URL for requests in OpenAI's format; https, or http on this machine.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? OpenAIUrl { get; set; }

    /// <summary>Base URL for requests in Anthropic's format; https, or http on this machine.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? AnthropicUrl { get; set; }

    /// <summary>Base URLs may be http beyond this machine, in your own network: keys and content cross it in clear text.</summary>
    [Parameter]
    public SwitchParameter AllowHttp { get; set; }

    /// <summary>A file of certificates (PEM) of authorities to trust for upstreams beside the system's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CaFile { get; set; }

    /// <summary>Where originals and decisions are kept: sqlite, memory, or the URL of a Redis server (redis:// or rediss://) that several proxies share.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>Whose originals and decisions are meant; those of other workspaces in the same store are out of reach.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Workspace { get; set; }

    /// <summary>Originals and decisions that were not used for longer go; 7 days when not given. Nothing goes within a day of its last use.</summary>
    [Parameter]
    public TimeSpan? CacheMaxAge { get; set; }

    /// <summary>Beyond this many bytes, as kept, what was least recently used goes; 1GB when not given. Nothing goes within a day of its last use.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long? CacheMaxSize { get; set; }

    /// <summary>Directory of the store; the user's data directory when not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DataDirectory { get; set; }

    /// <summary>How far tool results may be compressed.</summary>
    [Parameter]
    public HeadroomLevel Level { get; set; } = HeadroomLevel.Balanced;

    /// <summary>When to add the tool headroom_retrieve to a conversation's tools, so that views can be used in it.</summary>
    [Parameter]
    public HeadroomCcrTool CcrTool { get; set; } = HeadroomCcrTool.Auto;

    /// <summary>How often one answer may be continued after calls of the added headroom_retrieve.</summary>
    [Parameter]
    [ValidateRange(0, 10)]
    public int CcrRounds { get; set; } = 3;

    /// <summary>Use views also where the model cannot reach the tool headroom_retrieve.</summary>
    [Parameter]
    public SwitchParameter AllowViews { get; set; }

    /// <summary>A file of rules for single tools and commands; headroom.rules.json in the data directory when not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RulesPath { get; set; }

    /// <summary>Forward everything as it is.</summary>
    [Parameter]
    public SwitchParameter NoOptimize { get; set; }

    /// <summary>
    /// How many seconds running requests may take to finish when the proxy is stopped; what then still runs is cut off. Stop-Job waits for it
    /// where Ctrl+C cannot interrupt, so it is short.
    /// </summary>
    [Parameter]
    [ValidateRange(0, 300)]
    public int DrainTimeout { get; set; } = 5;

    /// <summary>The job's name; Headroom and the port when not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        if (!ShouldProcess($"http://{Address}:{port}", "Start a Headroom proxy"))
        {
            return;
        }

        var settings = new ProxySettings
        {
            Port = Port,
            Address = Address,
            Token = Token,
            RequireToken = RequireToken,
            InsecureListen = InsecureListen,
            AllowedHosts = AllowedHost ?? [],
            OpenAIUrl = OpenAIUrl,
            AnthropicUrl = AnthropicUrl,
            AllowHttp = AllowHttp,
            CaFile = ResolvePath(CaFile),
            IsVerbose = MyInvocation.BoundParameters.TryGetValue("Verbose", out var verbose) && verbose is SwitchParameter { IsPresent: true },
            Store = Store,
            Workspace = Workspace,
            CacheMaxAge = CacheMaxAge,
            CacheMaxSize = CacheMaxSize,
            DataDirectory = ResolvePath(DataDirectory),
            Level = Level,
            CcrTool = CcrTool,
            CcrRounds = CcrRounds,
            AllowViews = AllowViews,
            RulesPath = ResolvePath(RulesPath),
            Optimize = !NoOptimize,
        };
        var runtime = Runtime;
        IProxyHandle proxy;
        try
        {
            proxy = Await(token => runtime.StartProxyAsync(settings, token));
        }
        catch (HeadroomException failure)
        {
            ThrowTerminatingError(failure.ToErrorRecord(Port));
            throw;
        }

        // Composed, because the invocation's own line would also show what else stands on it, keys included.
        var job = new HeadroomProxyJob("Start-HeadroomProxy -Port " + port, Name, proxy, JobRepository, Token?.Copy()) { Drain = TimeSpan.FromSeconds(DrainTimeout) };
        JobRepository.Add(job);
        RunspaceProxies.Current.Add(job);
        WriteObject(job);
    }
}
