using System.Globalization;
using Headroom.Engine.Accounting;
using Headroom.Engine.Tokens;
using Headroom.TestData;
using StackExchange.Redis;

namespace Headroom.Redis.Tests;

public sealed class RedisSavingsLedgerTests(SharedRedis redis)
{
    private static readonly PriceTable Prices = new(new DateOnly(2026, 1, 2), [new("known", 10m, 1m, 12.5m)]);

    private readonly SteppedClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_of_several_ledgers_tells_what_one_in_memory_would()
    {
        // No property of FsCheck's: it takes a skipped test for one that failed.
        for (var length = 0; length < 30; length++)
        {
            var random = new SeededRandom((ulong)length);
            await TellTheSameAsync([.. Enumerable.Range(0, length).Select(_ => random.Next(-1_000, 1_000))]);
        }
    }

    private async Task TellTheSameAsync(int[] seeds)
    {
        var database = await redis.NewDatabaseAsync();
        var single = new SavingsLedger(Prices, _clock);
        var ledgers = Enumerable.Range(0, 3).Select(_ => Open(database)).ToArray();
        for (var i = 0; i < seeds.Length; i++)
        {
            var record = Record(seeds[i]);
            single.Add(record);
            ledgers[i % ledgers.Length].Add(record);
        }

        // Each tells its own at once; what all have told, all know.
        foreach (var ledger in ledgers)
        {
            await ledger.SnapshotAsync(Token);
        }

        foreach (var ledger in ledgers)
        {
            AssertSame(single.Snapshot(), await ledger.SnapshotAsync(Token));
            await ledger.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_was_added_last_is_sent_before_the_end()
    {
        var database = await redis.NewDatabaseAsync();
        var first = Open(database);
        for (var i = 0; i < 1000; i++)
        {
            first.Add(Record(i));
        }

        await first.DisposeAsync();
        await using var second = Open(database);
        Assert.Equal(1000, (await second.SnapshotAsync(Token)).Requests);
    }

    [Fact]
    public async Task Sums_that_were_sent_but_not_acknowledged_count_once()
    {
        await using var server = await RedisServer.StartAsync();
        await using var ledger = Open(server.Uri, TimeSpan.FromSeconds(0.5));
        await using var other = Open(server.Uri);
        var single = new SavingsLedger(Prices, _clock);
        Add(1);
        await ledger.SnapshotAsync(Token);
        for (var round = 2; round < 5; round++)
        {
            await server.FreezeAsync(true);
            _clock.Advance(RedisConnection.BackOff);
            Add(round);

            // The server has this batch in its socket and will work on it; nobody here can know.
            AssertSame(single.Snapshot(), await ledger.SnapshotAsync(Token));
            Add(round * 100);
            AssertSame(single.Snapshot(), await ledger.SnapshotAsync(Token));
            await server.FreezeAsync(false);
            while ((await other.SnapshotAsync(Token)).Requests != single.Snapshot().Requests)
            {
                _clock.Advance(RedisConnection.BackOff);
                AssertSame(single.Snapshot(), await ledger.SnapshotAsync(Token));
            }

            AssertSame(single.Snapshot(), await other.SnapshotAsync(Token));
        }

        void Add(int seed)
        {
            ledger.Add(Record(seed));
            single.Add(Record(seed));
        }
    }

    [Fact]
    public async Task A_batch_that_arrives_twice_counts_once()
    {
        // Two ledgers of one sender's name: the second sends a number that the server has seen.
        var database = await redis.NewDatabaseAsync();
        var sender = Guid.NewGuid();
        var first = new RedisSavingsLedger(new RedisConnection(database, _clock) { Timeout = SharedRedis.Patience, ConnectTimeout = SharedRedis.Patience }, "default", Prices, _clock, sender);
        first.Add(Record(1));
        await first.DisposeAsync();
        var again = new RedisSavingsLedger(new RedisConnection(database, _clock) { Timeout = SharedRedis.Patience, ConnectTimeout = SharedRedis.Patience }, "default", Prices, _clock, sender);
        again.Add(Record(1));
        await again.DisposeAsync();
        await using var ledger = Open(database);
        Assert.Equal(1, (await ledger.SnapshotAsync(Token)).Requests);
    }

    [Fact]
    public async Task While_the_server_is_away_records_are_kept_and_sent_when_it_is_back()
    {
        await using var server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var ledger = Open(server.Uri);
        await using var other = Open(server.Uri);
        ledger.Add(Record(1));
        other.Add(Record(2));
        await other.SnapshotAsync(Token);
        Assert.Equal(2, (await ledger.SnapshotAsync(Token)).Requests);
        await server.KillAsync();
        for (var i = 0; i < 10_000; i++)
        {
            ledger.Add(Record(i));
        }

        Assert.Equal(10_002, (await ledger.SnapshotAsync(Token)).Requests);
        await server.StartAgainAsync();
        _clock.Advance(RedisConnection.BackOff);
        Assert.Equal(10_002, (await ledger.SnapshotAsync(Token)).Requests);
        Assert.Equal(10_002, (await other.SnapshotAsync(Token)).Requests);
    }

    [Fact]
    public async Task Dollars_are_whole_numbers_of_a_billionth_on_the_server_and_workspaces_count_for_themselves()
    {
        var database = await redis.NewDatabaseAsync();
        await using var ledger = Open(database);
        await using var other = new RedisSavingsLedger(new RedisConnection(database, _clock) { Timeout = SharedRedis.Patience, ConnectTimeout = SharedRedis.Patience }, "other", Prices, _clock, Guid.NewGuid());
        ledger.Add(Record(0) with { Model = "known", Status = 200, TokensBefore = 1_000_003, TokensAfter = 0, TokensSavedByReplay = 0, IsCacheMarked = false });
        Assert.Equal(10.00003m, (await ledger.SnapshotAsync(Token)).SavingsUsd);
        Assert.Equal(0, (await other.SnapshotAsync(Token)).Requests);
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{database.Port}");
        var stored = await connection.GetDatabase(int.Parse(database.AbsolutePath.Trim('/'), CultureInfo.InvariantCulture)).HashGetAsync("{headroom:default}:ledger", "nano_usd");
        Assert.Equal("10000030000", (string?)stored);
    }

    private static SavingsRecord Record(int seed)
    {
        var random = new Random(seed);
        var before = random.Next(0, 100_000);
        var after = random.Next(0, before + 1);
        return new SavingsRecord
        {
            Time = DateTimeOffset.UnixEpoch,
            RequestId = "1",
            Model = random.Next(8) == 0 ? "nobody-knows" : "known",
            PathClass = "messages",
            Reason = random.Next(2) == 0 ? "compressed" : "not-smaller",
            TokensBefore = before,
            TokensAfter = after,
            TokensSavedByReplay = random.Next(0, before - after + 1),
            Accuracy = (CountAccuracy)random.Next(3),
            IsCacheMarked = random.Next(2) == 0,
            OutputTokens = random.Next(3) == 0 ? null : random.Next(1000),
            CacheReadTokens = random.Next(1000),
            CacheWriteTokens = random.Next(1000),
            OverheadMs = random.NextDouble() * 100,
            TotalMs = random.NextDouble() * 100_000,
            Status = random.Next(4) == 0 ? 500 : 200,
            BlocksNew = random.Next(3),
            BlocksReplayed = random.Next(3),
            IsStreaming = random.Next(2) == 0,
            IsFailed = random.Next(4) == 0,
        };
    }

    private static void AssertSame(SavingsSnapshot expected, SavingsSnapshot actual)
    {
        Assert.Equal(expected.Reasons.OrderBy(r => r.Key, StringComparer.Ordinal), actual.Reasons.OrderBy(r => r.Key, StringComparer.Ordinal));
        Assert.Equal(expected with { Reasons = actual.Reasons, Since = actual.Since }, actual);
    }

    private RedisSavingsLedger Open(Uri server, TimeSpan? timeout = null) =>
        new(new RedisConnection(server, _clock) { Timeout = timeout ?? SharedRedis.Patience, ConnectTimeout = SharedRedis.Patience }, "default", Prices, _clock, Guid.NewGuid());
}
