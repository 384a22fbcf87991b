using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Headroom.Proxy.Tests;

public sealed partial class SidecarTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What LiteLLM looks for before it adds the retrieve tool.</summary>
    [GeneratedRegex("hash=([a-f0-9]{24})")]
    private static partial Regex CallersMarker();

    private static string Messages(string text) => $$$"""
        [{"role":"system","content":"be  brief \u00e9"},{"role":"user","content":{{{TestBodies.Quote(text)}}}, "x":1.0},
         {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"search","arguments":"{}"}}]},
         {"role":"tool","tool_call_id":"c1","content":{{{TestBodies.Quote(text)}}}},
         {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":{{{TestBodies.Quote(text)}}}}]},{"type":"text","text":"and now?"}]}]
        """;

    private static async Task<(string Text, JsonNode Json)> CompressAsync(TestProxy proxy, string body, params (string, string)[] headers)
    {
        using var response = await proxy.PostAsync("/v1/compress", body, headers);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return (text, JsonNode.Parse(text)!);
    }

    [Fact]
    public async Task Tool_results_of_both_shapes_shrink_in_place_and_can_be_retrieved()
    {
        await using var proxy = await TestProxy.StartAsync();
        var original = TestBodies.Rows(400);
        var messages = Messages(original);
        var (text, reply) = await CompressAsync(proxy, $$"""{"model":"gpt-4o","messages":{{messages}}}""");

        Assert.Equal(
            ["messages", "tokens_before", "tokens_after", "tokens_saved", "compression_ratio", "transforms_applied", "transforms_summary", "ccr_hashes"],
            reply.AsObject().Select(p => p.Key));
        var before = reply["tokens_before"]!.GetValue<int>();
        var after = reply["tokens_after"]!.GetValue<int>();
        Assert.Equal(before - after, reply["tokens_saved"]!.GetValue<int>());
        Assert.Equal((double)after / before, reply["compression_ratio"]!.GetValue<double>(), 3);
        Assert.True(after < before * 0.6, $"{before} -> {after}: {reply["transforms_summary"]}");
        Assert.Equal(2, reply["transforms_applied"]!.AsArray().Count);
        Assert.Equal(2, reply["transforms_summary"]!.AsObject().Sum(p => p.Value!.GetValue<int>()));

        // Everything but the two strings is the caller's own bytes.
        var quoted = TestBodies.Quote(original);
        var pieces = messages.Split(quoted);
        Assert.StartsWith("{\"messages\":" + pieces[0] + quoted + pieces[1], text, StringComparison.Ordinal);
        Assert.Contains(pieces[2], text, StringComparison.Ordinal);
        Assert.Contains(pieces[3], text, StringComparison.Ordinal);
        var openAI = reply["messages"]![3]!["content"]!.GetValue<string>();
        var anthropic = reply["messages"]![4]!["content"]![0]!["content"]![0]!["text"]!.GetValue<string>();
        Assert.Equal(openAI, anthropic);

        // The view's marker leads back to the very bytes.
        var hash = Assert.Single(CallersMarker().Matches(openAI).Select(m => m.Groups[1].Value).Distinct());
        Assert.Equal([hash], reply["ccr_hashes"]!.AsArray().Select(h => h!.GetValue<string>()));
        var retrieved = await proxy.GetJsonAsync($"/v1/retrieve/{hash}?query=anything");
        Assert.Equal(original, retrieved["original_content"]!.GetValue<string>());
    }

    [Fact]
    public async Task User_messages_are_compressed_only_on_demand()
    {
        await using var proxy = await TestProxy.StartAsync();
        var original = TestBodies.Rows(100);
        var (_, without) = await CompressAsync(proxy, $$"""{"model":"m","messages":{{Messages(original)}}}""");
        Assert.Equal(original, without["messages"]![1]!["content"]!.GetValue<string>());
        var (_, with) = await CompressAsync(
            proxy, $$"""{"config":{"target_ratio":null,"compress_user_messages":true},"messages":{{Messages(original)}},"model":"m"}""");
        Assert.NotEqual(original, with["messages"]![1]!["content"]!.GetValue<string>());
        Assert.Equal("be  brief \u00e9", with["messages"]![0]!["content"]!.GetValue<string>());
        Assert.Equal("and now?", with["messages"]![4]!["content"]![1]!["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_token_budget_makes_views_smaller_and_never_larger()
    {
        var messages = Messages(TestBodies.Rows(400));
        var after = new List<int>();
        foreach (var budget in (string[])["400", "null", "5000000000"])
        {
            await using var proxy = await TestProxy.StartAsync();
            var (_, reply) = await CompressAsync(proxy, $$"""{"model":"m","messages":{{messages}},"token_budget":{{budget}}}""");
            after.Add(reply["tokens_after"]!.GetValue<int>());
        }

        Assert.True(after[0] < after[1]);
        Assert.Equal(after[1], after[2]);
    }

    [Theory]
    [InlineData("null", "400")]
    [InlineData("400", "null")]
    [InlineData("400", "700")]
    [InlineData("700", "200")]
    public async Task A_token_budget_changes_nothing_that_was_decided(string first, string then)
    {
        await using var proxy = await TestProxy.StartAsync();
        var messages = Messages(TestBodies.Rows(400));
        var (sent, reply) = await CompressAsync(proxy, $$"""{"model":"m","messages":{{messages}},"token_budget":{{first}}}""");
        Assert.True(reply["tokens_saved"]!.GetValue<int>() > 0);
        var (again, _) = await CompressAsync(proxy, $$"""{"model":"m","messages":{{messages}},"token_budget":{{then}}}""");
        Assert.Equal(sent, again);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(400)]
    public async Task What_was_sent_for_a_message_stays_whatever_comes_after_it(int? budget)
    {
        await using var proxy = await TestProxy.StartAsync();
        var turns = Enumerable.Range(0, 4).Select(i => $$$"""{"role":"tool","tool_call_id":"c{{{i}}}","content":{{{TestBodies.Quote(TestBodies.Rows(150 + (90 * i), seed: (ulong)i))}}}}""").ToArray();
        var earlier = "";
        for (var turn = 1; turn <= turns.Length; turn++)
        {
            var (text, reply) = await CompressAsync(
                proxy, $$"""{"model":"m","token_budget":{{(object?)budget ?? "null"}},"config":{"protect_recent":{{turn}}},"messages":[{{string.Join(',', turns[..turn])}}]}""");
            Assert.Equal(turn, reply["messages"]!.AsArray().Count);
            Assert.True(reply["tokens_saved"]!.GetValue<int>() > 0);
            var sent = text[..text.IndexOf("],\"tokens_before\"", StringComparison.Ordinal)];
            Assert.StartsWith(earlier, sent, StringComparison.Ordinal);
            earlier = sent;
        }
    }

    [Fact]
    public async Task Tokens_are_counted_as_the_proxy_counts_them_and_escapes_are_none()
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { AllowViews = true });
        var original = TestBodies.Rows(300).Replace("a", "\u00e9", StringComparison.Ordinal);
        var raw = TestBodies.Quote(original);
        var escaped = System.Text.Json.JsonSerializer.Serialize(original);
        Assert.True(escaped.Length > raw.Length * 1.1);
        var (_, first) = await CompressAsync(proxy, $$$"""{"model":"m","messages":[{"role":"tool","content":{{{raw}}}}]}""");
        var (_, second) = await CompressAsync(proxy, $$$"""{"model":"m","messages":[{"role":"tool","content":{{{escaped}}}}]}""");
        Assert.True(first["tokens_saved"]!.GetValue<int>() > 1000);
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        using var response = await proxy.PostAsync("/v1/chat/completions", $$$"""{"messages":[{"role":"tool","content":{{{escaped}}}}]}""");
        foreach (var name in (string[])["tokens_before", "tokens_after", "tokens_saved"])
        {
            Assert.Equal(first[name]!.ToJsonString(), response.Headers.GetValues("x-headroom-" + name.Replace('_', '-')).Single());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_gateway_finds_the_markers_and_fetches_what_they_stand_for(bool inParts)
    {
        await using var proxy = await TestProxy.StartAsync();
        var originals = Enumerable.Range(0, 3).Select(i => TestBodies.Rows(300, seed: (ulong)i)).ToArray();
        var rows = string.Join(',', originals.Select((text, i) => $$$"""
            {"role":"assistant","content":null,"tool_calls":[{"id":"c{{{i}}}","type":"function","function":{"name":"search","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c{{{i}}}","content":{{{(inParts ? $$"""[{"type":"text","text":{{TestBodies.Quote(text)}}}]""" : TestBodies.Quote(text))}}}}
            """));
        var (_, reply) = await CompressAsync(proxy, $$"""{"messages":[{{rows}}],"model":"claude-sonnet-4"}""", ("Authorization", "Bearer of-the-gateway"));

        // The gateway pairs what comes back by position and role, and reads strings and the text of text parts.
        Assert.Equal(["assistant", "tool", "assistant", "tool", "assistant", "tool"], reply["messages"]!.AsArray().Select(m => m!["role"]!.GetValue<string>()));
        var hashes = reply["messages"]!.AsArray()
            .Select(m => m!["content"])
            .SelectMany(content => content is JsonArray parts ? parts.Select(p => p!["text"]) : [content])
            .OfType<JsonValue>()
            .SelectMany(text => CallersMarker().Matches(text.GetValue<string>()).Select(m => m.Groups[1].Value))
            .ToArray();
        Assert.Equal(3, hashes.Length);
        Assert.Equal(hashes, reply["ccr_hashes"]!.AsArray().Select(h => h!.GetValue<string>()));
        foreach (var (hash, original) in hashes.Zip(originals))
        {
            Assert.Equal(original, (await proxy.GetJsonAsync($"/v1/retrieve/{hash}"))["original_content"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task Without_a_view_nothing_looks_like_a_marker()
    {
        await using var proxy = await TestProxy.StartAsync();
        var (text, reply) = await CompressAsync(proxy, $$"""{"model":"m","messages":{{Messages(TestBodies.Rows(20))}}}""");
        Assert.True(reply["tokens_saved"]!.GetValue<int>() > 0);
        Assert.NotEmpty(reply["transforms_applied"]!.AsArray());
        Assert.Empty(reply["ccr_hashes"]!.AsArray());
        Assert.DoesNotMatch(CallersMarker(), text);
    }

    [Fact]
    public async Task The_same_messages_give_the_same_bytes()
    {
        await using var proxy = await TestProxy.StartAsync();
        var body = $$"""{"model":"m","messages":{{Messages(TestBodies.Rows(200))}}}""";
        var first = await CompressAsync(proxy, body);
        var second = await CompressAsync(proxy, body);
        Assert.Equal(first.Text, second.Text);
    }

    [Fact]
    public async Task Bypass_echoes_with_zeros()
    {
        await using var proxy = await TestProxy.StartAsync();
        var messages = Messages(TestBodies.Rows());
        var (text, reply) = await CompressAsync(proxy, $$"""{"model":"m","messages":{{messages}}}""", ("x-headroom-bypass", "true"));
        Assert.StartsWith("{\"messages\":" + messages + ",\"tokens_before\":0,\"tokens_after\":0,\"tokens_saved\":0,", text, StringComparison.Ordinal);
        Assert.Empty(reply["ccr_hashes"]!.AsArray());
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{\"messages\":[]", "not valid JSON")]
    [InlineData("{\"messages\":[],\"model\":\"m\"} x", "not valid JSON")]
    [InlineData("{\"model\":\"m\"}", "messages is missing")]
    [InlineData("{\"model\":\"m\",\"messages\":{}}", "messages is missing")]
    [InlineData("{\"messages\":[]}", "model is missing")]
    [InlineData("{\"messages\":[],\"model\":1}", "model is missing")]
    [InlineData("{\"messages\":[],\"model\":\"m\",\"token_budget\":0}", "token_budget")]
    [InlineData("{\"messages\":[],\"model\":\"m\",\"token_budget\":\"many\"}", "token_budget")]
    public async Task Bad_bodies_are_told_what_is_wrong(string body, string expected)
    {
        await using var proxy = await TestProxy.StartAsync();
        using var response = await proxy.SendAsync("POST", "/v1/compress", Encoding.UTF8.GetBytes(body));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["error"]!;
        Assert.Equal("invalid_request", error["type"]!.GetValue<string>());
        Assert.Contains(expected, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{"role":"tool","content":""}]""")]
    [InlineData("""[{"role":"tool","content":null}, {"role":"user"},{}]""")]
    [InlineData("""[{"role":"tool","content":"\ud800"},{"role":"tool","content":[{"type":"text","text":" "}]}]""")]
    [InlineData("""[1,"two",[{"role":"tool"}],{"role":5,"content":{"content":[]}}]""")]
    public async Task What_holds_nothing_to_compress_comes_back_as_it_is(string messages)
    {
        await using var proxy = await TestProxy.StartAsync();
        var (text, reply) = await CompressAsync(proxy, $$"""{"messages": {{messages}} ,"model":"m"}""");
        Assert.StartsWith($$"""{"messages":{{messages}},"tokens_before":""", text, StringComparison.Ordinal);
        Assert.Equal(0, reply["tokens_saved"]!.GetValue<int>());
        Assert.Equal(1, reply["compression_ratio"]!.GetValue<double>());
    }

    [Fact]
    public async Task A_store_that_fails_costs_the_compression_and_not_the_request()
    {
        var store = new FailingStore();
        await using var proxy = await TestProxy.StartAsync(store: store);
        store.IsBroken = true;
        var messages = Messages(TestBodies.Rows());
        var (text, reply) = await CompressAsync(proxy, $$"""{"messages":{{messages}},"model":"m"}""");
        Assert.StartsWith("{\"messages\":" + messages, text, StringComparison.Ordinal);
        Assert.Equal(0, reply["tokens_saved"]!.GetValue<int>());
    }
}
