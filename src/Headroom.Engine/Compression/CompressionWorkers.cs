namespace Headroom.Engine.Compression;

/// <summary>
/// Threads of their own for work on content, which may take long and, where a compressor hangs, may never end. The threads of the pool, on
/// which a server answers, stay free. Whoever waits can give work up: it runs on, another thread takes the place of its own, and what comes
/// of it is thrown away. What runs on is bounded in number and in the bytes of content that it holds; at the bounds new work is refused
/// until some of it has ended. Thread-safe.
/// </summary>
public sealed class CompressionWorkers
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(20);

    private readonly object _gate = new();
    private readonly Queue<WorkerJob> _waiting = new();
    private readonly int _most;
    private readonly int _mostGivenUp;
    private readonly long _mostGivenUpBytes;
    private int _threads;
    private int _idle;
    private int _givenUp;
    private long _givenUpBytes;

    /// <summary>Makes workers; their threads start when there is work.</summary>
    /// <param name="most">The most jobs at a time.</param>
    /// <param name="mostGivenUp">From this many jobs on that were given up and still run, no new one is taken.</param>
    /// <param name="mostGivenUpBytes">The most bytes of content that these may hold before larger content is turned away.</param>
    public CompressionWorkers(int most, int mostGivenUp, long mostGivenUpBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(mostGivenUp, 1);
        (_most, _mostGivenUp, _mostGivenUpBytes) = (most, mostGivenUp, mostGivenUpBytes);
    }

    /// <summary>Those of the process, for what somebody waits for. Two at least, so that a small request need not wait for a large one.</summary>
    public static CompressionWorkers Shared { get; } = new(
        Math.Max(2, Environment.ProcessorCount), mostGivenUp: 2 * Math.Max(2, Environment.ProcessorCount), mostGivenUpBytes: 128L << 20);

    /// <summary>True when a job waits for a thread.</summary>
    internal bool HasWaiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count > 0;
            }
        }
    }

    /// <summary>The number of jobs that were given up and still run.</summary>
    internal int GivenUp
    {
        get
        {
            lock (_gate)
            {
                return _givenUp;
            }
        }
    }

    /// <summary>Runs one piece of work.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="work">The work; its token is cancelled when nobody waits any more.</param>
    /// <param name="bytes">The bytes of content that it holds.</param>
    /// <param name="deadline">How long to wait from its start; the time until a thread is free does not count.</param>
    /// <param name="time">Measures the deadline.</param>
    /// <param name="cancellationToken">Whoever asked has gone.</param>
    /// <exception cref="TimeoutException">It was not done in time, or there are too many that do not end.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<T> RunAsync<T>(
        Func<CancellationToken, T> work, long bytes, TimeSpan deadline, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(time);
        var job = new SingleJob<T>(this, work, bytes, deadline, time, cancellationToken);
        if (!Admits(bytes) || !TryPost(job))
        {
            job.Refuse();
        }

        return job.Result;
    }

    /// <summary>True when content of this size may be worked on: what was given up leaves room for it.</summary>
    internal bool Admits(long bytes)
    {
        lock (_gate)
        {
            return _givenUpBytes == 0 || _givenUpBytes + bytes <= _mostGivenUpBytes;
        }
    }

    /// <summary>Has a job run when a thread is free; false when it is refused, of which the job is not told.</summary>
    internal bool TryPost(WorkerJob job)
    {
        lock (_gate)
        {
            if (_givenUp >= _mostGivenUp)
            {
                return false;
            }

            _waiting.Enqueue(job);
            Wake();
            return true;
        }
    }

    /// <summary>Gives up a job that runs; its <see cref="WorkerJob.Run"/> must not be able to return before this does.</summary>
    /// <param name="job">The job.</param>
    /// <param name="bytes">The bytes of content that it holds.</param>
    /// <returns>Jobs that waited and are refused now: the caller tells them, once it holds no lock.</returns>
    internal IReadOnlyList<WorkerJob> GiveUp(WorkerJob job, long bytes)
    {
        lock (_gate)
        {
            (job.IsGivenUp, job.HeldBytes) = (true, bytes);
            _givenUp++;
            _givenUpBytes += bytes;
            _threads--;
            if (_givenUp < _mostGivenUp)
            {
                Wake();
                return [];
            }

            var refused = _waiting.ToArray();
            _waiting.Clear();
            return refused;
        }
    }

    private void Wake()
    {
        if (_waiting.Count <= _idle)
        {
            Monitor.Pulse(_gate);
        }
        else if (_threads < _most)
        {
            _threads++;
            new Thread(Work) { IsBackground = true, Name = "Headroom worker" }.Start();
        }
    }

    private void Work()
    {
        while (RunNext())
        {
        }
    }

    // A method of its own, so that an idle thread keeps no job alive.
    private bool RunNext()
    {
        if (Take() is not { } job)
        {
            return false;
        }

        job.Run();
        lock (_gate)
        {
            if (!job.IsGivenUp)
            {
                return true;
            }

            _givenUp--;
            _givenUpBytes -= job.HeldBytes;
            if (_threads >= _most)
            {
                return false;
            }

            _threads++;
            return true;
        }
    }

    private WorkerJob? Take()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                _idle++;
                var isWoken = Monitor.Wait(_gate, IdleTime);
                _idle--;
                if (!isWoken && _waiting.Count == 0)
                {
                    _threads--;
                    return null;
                }
            }

            return _waiting.Dequeue();
        }
    }

    private sealed class SingleJob<T> : WorkerJob
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock _gate = new();
        private readonly CompressionWorkers _workers;
        private readonly long _bytes;
        private readonly TimeSpan _deadline;
        private readonly TimeProvider _time;
        private readonly CancellationToken _client;
        private readonly CancellationTokenRegistration _clientGone;
        private Func<CancellationToken, T>? _work;
        private bool _isRunning;

        public SingleJob(
            CompressionWorkers workers, Func<CancellationToken, T> work, long bytes, TimeSpan deadline, TimeProvider time, CancellationToken client)
        {
            (_workers, _work, _bytes, _deadline, _time, _client) = (workers, work, bytes, deadline, time, client);
            _clientGone = client.UnsafeRegister(static job => ((SingleJob<T>)job!).GiveUp(new OperationCanceledException(((SingleJob<T>)job)._client)), this);
        }

        public Task<T> Result => _result.Task;

        public override void Run()
        {
            Func<CancellationToken, T>? work;
            lock (_gate)
            {
                (work, _work) = (_work, null);
                _isRunning = work is not null;
            }

            if (work is null)
            {
                return;
            }

            using var deadline = new CancellationTokenSource(_deadline, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _client);
            using var passed = deadline.Token.UnsafeRegister(static job => ((SingleJob<T>)job!).GiveUp(Late()), this);
            try
            {
                var result = work(either.Token);
                End(() => _result.TrySetResult(result));
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                End(() => _result.TrySetException(Late()));
            }
            catch (Exception e)
            {
                // Untold: whoever waits for the result gets it.
                End(() => _ = e is OperationCanceledException ? _result.TrySetCanceled(_client) : _result.TrySetException(e));
            }
        }

        public override void Refuse() => GiveUp(new TimeoutException("Too much work that was given up has not ended."));

        private static TimeoutException Late() => new("The work was not done in time.");

        private void End(Action tell)
        {
            lock (_gate)
            {
                _isRunning = false;
                tell();
            }

            _clientGone.Unregister();
        }

        private void GiveUp(Exception reason)
        {
            IReadOnlyList<WorkerJob> refused = [];
            lock (_gate)
            {
                _work = null;
                if (!(reason is OperationCanceledException ? _result.TrySetCanceled(_client) : _result.TrySetException(reason)))
                {
                    return;
                }

                if (_isRunning)
                {
                    refused = _workers.GiveUp(this, _bytes);
                }
            }

            foreach (var job in refused)
            {
                job.Refuse();
            }
        }
    }
}
