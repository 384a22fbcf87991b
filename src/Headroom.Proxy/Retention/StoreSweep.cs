using Headroom.Engine.Ccr;
using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Retention;

/// <summary>
/// Sweeps the store a minute after the start and every ten minutes from then on. A sweep that fails is told once, and tried again
/// when the next is due; requests never notice.
/// </summary>
internal sealed class StoreSweep : IAsyncDisposable
{
    public static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public StoreSweep(ICcrStore store, CcrRetention retention, TimeProvider time, ILogger logger) =>
        _running = RunAsync(store, retention, time, logger, _stopping.Token);

    /// <summary>Ends a sweep that is under way and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private static async Task RunAsync(
        ICcrStore store, CcrRetention retention, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        string? told = null;
        try
        {
            for (var wait = First; ; wait = Interval)
            {
                await Task.Delay(wait, time, cancellationToken);
                try
                {
                    // SQLite works on the thread that calls it.
                    await Task.Run(() => store.SweepAsync(retention, cancellationToken).AsTask(), cancellationToken);
                    told = null;
                }
                catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    if (told != e.Message)
                    {
                        told = e.Message;
                        logger.SweepFailed(new Failure(e));
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }
}
