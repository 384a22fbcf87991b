using Headroom.Engine.Ccr;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>Another process holds the lock, or the data is not the user's own.</summary>
public sealed class SqliteCcrAwayTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task After_three_misses_calls_fail_at_once_until_one_tries_again()
    {
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock) { BusyTimeout = TimeSpan.FromMilliseconds(20) };
        await store.PutAsync("before"u8.ToArray(), TestContext.Current.CancellationToken);
        using (var holder = Hold())
        {
            var since = _clock.GetUtcNow();
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal((CcrFailureKind.Locked, since), await MissAsync(store));
                _clock.Now += TimeSpan.FromSeconds(1);
            }
        }

        // The lock is free, and it is not asked for.
        Assert.Equal(CcrFailureKind.Locked, (await MissAsync(store)).Kind);
        _clock.Now += SqliteCcrCondition.AwayTime;
        await store.CheckAsync(TestContext.Current.CancellationToken);
        await store.PutAsync("after"u8.ToArray(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task One_miss_more_is_enough_as_long_as_nothing_was_written()
    {
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock) { BusyTimeout = TimeSpan.FromMilliseconds(20) };
        await store.OpenAsync(TestContext.Current.CancellationToken);
        using var holder = Hold();
        for (var i = 0; i < 3; i++)
        {
            await MissAsync(store);
        }

        _clock.Now += SqliteCcrCondition.AwayTime;
        await MissAsync(store);
        holder.Dispose();
        await MissAsync(store);
    }

    [Fact]
    public async Task While_writes_fail_what_is_there_is_read_and_replayed()
    {
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock) { BusyTimeout = TimeSpan.FromMilliseconds(20) };
        await using var other = new SqliteCcrStore(_directory.Path, time: _clock);
        var (mine, others) = (Proposal(store, "mine"), Proposal(store, "others"));
        await store.PinAsync([mine], TestContext.Current.CancellationToken);
        await other.PinAsync([others], TestContext.Current.CancellationToken);
        using var holder = Hold();
        for (var i = 0; i < 3; i++)
        {
            await MissAsync(store);
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.Single(await store.FindPinsAsync([mine.Pin.Key], TestContext.Current.CancellationToken));
            Assert.Equal(2, (await store.FindPinsAsync([mine.Pin.Key, others.Pin.Key], TestContext.Current.CancellationToken)).Count);
            Assert.NotNull(await store.GetAsync(others.Pin.Hash!, TestContext.Current.CancellationToken));
            Assert.Equal(2, (await store.StatisticsAsync(TestContext.Current.CancellationToken)).Pins);
            await MissAsync(store);
        }
    }

    [Fact]
    public async Task A_full_store_says_so_until_there_is_room()
    {
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock) { MostPages = 60 };
        await store.CheckAsync(TestContext.Current.CancellationToken);
        var random = new Random(7);
        var bytes = new byte[30_000];
        var failure = await Assert.ThrowsAsync<CcrStoreException>(async () =>
        {
            while (true)
            {
                random.NextBytes(bytes);
                await store.PutAsync(bytes, TestContext.Current.CancellationToken);
            }
        });
        Assert.Equal((CcrFailureKind.Full, (DateTimeOffset?)_clock.GetUtcNow()), (failure.Kind, failure.Since));
        var since = failure.Since;
        _clock.Now += TimeSpan.FromHours(1);
        failure = await Assert.ThrowsAsync<CcrStoreException>(async () => await store.CheckAsync(TestContext.Current.CancellationToken));
        Assert.Equal((CcrFailureKind.Full, since), (failure.Kind, failure.Since));
        Assert.NotEqual(0, (await store.ClearAsync(TestContext.Current.CancellationToken)).Originals);
        await store.CheckAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Ten_thousand_pins_are_found()
    {
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock);
        var keys = Enumerable.Range(0, 10_000).Select(i => PinKey.Of(BitConverter.GetBytes(i), "view")).ToArray();
        var proposals = keys.Where((_, i) => i % 2 == 0)
            .Select(key => new PinProposal(new Pin { Key = key, Reason = "r", Strategy = "s", TokensBefore = 1, TokensAfter = 1 }, ReadOnlyMemory<byte>.Empty)).ToArray();
        await store.PinAsync(proposals, TestContext.Current.CancellationToken);
        await using var other = new SqliteCcrStore(_directory.Path, time: _clock);
        var found = await other.FindPinsAsync(keys, TestContext.Current.CancellationToken);
        Assert.Equal(proposals.Select(p => p.Pin.Key.Hex).Order(StringComparer.Ordinal), found.Keys.Select(k => k.Hex).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ccr.db")]
    [InlineData("ccr.db-wal")]
    [InlineData("ccr.db-shm")]
    [InlineData("ccr.db.reserve")]
    [InlineData("ccr.db.quarantine")]
    public async Task A_link_is_refused_and_nothing_behind_it_is_changed(string name)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Assert.SkipUnless(OperatingSystem.IsLinux(), "Modes and links.");
        var target = System.IO.Path.Combine(_directory.Path, "target");
        var data = System.IO.Path.Combine(_directory.Path, "data");
        if (name.Length == 0)
        {
            Directory.CreateDirectory(target);
            Directory.CreateSymbolicLink(data, target);
        }
        else
        {
            Directory.CreateDirectory(data);
            await File.WriteAllTextAsync(target, "", TestContext.Current.CancellationToken);
            File.CreateSymbolicLink(System.IO.Path.Combine(data, name), target);
        }

        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        File.SetUnixFileMode(target, Mode);
        await using var store = new SqliteCcrStore(data);
        var failure = await Assert.ThrowsAsync<CcrStoreException>(async () => await store.OpenAsync(TestContext.Current.CancellationToken));
        Assert.Contains("is a link", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Mode, File.GetUnixFileMode(target));
    }

    [Theory]
    [InlineData("/dev/null", false)]
    [InlineData("/dev/null", true)]
    public void A_device_is_refused(string path, bool isDirectory)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Devices.");
        Assert.Throws<CcrStoreException>(() =>
        {
            if (isDirectory)
            {
                CcrOwnership.CheckDirectory(path);
            }
            else
            {
                CcrOwnership.CheckFile(path);
            }
        });
    }

    [Fact]
    public void What_belongs_to_another_user_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && !string.Equals(Environment.UserName, "root", StringComparison.Ordinal), "Another user's.");
        Assert.Contains("another user", Assert.Throws<CcrStoreException>(() => CcrOwnership.CheckFile("/etc/passwd")).Message, StringComparison.Ordinal);
    }

    private static async Task<(CcrFailureKind Kind, DateTimeOffset? Since)> MissAsync(SqliteCcrStore store)
    {
        var failure = await Assert.ThrowsAsync<CcrStoreException>(async () => await store.CheckAsync(TestContext.Current.CancellationToken));
        return (failure.Kind, failure.Since);
    }

    private static PinProposal Proposal(SqliteCcrStore store, string original)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(original);
        return new PinProposal(new Pin { Key = PinKey.Of(bytes, "test"), Hash = store.HashOf(bytes), Replacement = [1, 2], Reason = "view" }, bytes);
    }

    private SqliteConnection Hold()
    {
        var holder = new SqliteConnection($"Data Source={System.IO.Path.Combine(_directory.Path, SqliteCcrStore.FileName)};Pooling=False");
        holder.Open();
        using var command = holder.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return holder;
    }
}
