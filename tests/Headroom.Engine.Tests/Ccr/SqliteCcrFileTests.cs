using Headroom.Engine.Ccr;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>What happens to the file itself: earlier versions of it, its size, and what it promises about its rows.</summary>
public sealed class SqliteCcrFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_directory.Path, SqliteCcrStore.FileName);

    public void Dispose() => _directory.Dispose();

    // The schema of version 1, as it was released, with the rows of two workspaces.
    private void MakeVersion1(byte[] key, string hash) => Sql($"""
        PRAGMA journal_mode = WAL;
        CREATE TABLE IF NOT EXISTS meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS workspaces (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE IF NOT EXISTS originals (
            id INTEGER NOT NULL PRIMARY KEY,
            workspace INTEGER NOT NULL,
            hash BLOB NOT NULL,
            length INTEGER NOT NULL,
            encoding INTEGER NOT NULL,
            created INTEGER NOT NULL,
            used INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (workspace, hash));
        CREATE TABLE IF NOT EXISTS pins (
            id INTEGER NOT NULL PRIMARY KEY,
            workspace INTEGER NOT NULL,
            key BLOB NOT NULL,
            hash BLOB,
            reason TEXT NOT NULL,
            strategy TEXT NOT NULL,
            tokens_before INTEGER NOT NULL,
            tokens_after INTEGER NOT NULL,
            created INTEGER NOT NULL,
            used INTEGER NOT NULL,
            replacement BLOB,
            UNIQUE (workspace, key));
        INSERT INTO meta VALUES ('schema', 1), ('key', x'{Convert.ToHexString(key)}');
        INSERT INTO workspaces (name) VALUES ('other'), ('default');
        INSERT INTO originals (workspace, hash, length, encoding, created, used, body) VALUES
            (1, x'000000000000000000000001', 3, 0, 1000, 2000, 'abc'),
            (2, x'{hash}', 4, 0, 3000, 4000, CAST('text' AS BLOB));
        INSERT INTO pins (workspace, key, hash, reason, strategy, tokens_before, tokens_after, created, used, replacement) VALUES
            (2, x'{PinKey.Of("text"u8, "old").Hex}', x'{hash}', 'view', 'table', 7, 3, 3000, 4000, x'0102'),
            (2, x'{PinKey.Of("left"u8, "old").Hex}', NULL, 'not-smaller', 'none', 7, 7, 3000, 4000, NULL);
        """);

    [Fact]
    public async Task A_file_of_version_1_goes_on_working_with_all_that_is_in_it()
    {
        var key = Enumerable.Range(0, CcrHash.KeyBytes).Select(i => (byte)i).ToArray();
        var hash = new CcrHash(key, "default").Of("text"u8);
        MakeVersion1(key, hash);
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock);
        Assert.Equal(hash, store.HashOf("text"u8));
        Assert.Equal(
            new CcrStatistics(1, 4, 2)
            {
                StoredBytes = 6,
                Oldest = DateTimeOffset.FromUnixTimeMilliseconds(3000),
                LeastRecentlyUsed = DateTimeOffset.FromUnixTimeMilliseconds(4000),
            },
            await store.StatisticsAsync(Token));
        Assert.Equal("text"u8.ToArray(), await store.GetAsync(hash, Token));
        var found = await store.FindPinsAsync([PinKey.Of("text"u8, "old"), PinKey.Of("left"u8, "old")], Token);
        Assert.Equal([1, 2], found[PinKey.Of("text"u8, "old")].Replacement!);
        Assert.Equal("not-smaller", found[PinKey.Of("left"u8, "old")].Reason);

        _clock.Now += TimeSpan.FromDays(8);
        Assert.Equal(new CcrRemoval(1, 6, 2), await store.SweepAsync(CcrRetention.Default, Token));
        Assert.True(await store.HasExpiredAsync(hash, Token));
        await using var other = new SqliteCcrStore(_directory.Path, "other", _clock);
        Assert.Equal((1, 3), ((await other.StatisticsAsync(Token)).Originals, (await other.StatisticsAsync(Token)).StoredBytes));
        await using var third = new SqliteCcrStore(_directory.Path, "new", _clock);
        Assert.Equal(0, (await third.StatisticsAsync(Token)).Originals);
    }

    [Fact]
    public async Task Stores_that_meet_a_file_of_version_1_at_once_bring_it_forward_once()
    {
        MakeVersion1(new byte[CcrHash.KeyBytes], "000000000000000000000002");
        using var start = new Barrier(8);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
            async () =>
            {
                await using var store = new SqliteCcrStore(_directory.Path);
                start.SignalAndWait(Token);
                await store.PutAsync(new[] { (byte)i }, Token);
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
        await using var one = new SqliteCcrStore(_directory.Path);
        Assert.Equal(9, (await one.StatisticsAsync(Token)).Originals);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_file_shrinks_when_much_is_removed(bool sweep)
    {
        await using (var store = new SqliteCcrStore(_directory.Path, time: _clock))
        {
            for (var i = 0; i < 40; i++)
            {
                await store.PutAsync(Noise(i, 100_000), Token);
            }

            _clock.Now += TimeSpan.FromDays(8);
            await store.PutAsync(Noise(99, 100_000), Token);
            var removed = sweep ? await store.SweepAsync(CcrRetention.Default, Token) : await store.ClearAsync(Token);
            Assert.InRange(removed.Originals, 40, 41);
        }

        Assert.InRange(new FileInfo(FilePath).Length, 20_000, 400_000);
    }

    [Fact]
    public async Task The_file_shrinks_on_disk_while_the_store_is_in_use()
    {
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock);
        for (var i = 0; i < 80; i++)
        {
            await store.PutAsync(Noise(i, 100_000), Token);
        }

        _clock.Now += TimeSpan.FromDays(8);
        await store.SweepAsync(CcrRetention.Default, Token);
        Assert.InRange(new FileInfo(FilePath).Length, 1, 400_000);
    }

    [Fact]
    public async Task Clearing_a_file_of_version_1_lets_it_shrink_from_then_on()
    {
        MakeVersion1(new byte[CcrHash.KeyBytes], "000000000000000000000002");
        await using (var store = new SqliteCcrStore(_directory.Path, time: _clock))
        {
            for (var i = 0; i < 20; i++)
            {
                await store.PutAsync(Noise(i, 100_000), Token);
            }

            await store.ClearAsync(Token);
            Assert.Equal(21, (await store.StatisticsAsync(Token)).Expired);
        }

        Assert.Equal("2", Sql("PRAGMA auto_vacuum"));
        Assert.InRange(new FileInfo(FilePath).Length, 1, 400_000);
        Assert.Equal("1", Sql("SELECT count(*) FROM originals")); // the other workspace's
    }

    [Fact]
    public async Task Only_so_many_removed_hashes_are_remembered_and_the_oldest_are_forgotten_first()
    {
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock) { MostExpired = 300 };
        var hashes = new List<string>();
        for (var i = 0; i < 1000; i++)
        {
            hashes.Add(await store.PutAsync(BitConverter.GetBytes(i), Token));
            _clock.Now += TimeSpan.FromSeconds(1);
        }

        _clock.Now += TimeSpan.FromDays(8);
        Assert.Equal(1000, (await store.SweepAsync(CcrRetention.Default, Token)).Originals);
        Assert.Equal(300, (await store.StatisticsAsync(Token)).Expired);
        Assert.False(await store.HasExpiredAsync(hashes[699], Token));
        Assert.True(await store.HasExpiredAsync(hashes[700], Token));
    }

    [Fact]
    public async Task A_pin_whose_original_is_missing_is_not_found_and_is_made_whole_by_pinning_again()
    {
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock);
        var pin = new Pin { Key = PinKey.Of("text"u8, ""), Hash = store.HashOf("text"u8), Replacement = [1], Reason = "view" };
        var leave = new PinProposal(new Pin { Key = pin.Key, Reason = "timeout" }, "text"u8.ToArray());
        await store.PinAsync([new PinProposal(pin, "text"u8.ToArray())], Token);
        Sql("DROP TRIGGER original_removed; DELETE FROM originals; UPDATE workspaces SET generation = generation + 1");
        Assert.Empty(await store.FindPinsAsync([pin.Key], Token));

        // The decision in force stays, and now can be undone again.
        Assert.Equal(pin.Replacement, (await store.PinAsync([leave], Token))[0].Replacement);
        Assert.Equal("text"u8.ToArray(), await store.GetAsync(pin.Hash, Token));
        Assert.Single(await store.FindPinsAsync([pin.Key], Token));
    }

    [Fact]
    public async Task Another_process_can_write_while_a_large_sweep_runs()
    {
        await using var store = new SqliteCcrStore(_directory.Path, time: _clock);
        await using var other = new SqliteCcrStore(_directory.Path, time: _clock);
        for (var i = 0; i < 100; i++)
        {
            await store.PinAsync(
                [.. Enumerable.Range(i * 100, 100).Select(n => new PinProposal(
                    new Pin { Key = PinKey.Of(BitConverter.GetBytes(n), ""), Hash = store.HashOf(BitConverter.GetBytes(n)), Replacement = [1], Reason = "view" },
                    BitConverter.GetBytes(n)))],
                Token);
        }

        _clock.Now += TimeSpan.FromDays(8);
        var sweep = Task.Run(async () => await store.SweepAsync(CcrRetention.Default, Token), Token);
        var during = 0;
        for (var n = -1; !sweep.IsCompleted; n--)
        {
            await other.PutAsync(BitConverter.GetBytes(n), Token);
            during += sweep.IsCompleted ? 0 : 1;
        }

        Assert.Equal((10_000, 10_000), ((await sweep).Originals, (await sweep).Pins));
        Assert.True(during > 3, $"Only {during} writes came between the batches of a sweep of 10,000 entries.");
    }

    private static byte[] Noise(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private string? Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()?.ToString();
    }
}
