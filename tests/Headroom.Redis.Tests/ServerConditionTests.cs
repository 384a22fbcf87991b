using System.Text;
using Headroom.Engine.Ccr;
using StackExchange.Redis;

namespace Headroom.Redis.Tests;

/// <summary>A server that is away, stands still, is full, is one of a cluster or wants a password.</summary>
public sealed class ServerConditionTests
{
    // Whoever waits for a server that stands still waits this long.
    private static readonly TimeSpan Impatience = TimeSpan.FromSeconds(0.5);

    private readonly SteppedClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_not_there_is_named_without_its_password()
    {
        await using var server = await RedisServer.StartAsync();
        await server.KillAsync();
        await using var store = Store(new Uri($"redis://alice:s3cret@127.0.0.1:{server.Port}/3"));
        var failure = await Assert.ThrowsAsync<CcrStoreException>(async () => await store.OpenAsync(Token));
        Assert.StartsWith($"The store redis://127.0.0.1:{server.Port}/3 cannot be reached", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("alice", failure.ToString(), StringComparison.Ordinal);
        Assert.Throws<CcrStoreException>(() => store.HashOf("x"u8));
    }

    [Fact]
    public async Task While_a_server_stands_still_one_call_waits_and_all_others_fail_at_once_until_it_answers()
    {
        await using var server = await RedisServer.StartAsync();
        await using var store = new RedisCcrStore(server.Uri, "default", _clock, SharedRedis.Patience);
        var hash = await store.PutAsync(Utf8("text"), Token);
        await using var impatient = new RedisCcrStore(server.Uri, "default", _clock, Impatience);
        await EventuallyOpenAsync(impatient);
        await server.FreezeAsync(true);
        await Assert.ThrowsAsync<CcrStoreException>(async () => await impatient.GetAsync(hash, Token));
        for (var round = 0; round < 2; round++)
        {
            // Whatever completes here did not ask the server.
            Assert.All(Enumerable.Range(0, 10), _ => Assert.True(impatient.GetAsync(hash, Token).AsTask().IsFaulted));
            _clock.Advance(RedisConnection.BackOff);
            var calls = Enumerable.Range(0, 10).Select(_ => impatient.GetAsync(hash, Token).AsTask()).ToArray();
            Assert.Equal(9, calls.Count(c => c.IsFaulted));
            await Assert.ThrowsAsync<CcrStoreException>(() => Task.WhenAll(calls));
        }

        await server.FreezeAsync(false);
        Assert.True(impatient.GetAsync(hash, Token).AsTask().IsFaulted);
        _clock.Advance(RedisConnection.BackOff);
        await EventuallyOpenAsync(impatient);
        Assert.Equal(Utf8("text"), await store.GetAsync(hash, Token));
    }

    [Fact]
    public async Task What_a_server_comes_to_only_when_nobody_waits_any_more_is_not_decided()
    {
        await using var server = await RedisServer.StartAsync();
        await using var store = Store(server.Uri);
        await using var impatient = new RedisCcrStore(server.Uri, "default", _clock, Impatience);
        await EventuallyOpenAsync(impatient);
        var proposal = Proposal(store, "late");
        await server.FreezeAsync(true);
        await Assert.ThrowsAsync<CcrStoreException>(async () => await impatient.PinAsync([proposal], Token));
        await server.FreezeAsync(false);

        // Whatever it was sent before comes before this on the same connection.
        _clock.Advance(RedisConnection.BackOff);
        await EventuallyOpenAsync(impatient);
        Assert.Empty(await store.FindPinsAsync([proposal.Pin.Key], Token));
        Assert.Equal(0, (await store.StatisticsAsync(Token)).Originals);
    }

    [Fact]
    public async Task A_server_whose_clock_was_set_decides_all_the_same()
    {
        await using var server = await RedisServer.StartAsync();
        await using var store = Store(server.Uri);
        await store.OpenAsync(Token);
        foreach (var wrong in (long[])[0, 4_000_000_000_000])
        {
            store.Clock = new ServerClock(wrong);
            var proposal = Proposal(store, $"at {wrong}");
            Assert.Equal(proposal.Pin.Key, Assert.Single(await store.PinAsync([proposal], Token)).Key);
            Assert.Single(await store.FindPinsAsync([proposal.Pin.Key], Token));
        }
    }

    [Fact]
    public async Task What_this_process_knows_is_found_while_the_server_is_away_and_the_server_when_it_is_back()
    {
        await using var server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var store = Store(server.Uri);
        var known = Proposal(store, "known");
        var unknown = Proposal(store, "unknown");
        await store.PinAsync([known], Token);
        await server.KillAsync();
        _clock.Advance(TimeSpan.FromDays(3));

        var found = await store.FindPinsAsync([known.Pin.Key, unknown.Pin.Key], Token);
        Assert.Equal(known.Pin.Replacement, Assert.Single(found).Value.Replacement);
        await Assert.ThrowsAsync<CcrStoreException>(async () => await store.PinAsync([unknown], Token));
        await Assert.ThrowsAsync<CcrStoreException>(async () => await store.FindPinsAsync([unknown.Pin.Key], Token));

        await server.StartAgainAsync();
        _clock.Advance(RedisConnection.BackOff);
        Assert.Single(await store.FindPinsAsync([known.Pin.Key, unknown.Pin.Key], Token));
        Assert.Equal(Utf8("known"), await store.GetAsync(known.Pin.Hash!, Token));
        await store.PinAsync([unknown], Token);
        Assert.Equal(Utf8("unknown"), await store.GetAsync(unknown.Pin.Hash!, Token));
    }

    [Fact]
    public async Task A_full_server_takes_nothing_new_gives_what_it_has_and_can_be_swept()
    {
        await using var server = await RedisServer.StartAsync();
        await using var store = Store(server.Uri);
        var (kept, refused) = (Proposal(store, "kept"), Proposal(store, "refused"));
        await store.PinAsync([kept], Token);
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true");
        await admin.GetServers().Single().ConfigSetAsync("maxmemory", "1");
        _clock.Advance(TimeSpan.FromHours(2));

        var failure = await Assert.ThrowsAsync<CcrStoreException>(async () => await store.PinAsync([refused], Token));
        Assert.Contains("is full", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CcrStoreException>(async () => await store.PutAsync(Utf8("refused"), Token));
        Assert.Equal(CcrFailureKind.Full, failure.Kind);
        Assert.Equal(CcrFailureKind.Full, (await Assert.ThrowsAsync<CcrStoreException>(async () => await store.CheckAsync(Token))).Kind);
        Assert.Single(await store.FindPinsAsync([kept.Pin.Key, refused.Pin.Key], Token));
        Assert.Equal(Utf8("kept"), await store.GetAsync(kept.Pin.Hash!, Token));
        Assert.Equal(kept.Pin.Hash, await store.PutAsync(Utf8("kept"), Token));
        var statistics = await store.StatisticsAsync(Token);
        Assert.Equal((1, 1), (statistics.Originals, statistics.Pins));

        _clock.Advance(TimeSpan.FromDays(8));
        var removed = await store.SweepAsync(CcrRetention.Default, Token);
        Assert.Equal((1, 1), (removed.Originals, removed.Pins));
        Assert.True(await store.HasExpiredAsync(kept.Pin.Hash!, Token));
        Assert.Equal(0, (await store.StatisticsAsync(Token)).StoredBytes);
    }

    [Fact]
    public async Task In_a_cluster_all_of_a_workspace_is_within_reach_of_its_scripts()
    {
        await using var server = await RedisServer.StartAsync("--cluster-enabled", "yes");
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true");
        var node = admin.GetServer("127.0.0.1", server.Port);
        await node.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        while (!((string)(await node.ExecuteAsync("CLUSTER", "INFO"))!).Contains("cluster_state:ok", StringComparison.Ordinal))
        {
            Token.ThrowIfCancellationRequested();
        }

        await using var store = Store(server.Uri);
        await using var ledger = new RedisSavingsLedger(
            new RedisConnection(server.Uri, _clock) { Timeout = SharedRedis.Patience, ConnectTimeout = SharedRedis.Patience }, "default", Engine.Accounting.PriceTable.Default, _clock, Guid.NewGuid());
        var proposals = Enumerable.Range(0, 50).Select(n => Proposal(store, $"original {n}")).ToArray();
        await store.PinAsync(proposals, Token);
        Assert.Equal(50, (await store.FindPinsAsync([.. proposals.Select(p => p.Pin.Key)], Token)).Count);
        Assert.Equal(Utf8("original 7"), await store.GetAsync(proposals[7].Pin.Hash!, Token));
        Assert.Equal(50, (await store.ClearAsync(Token)).Originals);
        ledger.Add(new Engine.Accounting.SavingsRecord { Time = _clock.GetUtcNow(), RequestId = "1", PathClass = "messages", Reason = "compressed" });
        Assert.Equal(1, (await ledger.SnapshotAsync(Token)).Requests);
    }

    [Theory]
    [InlineData("redis://127.0.0.1:{0}", false)]
    [InlineData("redis://:wrong-one@127.0.0.1:{0}", false)]
    [InlineData("redis://:p%40ss%2Fw%3Ard@127.0.0.1:{0}", true)]
    [InlineData("redis://default:p%40ss%2Fw%3Ard@127.0.0.1:{0}/1", true)]
    [InlineData("redis://alice:wonder@127.0.0.1:{0}", true)]
    [InlineData("redis://bob:wonder@127.0.0.1:{0}", false)]
    public async Task Only_the_right_password_opens_and_none_is_told(string address, bool opens)
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "p@ss/w:rd", "--user", "alice", "on", ">wonder", "~*", "&*", "+@all");
        await using var store = Store(new Uri(string.Format(System.Globalization.CultureInfo.InvariantCulture, address, server.Port)));
        if (opens)
        {
            await store.OpenAsync(Token);
            return;
        }

        var failure = await Assert.ThrowsAsync<CcrStoreException>(async () => await store.OpenAsync(Token));
        Assert.Contains("password", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-one", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("wonder", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+time")]
    [InlineData("-time")]
    public async Task A_user_needs_no_more_than_the_documentation_says(string time)
    {
        await using var server = await RedisServer.StartAsync(
            "--user", "carol", "on", ">wonder", "~{headroom:*", "+@scripting", "+@hash", "+@string", "+@sortedset", "+@connection", "+exists", "+unlink", time);
        var address = new Uri($"redis://carol:wonder@127.0.0.1:{server.Port}");
        await using var store = Store(address);
        await using var ledger = new RedisSavingsLedger(
            new RedisConnection(address, _clock) { Timeout = SharedRedis.Patience, ConnectTimeout = SharedRedis.Patience },
            "default", Engine.Accounting.PriceTable.Default, _clock, Guid.NewGuid());
        var (first, second) = (Proposal(store, "first"), Proposal(store, "second"));
        await store.CheckAsync(Token);
        await store.PinAsync([first, second], Token);
        await store.PutAsync(Utf8("put"), Token);
        Assert.Equal(2, (await store.FindPinsAsync([first.Pin.Key, second.Pin.Key], Token)).Count);
        Assert.Equal(Utf8("first"), await store.GetAsync(first.Pin.Hash!, Token));
        Assert.Equal(3, await store.ListAsync(Token).CountAsync(Token));
        await store.SweepAsync(CcrRetention.Default, Token);
        Assert.Equal(3, (await store.ClearAsync(Token)).Originals);
        Assert.True(await store.HasExpiredAsync(first.Pin.Hash!, Token));
        Assert.Equal(0, (await store.StatisticsAsync(Token)).Originals);
        ledger.Add(new Engine.Accounting.SavingsRecord { Time = _clock.GetUtcNow(), RequestId = "1", PathClass = "messages", Reason = "compressed" });
        Assert.Equal(1, (await ledger.SnapshotAsync(Token)).Requests);
    }

    [Theory]
    [InlineData("redis://:s3cret@host/x")]
    [InlineData("redis://:s3cret@host/1/2")]
    [InlineData("redis://:s3cret@host?db=1")]
    [InlineData("redis://:s3cret@host/-1")]
    public void An_address_of_another_form_is_refused_without_repeating_it(string address)
    {
        var failure = Assert.Throws<ArgumentException>(() => new RedisCcrStore(new Uri(address)));
        Assert.DoesNotContain("s3cret", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", CcrStoreAddress.TryParse(address, out var parsed) ? parsed.ToString() : "", StringComparison.Ordinal);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static PinProposal Proposal(RedisCcrStore store, string original) => new(
        new Pin
        {
            Key = PinKey.Of(Utf8(original), "test"),
            Hash = store.HashOf(Utf8(original)),
            Replacement = Utf8("short " + original),
            Reason = "view",
        },
        Utf8(original));

    private RedisCcrStore Store(Uri server) => new(server, "default", _clock, SharedRedis.Patience);

    // On a busy machine an impatient store may need more than one attempt.
    private async Task EventuallyOpenAsync(RedisCcrStore store)
    {
        while (true)
        {
            try
            {
                await store.OpenAsync(Token);
                return;
            }
            catch (CcrStoreException)
            {
                _clock.Advance(RedisConnection.BackOff);
            }
        }
    }
}
