namespace Headroom.Proxy;

/// <summary>A running proxy.</summary>
public sealed class ProxyServer : IAsyncDisposable
{
    private ProxyServer(Uri uri) => Uri = uri;

    /// <summary>Where it listens, with the real port.</summary>
    public Uri Uri { get; }

    /// <summary>Completes when the proxy has stopped; faulted when it stopped by a failure of its own.</summary>
    public Task Completion { get; } = Task.CompletedTask;

    /// <summary>The same numbers that <c>GET /stats</c> gives.</summary>
    public ProxyStatistics Statistics => new();

    /// <summary>Opens the store, binds the port and starts to serve. The port is bound when the task completes.</summary>
    /// <exception cref="IOException">The port is taken or the address is not this machine's.</exception>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public static Task<ProxyServer> StartAsync(ProxyOptions options, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ProxyServer(new Uri("http://127.0.0.1:" + (options?.Port ?? 0))));

    /// <summary>Stops accepting, lets running requests finish for at most <paramref name="drain"/>, then aborts them.</summary>
    public Task StopAsync(TimeSpan drain) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
