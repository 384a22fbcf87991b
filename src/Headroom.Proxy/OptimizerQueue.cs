using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;

namespace Headroom.Proxy;

/// <summary>
/// Runs the optimizer so that the rest of the server keeps answering: large bodies come one after the other and leave a core
/// free. A request waits its turn and is not sent on unoptimized instead, because what a block becomes must not depend on load.
/// </summary>
internal sealed class OptimizerQueue(ICcrStore store, RequestOptimizerOptions options, TimeProvider time) : IDisposable
{
    // Below this, reading the JSON takes less than a scheduler's slice.
    private const int LargeBody = 256 << 10;

    private readonly RequestOptimizer _optimizer = new(store, options, time);
    private readonly SemaphoreSlim _largeBodies = new(Math.Max(1, Environment.ProcessorCount - 1));

    /// <summary>Optimizes a body with the proxy's settings.</summary>
    public ValueTask<OptimizedRequest> OptimizeAsync(
        IRequestFormat format, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        OptimizeAsync(_optimizer, format, body, cancellationToken);

    /// <summary>Optimizes a body with a caller's own budget for each view.</summary>
    public ValueTask<OptimizedRequest> OptimizeAsync(
        IRequestFormat format, ReadOnlyMemory<byte> body, int budget, CancellationToken cancellationToken) =>
        OptimizeAsync(new RequestOptimizer(store, options with { Budget = budget }, time), format, body, cancellationToken);

    public void Dispose() => _largeBodies.Dispose();

    private async ValueTask<OptimizedRequest> OptimizeAsync(
        RequestOptimizer optimizer, IRequestFormat format, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (body.Length < LargeBody)
        {
            return await optimizer.OptimizeAsync(format, body, cancellationToken);
        }

        await _largeBodies.WaitAsync(cancellationToken);
        try
        {
            return await optimizer.OptimizeAsync(format, body, cancellationToken);
        }
        finally
        {
            _largeBodies.Release();
        }
    }
}
