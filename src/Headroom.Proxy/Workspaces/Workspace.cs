using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;
using Headroom.Mcp;
using Headroom.Proxy.Forwarding;
using Headroom.Proxy.Recording;
using Headroom.Proxy.Retention;
using Headroom.Proxy.Sidecar;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Headroom.Proxy.Workspaces;

/// <summary>One workspace's store, and over it all that serves requests by what the store holds.</summary>
internal sealed class Workspace : IAsyncDisposable
{
    private readonly StoreSweep _sweep;

    public Workspace(
        ProxyOptions options,
        RequestOptimizerOptions optimizing,
        ICcrStore store,
        IHttpForwarder forwarder,
        Upstreams upstreams,
        SemaphoreSlim largeBodies,
        RequestRecorder recorder,
        Func<CancellationToken, Task<string>>? savings,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        Store = store;
        _sweep = new StoreSweep(store, options.Retention, time, loggers.CreateLogger<StoreSweep>());
        var optimizer = new OptimizerQueue(store, optimizing, largeBodies, time, loggers.CreateLogger<RequestOptimizer>());
        Mcp = new HeadroomMcpServer(store, savings, loggers);
        Sidecar = new SidecarEndpoints(options, store, optimizer, time, loggers.CreateLogger<SidecarEndpoints>());
        Providers = new ProviderPipeline(options, forwarder, upstreams, store, optimizer, recorder, time, loggers.CreateLogger<ProviderPipeline>());
    }

    /// <summary>Originals, decisions and traces.</summary>
    public ICcrStore Store { get; }

    /// <summary>Serves MCP clients.</summary>
    public HeadroomMcpServer Mcp { get; }

    /// <summary>Serves gateways.</summary>
    public SidecarEndpoints Sidecar { get; }

    /// <summary>Serves what goes to providers.</summary>
    public ProviderPipeline Providers { get; }

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        await Store.DisposeAsync();
    }
}
