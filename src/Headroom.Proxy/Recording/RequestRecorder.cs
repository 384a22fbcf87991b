using System.Collections.Concurrent;
using Headroom.Engine.Accounting;
using Headroom.Engine.Tokens;

namespace Headroom.Proxy.Recording;

/// <summary>
/// The one way from a finished request into the ledger. Exact token counting happens here, on a thread of its own, so that it
/// takes neither a request's time nor a thread of the pool that serves them.
/// </summary>
internal sealed class RequestRecorder : IDisposable
{
    private const int QueueLength = 256;

    private readonly BlockingCollection<CompletedRequest> _queue = new(QueueLength);
    private readonly ReplacementCounts _counts = new(capacity: 4096);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ISavingsLedger _ledger;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private TaskCompletionSource _settled = Settled();
    private TaskCompletionSource _counted = Settled();
    private int _open;
    private int _uncounted;

    public RequestRecorder(ISavingsLedger ledger)
    {
        _ledger = ledger;
        _thread = new Thread(Run) { IsBackground = true, Name = "Headroom recorder", Priority = ThreadPriority.BelowNormal };
        _thread.Start();
    }

    /// <summary>Says that a request has come which will be recorded.</summary>
    public void Begin()
    {
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

        try
        {
            if (_queue.TryAdd(request))
            {
                return;
            }
        }
        catch (InvalidOperationException)
        {
            // Stopped accepting; estimates will do.
        }

        Add(request, exact: false);
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
        }
    }

    private void Add(CompletedRequest request, bool exact)
    {
        SavingsRecord record;
        try
        {
            record = Count(request, exact);
        }
        catch (Exception)
        {
            // An uncounted request is still a request.
            record = request.Record;
        }

        _ledger.Add(record);
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

    private SavingsRecord Count(CompletedRequest request, bool exact)
    {
        var (record, optimized, body, observer, retrievals) = request;

        // 1. The provider's own report, and how a stream ended.
        var usage = observer?.Usage;
        if (observer is not null)
        {
            observer.Complete(_stopping.Token);
            usage = observer.Usage;
            record = record with
            {
                OutputTokens = usage?.Output,
                CacheReadTokens = usage?.CacheRead,
                CacheWriteTokens = usage?.CacheWrite,
                IsStreaming = observer.IsStreaming,
                IsFailed = record.IsFailed || observer.HasError || (observer.CouldRead && !observer.HasEnded),
            };
        }

        if (optimized is null)
        {
            return record;
        }

        // 2. What the replaced blocks spared, by the model's own counter.
        var counter = exact ? ModelRegistry.CounterFor(record.Model) : TokenEstimator.Instance;
        long saved = 0, savedByReplay = 0;
        int fresh = 0, replayed = 0;
        var isMarked = false;
        foreach (var outcome in optimized.Outcomes)
        {
            if (outcome.Pin is not { Replacement: not null } pin)
            {
                continue;
            }

            var (before, after) = exact
                ? _counts.Of(pin, outcome.Block, body.Span, counter)
                : (pin.TokensBefore, pin.TokensAfter);
            saved += before - after;
            if (outcome.IsReplay)
            {
                savedByReplay += before - after;
                replayed++;
            }
            else
            {
                isMarked |= outcome.Block.IsBeforeCacheMark;
                fresh++;
            }
        }

        // 3. What the provider counted is what was sent; with what it was spared and without what was added, what the client sent.
        //    Without its report the estimator counts both sides. What was sent to continue after retrievals is no client's.
        var changes = fresh + replayed + optimized.TokensAdded;
        var (sent, all, accuracy) = (usage?.Input, retrievals) switch
        {
            ({ } reported, { Continuations: > 0, FirstInput: { } first }) => (first, reported, counter.Accuracy),
            ({ } reported, _) => (reported, reported, changes == 0 ? CountAccuracy.Exact : counter.Accuracy),
            _ => Estimated(Math.Max(0, optimized.TokensBefore - saved) + optimized.TokensAdded),
        };
        return record with
        {
            TokensBefore = Math.Max(0, sent + saved - optimized.TokensAdded),
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
