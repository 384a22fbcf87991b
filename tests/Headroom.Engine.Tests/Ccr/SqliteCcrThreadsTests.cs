using System.Collections.Concurrent;
using Headroom.Engine.Ccr;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>SQLite has threads of its own: with all of them taken nothing of it runs elsewhere, and what waits for a lock takes none.</summary>
public sealed class SqliteCcrThreadsTests : IDisposable
{
    private const int Many = 300;

    // More than a test takes on the slowest machine.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualClock _clock = new();
    private readonly SqliteCcrThreads _threads = new(1, Many);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Nothing_of_SQLites_runs_on_any_other_thread()
    {
        await using var store = await OpenAsync();
        Task[] calls;
        using (var taken = await TakeAsync())
        {
            await using var another = new SqliteCcrStore(Path.Combine(_directory.Path, "another"), time: _clock) { Threads = _threads };
            var hash = new string('0', Marker.HashLength);
            var unknown = Proposal(store, "unknown");
            calls =
            [
                store.PutAsync("put"u8.ToArray(), Token).AsTask(), store.GetAsync(hash, Token).AsTask(), store.HasExpiredAsync(hash, Token).AsTask(),
                store.FindPinsAsync([unknown.Pin.Key], Token).AsTask(), store.PinAsync([unknown], Token).AsTask(), store.StatisticsAsync(Token).AsTask(),
                store.OpenAsync(Token).AsTask(), store.ListAsync(Token).ToListAsync(Token).AsTask(),
                store.SweepAsync(CcrRetention.Default, Token).AsTask(), another.OpenAsync(Token).AsTask(),
            ];

            // Writes wait for each other before they wait for a thread: one of two does that here.
            Assert.Equal(calls.Length - 1, _threads.Waiting);
            Assert.All(calls, call => Assert.False(call.IsCompleted));
            Assert.False(Directory.Exists(Path.Combine(_directory.Path, "another")));
            taken.Set();
            await Task.WhenAll(calls);
        }
    }

    [Fact]
    public async Task While_another_process_holds_the_lock_hundreds_wait_and_no_thread_with_them()
    {
        await using var store = await OpenAsync();
        var before = Proposal(store, "before");
        await store.PinAsync([before], Token);
        using var holder = new SqliteConnection($"Data Source={Path.Combine(_directory.Path, SqliteCcrStore.FileName)};Pooling=False");
        holder.Open();
        using var transaction = holder.BeginTransaction(deferred: false);
        var writes = Enumerable.Range(0, Many).Select(i => store.PinAsync([Proposal(store, $"original {i}")], Token).AsTask()).ToArray();

        // The only thread there is gets to all that comes after them, again and again.
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("before"u8.ToArray(), await store.GetAsync(before.Pin.Hash!, Token));
            Assert.Equal(1, (await store.StatisticsAsync(Token)).Pins);
            Assert.InRange(_threads.Waiting, 0, 1);
        }

        Assert.All(writes, write => Assert.False(write.IsCompleted));
        transaction.Commit();
        await Task.WhenAll(writes);
        Assert.Equal(Many + 1, (await store.StatisticsAsync(Token)).Pins);
    }

    [Fact]
    public async Task What_is_in_memory_is_found_without_a_thread_but_not_after_somebody_removed_pins()
    {
        await using var store = await OpenAsync();
        await using var other = new SqliteCcrStore(_directory.Path, time: _clock);
        var pins = Enumerable.Range(0, 50).Select(i => Proposal(store, $"original {i}")).ToArray();
        var keys = pins.Select(p => p.Pin.Key).ToArray();
        await store.PinAsync(pins, Token);
        using (var taken = await TakeAsync())
        {
            for (var i = 0; i < 3; i++)
            {
                var found = store.FindPinsAsync(keys, Token).AsTask();
                Assert.True(found.IsCompletedSuccessfully);
                Assert.Equal(keys.ToHashSet(), (await found).Keys.ToHashSet());
            }

            await other.ClearAsync(Token);
            var after = store.FindPinsAsync(keys, Token).AsTask();
            Assert.False(after.IsCompleted);
            taken.Set();
            Assert.Empty(await after);
        }
    }

    [Fact]
    public async Task Where_the_file_cannot_be_asked_pins_in_memory_are_replayed()
    {
        var threads = new SqliteCcrThreads(1, 1);
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock) { Threads = threads };
        var (known, unknown) = (Proposal(store, "known"), Proposal(store, "unknown"));
        await store.PinAsync([known], Token);
        using (var taken = await TakeAsync(threads))
        {
            var waiting = threads.RunAsync(() => true, Patience, Token);
            _clock.Now += TimeSpan.FromDays(3);
            for (var i = 0; i < 5; i++)
            {
                var found = await store.FindPinsAsync([known.Pin.Key, unknown.Pin.Key], Token);
                Assert.Equal(known.Pin.Replacement, Assert.Single(found).Value.Replacement);
                await Assert.ThrowsAsync<CcrStoreException>(async () => await store.FindPinsAsync([unknown.Pin.Key], Token));
            }

            taken.Set();
            await waiting;
        }

        _clock.Now += SqliteCcrCondition.AwayTime;
        await store.PinAsync([unknown], Token);
        Assert.Equal(2, (await store.FindPinsAsync([known.Pin.Key, unknown.Pin.Key], Token)).Count);
    }

    [Fact]
    public async Task What_has_not_begun_can_be_cancelled_and_is_not_done()
    {
        await using var store = await OpenAsync();
        using (var taken = await TakeAsync())
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var put = store.PutAsync("put"u8.ToArray(), cancel.Token).AsTask();
            var pin = store.PinAsync([Proposal(store, "pin")], cancel.Token).AsTask();
            Assert.Equal(2, _threads.Waiting);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pin);
            Assert.Equal(0, _threads.Waiting);
            taken.Set();
        }

        Assert.Equal(new CcrStatistics(0, 0, 0), await store.StatisticsAsync(Token));
        await store.PutAsync("put"u8.ToArray(), Token);
    }

    [Fact]
    public async Task What_has_not_begun_when_the_store_is_disposed_is_refused_and_the_files_are_closed()
    {
        var store = await OpenAsync();
        await store.PutAsync("kept"u8.ToArray(), Token);
        Task put;
        using (var taken = await TakeAsync())
        {
            put = store.PutAsync("put"u8.ToArray(), Token).AsTask();
            var disposed = store.DisposeAsync().AsTask();
            Assert.False(disposed.IsCompleted);
            taken.Set();
            await disposed;
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => put);
        Assert.Equal([Path.Combine(_directory.Path, SqliteCcrStore.FileName)], Directory.GetFiles(_directory.Path));
        await using var again = await OpenAsync();
        Assert.Equal(1, (await again.StatisticsAsync(Token)).Originals);
    }

    [Fact]
    public async Task Work_begins_in_its_order_on_a_named_thread_that_is_none_of_the_pools()
    {
        var begun = new ConcurrentQueue<(int Number, bool IsPools, string? Name)>();
        Task[] work;
        using (var taken = await TakeAsync())
        {
            work = [.. Enumerable.Range(0, Many).Select(i => _threads.RunAsync(() => Note(i), Patience, Token))];
            taken.Set();
            await Task.WhenAll(work);
        }

        Assert.Equal(Enumerable.Range(0, Many).Select(i => (i, false, (string?)"Headroom store")), begun);

        bool Note(int number)
        {
            begun.Enqueue((number, Thread.CurrentThread.IsThreadPoolThread, Thread.CurrentThread.Name));
            return true;
        }
    }

    [Fact]
    public async Task Too_much_is_refused_at_once_and_what_waits_too_long_is_given_up()
    {
        using var taken = await TakeAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => _threads.RunAsync(() => true, TimeSpan.Zero, Token));
        var waiting = Enumerable.Range(0, Many).Select(i => _threads.RunAsync(() => i, Patience, Token)).ToArray();
        await Assert.ThrowsAsync<TimeoutException>(() => _threads.RunAsync(() => -1, Patience, Token));
        taken.Set();
        Assert.Equal(Enumerable.Range(0, Many), await Task.WhenAll(waiting));
        await Assert.ThrowsAsync<FormatException>(() => _threads.RunAsync<int>(() => throw new FormatException(), Patience, Token));
        Assert.Equal(1, await _threads.RunAsync(() => 1, Patience, Token));
    }

    private async Task<SqliteCcrStore> OpenAsync()
    {
        var store = new SqliteCcrStore(_directory.Path, time: _clock) { Threads = _threads, BusyTimeout = Patience };
        await store.OpenAsync(Token);
        return store;
    }

    private Task<ManualResetEventSlim> TakeAsync() => TakeAsync(_threads);

    // The one thread is taken until the event is set.
    private static async Task<ManualResetEventSlim> TakeAsync(SqliteCcrThreads threads)
    {
        var (taken, free) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new ManualResetEventSlim());
        _ = threads.RunAsync(
            () =>
            {
                taken.SetResult();
                free.Wait(Token);
                return true;
            },
            Patience,
            Token);
        await taken.Task;
        return free;
    }

    private static PinProposal Proposal(SqliteCcrStore store, string original)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(original);
        return new PinProposal(new Pin { Key = PinKey.Of(bytes, "test"), Hash = store.HashOf(bytes), Replacement = [1, 2], Reason = "view" }, bytes);
    }
}
