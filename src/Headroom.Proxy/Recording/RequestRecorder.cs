using System.Collections.Concurrent;
using Headroom.Engine.Accounting;
using Headroom.Engine.Compression;
using Headroom.Engine.Diagnostics;
using Headroom.Engine.Tokens;
using Headroom.Proxy.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headroom.Proxy.Recording;

/// <summary>
/// The one way from a finished request into the ledger. Exact token counting happens here, on a thread of its own, so that it
/// takes neither a request's time nor a thread of the pool that serves them. What waits for it is bounded in bytes and what it does in
/// time: beyond either a request is recorded with the estimates, and its figures say so.
/// </summary>
internal sealed class RequestRecorder : IDisposable
{
    private const int QueueLength = 256;

    private const int MegaByte = 1 << 20;

    // The first count of a process loads a vocabulary.
    private static readonly TimeSpan CountingTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CountingTimePerMegaByte = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<RecordedRequest> _queue = new(QueueLength);
    private readonly ReplacementCounts _counts = new(capacity: 4096);

    // A text that is counted for ever must take neither the recorder nor those who compress with it.
    private readonly CompressionWorkers _counting = new(most: 1, mostGivenUp: 2, mostGivenUpBytes: 64 * MegaByte);
    private readonly IdleTrim _idle;
    private readonly long _mostBytes;
    private readonly Func<string?, ITokenCounter> _counterFor;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ISavingsLedger _ledger;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private TaskCompletionSource _settled = Settled();
    private TaskCompletionSource _counted = Settled();
    private int _open;
    private int _uncounted;
    private long _bytes;
    private long _estimated;

    /// <param name="ledger">Takes the records.</param>
    /// <param name="idle">Told that counting is work too.</param>
    /// <param name="mostBytes">The most bytes of text that may wait to be counted.</param>
    /// <param name="counterFor">The counter of a model; null takes the registry's.</param>
    /// <param name="logger">Told of what fails.</param>
    public RequestRecorder(
        ISavingsLedger ledger, IdleTrim idle, long mostBytes = 64 * MegaByte, Func<string?, ITokenCounter>? counterFor = null, ILogger? logger = null)
    {
        _logger = logger ?? NullLogger.Instance;
        (_ledger, _idle, _mostBytes, _counterFor) = (ledger, idle, mostBytes, counterFor ?? ModelRegistry.CounterFor);
        _thread = new Thread(Run) { IsBackground = true, Name = "Headroom recorder", Priority = ThreadPriority.BelowNormal };
        _thread.Start();
    }

    /// <summary>How many requests were recorded with estimates because there was no room or no time to count.</summary>
    public long Estimated => Interlocked.Read(ref _estimated);

    /// <summary>Says that a request has come which will be recorded.</summary>
    public void Begin()
    {
        _idle.Begin();
        lock (_gate)
        {
            if (_open++ == 0)
            {
                _settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Records a request that <see cref="Begin"/> has announced. Never waits and never fails.</summary>
    public void End(CompletedRequest request)
    {
        lock (_gate)
        {
            if (_uncounted++ == 0)
            {
                _counted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        RecordedRequest recorded;
        try
        {
            recorded = Keep(request);
        }
        catch (Exception e)
        {
            _logger.CountingFailed(new Failure(e));

            // An uncounted request is still a request.
            recorded = new RecordedRequest(request.Record, null, 0, 0, request.Observer, request.Retrievals);
        }

        if (Interlocked.Add(ref _bytes, recorded.Bytes) <= _mostBytes)
        {
            try
            {
                if (_queue.TryAdd(recorded))
                {
                    return;
                }
            }
            catch (InvalidOperationException)
            {
                // Stopped accepting; estimates will do.
            }
        }

        Interlocked.Add(ref _bytes, -recorded.Bytes);
        Interlocked.Increment(ref _estimated);
        Add(recorded, exact: false);
    }

    /// <summary>Waits until all requests that have begun have ended, then until all that have ended are in the ledger, or the time is up.</summary>
    /// <param name="forOpen">Streams may be open for minutes: what has ended is what can be told.</param>
    /// <param name="forCounting">The first count of a process loads a vocabulary.</param>
    /// <param name="cancellationToken">Whoever asked has gone.</param>
    public async ValueTask SettleAsync(TimeSpan forOpen, TimeSpan forCounting, CancellationToken cancellationToken)
    {
        await Task.WhenAny(Current(ref _settled), Task.Delay(forOpen, cancellationToken));
        await Task.WhenAny(Current(ref _counted), Task.Delay(forCounting, cancellationToken));
    }

    /// <summary>Records what is queued, with estimates, and ends.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _queue.CompleteAdding();
        _thread.Join();
        _queue.Dispose();
        _stopping.Dispose();
    }

    private Task Current(ref TaskCompletionSource source)
    {
        lock (_gate)
        {
            return source.Task;
        }
    }

    private void Run()
    {
        foreach (var request in _queue.GetConsumingEnumerable())
        {
            Add(request, exact: !_stopping.IsCancellationRequested);
            Interlocked.Add(ref _bytes, -request.Bytes);
        }
    }

    private void Add(RecordedRequest request, bool exact)
    {
        SavingsRecord record;
        try
        {
            record = Count(request, exact);
        }
        catch (Exception e)
        {
            _logger.CountingFailed(new Failure(e));

            // An uncounted request is still a request.
            record = request.Record;
        }

        _ledger.Add(record);
        _idle.End();
        lock (_gate)
        {
            if (--_open == 0)
            {
                _settled.TrySetResult();
            }

            if (--_uncounted == 0)
            {
                _counted.TrySetResult();
            }
        }
    }

    // What a block needs to be counted is copied, so that the bodies can go.
    private RecordedRequest Keep(CompletedRequest request)
    {
        var (record, optimized, body, observer, retrievals) = request;
        if (optimized is null)
        {
            return new RecordedRequest(record, null, 0, 0, observer, retrievals);
        }

        var counter = _counterFor(record.Model);
        var blocks = new List<ReplacedBlock>();
        var copied = 0L;
        foreach (var (block, pin, _, isReplay) in optimized.Outcomes)
        {
            if (pin?.Replacement is not { } replacement)
            {
                continue;
            }

            var counted = _counts.Find(pin.Key, counter);
            copied += counted is null ? block.Length + replacement.Length : 0;
            var kept = new ReplacedBlock
            {
                Key = pin.Key,
                IsReplay = isReplay,
                IsBeforeCacheMark = block.IsBeforeCacheMark,
                Estimate = new BlockTokens(pin.TokensBefore, pin.TokensAfter),
                Counted = counted,
            };
            blocks.Add(counted is not null || copied > _mostBytes
                ? kept
                : kept with { Quoted = body.Slice(block.Start, block.Length).ToArray(), Replacement = replacement });
        }

        return new RecordedRequest(record, blocks, optimized.TokensBefore, optimized.TokensAdded, observer, retrievals);
    }

    /// <summary>The exact tokens of a request's blocks, in their order; null when there was no room to keep them or no time to count.</summary>
    private BlockTokens[]? Exact(RecordedRequest request, ITokenCounter counter)
    {
        var blocks = request.Blocks!;
        if (blocks.All(b => b.Counted is not null))
        {
            return [.. blocks.Select(b => b.Counted!.Value)];
        }

        if (blocks.Any(b => b.Counted is null && b.Quoted.IsEmpty))
        {
            return null;
        }

        try
        {
            return _counting.RunAsync<BlockTokens[]>(
                cancellationToken => [.. blocks.Select(b =>
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    return b.Counted ?? _counts.Find(b.Key, counter) ?? _counts.Count(b, counter);
                })],
                request.Bytes,
                CountingTime + (CountingTimePerMegaByte * (request.Bytes / (double)MegaByte)),
                TimeProvider.System,
                _stopping.Token).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }

    private SavingsRecord Count(RecordedRequest request, bool exact)
    {
        var (record, blocks, tokensBefore, tokensAdded, observer, retrievals) = request;

        // 1. The provider's own report, of which the client was told the last round's, and how a stream ended.
        observer?.Complete(_stopping.Token);
        var usage = retrievals is { Continuations: > 0, Reported: { } reportedAll } ? reportedAll : observer?.Usage;
        record = record with { OutputTokens = usage?.Output, CacheReadTokens = usage?.CacheRead, CacheWriteTokens = usage?.CacheWrite };
        if (observer is not null)
        {
            record = record with
            {
                IsStreaming = observer.IsStreaming,
                IsFailed = record.IsFailed || observer.HasError || (observer.CouldRead && !observer.HasEnded),
            };
        }

        if (blocks is null)
        {
            return record;
        }

        // 2. What the replaced blocks spared, by the model's own counter.
        var counter = exact ? _counterFor(record.Model) : TokenEstimator.Instance;
        var tokens = exact ? Exact(request, counter) : null;
        if (exact && tokens is null)
        {
            Interlocked.Increment(ref _estimated);
            counter = TokenEstimator.Instance;
        }

        long saved = 0, savedByReplay = 0;
        int fresh = 0, replayed = 0;
        var isMarked = false;
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            var (before, after) = tokens?[i] ?? block.Estimate;
            saved += before - after;
            if (block.IsReplay)
            {
                savedByReplay += before - after;
                replayed++;
            }
            else
            {
                isMarked |= block.IsBeforeCacheMark;
                fresh++;
            }
        }

        // 3. What the provider counted is what was sent; with what it was spared and without what was added, what the client sent.
        //    Without its report the estimator counts both sides. What was sent to continue after retrievals is no client's.
        var changes = fresh + replayed + tokensAdded;
        var (sent, all, accuracy) = (usage?.Input, retrievals) switch
        {
            ({ } reported, { Continuations: > 0, FirstInput: { } first }) => (first, reported, counter.Accuracy),
            ({ } reported, _) => (reported, reported, changes == 0 ? CountAccuracy.Exact : counter.Accuracy),
            _ => Estimated(Math.Max(0, tokensBefore - saved) + tokensAdded),
        };
        return record with
        {
            TokensBefore = Math.Max(0, sent + saved - tokensAdded),
            TokensAfter = all,
            RetrievalCalls = retrievals?.Calls ?? 0,
            Continuations = retrievals?.Continuations ?? 0,
            TokensSavedByReplay = savedByReplay,
            Accuracy = accuracy,
            IsCacheMarked = isMarked,
            BlocksNew = fresh,
            BlocksReplayed = replayed,
        };

        (long First, long All, CountAccuracy Accuracy) Estimated(long first) => (first, first + (retrievals?.EstimatedInput ?? 0), CountAccuracy.Estimated);
    }

    private static TaskCompletionSource Settled()
    {
        var settled = new TaskCompletionSource();
        settled.SetResult();
        return settled;
    }
}
