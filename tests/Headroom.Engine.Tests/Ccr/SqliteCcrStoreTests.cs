using Headroom.Engine.Ccr;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Tests.Ccr;

public sealed class SqliteCcrStoreTests : SharedCcrStoreContract
{
    // What waits for its turn gets it, however slow the machine is.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private readonly TemporaryDirectory _directory = new();
    private int _stores;

    private string First => Path.Combine(_directory.Path, "1");

    private string FirstFile => Path.Combine(First, SqliteCcrStore.FileName);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    protected override ICcrStore Open(string workspace = "default") =>
        new SqliteCcrStore(Path.Combine(_directory.Path, $"{++_stores}"), workspace, Clock) { BusyTimeout = Patience };

    protected override ICcrStore OpenBeside(string workspace) => new SqliteCcrStore(First, workspace, Clock) { BusyTimeout = Patience };

    [Fact]
    public void Nothing_is_on_the_disk_before_the_first_call() => Assert.False(Directory.Exists(First));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_the_user_can_read_the_files_also_when_one_was_there_before(bool existed)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes; the directory's own rules hold.");
            return;
        }

        if (existed)
        {
            Directory.CreateDirectory(First);
            await File.WriteAllBytesAsync(FirstFile, [], Token);
            File.SetUnixFileMode(FirstFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        await Store.PutAsync(Utf8("secret"), Token);
        if (!existed)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(First));
        }

        var files = Directory.GetFiles(First);
        Assert.Equal(3, files.Length); // with the write-ahead log and its index
        foreach (var file in files)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task A_store_that_is_opened_again_has_everything_and_the_same_hashes()
    {
        var pinned = Replace(Utf8("pinned"), [1, 2]);
        var hash = await Store.PutAsync(Utf8("put"), Token);
        await Store.PinAsync([pinned], Token);
        await Store.DisposeAsync();

        await using var again = new SqliteCcrStore(First);
        Assert.Equal(hash, again.HashOf("put"u8));
        Assert.Equal(Utf8("put"), await again.GetAsync(hash, Token));
        Assert.Equal(Utf8("pinned"), await again.GetAsync(pinned.Pin.Hash!, Token));
        AssertSame(pinned.Pin, (await again.FindPinsAsync([pinned.Pin.Key], Token))[pinned.Pin.Key]);
    }

    [Fact]
    public async Task Stores_that_are_opened_at_once_on_a_new_directory_agree_on_the_key()
    {
        using var start = new Barrier(8);
        var hashes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            async () =>
            {
                await using var store = new SqliteCcrStore(First) { BusyTimeout = Patience };
                start.SignalAndWait(Token);
                return await store.PutAsync(Utf8("same"), Token);
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
        Assert.Single(hashes.Distinct());
        Assert.Equal(1, (await Store.StatisticsAsync(Token)).Originals);
    }

    [Fact]
    public async Task A_hash_of_another_workspace_in_the_same_file_is_out_of_reach()
    {
        await using var other = new SqliteCcrStore(First, "other");
        var pinned = Replace(Utf8("secret"), [1]);
        await Store.PinAsync([pinned], Token);
        Assert.Null(await other.GetAsync(pinned.Pin.Hash!, Token));
        Assert.Empty(await other.FindPinsAsync([pinned.Pin.Key], Token));
        Assert.Equal(new CcrStatistics(0, 0, 0), await other.StatisticsAsync(Token));
        Assert.NotEqual(pinned.Pin.Hash, await other.PutAsync(Utf8("secret"), Token));
    }

    [Fact]
    public async Task Pinning_stores_all_or_nothing()
    {
        var before = Replace(Utf8("before"), [1]);
        var failing = Replace(Utf8("failing"), [2]);
        await Store.StatisticsAsync(Token);
        Sql("CREATE TRIGGER fail BEFORE INSERT ON pins WHEN NEW.reason = 'fail' BEGIN SELECT RAISE(ABORT, 'injected'); END");
        var error = await Assert.ThrowsAsync<CcrStoreException>(
            async () => await Store.PinAsync([before, failing with { Pin = failing.Pin with { Reason = "fail" } }], Token));
        Assert.Contains("injected", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0, 0), Counts(await Store.StatisticsAsync(Token)));
        Assert.Empty(await Store.FindPinsAsync([before.Pin.Key], Token));

        // And the store goes on.
        await Store.PinAsync([before], Token);
        Assert.Equal(Utf8("before"), await Store.GetAsync(before.Pin.Hash!, Token));
    }

    [Fact]
    public async Task What_repeats_is_compressed_and_what_does_not_is_kept_as_it_is()
    {
        var noise = new byte[10_000];
        new Random(2).NextBytes(noise);
        await Store.PutAsync(new byte[10_000], Token);
        await Store.PutAsync(noise, Token);
        Assert.Equal("1 10000 1", Sql("SELECT encoding || ' ' || length || ' ' || (length(body) < 100) FROM originals WHERE id = 1"));
        Assert.Equal("0 10000 10000", Sql("SELECT encoding || ' ' || length || ' ' || length(body) FROM originals WHERE id = 2"));
    }

    [Theory]
    [InlineData("UPDATE originals SET body = x'00'")]
    [InlineData("UPDATE originals SET body = CAST('something else!!' AS BLOB), encoding = 0, length = 16")]
    [InlineData("UPDATE originals SET encoding = 9")]
    [InlineData("UPDATE originals SET length = -1")]
    public async Task A_damaged_original_is_an_error_and_never_other_bytes(string damage)
    {
        var hash = await Store.PutAsync(Utf8(new string('a', 1000)), Token);
        Sql(damage);
        var error = await Assert.ThrowsAsync<CcrStoreException>(async () => await Store.GetAsync(hash, Token));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
        Assert.Contains(hash, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_is_an_error_and_is_tried_again()
    {
        await File.WriteAllTextAsync(First, "in the way", Token);
        var error = await Assert.ThrowsAsync<CcrStoreException>(async () => await Store.PutAsync(Utf8("x"), Token));
        Assert.Contains("is no directory", error.Message, StringComparison.Ordinal);
        File.Delete(First);
        Assert.NotNull(await Store.GetAsync(await Store.PutAsync(Utf8("x"), Token), Token));
    }

    [Fact]
    public async Task A_writer_waits_for_another_process_and_readers_do_not()
    {
        await Store.PutAsync(Utf8("before"), Token);
        using var other = Connect();
        using var transaction = other.BeginTransaction(deferred: false);
        var write = Task.Run(async () => await Store.PutAsync(Utf8("after"), Token), Token);
        Assert.Equal(Utf8("before"), await Store.GetAsync(Store.HashOf("before"u8), Token));
        Assert.Null(await Store.GetAsync(Store.HashOf("after"u8), Token));
        transaction.Commit();
        Assert.Equal(Utf8("after"), await Store.GetAsync(await write, Token));
    }

    [Fact]
    public async Task A_lock_that_is_not_given_up_is_an_error_that_says_so_and_a_waiting_writer_can_be_cancelled()
    {
        await using var impatient = new SqliteCcrStore(First) { BusyTimeout = TimeSpan.Zero };
        await impatient.PutAsync(Utf8("before"), Token);
        using var other = Connect();
        using var transaction = other.BeginTransaction(deferred: false);
        var error = await Assert.ThrowsAsync<CcrStoreException>(async () => await impatient.PutAsync(Utf8("after"), Token));
        Assert.Contains("busy", error.Message, StringComparison.Ordinal);

        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        cancel.CancelAfter(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutAsync(Utf8("after"), cancel.Token));
        transaction.Rollback();
        await impatient.PutAsync(Utf8("after"), Token);
    }

    [Fact]
    public async Task A_replay_is_noted_as_a_use_of_the_pin_and_of_its_original()
    {
        var start = Clock.Now;
        var pinned = Replace(Utf8("pinned"), [1]);
        await Store.PinAsync([pinned], Token);
        Clock.Now = start.AddMinutes(29);
        await Store.FindPinsAsync([pinned.Pin.Key], Token);
        Assert.Equal("0 0", Uses()); // from memory, and not yet worth a note
        Clock.Now = start.AddMinutes(30);
        await Store.FindPinsAsync([pinned.Pin.Key], Token);
        Assert.Equal("30 30", Uses());
        Clock.Now = start.AddMinutes(61);
        await using var again = OpenBeside("default");
        await again.FindPinsAsync([pinned.Pin.Key], Token);
        Assert.Equal("61 61", Uses());
        string? Uses() => Sql(
            $"SELECT ((p.used - {start.ToUnixTimeMilliseconds()}) / 60000) || ' ' || ((o.used - {start.ToUnixTimeMilliseconds()}) / 60000) "
            + "FROM pins p JOIN originals o ON o.hash = p.hash");
    }

    [Fact]
    public async Task A_pin_that_is_removed_between_its_reading_and_the_note_of_its_use_is_not_found()
    {
        var (kept, removed) = (Replace(Utf8("kept"), [1]), Replace(Utf8("removed"), [2]));
        await Store.PinAsync([kept, removed], Token);
        Sql($"CREATE TRIGGER removes AFTER UPDATE OF used ON pins WHEN new.key = x'{removed.Pin.Key.Hex}' BEGIN DELETE FROM pins WHERE id = new.id; END");
        Clock.Now += TimeSpan.FromHours(2);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal([kept.Pin.Key], (await Store.FindPinsAsync([kept.Pin.Key, removed.Pin.Key], Token)).Keys);
        }
    }

    [Fact]
    public async Task A_retrieval_is_noted_as_a_use()
    {
        var hash = await Store.PutAsync(Utf8("text"), Token);
        Clock.Now += TimeSpan.FromHours(2);
        await Store.GetAsync(hash, Token);
        Assert.Equal($"{Clock.Now.ToUnixTimeMilliseconds()}", Sql("SELECT used FROM originals"));
    }

    [Fact]
    public async Task After_disposal_calls_are_refused_and_a_second_disposal_is_nothing()
    {
        await Store.PutAsync(Utf8("x"), Token);
        await Store.DisposeAsync();
        await Store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Store.PutAsync(Utf8("y"), Token));
        Assert.Equal([FirstFile], Directory.GetFiles(First)); // closed for good: SQLite has folded its log into the file
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={FirstFile};Pooling=False");
        connection.Open();
        return connection;
    }

    private string? Sql(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()?.ToString();
    }
}
