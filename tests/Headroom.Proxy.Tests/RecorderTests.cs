using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Headroom.Engine.Accounting;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.Engine.Tests;
using Headroom.Engine.Tokens;
using Headroom.Proxy.Hosting;
using Headroom.Proxy.Recording;

namespace Headroom.Proxy.Tests;

public sealed class RecorderTests : IDisposable
{
    private readonly IdleTrim _idle = new(new SteppedTime(), () => Assert.Fail("No time passes here."));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _idle.Dispose();

    [Fact]
    public async Task What_waits_to_be_counted_is_bounded_in_bytes_and_the_rest_is_recorded_with_estimates()
    {
        await using var ledger = new SavingsLedger(PriceTable.Default, TimeProvider.System);
        var counter = new GatedCounter();
        using var recorder = new RequestRecorder(ledger, _idle, mostBytes: 2500, _ => counter);

        // 1. One is being counted, a second waits, and there is no room for a third.
        var requests = Enumerable.Range(0, 4).Select(i => Request(i, 1000)).ToArray();
        foreach (var request in requests[..3])
        {
            recorder.Begin();
            recorder.End(request);
        }

        Assert.Equal(1, recorder.Estimated);
        Assert.Equal(1, (await ledger.SnapshotAsync(Token)).Requests);

        // 2. All of them are in the ledger in the end; afterwards there is room again.
        counter.Open();
        await recorder.SettleAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), Token);
        Assert.Equal(3, (await ledger.SnapshotAsync(Token)).Requests);
        recorder.Begin();
        recorder.End(requests[3]);
        await recorder.SettleAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), Token);
        Assert.Equal(1, recorder.Estimated);
    }

    [Fact]
    public async Task A_replay_that_was_counted_needs_no_room()
    {
        await using var ledger = new SavingsLedger(PriceTable.Default, TimeProvider.System);
        var counter = new GatedCounter();
        counter.Open();
        using var recorder = new RequestRecorder(ledger, _idle, mostBytes: 2500, _ => counter);
        for (var i = 0; i < 3; i++)
        {
            recorder.Begin();
            recorder.End(Request(0, 1000));
            await recorder.SettleAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), Token);
        }

        Assert.Equal(2, counter.Calls);
        Assert.Equal(0, recorder.Estimated);
    }

    [Fact]
    public async Task A_queued_request_keeps_no_body()
    {
        await using var ledger = new SavingsLedger(PriceTable.Default, TimeProvider.System);
        var counter = new GatedCounter();
        using var recorder = new RequestRecorder(ledger, _idle, mostBytes: 2500, _ => counter);
        var body = Queue(recorder);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(body.IsAlive);
        counter.Open();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Queue(RequestRecorder recorder)
    {
        var request = Request(0, 1000);
        recorder.Begin();
        recorder.End(request);
        return new WeakReference(MemoryMarshal.TryGetArray(request.ClientBody, out var body) ? body.Array : null);
    }

    private static CompletedRequest Request(int number, int length)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Create(length, number, (span, n) => span.Fill((char)('a' + n))));
        var body = JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(text));
        var pin = new Pin { Key = PinKey.Of(text, "test"), Reason = "lossless", Hash = "0", Replacement = [(byte)'x'], TokensBefore = 10, TokensAfter = 1 };
        var block = new Block { Start = 0, Length = body.Length };
        var optimized = new OptimizedRequest(
            body.ToArray(), null, [new BlockOutcome(block, pin, Reason.Lossless, false)], Reason.Compressed, TokensBefore: 10, TokensAfter: 1);
        return new CompletedRequest(
            new SavingsRecord
            {
                Time = DateTimeOffset.UnixEpoch, RequestId = "r", Provider = "openai", PathClass = "chat", Reason = "compressed", Status = 200,
            },
            optimized, body, Observer: null);
    }

    /// <summary>Counts when it is let.</summary>
    private sealed class GatedCounter : ITokenCounter
    {
        private readonly ManualResetEventSlim _open = new();
        private int _calls;

        public string Name => "gated";

        public CountAccuracy Accuracy => CountAccuracy.Exact;

        public int Calls => _calls;

        public void Open() => _open.Set();

        public int Count(ReadOnlySpan<byte> utf8)
        {
            _open.Wait(Token);
            Interlocked.Increment(ref _calls);
            return utf8.Length;
        }
    }
}
