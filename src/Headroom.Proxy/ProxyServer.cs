using System.Net;
using System.Net.Sockets;
using System.Text;
using Headroom.Engine.Accounting;
using Headroom.Engine.Ccr;
using Headroom.Engine.Diagnostics;
using Headroom.Engine.Requests;
using Headroom.Engine.Rules;
using Headroom.Proxy.Admission;
using Headroom.Proxy.Forwarding;
using Headroom.Proxy.Hosting;
using Headroom.Proxy.Operations;
using Headroom.Proxy.Recording;
using Headroom.Proxy.Workspaces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Headroom.Proxy;

/// <summary>A running proxy.</summary>
public sealed class ProxyServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RequestRecorder _recorder;
    private readonly ISavingsLedger _ledger;
    private readonly OpenWorkspaces _workspaces;
    private readonly Upstreams _upstreams;
    private readonly IdleTrim _idle;
    private readonly RepeatedEvents _events;
    private readonly ILogger _logger;
    private readonly RunningRequests _running = new();
    private readonly TimeProvider _time;

    // Large bodies leave a core free, whatever workspaces they are for.
    private readonly SemaphoreSlim _largeBodies = new(Math.Max(1, Environment.ProcessorCount - 1));
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isStopping;

    private ProxyServer(
        WebApplication app, ProxyOptions options, CompressionRules rules, Func<string, ICcrStore> stores, ICcrStore store, ISavingsLedger ledger, TimeProvider time, RepeatedEvents events, UpstreamTrust trust)
    {
        (_app, _ledger, _time, _events, _logger) = (app, ledger, time, events, events.CreateLogger<ProxyServer>());
        _idle = new IdleTrim(time);
        _recorder = new RequestRecorder(ledger, _idle, logger: events.CreateLogger<RequestRecorder>());
        _upstreams = new Upstreams(options, trust, time, events.CreateLogger<Upstreams>());
        var optimizing = new RequestOptimizerOptions
        {
            Level = options.Level,
            AllowViews = options.AllowViews,
            RetrieveTool = options.RetrieveTool,
            Rules = rules.Then(CompressionRules.ToolClasses),
        };
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        _workspaces = new OpenWorkspaces(options.Workspace, Over(store), name => Over(stores(name)));
        var dispatcher = new RequestDispatcher(
            new RequestGate(options),
            new StatusEndpoints(options, store, ledger, _recorder, _upstreams, time, events.CreateLogger<StatusEndpoints>()),
            new McpEndpoint(app.Services, options.MaxBodyBytes),
            _workspaces,
            _idle,
            _running,
            options.Forward,
            _logger);
        app.Run(dispatcher.InvokeAsync);
        Uri = new Uri("http://localhost");

        Workspace Over(ICcrStore opened) => new(options, optimizing, opened, forwarder, _upstreams, _largeBodies, _recorder, options.Forward ? SavingsAsync : null, time, events);

        async Task<string> SavingsAsync(CancellationToken cancellationToken) => ProxyStatistics.Of(await ledger.SnapshotAsync(cancellationToken)).Summary;
    }

    /// <summary>Where it listens, with the real port; where it listens on all addresses, the loopback one.</summary>
    public Uri Uri { get; private set; }

    /// <summary>Completes when the proxy has stopped; faulted when it stopped by a failure of its own.</summary>
    public Task Completion => _completion.Task;

    /// <summary>The same numbers that <c>GET /stats</c> gives. A request is in them a moment after its answer has ended.</summary>
    public async ValueTask<ProxyStatistics> StatisticsAsync(CancellationToken cancellationToken = default) =>
        ProxyStatistics.Of(await _ledger.SnapshotAsync(cancellationToken)) with { Upstreams = _upstreams.Failures };

    /// <summary>Waits, however long it takes, until every request that has begun has ended and is in the statistics.</summary>
    internal ValueTask SettleAsync(CancellationToken cancellationToken) => _recorder.SettleAsync(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Opens the store, binds the port and starts to serve. The port is bound when the task completes.</summary>
    /// <param name="options">What to serve and how.</param>
    /// <param name="shared">Opens what proxies share on a server; null where <see cref="ProxyOptions.Store"/> names none.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="IOException">The port is taken, the address is not this machine's, or the store cannot be opened.</exception>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    /// <exception cref="CompressionRulesException">The file of rules is wrong; the message gives file, line and column.</exception>
    public static Task<ProxyServer> StartAsync(ProxyOptions options, SharedState? shared, CancellationToken cancellationToken = default) =>
        StartAsync(options, shared, TimeProvider.System, cancellationToken);

    /// <inheritdoc cref="StartAsync(ProxyOptions, SharedState?, CancellationToken)"/>
    internal static async Task<ProxyServer> StartAsync(ProxyOptions options, SharedState? shared, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ProxyOptionsRules.Check(options, shared);
        var rules = RulesOf(options);
        var events = new RepeatedEvents(options.Loggers, time);
        var trust = TrustOf(options, events);
        ISavingsLedger ledger = options.Store.Server is { } server
            ? shared!.OpenLedger(server, options.Workspace, PriceTable.Default, time)
            : new SavingsLedger(PriceTable.Default, time);
        return await StartAsync(options, rules, Open, Open(options.Workspace), ledger, time, events, trust, cancellationToken);

        ICcrStore Open(string workspace) => options.Store.Open(
            options.DataDirectory, workspace, (at, name, clock) => shared!.OpenStore(at, name, clock), time, events.CreateLogger<Workspace>().StoreTold);
    }

    /// <inheritdoc cref="StartAsync(ProxyOptions, SharedState?, CancellationToken)"/>
    public static Task<ProxyServer> StartAsync(ProxyOptions options, CancellationToken cancellationToken = default) =>
        StartAsync(options, null, cancellationToken);

    /// <summary>Starts over a store, which the server then owns; other workspaces are kept in memory.</summary>
    internal static Task<ProxyServer> StartAsync(
        ProxyOptions options, ICcrStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        ProxyOptionsRules.Check(options, null);
        var events = new RepeatedEvents(options.Loggers, time);
        return StartAsync(
            options,
            RulesOf(options),
            name => new MemoryCcrStore(name, time),
            store,
            new SavingsLedger(PriceTable.Default, time),
            time,
            events,
            TrustOf(options, events),
            cancellationToken);
    }

    private static UpstreamTrust TrustOf(ProxyOptions options, RepeatedEvents events) =>
        UpstreamTrust.Read(options.CaFile, Environment.GetEnvironmentVariable, events.CreateLogger<UpstreamTrust>());

    private static CompressionRules RulesOf(ProxyOptions options) => options.RulesFile is { } file
        ? CompressionRulesFile.Read(file)
        : CompressionRulesFile.ReadFrom(options.DataDirectory ?? CcrDataDirectory.Default);

    private static async Task<ProxyServer> StartAsync(
        ProxyOptions options,
        CompressionRules rules,
        Func<string, ICcrStore> stores,
        ICcrStore store,
        ISavingsLedger ledger,
        TimeProvider time,
        RepeatedEvents events,
        UpstreamTrust trust,
        CancellationToken cancellationToken)
    {
        var app = Build(options);
        var server = new ProxyServer(app, options, rules, stores, store, ledger, time, events, trust);
        try
        {
            // A store that cannot be opened now is a mistake to tell; one that fails later is not worth a user's request.
            await store.OpenAsync(cancellationToken);
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e)
        {
            await server.DisposeAsync();
            throw e switch
            {
                CcrStoreException => new IOException(e.Message, e),
                IOException or SocketException => new IOException($"Cannot listen on {Display(options.Host)}:{options.Port}: {Cause(e)}.", e),
                _ => e,
            };
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        if (options.Optimize)
        {
            WarmUp.Start(events.CreateLogger(typeof(WarmUp).FullName!));
        }

        server.Uri = new UriBuilder(Uri.UriSchemeHttp, Display(Reachable(options.Host)), new Uri(address).Port).Uri;
        server._logger.Started(server.Uri);
        return server;
    }

    /// <summary>
    /// Takes no more requests and lets running ones finish for at most <paramref name="drain"/>, then aborts them. As long as any runs the port
    /// stays open: <c>/readyz</c> says that this proxy is ending, and new requests are refused with 503 and <c>Connection: close</c>.
    /// </summary>
    public async Task StopAsync(TimeSpan drain)
    {
        if (Interlocked.Exchange(ref _isStopping, 1) == 1)
        {
            await Completion;
            return;
        }

        try
        {
            using (var patience = new CancellationTokenSource(drain, _time))
            {
                try
                {
                    await _running.DrainAsync().WaitAsync(patience.Token);
                }
                catch (OperationCanceledException) when (patience.IsCancellationRequested)
                {
                    // The drain is over; what still runs is aborted now.
                }

                try
                {
                    await _app.StopAsync(patience.Token);
                }
                catch (OperationCanceledException) when (patience.IsCancellationRequested)
                {
                    // The drain is over; what still ran was aborted.
                }
            }

            await _app.DisposeAsync();
            _recorder.Dispose();
            await _workspaces.DisposeAsync();
            _upstreams.Dispose();
            _idle.Dispose();
            _largeBodies.Dispose();
            await _ledger.DisposeAsync();
            _logger.Stopped();
            _events.Dispose();
            _completion.SetResult();
        }
        catch (Exception e)
        {
            _completion.SetException(e);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero);

    private static WebApplication Build(ProxyOptions options)
    {
        // The empty builder reads neither settings files of the current directory nor environment variables: a proxy that a
        // module starts inside a shell must open what it was told to and nothing else.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.AddHttpForwarder();
        McpEndpoint.AddServices(builder.Services);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;

            // What passes through has no limit here; what is taken in is counted where it is read. Clients may think as long
            // as models do.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            Listen(kestrel, options);
        });
        return builder.Build();
    }

    private static void Listen(KestrelServerOptions kestrel, ProxyOptions options)
    {
        if (IPAddress.TryParse(options.Host, out var address))
        {
            kestrel.Listen(address, options.Port, Http1);
        }
        else if (options.Port == 0)
        {
            // A free port is free on one address at a time.
            kestrel.Listen(IPAddress.Loopback, 0, Http1);
        }
        else
        {
            kestrel.ListenLocalhost(options.Port, Http1);
        }

        static void Http1(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;
    }

    private static string Reachable(string host) => IPAddress.TryParse(host, out var address) switch
    {
        true when address.Equals(IPAddress.Any) => IPAddress.Loopback.ToString(),
        true when address.Equals(IPAddress.IPv6Any) => IPAddress.IPv6Loopback.ToString(),
        _ => host,
    };

    private static string Display(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host.Trim('[', ']')}]" : host;

    private static string Cause(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }:
                    return "the port is already in use";
                case SocketException { SocketErrorCode: SocketError.AddressNotAvailable }:
                    return "the address is not one of this machine's";
                case SocketException { SocketErrorCode: SocketError.AccessDenied }:
                    return "the system does not allow it";
            }
        }

        return "the system refused it";
    }
}
