using Headroom.Engine.Ccr;
using Headroom.Engine.Tests.Ccr;
using StackExchange.Redis;

namespace Headroom.Redis.Tests;

public sealed class RedisCcrStoreTests(SharedRedis redis) : SharedCcrStoreContract
{
    private Uri? _first;

    [Fact]
    public async Task All_keys_of_a_workspace_carry_its_tag_and_lie_in_one_slot()
    {
        await Store.PinAsync([Replace(Utf8("pinned"), [1]), Leave(Utf8("left"))], Token);
        await Store.PutAsync(Utf8("put"), Token);
        await using var connection = await ConnectAsync();
        var server = connection.GetServers().Single();
        var keys = new List<string>();
        await foreach (var key in server.KeysAsync(DatabaseOf(_first!)).WithCancellation(Token))
        {
            keys.Add(key!);
        }

        Assert.Equal(8, keys.Count); // state, originals, created, pins; two originals; two pins
        Assert.All(keys, key => Assert.StartsWith("{headroom:default}:", key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Originals_are_compressed_on_the_server()
    {
        await Store.PutAsync(new byte[1 << 20], Token);
        Assert.InRange((await Store.StatisticsAsync(Token)).StoredBytes, 1, 1000);
    }

    [Fact]
    public async Task Two_thousand_pins_are_decided_in_one_call()
    {
        var proposals = Enumerable.Range(0, 2000).Select(i => Replace(Noise(i, 2000), Noise(-i - 1, 300))).ToArray();
        var inForce = await Store.PinAsync(proposals, Token);
        Assert.Equal(2000, inForce.Count);
        await using var other = OpenBeside("default");
        var found = await other.FindPinsAsync([.. proposals.Select(p => p.Pin.Key)], Token);
        Assert.All(proposals, p => AssertSame(p.Pin, found[p.Pin.Key]));
        Assert.Equal((2000, 4_000_000, 2000), Counts(await other.StatisticsAsync(Token)));
    }

    [Fact]
    public async Task Eight_processes_racing_on_the_same_keys_agree_on_every_one()
    {
        var stores = Enumerable.Range(0, 8).Select(_ => OpenBeside("default")).ToArray();
        using var start = new Barrier(stores.Length);
        var keys = Enumerable.Range(0, 200).Select(n => PinKey.Of(Utf8($"original {n}"), "test")).ToArray();
        var agreed = await Task.WhenAll(stores.Select((store, writer) => Task.Factory.StartNew(
            async () =>
            {
                // Each in an order of its own and in pieces, so that nobody wins all.
                var order = Enumerable.Range(0, keys.Length).ToArray();
                new Random(writer).Shuffle(order);
                var pins = new Dictionary<PinKey, Pin>();
                start.SignalAndWait(Token);
                foreach (var piece in order.Chunk(10))
                {
                    foreach (var pin in await store.PinAsync([.. piece.Select(n => Replace(Utf8($"original {n}"), [(byte)writer]))], Token))
                    {
                        pins[pin.Key] = pin;
                    }
                }

                return pins;
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
        var found = await Store.FindPinsAsync(keys, Token);
        Assert.All(agreed, pins => Assert.All(keys, key => AssertSame(found[key], pins[key])));
        Assert.InRange(found.Values.Select(p => p.Replacement![0]).Distinct().Count(), 2, 8);
        Assert.Equal(200, (await Store.StatisticsAsync(Token)).Pins);
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_server_that_lost_everything_is_noticed_before_a_hash_leads_nowhere()
    {
        await using var other = OpenBeside("default");
        var pinned = Replace(Utf8("pinned"), [1]);
        await Store.PinAsync([pinned], Token);
        Assert.Single(await other.FindPinsAsync([pinned.Pin.Key], Token));
        await FlushAsync();

        // With hashes of the lost key nothing can be pinned, and a lookup learns the new one.
        await Assert.ThrowsAsync<CcrStoreException>(async () => await Store.PinAsync([pinned], Token));
        Assert.Empty(await other.FindPinsAsync([pinned.Pin.Key], Token));
        Assert.Empty(await Store.FindPinsAsync([pinned.Pin.Key], Token));
        var again = Replace(Utf8("pinned"), [2]);
        Assert.NotEqual(pinned.Pin.Hash, again.Pin.Hash);
        await Store.PinAsync([again], Token);
        AssertSame(again.Pin, (await other.FindPinsAsync([again.Pin.Key], Token))[again.Pin.Key]);
        Assert.Equal(Utf8("pinned"), await other.GetAsync(again.Pin.Hash!, Token));
        Assert.False(await other.HasExpiredAsync(pinned.Pin.Hash!, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_original_that_the_server_evicted_takes_its_pin_along_and_comes_back_with_it(bool again)
    {
        var pinned = Replace(Utf8("pinned"), [1]);
        await Store.PinAsync([pinned], Token);
        await using (var connection = await ConnectAsync())
        {
            Assert.True(await connection.GetDatabase(DatabaseOf(_first!)).KeyDeleteAsync($"{{headroom:default}}:o:{pinned.Pin.Hash}"));
        }

        await using var other = OpenBeside("default");
        Assert.Empty(await other.FindPinsAsync([pinned.Pin.Key], Token));
        Assert.Null(await other.GetAsync(pinned.Pin.Hash!, Token));
        Assert.True(await other.HasExpiredAsync(pinned.Pin.Hash!, Token));

        var next = again ? Replace(Utf8("pinned"), [2]) : Leave(Utf8("pinned"));
        var inForce = (await other.PinAsync([next], Token))[0];
        AssertSame(again ? pinned.Pin : next.Pin, inForce);
        Assert.Equal(again ? Utf8("pinned") : null, await other.GetAsync(pinned.Pin.Hash!, Token));
        Assert.Equal(1, (await other.StatisticsAsync(Token)).Pins);
        Assert.Equal(1, (await other.ClearAsync(Token)).Pins);
        Assert.Equal(0, (await other.StatisticsAsync(Token)).StoredBytes);
    }

    [Fact]
    public async Task A_damaged_original_is_not_given_out()
    {
        var hash = await Store.PutAsync(Utf8("original"), Token);
        await using var connection = await ConnectAsync();
        await connection.GetDatabase(DatabaseOf(_first!)).HashSetAsync($"{{headroom:default}}:o:{hash}", "b", "0riginal");
        var failure = await Assert.ThrowsAsync<CcrStoreException>(async () => await Store.GetAsync(hash, Token));
        Assert.Contains(hash, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a}b")]
    [InlineData("{x}")]
    [InlineData("}:state")]
    [InlineData("ä \u4e2d")]
    public async Task A_workspace_may_have_any_name_and_stays_apart(string workspace)
    {
        await using var other = OpenBeside(workspace);
        var hash = await other.PutAsync(Utf8("text"), Token);
        Assert.Equal(Utf8("text"), await other.GetAsync(hash, Token));
        Assert.Null(await Store.GetAsync(hash, Token));
        Assert.Equal((0, 0, 0), Counts(await Store.StatisticsAsync(Token)));
    }

    protected override ICcrStore Open(string workspace = "default")
    {
        CcrHash.CheckWorkspace(workspace);
        var database = redis.NewDatabaseAsync().GetAwaiter().GetResult();
        _first ??= database;
        return new RedisCcrStore(database, workspace, Clock, SharedRedis.Patience);
    }

    protected override ICcrStore OpenBeside(string workspace) => new RedisCcrStore(_first!, workspace, Clock, SharedRedis.Patience);

    private Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{_first!.Port},allowAdmin=true");

    private async Task FlushAsync()
    {
        await using var connection = await ConnectAsync();
        await connection.GetServers().Single().FlushDatabaseAsync(DatabaseOf(_first!));
    }

    private static int DatabaseOf(Uri uri) => int.Parse(uri.AbsolutePath.Trim('/'), System.Globalization.CultureInfo.InvariantCulture);
}
