using System.Text.Json.Nodes;
using Headroom.Engine.Compression;
using Headroom.Engine.Tokens;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Tests;

public sealed class StatisticsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static int Number(HttpResponseMessage response, string name) =>
        int.Parse(Assert.Single(response.Headers.GetValues(name)), System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("/v1/chat/completions", "{\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":900}}}")]
    [InlineData("/v1/messages", "{\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":900,\"cache_creation_input_tokens\":90,\"output_tokens\":5}}")]
    public async Task Input_is_what_the_provider_counted_and_what_it_was_spared(string path, string answer)
    {
        await using var proxy = await TestProxy.StartAsync(time: TimeProvider.System);
        proxy.Upstream.Answer = context => FakeUpstream.Json(context, 200, answer);
        var rows = TestBodies.Rows();
        var body = path == "/v1/messages" ? TestBodies.Anthropic(rows) : TestBodies.OpenAI(rows);
        using var first = await proxy.PostAsync(path, body);
        using var second = await proxy.PostAsync(path, body);
        Assert.Equal("compressed", first.Headers.GetValues("x-headroom-reason").Single());
        Assert.Equal(Number(first, "x-headroom-tokens-before") - Number(first, "x-headroom-tokens-after"), Number(first, "x-headroom-tokens-saved"));

        // The exact count of the block that the fake upstream got, against the one that the client sent.
        var counter = ModelRegistry.CounterFor(path == "/v1/messages" ? "claude-sonnet-4-5" : "gpt-4o");
        var sent = JsonNode.Parse(proxy.Upstream.Requests.First().Body)!["messages"]![2]!["content"]!;
        var text = path == "/v1/messages" ? sent[0]!["content"]![0]!["text"]!.GetValue<string>() : sent.GetValue<string>();
        var saved = counter.Count(System.Text.Encoding.UTF8.GetBytes(rows)) - counter.Count(System.Text.Encoding.UTF8.GetBytes(text));
        Assert.True(saved > 0);

        var stats = await proxy.GetJsonAsync("/stats");
        Assert.Equal(2, stats["requests"]!["total"]!.GetValue<int>());
        Assert.Equal(2, stats["requests"]!["compressed"]!.GetValue<int>());
        Assert.Equal(0, stats["requests"]!["failed"]!.GetValue<int>());
        Assert.Equal(2 * saved, stats["tokens"]!["saved"]!.GetValue<long>());
        Assert.Equal(2 * (1000 + saved), stats["tokens"]!["input"]!.GetValue<long>());
        Assert.Equal(100.0 * saved / (1000 + saved), stats["tokens"]!["savings_percent"]!.GetValue<double>(), 0.01);
        Assert.Equal(
            (10, 1800, path == "/v1/messages" ? 180 : 0),
            (stats["usage"]!["output"]!.GetValue<int>(), stats["usage"]!["cache_read"]!.GetValue<int>(), stats["usage"]!["cache_write"]!.GetValue<int>()));
        Assert.Equal(counter.Accuracy.ToString().ToLowerInvariant(), stats["tokens"]!["accuracy"]!.GetValue<string>());
        Assert.True(stats["cost"]!["total_savings_usd"]!.GetValue<double>() > 0);
        Assert.True(stats["overhead_ms"]!["p50"]!.GetValue<double>() > 0);
        Assert.Equal(2, stats["reasons"]!["compressed"]!.GetValue<int>());
        Assert.Equal(stats["tokens"]!["saved"]!.GetValue<long>(), (await proxy.Server.StatisticsAsync(Token)).Tokens.Saved);
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"gpt-4o","tools":[{"type":"function","function":{"name":"ls"}}],"messages":[{"role":"user","content":"Look."}]}""", "{\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":5}}")]
    [InlineData("/v1/messages", """{"model":"claude-sonnet-4-5","tools":[{"name":"ls","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"Look."}]}""", "{\"usage\":{\"input_tokens\":1000,\"output_tokens\":5}}")]
    public async Task What_the_retrieve_tool_takes_is_no_saving(string path, string body, string answer)
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = context => FakeUpstream.Json(context, 200, answer);
        using var response = await proxy.PostAsync(path, body);
        var added = Number(response, "x-headroom-tokens-after") - Number(response, "x-headroom-tokens-before");
        Assert.InRange(added, 50, 200);

        var stats = await proxy.GetJsonAsync("/stats");
        Assert.Equal(-added, stats["tokens"]!["saved"]!.GetValue<long>());
        Assert.Equal(1000 - added, stats["tokens"]!["input"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_stream_is_counted_like_a_buffered_answer()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: {\"choices\":[]}\n\ndata: {\"usage\":{\"prompt_tokens\":77}}\n\ndata: [DONE]\n\n");
        };
        using var response = await proxy.PostAsync("/v1/chat/completions", """{"model":"gpt-4o","stream":true,"messages":[]}""");
        await response.Content.ReadAsByteArrayAsync(Token);
        var stats = await proxy.GetJsonAsync("/stats");
        Assert.Equal(77, stats["tokens"]!["input"]!.GetValue<long>());
        Assert.Equal(0, stats["requests"]!["failed"]!.GetValue<int>());
        Assert.Equal("exact", stats["tokens"]!["accuracy"]!.GetValue<string>());
    }

    [Fact]
    public async Task Without_a_report_the_numbers_are_estimates_and_say_so()
    {
        await using var proxy = await TestProxy.StartAsync();
        using var response = await proxy.PostAsync("/v1/chat/completions", TestBodies.OpenAI(TestBodies.Rows()).Replace("gpt-4o", "nobody-knows-it", StringComparison.Ordinal));
        var stats = await proxy.GetJsonAsync("/stats");
        Assert.Equal("estimated", stats["tokens"]!["accuracy"]!.GetValue<string>());
        Assert.True(stats["tokens"]!["input"]!.GetValue<long>() > stats["tokens"]!["saved"]!.GetValue<long>());
        Assert.Null(stats["cost"]!["total_savings_usd"]);
    }

    [Fact]
    public async Task Every_request_is_counted_once_under_a_reason_of_the_closed_list()
    {
        await using var proxy = await TestProxy.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            using var other = await proxy.SendAsync("GET", "/v1/models");
            using var empty = await proxy.PostAsync("/v1/messages", """{"messages":[]}""");
            using var broken = await proxy.PostAsync("/v1/messages", "{");
            using var refused = await proxy.SendAsync("GET", "/v1/models", null, ("Origin", "https://evil.example"));
            using var own = await proxy.SendAsync("GET", "/health");
        }

        var stats = await proxy.GetJsonAsync("/stats");
        Assert.Equal(15, stats["requests"]!["total"]!.GetValue<int>());
        var reasons = stats["reasons"]!.AsObject().ToDictionary(p => p.Key, p => p.Value!.GetValue<int>());
        Assert.Equal(15, reasons.Values.Sum());
        Assert.Equal(["invalid-request", "no-eligible-block", "pass-through"], reasons.Keys.Order(StringComparer.Ordinal));
        Assert.All(reasons.Keys, r => Assert.Contains(r, ReasonCode.All));
    }

    [Fact]
    public async Task Health_tells_service_version_and_settings_but_no_secrets()
    {
        await using var proxy = await TestProxy.StartAsync();
        var health = await proxy.GetJsonAsync("/health");
        Assert.Equal("headroom-proxy", health["service"]!.GetValue<string>());
        Assert.Equal("healthy", health["status"]!.GetValue<string>());
        Assert.NotEqual("0.0.0", health["version"]!.GetValue<string>());
        Assert.True(health["uptime_seconds"]!.GetValue<double>() >= 0);
        Assert.Equal("balanced", health["config"]!["level"]!.GetValue<string>());
        Assert.Equal("auto", health["config"]!["ccr_tool"]!.GetValue<string>());
        Assert.Equal(proxy.Upstream.Uri.ToString(), health["config"]!["openai_url"]!.GetValue<string>());
        Assert.True((await proxy.GetJsonAsync("/livez"))["alive"]!.GetValue<bool>());
        Assert.True((await proxy.GetJsonAsync("/readyz"))["checks"]!["store"]!["ready"]!.GetValue<bool>());
        Assert.Empty(proxy.Upstream.Requests);
    }
}
