using System.Collections.Concurrent;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy;

/// <summary>
/// Runs the optimizer so that the rest of the server keeps answering: large bodies come one after the other and leave a core
/// free. A request waits its turn and is not sent on unoptimized instead, because what a block becomes must not depend on load.
/// </summary>
/// <param name="store">Keeps pins and originals.</param>
/// <param name="options">The frozen settings.</param>
/// <param name="largeBodies">How many large bodies may be under way in the whole server.</param>
/// <param name="time">Measures the deadline of a block.</param>
/// <param name="logger">Told of what fails.</param>
internal sealed class OptimizerQueue(ICcrStore store, RequestOptimizerOptions options, SemaphoreSlim largeBodies, TimeProvider time, ILogger logger)
{
    // Below this, reading the JSON takes less than a scheduler's slice.
    private const int LargeBody = 256 << 10;

    private readonly int _defaultBudget = ContentRouter.BudgetOf(options.Level);
    private readonly RequestOptimizer _optimizer = new(store, options, time, logger);
    private readonly RequestOptimizer _preview = new(new UndecidedStore(store), options, time, logger);

    // One for each budget below the default, because an optimizer remembers what it could not pin.
    private readonly ConcurrentDictionary<int, RequestOptimizer> _byBudget = new();

    /// <summary>Optimizes a body with the proxy's settings.</summary>
    public ValueTask<OptimizedRequest> OptimizeAsync(
        IRequestFormat format, ReadOnlyMemory<byte> body, string? session, CancellationToken cancellationToken) =>
        OptimizeAsync(_optimizer, format, body, session, cancellationToken);

    /// <summary>
    /// What <see cref="OptimizeAsync(IRequestFormat, ReadOnlyMemory{byte}, string?, CancellationToken)"/> would make of a body now. Decides nothing: what is
    /// only counted may never be sent, and must not settle what a conversation's blocks and tools become.
    /// </summary>
    public ValueTask<OptimizedRequest> PreviewAsync(
        IRequestFormat format, ReadOnlyMemory<byte> body, string? session, CancellationToken cancellationToken) =>
        OptimizeAsync(_preview, format, body, session, cancellationToken);

    /// <summary>Optimizes a body whose views take at most the caller's budget; one above the level's own changes nothing.</summary>
    public ValueTask<OptimizedRequest> OptimizeAsync(
        IRequestFormat format, ReadOnlyMemory<byte> body, long budget, CancellationToken cancellationToken) =>
        OptimizeAsync(
            budget >= _defaultBudget
                ? _optimizer
                : _byBudget.GetOrAdd((int)budget, most => new RequestOptimizer(store, options with { Budget = most }, time, logger)),
            format, body, session: null, cancellationToken);

    private async ValueTask<OptimizedRequest> OptimizeAsync(
        RequestOptimizer optimizer, IRequestFormat format, ReadOnlyMemory<byte> body, string? session, CancellationToken cancellationToken)
    {
        if (body.Length < LargeBody)
        {
            return await optimizer.OptimizeAsync(format, body, session, cancellationToken);
        }

        await largeBodies.WaitAsync(cancellationToken);
        try
        {
            return await optimizer.OptimizeAsync(format, body, session, cancellationToken);
        }
        finally
        {
            largeBodies.Release();
        }
    }
}
