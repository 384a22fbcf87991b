namespace Headroom.Proxy.Hosting;

/// <summary>
/// Gives memory back when nobody has used the proxy for a while: after large bodies the runtime would keep what they took, as it cannot know
/// that the next one is an hour away. Once in each idle spell, and not while requests are open.
/// </summary>
internal sealed class IdleTrim : IDisposable
{
    public static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    // Less is not worth the pause.
    private const long WorthwhileBytes = 64L << 20;

    // The heap is that of the process, however many proxies it has.
    private static long _committed;

    private readonly Lock _gate = new();
    private readonly Action _trim;
    private readonly ITimer _timer;
    private int _open;

    /// <param name="time">Measures idleness.</param>
    /// <param name="trim">Gives memory back; null takes the runtime's collector.</param>
    public IdleTrim(TimeProvider time, Action? trim = null)
    {
        _trim = trim ?? Collect;
        _timer = time.CreateTimer(static state => ((IdleTrim)state!).OnIdle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A request begins.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _open++;
        }
    }

    /// <summary>It has ended.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (--_open == 0)
            {
                _timer.Change(IdleTime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void OnIdle()
    {
        lock (_gate)
        {
            if (_open > 0)
            {
                return;
            }
        }

        _trim();
    }

    private static void Collect()
    {
        if (GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes - Interlocked.Read(ref _committed) < WorthwhileBytes)
        {
            return;
        }

        // Aggressive: compacts the heap of large objects too, and leaves the collector no room in reserve.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Interlocked.Exchange(ref _committed, GC.GetGCMemoryInfo(GCKind.FullBlocking).TotalCommittedBytes);
    }
}
