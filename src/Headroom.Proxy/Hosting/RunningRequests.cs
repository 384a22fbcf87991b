namespace Headroom.Proxy.Hosting;

/// <summary>The requests that are being served, and whether more may come.</summary>
internal sealed class RunningRequests
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isDraining;
    private int _count;

    /// <summary>True when no more requests are taken.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>Says that a request has come; false when it must be refused.</summary>
    public bool TryBegin()
    {
        lock (_gate)
        {
            _count += _isDraining ? 0 : 1;
            return !_isDraining;
        }
    }

    /// <summary>Says that a request which could begin has ended.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (--_count == 0 && _isDraining)
            {
                _drained.TrySetResult();
            }
        }
    }

    /// <summary>Takes no more requests, and completes when all that were taken have ended.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            _isDraining = true;
            if (_count == 0)
            {
                _drained.TrySetResult();
            }
        }

        return _drained.Task;
    }
}
