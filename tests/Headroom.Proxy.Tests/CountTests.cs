using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;
using Headroom.TestData;

namespace Headroom.Proxy.Tests;

/// <summary>What a client asks the provider to count is what would be sent, and asking settles nothing.</summary>
public sealed class CountTests
{
    private const string Count = "/v1/messages/count_tokens?beta=true";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<byte[]> SentAsync(TestProxy proxy, string path, string body)
    {
        using var response = await proxy.PostAsync(path, body);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.True(proxy.Upstream.Requests.TryDequeue(out var received));
        Assert.Equal(path, received.Target);
        return received.Body;
    }

    // With a tool of the client's, so that the retrieve tool is added to what begins here.
    private static string Body(string result, string more = "") =>
        TestBodies.Anthropic(result).Replace("\"max_tokens\": 16", "\"max_tokens\": 16, \"tools\": [{\"name\":\"ls\",\"input_schema\":{}}]", StringComparison.Ordinal).TrimEnd()[..^2] + more + "]}";

    [Theory]
    [InlineData(RetrieveToolMode.Auto)]
    [InlineData(RetrieveToolMode.Never)]
    public async Task What_is_counted_is_what_is_sent_before_and_after(RetrieveToolMode tool)
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { RetrieveTool = tool });
        string[] turns = ["""{"model":"claude-sonnet-4-5","max_tokens":16,"tools":[{"name":"ls","input_schema":{}}],"messages":[{"role":"user","content":"look \u00e9 up"}]}""", Body(TestBodies.Rows(400)), Body(TestBodies.Rows(400), """,{"role":"assistant","content":"ok"},{"role":"user","content":"more"}""")];
        foreach (var turn in turns)
        {
            var before = await SentAsync(proxy, Count, turn);
            var sent = await SentAsync(proxy, "/v1/messages", turn);
            Assert.Equal(Encoding.UTF8.GetString(sent), Encoding.UTF8.GetString(before));
            Assert.Equal(sent, await SentAsync(proxy, Count, turn));
            Assert.Equal(tool != RetrieveToolMode.Never, Encoding.UTF8.GetString(sent).Contains("headroom_retrieve", StringComparison.Ordinal));
        }

        Assert.True((await SentAsync(proxy, Count, turns[^1])).Length < turns[^1].Length / 2);
    }

    [Fact]
    public async Task What_a_real_client_has_counted_is_what_would_be_sent()
    {
        // Recorded of @anthropic-ai/sdk: messages.countTokens with a tool's result, without max_tokens.
        var recorded = await File.ReadAllTextAsync(Path.Combine(Fixtures.Root, "..", "cases", "clients", "anthropic-count-tokens-results.json"), Token);
        await using var proxy = await TestProxy.StartAsync();
        var counted = await SentAsync(proxy, "/v1/messages/count_tokens", recorded);
        Assert.True(counted.Length < recorded.Length / 2);
        Assert.Equal("lookup_stock", JsonNode.Parse(counted)!["messages"]![1]!["content"]![0]!["name"]!.GetValue<string>());
        Assert.Equal(counted, await SentAsync(proxy, "/v1/messages", recorded));
        Assert.Equal(counted, await SentAsync(proxy, "/v1/messages/count_tokens", recorded));
    }

    [Fact]
    public async Task A_count_settles_nothing_and_is_no_saving()
    {
        var store = new MemoryCcrStore();
        await using var proxy = await TestProxy.StartAsync(o => o with { AllowViews = true }, store: store);
        var body = Body(TestBodies.Rows(400));
        Assert.True((await SentAsync(proxy, Count, body)).Length < body.Length);
        var held = await store.StatisticsAsync(Token);
        Assert.Equal(0, held.Originals);
        Assert.Equal(0, held.Pins);

        var stats = await proxy.GetJsonAsync("/stats");
        Assert.Equal(1, stats["requests"]!["total"]!.GetValue<int>());
        Assert.Equal(0, stats["requests"]!["compressed"]!.GetValue<int>());
        Assert.Equal(0, stats["tokens"]!["input"]!.GetValue<int>());
        Assert.Equal(0, stats["tokens"]!["saved"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("", "x-headroom-bypass", "true")]
    [InlineData("not json", "x-kept", "1")]
    public async Task What_nobody_may_touch_or_can_read_is_counted_as_it_is(string body, string header, string value)
    {
        await using var proxy = await TestProxy.StartAsync();
        var sent = body.Length > 0 ? body : Body(TestBodies.Rows(400));
        using var response = await proxy.PostAsync(Count, sent, (header, value));
        Assert.Equal(sent, Encoding.UTF8.GetString(proxy.Upstream.Single.Body));
    }

    [Fact]
    public async Task The_answer_is_the_providers_own()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = context => FakeUpstream.Json(context, 200, """{ "input_tokens": 2095 }""");
        using var response = await proxy.PostAsync(Count, Body(TestBodies.Rows(400)));
        Assert.Equal(2095, JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["input_tokens"]!.GetValue<int>());
    }
}
