using Headroom.PowerShell.Isolation;
using Headroom.Proxy;

namespace Headroom.PowerShell.Runtime;

/// <summary>A proxy server as the module sees it.</summary>
internal sealed class ProxyHandle(ProxyServer server, EventChannel events) : IProxyHandle
{
    public Uri Uri => server.Uri;

    // A property for scripts; where a server keeps the sums, it answers within its own bounds of time.
    public HeadroomStatistics Statistics => server.StatisticsAsync().AsTask().GetAwaiter().GetResult().ToPlain(server.Uri);

    public IAsyncEnumerable<ProxyEvent> Events => events.Events;

    public Task Completion => server.Completion;

    public async Task StopAsync(TimeSpan drain)
    {
        await server.StopAsync(drain).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync().ConfigureAwait(false);
        events.Dispose();
    }
}
