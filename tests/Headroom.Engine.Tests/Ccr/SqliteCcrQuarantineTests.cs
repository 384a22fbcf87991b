using Headroom.Engine.Ccr;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>A damaged file is moved aside once, and the store goes on with a new one.</summary>
public sealed class SqliteCcrQuarantineTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _lines = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_directory.Path, SqliteCcrStore.FileName);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("this is not a database, and it is long enough for one to have a header of a hundred bytes, which starts otherwise")]
    [InlineData("SQLite format 3\0 and then nothing that a database would have, but again long enough for a header to be in it......")]
    public async Task A_file_that_is_not_a_store_is_moved_aside_as_it_is_and_told_once(string content)
    {
        await File.WriteAllTextAsync(FilePath, content, Token);
        await using (var store = Open())
        {
            var hash = await store.PutAsync("x"u8.ToArray(), Token);
            Assert.Equal("x"u8.ToArray(), await store.GetAsync(hash, Token));
        }

        await using var again = Open();
        await again.OpenAsync(Token);
        var aside = Aside();
        Assert.Equal(content, await File.ReadAllTextAsync(aside, Token));
        var line = Assert.Single(_lines);
        Assert.Contains(FilePath, line, StringComparison.Ordinal);
        Assert.Contains(aside, line, StringComparison.Ordinal);
        Assert.Contains("compressed anew", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.GetFiles(_directory.Path))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
    }

    [Fact]
    public async Task Damage_that_shows_later_fails_that_call_and_the_next_one_goes_on_in_a_new_file()
    {
        await using var store = Open();
        var hash = await FillAsync(store);
        Damage();
        var error = await Assert.ThrowsAsync<CcrStoreException>(async () => await UseAllAsync(store));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
        Assert.Single(_lines);
        Aside();

        Assert.Null(await store.GetAsync(hash, Token));
        Assert.Equal((0, 0), ((await store.StatisticsAsync(Token)).Originals, (await store.StatisticsAsync(Token)).Pins));
        var again = await store.PutAsync("x"u8.ToArray(), Token);
        Assert.Equal("x"u8.ToArray(), await store.GetAsync(again, Token));
        Assert.Single(_lines);
    }

    [Fact]
    public async Task A_pin_in_memory_does_not_outlive_its_file()
    {
        await using var store = Open();
        await FillAsync(store);
        var pinned = new Pin { Key = PinKey.Of("p"u8, ""), Hash = store.HashOf("p"u8), Replacement = [1], Reason = "view" };
        await store.PinAsync([new PinProposal(pinned, "p"u8.ToArray())], Token);
        Assert.Single(await store.FindPinsAsync([pinned.Key], Token));
        Damage();
        await Assert.ThrowsAsync<CcrStoreException>(async () => await UseAllAsync(store));
        Assert.Empty(await store.FindPinsAsync([pinned.Key], Token));
        Assert.NotEqual(pinned.Hash, store.HashOf("p"u8));
    }

    [Fact]
    public async Task Another_process_that_had_the_file_open_goes_on_in_the_new_one_and_does_not_move_that()
    {
        await using var first = Open();
        await using var second = Open();
        await FillAsync(first);
        await UseAllAsync(second);
        Damage();
        await Assert.ThrowsAsync<CcrStoreException>(async () => await UseAllAsync(first));
        var written = await first.PutAsync("written to the new file"u8.ToArray(), Token);
        Assert.Equal("written to the new file"u8.ToArray(), await second.GetAsync(written, Token));
        var other = await second.PutAsync("by the second"u8.ToArray(), Token);
        Assert.Equal("by the second"u8.ToArray(), await first.GetAsync(other, Token));
        Aside();
        Assert.Single(_lines);
    }

    [Fact]
    public async Task Of_eight_that_see_the_damage_at_once_one_moves_the_file_and_all_agree_on_the_new_one()
    {
        await using (var store = Open())
        {
            await FillAsync(store);
        }

        var stores = Enumerable.Range(0, 8).Select(_ => Open()).ToArray();
        foreach (var store in stores)
        {
            await store.OpenAsync(Token);
        }

        Damage();
        using var start = new Barrier(stores.Length);
        await Task.WhenAll(stores.Select((store, i) => Task.Factory.StartNew(
            async () =>
            {
                start.SignalAndWait(Token);
                try
                {
                    await UseAllAsync(store);
                }
                catch (CcrStoreException)
                {
                }

                // Whatever is acknowledged from here on must be there in the end.
                var original = BitConverter.GetBytes(i);
                var hash = await store.PutAsync(original, Token);
                Assert.Equal(original, await store.GetAsync(hash, Token));
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
        for (var i = 0; i < stores.Length; i++)
        {
            var original = BitConverter.GetBytes(i);
            Assert.All(stores, s => Assert.Equal(stores[0].HashOf(original), s.HashOf(original)));
            Assert.Equal(original, await stores[^(i + 1)].GetAsync(stores[0].HashOf(original), Token));
        }

        Aside();
        Assert.Single(_lines);
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public void Who_saw_the_damage_before_the_file_was_moved_does_not_move_its_successor()
    {
        var (first, second) = (new SqliteCcrQuarantine(FilePath), new SqliteCcrQuarantine(FilePath));
        var epoch = second.Epoch;
        File.WriteAllText(FilePath, "damaged");
        Assert.NotNull(first.MoveAside(epoch, DateTimeOffset.UnixEpoch, TimeSpan.Zero));
        first.MakeFile(TimeSpan.Zero);
        File.WriteAllText(FilePath, "the new one");
        Assert.Null(second.MoveAside(epoch, DateTimeOffset.UnixEpoch, TimeSpan.Zero));
        Assert.Equal("the new one", File.ReadAllText(FilePath));
        Assert.Equal("damaged", File.ReadAllText(FilePath + ".corrupt-19700101T000000Z"));

        // But this one may be damaged, too.
        Assert.Equal(FilePath + ".corrupt-19700101T000000Z-2", second.MoveAside(second.Epoch, DateTimeOffset.UnixEpoch, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused_and_stays_where_it_is()
    {
        await using (var store = Open())
        {
            await store.OpenAsync(Token);
        }

        Sql("UPDATE meta SET value = 3 WHERE name = 'schema'");
        await using var older = Open();
        Assert.Contains("newer", Assert.Throws<CcrStoreException>(() => older.HashOf([])).Message, StringComparison.Ordinal);
        Assert.Equal([FilePath], Directory.GetFiles(_directory.Path));
        Assert.Empty(_lines);
    }

    [Fact]
    public async Task A_file_that_was_deleted_under_a_running_store_is_made_again()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("A file that is open cannot be deleted there.");
        }

        await using var store = Open();
        await store.PutAsync("before"u8.ToArray(), Token);
        foreach (var file in Directory.GetFiles(_directory.Path))
        {
            File.Delete(file);
        }

        var hash = await store.PutAsync("after"u8.ToArray(), Token);
        await using var other = Open();
        Assert.Equal("after"u8.ToArray(), await other.GetAsync(hash, Token));
    }

    private SqliteCcrStore Open() => new(_directory.Path, log: line =>
    {
        lock (_lines)
        {
            _lines.Add(line);
        }
    });

    private async Task<string> FillAsync(SqliteCcrStore store)
    {
        for (var i = 0; i < 20; i++)
        {
            var noise = new byte[20_000];
            new Random(i).NextBytes(noise);
            await store.PutAsync(noise, Token);
        }

        // Into the file itself, where the damage will be, and out of the memory of every connection.
        Sql("PRAGMA wal_checkpoint(TRUNCATE)");
        return await store.PutAsync("last"u8.ToArray(), Token);
    }

    private static async Task UseAllAsync(SqliteCcrStore store)
    {
        await store.SweepAsync(CcrRetention.Default, Token);
        await foreach (var entry in store.ListAsync(Token))
        {
            await store.GetAsync(entry.Hash, Token);
        }
    }

    // Everything behind the first page, which holds the header and the schema.
    private void Damage()
    {
        var bytes = new byte[new FileInfo(FilePath).Length - 4096];
        Array.Fill(bytes, (byte)0xa5);
        using var file = new FileStream(FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = 4096;
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }

    private string Aside() => Assert.Single(
        Directory.GetFiles(_directory.Path, SqliteCcrStore.FileName + ".corrupt-*"), f => !f.EndsWith("-wal", StringComparison.Ordinal) && !f.EndsWith("-shm", StringComparison.Ordinal));

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
