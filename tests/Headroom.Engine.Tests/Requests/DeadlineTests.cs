using System.Runtime.CompilerServices;
using System.Text.Json;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Requests;

/// <summary>What becomes of requests whose compressor never ends and never looks at its token.</summary>
public sealed class DeadlineTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    // Longer than a block's deadline with the allowance for its size, shorter than two.
    private static readonly TimeSpan PastOneDeadline = Deadline * 1.1;

    private static readonly string Rest = string.Concat(Enumerable.Range(0, 40).Select(i => $"\nline {i} of output"));

    private readonly UnreliableStore _store = new();
    private readonly SteppedTime _time = new();
    private readonly HangingCompressor _hanging = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _hanging.Release();

    [Fact]
    public async Task A_request_goes_on_at_its_deadline_and_what_comes_later_is_thrown_away()
    {
        var workers = Workers(2, 4);
        var body = Body("hang", "well");
        var running = Send(workers, body);
        await _hanging.StartedAsync();
        _time.Advance(Deadline / 2);
        Assert.False(running.IsCompleted);
        _time.Advance(PastOneDeadline);

        var request = await running;
        Assert.Equal([Reason.Timeout, Reason.Lossless], request.Outcomes.Select(o => o.Reason));
        Assert.Equal(Text(body, request.Map!.Blocks[0]), Text(request.Body, OpenAI.Locate(request.Body.Span)!.Blocks[0]));
        Assert.Equal(2, _store.Proposals.Count);

        // It was decided, and the worker that comes back changes nothing about it.
        _hanging.Release();
        await AllBackAsync(workers);
        Assert.Equal(2, _store.Proposals.Count);
        var later = await Send(workers, body);
        Assert.Equal([(Reason.Timeout, true), (Reason.Lossless, true)], later.Outcomes.Select(o => (o.Reason, o.IsReplay)));
        Assert.Equal(request.Body.ToArray(), later.Body.ToArray());
    }

    [Fact]
    public async Task All_requests_go_on_when_more_hang_than_there_are_workers()
    {
        const int MostGivenUp = 3;
        var workers = Workers(2, MostGivenUp);
        var running = Enumerable.Range(0, 7).Select(i => Send(workers, Body($"hang {i}"))).ToArray();
        for (var started = 0; started < 4; started += 2)
        {
            await _hanging.StartedAsync();
            await _hanging.StartedAsync();
            _time.Advance(PastOneDeadline);
        }

        var reasons = (await Task.WhenAll(running)).Select(r => r.Reason).ToArray();
        Assert.Equal(4, reasons.Count(r => r == Reason.Timeout));
        Assert.Equal(3, reasons.Count(r => r == Reason.NoWorker));
        Assert.Equal(4, workers.GivenUp);

        // Refused at once, and decided for ever like everything that has been sent.
        var healthy = Body("well");
        Assert.Equal(Reason.NoWorker, (await Send(workers, healthy)).Reason);
        _hanging.Release();
        await AllBackAsync(workers);
        Assert.Equal(Reason.NoWorker, (await Send(workers, healthy)).Reason);
        Assert.Equal(Reason.Compressed, (await Send(workers, Body("well again"))).Reason);
    }

    [Fact]
    public async Task A_healthy_request_is_compressed_beside_those_that_hang()
    {
        var workers = Workers(1, 4);
        for (var i = 0; i < 3; i++)
        {
            var running = Send(workers, Body($"hang {i}"));
            await _hanging.StartedAsync();
            _time.Advance(PastOneDeadline);
            Assert.Equal(Reason.Timeout, (await running).Reason);
        }

        Assert.Equal(Reason.Compressed, (await Send(workers, Body("well"))).Reason);
    }

    [Fact]
    public async Task The_request_as_a_whole_has_a_deadline_too()
    {
        var workers = Workers(BlockRun.MostLanes, 100);
        var body = Body([.. Enumerable.Range(0, 4 * BlockRun.MostLanes).Select(i => $"hang {i}")]);
        var running = Send(workers, body);
        for (var round = 0; round < 2; round++)
        {
            for (var lane = 0; lane < BlockRun.MostLanes; lane++)
            {
                await _hanging.StartedAsync();
            }

            Assert.False(running.IsCompleted);
            _time.Advance(PastOneDeadline);
        }

        var request = await running;
        Assert.All(request.Outcomes, o => Assert.Equal(Reason.Timeout, o.Reason));
        Assert.True(request.Body.Equals(body));
        Assert.Equal(2 * BlockRun.MostLanes, workers.GivenUp);
    }

    [Fact]
    public async Task Blocks_beyond_the_bytes_that_may_run_on_stay_as_they_are()
    {
        var workers = new CompressionWorkers(2, 100, mostGivenUpBytes: 3000);
        var running = Send(workers, Body("hang"));
        await _hanging.StartedAsync();
        _time.Advance(PastOneDeadline);
        await running;
        var request = await Send(workers, Body("well", new string('x', 5000)));
        Assert.Equal([Reason.Lossless, Reason.NoWorker], request.Outcomes.Select(o => o.Reason));
    }

    [Fact]
    public async Task A_client_that_has_gone_waits_for_nobody()
    {
        using var client = new CancellationTokenSource();
        var running = Optimizer(Workers(1, 4)).OptimizeAsync(OpenAI, Body("hang"), client.Token).AsTask();
        await _hanging.StartedAsync();
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Empty(_store.Proposals);
    }

    [Fact]
    public async Task What_runs_on_does_not_hold_the_request()
    {
        var (body, running) = SendForgotten(Workers(1, 4));
        await _hanging.StartedAsync();
        _time.Advance(PastOneDeadline);
        Assert.Equal(Reason.Timeout, await running);

        // The thread that answered may still have the request on its stack for a moment.
        while (body.IsAlive)
        {
            Token.ThrowIfCancellationRequested();
            GC.Collect();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task No_more_blocks_are_in_work_than_there_are_workers()
    {
        int now = 0, most = 0;
        var workers = Workers(2, 4);
        var optimizer = new RequestOptimizer(_store, new RequestOptimizerOptions(), _time, (utf8, options, token) =>
        {
            var count = Interlocked.Increment(ref now);
            InterlockedMax(ref most, count);
            Thread.Yield();
            Interlocked.Decrement(ref now);
            return FakeCompressor.Shorten(utf8, options, token);
        }, workers);
        var requests = await Task.WhenAll(Enumerable.Range(0, 8).Select(r => Task.Run(
            () => optimizer.OptimizeAsync(OpenAI, Body([.. Enumerable.Range(0, 300).Select(i => $"{r} {i}")]), Token).AsTask(), Token)));
        Assert.All(requests, r => Assert.All(r.Outcomes, o => Assert.Equal(Reason.Lossless, o.Reason)));
        Assert.InRange(most, 1, 2);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static CompressionWorkers Workers(int most, int mostGivenUp) => new(most, mostGivenUp, long.MaxValue);

    // Threads come back when the system lets them.
    private static async Task AllBackAsync(CompressionWorkers workers)
    {
        while (workers.GivenUp > 0)
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private (WeakReference Body, Task<Reason> Running) SendForgotten(CompressionWorkers workers)
    {
        var body = Body("hang");
        return (new WeakReference(body), ReasonAsync(Send(workers, body)));

        static async Task<Reason> ReasonAsync(Task<OptimizedRequest> running) => (await running).Reason;
    }

    private RequestOptimizer Optimizer(CompressionWorkers workers) =>
        new(_store, new RequestOptimizerOptions { BlockDeadline = Deadline }, _time, _hanging.Compress, workers);

    private Task<OptimizedRequest> Send(CompressionWorkers workers, byte[] body) => Optimizer(workers).OptimizeAsync(OpenAI, body, Token).AsTask();

    private static byte[] Body(params string[] results) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        messages = results.Select((r, i) => new { role = "tool", tool_call_id = $"c{i}", content = r + Rest }),
    });

    /// <summary>Hangs on texts that begin so, until it is released.</summary>
    private sealed class HangingCompressor
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly SemaphoreSlim _started = new(0);

        public Task StartedAsync() => _started.WaitAsync(Token);

        public void Release() => _released.Set();

        public CompressionResult Compress(ReadOnlyMemory<byte> utf8, CompressionOptions options, CancellationToken cancellationToken)
        {
            if (utf8.Span.StartsWith("hang"u8))
            {
                _started.Release();
                _released.Wait(CancellationToken.None);
            }

            return FakeCompressor.Shorten(utf8, options, cancellationToken);
        }
    }
}
