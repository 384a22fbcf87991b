namespace Headroom.PowerShell.Isolation;

/// <summary>A running proxy; disposing of it stops it at once.</summary>
public interface IProxyHandle : IAsyncDisposable
{
    /// <summary>Where it listens, with the real port.</summary>
    Uri Uri { get; }

    /// <summary>What it has done so far.</summary>
    HeadroomStatistics Statistics { get; }

    /// <summary>What it tells, from its start to its stop; the oldest are dropped where nobody reads. For one reader.</summary>
    IAsyncEnumerable<ProxyEvent> Events { get; }

    /// <summary>Completes when the proxy has ended; faulted when it ended by a failure of its own.</summary>
    Task Completion { get; }

    /// <summary>Stops accepting, lets running requests finish for at most <paramref name="drain"/>, then aborts them.</summary>
    Task StopAsync(TimeSpan drain);
}
