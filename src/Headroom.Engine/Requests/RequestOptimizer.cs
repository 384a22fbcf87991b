using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>Settings that are frozen when the optimizer is made, so that the same block always meets the same rules.</summary>
public sealed record RequestOptimizerOptions
{
    /// <summary>How far blocks may be compressed.</summary>
    public CompressionLevel Level { get; init; } = CompressionLevel.Balanced;

    /// <summary>Allow views also in requests that do not carry the retrieve tool.</summary>
    public bool AllowViews { get; init; }

    /// <summary>Names of tools whose results stay untouched, compared without regard to case.</summary>
    public IReadOnlyList<string> ExcludedTools { get; init; } = ["Read", "Glob", "Grep", "Write", "Edit"];

    /// <summary>The time that one block's compression may take, before a megabyte-proportional allowance is added.</summary>
    public TimeSpan BlockDeadline { get; init; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>What was decided about one block of a request.</summary>
/// <param name="Block">The block.</param>
/// <param name="Pin">The decision in force; null when none was made (the block was not eligible).</param>
/// <param name="Reason">Why the block was changed or left alone.</param>
/// <param name="IsReplay">True when the decision was made by an earlier request.</param>
public sealed record BlockOutcome(Block Block, Pin? Pin, Reason Reason, bool IsReplay);

/// <summary>A request on its way upstream.</summary>
/// <param name="Body">The bytes to send: the client's own array when nothing was changed.</param>
/// <param name="Map">What was located; null when the body could not be read.</param>
/// <param name="Outcomes">One entry per block.</param>
/// <param name="Reason">The request's reason code.</param>
/// <param name="TokensBefore">Estimated tokens of the client's body.</param>
/// <param name="TokensAfter">Estimated tokens of <paramref name="Body"/>: before minus what the blocks saved.</param>
public sealed record OptimizedRequest(
    ReadOnlyMemory<byte> Body,
    RequestMap? Map,
    IReadOnlyList<BlockOutcome> Outcomes,
    Reason Reason,
    int TokensBefore,
    int TokensAfter);

/// <summary>
/// Makes a request smaller without moving a byte that is not a block's: locate, look pins up, compress what has none, store,
/// splice. Fails open.
/// </summary>
public sealed class RequestOptimizer(ICcrStore store, RequestOptimizerOptions options, TimeProvider time)
{
    /// <summary>Optimizes one request body.</summary>
    /// <param name="format">The wire format that the path stands for.</param>
    /// <param name="body">The client's bytes.</param>
    /// <param name="cancellationToken">The client's own token; a cancellation is the only exception that leaves this method.</param>
    public ValueTask<OptimizedRequest> OptimizeAsync(
        IRequestFormat format, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        _ = (store, options, time, format);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new OptimizedRequest(body, null, [], Reason.NoEligibleBlock, 0, 0));
    }
}
