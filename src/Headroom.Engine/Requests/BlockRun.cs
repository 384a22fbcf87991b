using System.Runtime.CompilerServices;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>
/// The blocks of one request that have no pin yet, on their way through the workers. Each has a deadline and so has the whole: when one has
/// passed, what is not decided stays as it is, whatever its compressor does; that runs on by itself, holding its own block and not the
/// request, and what comes of it is thrown away. A request has few blocks in work at a time, however many it brings, and lets other
/// requests pass between them.
/// </summary>
internal sealed class BlockRun : IDisposable
{
    // Some milliseconds of work, for which another request may wait.
    private const int BytesPerTurn = 64 << 10;

    /// <summary>The most blocks of one request that are in work at a time: one core stays free.</summary>
    internal static readonly int MostLanes = Math.Max(1, Environment.ProcessorCount - 1);

    private readonly Lock _gate = new();
    private readonly CompressionWorkers _workers;
    private readonly TimeProvider _time;
    private readonly TimeSpan _blockDeadline;
    private readonly IReadOnlyList<FreshBlock> _blocks;
    private readonly ReadOnlyMemory<byte> _body;
    private readonly Func<OpenBlock, PinProposal> _decide;
    private readonly CancellationToken _client;
    private readonly CancellationTokenSource _stopping;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PinProposal?[] _proposals;
    private readonly Reason[] _kept;
    private readonly List<Lane> _lanes = [];
    private CancellationTokenSource? _deadline;
    private int _next;
    private int _undecided;
    private bool _hasEnded;

    /// <param name="workers">Whose threads do the work.</param>
    /// <param name="time">Measures deadlines.</param>
    /// <param name="blockDeadline">The deadline of a block, before the allowance for its size.</param>
    /// <param name="blocks">The blocks.</param>
    /// <param name="body">The request's body.</param>
    /// <param name="decide">Decides about a block, on a worker's thread. Must not hold the body.</param>
    /// <param name="client">The client's own token.</param>
    public BlockRun(
        CompressionWorkers workers,
        TimeProvider time,
        TimeSpan blockDeadline,
        IReadOnlyList<FreshBlock> blocks,
        ReadOnlyMemory<byte> body,
        Func<OpenBlock, PinProposal> decide,
        CancellationToken client)
    {
        (_workers, _time, _blockDeadline, _blocks, _body, _decide, _client) = (workers, time, blockDeadline, blocks, body, decide, client);
        (_proposals, _kept, _undecided) = (new PinProposal?[blocks.Count], new Reason[blocks.Count], blocks.Count);
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(client);
    }

    /// <summary>Decides about all blocks; one proposal for each.</summary>
    /// <param name="keep">The decision to leave a block as it is.</param>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    /// <exception cref="CcrStoreException">The store cannot be used.</exception>
    public async Task<PinProposal[]> RunAsync(Func<PinKey, ReadOnlyMemory<byte>, Reason, PinProposal> keep)
    {
        using var gone = _client.UnsafeRegister(static run => ((BlockRun)run!).End(Reason.Timeout), this);
        for (var i = Math.Min(MostLanes, _blocks.Count); i > 0; i--)
        {
            Start();
        }

        await _ended.Task.ConfigureAwait(false);
        _client.ThrowIfCancellationRequested();
        var proposals = new PinProposal[_proposals.Length];
        for (var i = 0; i < proposals.Length; i++)
        {
            proposals[i] = _proposals[i] ?? keep(_blocks[i].Key, TextOf(_blocks[i].Block), _kept[i]);
        }

        return proposals;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _deadline?.Dispose();
        _stopping.Dispose();
    }

    private TimeSpan DeadlineFor(long bytes) => _blockDeadline + (_blockDeadline * (bytes / (double)(1 << 20)));

    private ReadOnlyMemory<byte> TextOf(Block block)
    {
        var buffer = new byte[block.Length];
        return buffer.AsMemory(0, BodySplice.Decode(_body.Span.Slice(block.Start, block.Length), buffer));
    }

    private void Start()
    {
        var lane = new Lane(this);
        lock (_gate)
        {
            if (_hasEnded)
            {
                return;
            }

            _lanes.Add(lane);
        }

        if (!_workers.TryPost(lane))
        {
            lane.Refuse();
        }
    }

    // On a worker's thread: the next block, in full; null when there is no more for this lane.
    private OpenBlock? Open(Lane lane)
    {
        FreshBlock block;
        int index;
        CancellationTokenSource? whole = null;
        lock (_gate)
        {
            while (true)
            {
                if (_hasEnded || _next == _blocks.Count)
                {
                    _lanes.Remove(lane);
                    return null;
                }

                (block, index) = (_blocks[_next], _next++);
                if (_workers.Admits(block.Block.Length))
                {
                    break;
                }

                _kept[index] = Reason.NoWorker;
                Decided();
            }

            lane.Index = index;
            if (_deadline is null)
            {
                // One deadline of a block for what has to wait for its turn, and the blocks' own as if they were one.
                whole = _deadline = new CancellationTokenSource(_blockDeadline + DeadlineFor(_blocks.Sum(b => (long)b.Block.Length)), _time);
            }
        }

        whole?.Token.UnsafeRegister(static run => ((BlockRun)run!).End(Reason.Timeout), this);
        var original = TextOf(block.Block);
        var deadline = new CancellationTokenSource(DeadlineFor(original.Length), _time);
        var opened = new OpenBlock(block, original, _decide, deadline, _stopping.Token);
        deadline.Token.UnsafeRegister(
            static state =>
            {
                var (lane, index) = ((Lane, int))state!;
                lane.Owner?.GiveUp(lane, index);
            },
            (lane, index));
        return opened;
    }

    // On a worker's thread: what was decided, or why nothing could be. True when the lane goes on.
    private bool Close(Lane lane, PinProposal? proposal, Exception? failure)
    {
        lock (_gate)
        {
            if (lane.Index < 0)
            {
                return false;
            }

            var index = lane.Index;
            lane.Index = -1;
            if (failure is null)
            {
                _proposals[index] = proposal;
                Decided();
            }

            lane.Bytes += _blocks[index].Block.Length;
            if (failure is null && (lane.Bytes < BytesPerTurn || !_workers.HasWaiting))
            {
                return true;
            }

            _lanes.Remove(lane);
        }

        if (failure is null)
        {
            Start();
        }
        else
        {
            _ended.TrySetException(failure);
            End(Reason.StoreUnavailable);
        }

        return false;
    }

    // The block's deadline has passed.
    private void GiveUp(Lane lane, int index)
    {
        IReadOnlyList<WorkerJob> refused;
        bool isMore;
        lock (_gate)
        {
            if (_hasEnded || lane.Index != index)
            {
                return;
            }

            _kept[index] = Reason.Timeout;
            Decided();
            _lanes.Remove(lane);
            isMore = _next < _blocks.Count;
            refused = Leave(lane);
        }

        Tell(refused);
        if (isMore)
        {
            Start();
        }
    }

    // Nothing more is decided.
    private void End(Reason reason)
    {
        List<WorkerJob> refused = [];
        lock (_gate)
        {
            if (_hasEnded)
            {
                return;
            }

            _hasEnded = true;
            Array.Fill(_kept, reason, _next, _kept.Length - _next);
            foreach (var lane in _lanes.Where(l => l.Index >= 0))
            {
                _kept[lane.Index] = reason;
                refused.AddRange(Leave(lane));
            }

            _lanes.Clear();
        }

        Tell(refused);
        try
        {
            _stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Everything was decided in the same moment.
        }

        _ended.TrySetResult();
    }

    private void Decided()
    {
        if (--_undecided == 0)
        {
            _hasEnded = true;
            _ended.TrySetResult();
        }
    }

    private IReadOnlyList<WorkerJob> Leave(Lane lane)
    {
        var refused = _workers.GiveUp(lane, _blocks[lane.Index].Block.Length);
        (lane.Owner, lane.Index) = (null, -1);
        return refused;
    }

    private static void Tell(IReadOnlyList<WorkerJob> refused)
    {
        foreach (var job in refused)
        {
            job.Refuse();
        }
    }

    private void Refuse(Lane lane)
    {
        bool isLast;
        lock (_gate)
        {
            isLast = _lanes.Remove(lane) && _lanes.Count == 0;
        }

        if (isLast)
        {
            End(Reason.NoWorker);
        }
    }

    /// <summary>A place at the workers, through which one block goes after the other.</summary>
    private sealed class Lane(BlockRun run) : WorkerJob
    {
        /// <summary>Null when it was given up: from then on it must not keep the request's bytes alive.</summary>
        public BlockRun? Owner { get; set; } = run;

        /// <summary>The block that it has; -1 for none.</summary>
        public int Index { get; set; } = -1;

        /// <summary>What went through it.</summary>
        public long Bytes { get; set; }

        public override void Run()
        {
            while (RunNext())
            {
            }
        }

        public override void Refuse() => Owner?.Refuse(this);

        private bool RunNext()
        {
            PinProposal? proposal = null;
            Exception? failure = null;
            try
            {
                using var opened = Open();
                if (opened is null)
                {
                    return false;
                }

                proposal = opened.Decide();
            }
            catch (Exception e)
            {
                // Untold: the request that waits for it tells it.
                failure = e;
            }

            return Owner?.Close(this, proposal, failure) ?? false;
        }

        // Not inlined: a compressor that hangs would have the owner among its callers' variables.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private OpenBlock? Open() => Owner?.Open(this);
    }
}
