using System.Threading.Channels;
using Headroom.Engine.Ccr;
using Headroom.Engine.Tests.Diagnostics;
using Headroom.Proxy.Retention;

namespace Headroom.Proxy.Tests;

public sealed class StoreSweepTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sweep_runs_a_minute_after_the_start_and_every_ten_minutes_from_then_on()
    {
        var (time, store, events) = (new SteppedTime(), new WatchedStore(), new RecordedEvents());
        await using var sweep = new StoreSweep(store, CcrRetention.Default, time, events.CreateLogger("sweep"));
        Assert.Equal(StoreSweep.First, await time.StepAsync());
        Assert.Same(CcrRetention.Default, await store.SweptAsync());
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(StoreSweep.Interval, await time.StepAsync());
            await store.SweptAsync();
        }

        Assert.Empty(events.All);
    }

    [Fact]
    public async Task A_failure_is_told_once_and_the_next_sweep_runs_all_the_same()
    {
        var (time, store, lines) = (new SteppedTime(), new WatchedStore(), new RecordedEvents());
        await using (new StoreSweep(store, CcrRetention.Default, time, lines.CreateLogger("sweep")))
        {
            foreach (var failure in (string?[])["busy", "busy", null, "busy"])
            {
                store.Failure = failure;
                await time.StepAsync();
                await store.SweptAsync();
            }

            // The fourth has been told when the fifth waits for its time.
            await time.StepAsync();
            await store.SweptAsync();
        }

        Assert.Equal(2, lines.All.Count);
        Assert.All(lines.All, e =>
        {
            Assert.Equal(2401, e.Id);
            Assert.EndsWith(": busy.", e.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Stopping_ends_a_sweep_that_is_under_way()
    {
        var (time, store) = (new SteppedTime(), new WatchedStore { Hangs = true });
        var sweep = new StoreSweep(store, CcrRetention.Default, time, new RecordedEvents().CreateLogger("sweep"));
        await time.StepAsync();
        await store.SweptAsync();
        await sweep.DisposeAsync();
    }

    [Fact]
    public async Task A_proxy_sweeps_by_its_retention_until_it_stops()
    {
        var (time, store) = (new SteppedTime(), new WatchedStore());
        var retention = new CcrRetention(TimeSpan.FromDays(2), 1000);
        await using (await TestProxy.StartAsync(o => o with { Retention = retention }, store, time))
        {
            await time.StepAsync(StoreSweep.First);
            Assert.Same(retention, await store.SweptAsync());
        }

        Assert.True(store.IsDisposed);
        Assert.False(store.WasSweptAfterDisposal);
    }

    /// <summary>A clock that jumps to the next timer's time when it is told to.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private readonly Channel<SteppedTimer> _timers = Channel.CreateUnbounded<SteppedTimer>();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new SteppedTimer(() => callback(state), dueTime);
            _timers.Writer.TryWrite(timer);
            return timer;
        }

        /// <summary>Waits until a timer is set, with a certain time if one is named, and lets it go off.</summary>
        public async Task<TimeSpan> StepAsync(TimeSpan? due = null)
        {
            while (true)
            {
                var timer = await _timers.Reader.ReadAsync(Token);
                if (due is null || timer.Due == due)
                {
                    timer.Elapse();
                    return timer.Due;
                }
            }
        }
    }

    private sealed class SteppedTimer(Action elapse, TimeSpan due) : ITimer
    {
        public TimeSpan Due => due;

        public void Elapse() => elapse();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class WatchedStore : ICcrStore
    {
        private readonly MemoryCcrStore _inner = new();
        private readonly Channel<CcrRetention> _swept = Channel.CreateUnbounded<CcrRetention>();

        public string? Failure { get; set; }

        public bool Hangs { get; init; }

        public bool IsDisposed { get; private set; }

        public bool WasSweptAfterDisposal { get; private set; }

        public ValueTask<CcrRetention> SweptAsync() => _swept.Reader.ReadAsync(Token);

        public async ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken)
        {
            WasSweptAfterDisposal |= IsDisposed;
            var failure = Failure;
            _swept.Writer.TryWrite(retention);
            if (Hangs)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return failure is null ? await _inner.SweepAsync(retention, cancellationToken) : throw new CcrStoreException(failure);
        }

        public string HashOf(ReadOnlySpan<byte> original) => _inner.HashOf(original);

        public ValueTask OpenAsync(CancellationToken cancellationToken) => _inner.OpenAsync(cancellationToken);

        public ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken) => _inner.PutAsync(original, cancellationToken);

        public ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken) => _inner.GetAsync(hash, cancellationToken);

        public ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) => _inner.HasExpiredAsync(hash, cancellationToken);

        public ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken) =>
            _inner.FindPinsAsync(keys, cancellationToken);

        public ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken) =>
            _inner.PinAsync(proposals, cancellationToken);

        public ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken) => _inner.StatisticsAsync(cancellationToken);

        public IAsyncEnumerable<CcrEntry> ListAsync(CancellationToken cancellationToken) => _inner.ListAsync(cancellationToken);

        public ValueTask<CcrRemoval> RemoveAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellationToken) => _inner.RemoveAsync(hashes, cancellationToken);

        public ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken) => _inner.ClearAsync(cancellationToken);

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return _inner.DisposeAsync();
        }
    }
}
