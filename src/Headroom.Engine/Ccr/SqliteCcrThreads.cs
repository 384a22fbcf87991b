namespace Headroom.Engine.Ccr;

/// <summary>
/// A few threads of their own for work on stores' files, which may wait for the disk: the threads of the pool, on which a server answers, stay
/// free. Work begins in the order in which it came. What has not begun can be given up and then never begins; what has begun runs to its end,
/// because half of a write would leave open whether it was done. Thread-safe.
/// </summary>
/// <param name="most">The most threads. They start when there is work, and end when there has been none for a while.</param>
/// <param name="mostWaiting">The most pieces of work that may wait for a thread; more are refused at once.</param>
internal sealed class SqliteCcrThreads(int most, int mostWaiting)
{
    private const string Name = "Headroom store";
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(20);

    private readonly object _gate = new();
    private readonly LinkedList<Job> _waiting = new();
    private int _threads;
    private int _idle;

    /// <summary>Those of the process, for all stores: what they wait for is mostly one disk.</summary>
    public static SqliteCcrThreads Shared { get; } = new(Math.Max(4, Environment.ProcessorCount), mostWaiting: 4096);

    /// <summary>The pieces of work that wait for a thread.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Runs one piece of work.</summary>
    /// <param name="work">The work; it must not wait for other work of these threads.</param>
    /// <param name="patience">How long it may wait for a thread.</param>
    /// <param name="cancellationToken">Gives it up as long as it has not begun.</param>
    /// <exception cref="TimeoutException">It has not begun in time, or too much is waiting; nothing was done.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, TimeSpan patience, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var job = new Job<T>(work);
        LinkedListNode<Job> node;
        lock (_gate)
        {
            if (_waiting.Count >= mostWaiting)
            {
                throw new TimeoutException("Too much is waiting.");
            }

            node = _waiting.AddLast(job);
            Wake();
        }

        using var waiting = new CancellationTokenSource(patience);
        using var late = waiting.Token.UnsafeRegister(_ => GiveUp(node, () => job.Result.TrySetException(new TimeoutException("No thread was free in time."))), null);
        using var gone = cancellationToken.UnsafeRegister((_, token) => GiveUp(node, () => job.Result.TrySetCanceled(token)), null);
        return await job.Result.Task.ConfigureAwait(false);
    }

    private void GiveUp(LinkedListNode<Job> node, Action tell)
    {
        lock (_gate)
        {
            if (node.List is null)
            {
                return;
            }

            _waiting.Remove(node);
        }

        tell();
    }

    private void Wake()
    {
        if (_waiting.Count <= _idle)
        {
            Monitor.Pulse(_gate);
        }
        else if (_threads < most)
        {
            _threads++;
            new Thread(Work) { IsBackground = true, Name = Name }.Start();
        }
    }

    private void Work()
    {
        while (RunNext())
        {
        }
    }

    // A method of its own, so that an idle thread keeps no work alive.
    private bool RunNext()
    {
        Job job;
        lock (_gate)
        {
            while (_waiting.First is null)
            {
                _idle++;
                var isWoken = Monitor.Wait(_gate, IdleTime);
                _idle--;
                if (!isWoken && _waiting.First is null)
                {
                    _threads--;
                    return false;
                }
            }

            job = _waiting.First.Value;
            _waiting.RemoveFirst();
        }

        job.Run();
        return true;
    }

    private abstract class Job
    {
        public abstract void Run();
    }

    private sealed class Job<T>(Func<T> work) : Job
    {
        // What waits for the result goes on elsewhere: these threads are for the file.
        public TaskCompletionSource<T> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run()
        {
            try
            {
                Result.SetResult(work());
            }
            catch (Exception e)
            {
                // Untold: whoever waits for the result gets it.
                Result.SetException(e);
            }
        }
    }
}
