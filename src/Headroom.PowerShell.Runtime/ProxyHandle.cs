using Headroom.PowerShell.Isolation;
using Headroom.Proxy;

namespace Headroom.PowerShell.Runtime;

/// <summary>A proxy server as the module sees it.</summary>
internal sealed class ProxyHandle(ProxyServer server) : IProxyHandle
{
    public Uri Uri => server.Uri;

    public HeadroomStatistics Statistics => server.Statistics.ToPlain(server.Uri);

    public Task Completion => server.Completion;

    public async Task StopAsync(TimeSpan drain)
    {
        await server.StopAsync(drain).ConfigureAwait(false);
        await server.DisposeAsync().ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
