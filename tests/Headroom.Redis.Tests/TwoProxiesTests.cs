using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Proxy;
using Headroom.Proxy.Tests;
using Headroom.TestData;
using StackExchange.Redis;

namespace Headroom.Redis.Tests;

/// <summary>Two proxies behind any load balancer, on one server.</summary>
public sealed class TwoProxiesTests(SharedRedis redis)
{
    private const int Turns = 16;
    private const string Key = "{headroom:default}:state";

    private static readonly AgentSession Session = AgentSession.Generate(Turns, callsPerTurn: 2, items: 60);

    private readonly SteppedClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Paths => new()
    {
        { "/v1/chat/completions", false }, { "/v1/messages", false }, { "/v1/chat/completions", true }, { "/v1/messages", true },
    };

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_conversation_that_alternates_between_them_sends_what_a_single_one_sends(string path, bool allowViews)
    {
        var (alone, shared) = (await redis.NewDatabaseAsync(), await redis.NewDatabaseAsync());
        await using var single = await StartAsync(alone, allowViews);
        await using var first = await StartAsync(shared, allowViews, await KeyOfAsync(alone));
        await using var second = await StartAsync(shared, allowViews);
        for (var turn = 0; turn < Turns; turn++)
        {
            var expected = await SendAsync(single, path, Bodies(path)[turn]);
            var sent = await SendAsync(turn % 2 == 0 ? first : second, path, Bodies(path)[turn]);
            Assert.Equal(Convert.ToBase64String(expected), Convert.ToBase64String(sent));
            Assert.True(sent.Length < Bodies(path)[turn].Length * 0.8);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task All_turns_at_once_through_both_agree_on_every_block(string path, bool allowViews)
    {
        var database = await redis.NewDatabaseAsync();
        await using var first = await StartAsync(database, allowViews);
        await using var second = await StartAsync(database, allowViews);
        var all = await Task.WhenAll(Bodies(path).SelectMany((body, turn) => new[]
        {
            SendTurnAsync(first, turn, body), SendTurnAsync(second, turn, body),
        }));
        foreach (var sent in all.GroupBy(s => s.Turn))
        {
            Assert.Single(sent.Select(s => Convert.ToBase64String(s.Body)).Distinct());
        }

        async Task<(int Turn, byte[] Body)> SendTurnAsync(TestProxy proxy, int turn, byte[] body) => (turn, await SendAsync(proxy, path, body));
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    public async Task What_one_stored_the_other_gives_back_byte_for_byte_and_tells_from_what_has_expired(string path)
    {
        var database = await redis.NewDatabaseAsync();
        await using var first = await StartAsync(database, allowViews: true);
        await using var second = await StartAsync(database, allowViews: true);
        var sent = await SendAsync(first, path, Bodies(path)[^1]);
        var hashes = JsonNode.Parse(sent)!["messages"]!.AsArray().SelectMany(m => Marker.HashesIn(Texts(m!))).Distinct().ToArray();
        Assert.NotEmpty(hashes);
        var originals = Session.ToolResults.Select(r => r.Text).ToHashSet(StringComparer.Ordinal);
        foreach (var hash in hashes)
        {
            var reply = await second.GetJsonAsync($"/v1/retrieve/{hash}");
            Assert.Contains(reply["original_content"]!.GetValue<string>(), originals);
        }

        await using var store = new RedisCcrStore(database, "default", _clock, SharedRedis.Patience);
        await store.ClearAsync(Token);
        var never = new string('0', Marker.HashLength);
        var (expired, unknown) = (await RetrieveAsync(second, hashes[0]), await RetrieveAsync(second, never));
        Assert.NotEqual(HttpStatusCode.OK, expired.Status);
        Assert.NotEqual(HttpStatusCode.OK, unknown.Status);
        Assert.NotEqual(
            expired.Text.Replace(hashes[0], never, StringComparison.Ordinal), unknown.Text, StringComparer.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_server_that_goes_and_comes_back_costs_no_request_and_changes_nothing_that_was_sent(string path, bool allowViews)
    {
        await using var server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var first = await StartAsync(server.Uri, allowViews);
        await using var second = await StartAsync(server.Uri, allowViews);
        byte[]? before = null;
        for (var turn = 0; turn < Turns; turn++)
        {
            if (turn == 6)
            {
                await server.KillAsync();
            }
            else if (turn == 10)
            {
                await server.StartAgainAsync();
                _clock.Advance(RedisConnection.BackOff);
            }

            // While the server is away a load balancer's choice matters: only who has seen a decision can repeat it.
            var isAway = turn is >= 6 and <= 10;
            var sent = Messages(await SendAsync(isAway || turn % 2 == 1 ? second : first, path, Bodies(path)[turn]));
            if (before is not null)
            {
                Assert.True(sent.AsSpan().StartsWith(before.AsSpan(0, before.Length - 1)), $"turn {turn} changed what turn {turn - 1} had sent");
            }

            before = sent;
            using var ready = await second.SendAsync("GET", "/readyz");
            Assert.Equal(turn is >= 6 and < 10 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, ready.StatusCode);
        }

        // What came after the return is compressed again.
        Assert.True(before!.Length < Messages(Bodies(path)[^1]).Length * 0.8);

        // On a slow machine an answer of the server may have come too late, and a proxy tells its own figures until it asks again.
        int told;
        do
        {
            _clock.Advance(RedisConnection.BackOff);
            told = (await AllToldAsync(first, second))["requests"]!["total"]!.GetValue<int>();
        }
        while (told < Turns);

        Assert.Equal(Turns, told);
    }

    [Fact]
    public async Task Either_tells_the_sums_of_both()
    {
        var database = await redis.NewDatabaseAsync();
        await using var first = await StartAsync(database, allowViews: false);
        await using var second = await StartAsync(database, allowViews: false);
        await using var single = await TestProxy.StartAsync();
        for (var turn = 0; turn < Turns; turn++)
        {
            await SendAsync(turn % 3 == 0 ? first : second, "/v1/chat/completions", Bodies("/v1/chat/completions")[turn]);
            await SendAsync(single, "/v1/chat/completions", Bodies("/v1/chat/completions")[turn]);
        }

        var expected = await single.GetJsonAsync("/stats");
        await AllToldAsync(first, second);
        foreach (var proxy in (TestProxy[])[first, second])
        {
            var told = await proxy.GetJsonAsync("/stats");
            foreach (var sum in (string[])["requests", "tokens", "cost", "reasons"])
            {
                Assert.True(JsonNode.DeepEquals(expected[sum], told[sum]), $"{sum}: {expected[sum]} but {told[sum]}");
            }

            Assert.NotEqual(0, told["tokens"]!["saved"]!.GetValue<long>());
        }
    }

    [Fact]
    public async Task A_proxy_does_not_start_on_a_server_that_is_not_there()
    {
        await using var server = await RedisServer.StartAsync();
        await server.KillAsync();
        var failure = await Assert.ThrowsAsync<IOException>(() => StartAsync(server.Uri, allowViews: false));
        Assert.Contains($"redis://127.0.0.1:{server.Port}", failure.Message, StringComparison.Ordinal);
    }

    private static ImmutableArray<byte[]> Bodies(string path) => path == "/v1/messages" ? Session.AnthropicMessages : Session.OpenAIChat;

    // Each tells its own records to the server before it answers.
    private static async Task<JsonNode> AllToldAsync(TestProxy first, TestProxy second)
    {
        await first.GetJsonAsync("/stats");
        await second.GetJsonAsync("/stats");
        return await first.GetJsonAsync("/stats");
    }

    private static async Task<(HttpStatusCode Status, string Text)> RetrieveAsync(TestProxy proxy, string hash)
    {
        using var response = await proxy.SendAsync("GET", $"/v1/retrieve/{hash}");
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private static string Texts(JsonNode node) => node switch
    {
        JsonValue value => value.TryGetValue<string>(out var text) ? text : "",
        JsonArray array => string.Join('\n', array.Select(n => Texts(n!))),
        _ => string.Join('\n', node.AsObject().Select(m => m.Value is null ? "" : Texts(m.Value))),
    };

    private static byte[] Messages(byte[] body)
    {
        var json = new Utf8JsonReader(body);
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1 && json.ValueTextEquals("messages"u8))
            {
                json.Read();
                var start = (int)json.TokenStartIndex;
                json.Skip();
                return body[start..(int)json.BytesConsumed];
            }
        }

        throw new InvalidDataException("no messages");
    }

    private static async Task<byte[]> SendAsync(TestProxy proxy, string path, byte[] body)
    {
        var id = Guid.NewGuid().ToString();
        using var response = await proxy.SendAsync("POST", path, body, ("x-test-id", id));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return proxy.Upstream.Requests.Single(r => r.Header("x-test-id") == id).Body;
    }

    private static async Task<RedisValue> KeyOfAsync(Uri database)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{database.Port}");
        return await connection.GetDatabase(int.Parse(database.AbsolutePath.Trim('/'), CultureInfo.InvariantCulture)).HashGetAsync(Key, "key");
    }

    // With the key of another database, views carry the hashes that they carry there.
    private async Task<TestProxy> StartAsync(Uri database, bool allowViews, RedisValue key = default)
    {
        if (!key.IsNull)
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{database.Port}");
            await connection.GetDatabase(int.Parse(database.AbsolutePath.Trim('/'), CultureInfo.InvariantCulture)).HashSetAsync(Key, "key", key);
        }

        return await TestProxy.StartAsync(
            o => o with { Store = new CcrStoreAddress(CcrStoreKind.Redis, database), AllowViews = allowViews },
            shared: new SharedState(
                (server, workspace, _) => new RedisCcrStore(server, workspace, _clock, SharedRedis.Patience),
                (server, workspace, prices, _) => new RedisSavingsLedger(
                    new RedisConnection(server, _clock) { Timeout = SharedRedis.Patience }, workspace, prices, _clock, Guid.NewGuid())));
    }
}
