using System.Text;
using System.Text.Json.Nodes;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>The loop through a real server: what the client reads, and what the upstream is sent.</summary>
public sealed class LoopTests
{
    private const string Anthropic = "/v1/messages";

    public static TheoryData<string, bool> Ways => LoopProxy.Ways;

    private static string End(string path) => path == Anthropic ? "end_turn" : "stop";

    private static long Number(JsonNode? usage, string anthropic, string openAI) => (usage?[anthropic] ?? usage?[openAI])!.GetValue<long>();

    private static void AssertValid(string path, LoopProxy loop)
    {
        var requests = loop.Requests;
        for (var i = 0; i < requests.Count; i++)
        {
            RequestShape.AssertPaired(path, requests[i].Body);
            if (i > 0)
            {
                RequestShape.AssertPrefix(requests[i - 1].Body, requests[i].Body);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_answer_without_a_retrieval_reaches_the_client_byte_for_byte(string path, bool stream)
    {
        await using var loop = await LoopProxy.StartAsync();
        foreach (var newline in (string[])["\n", "\r\n", "\r"])
        {
            var turn = new Script(new Think("hm"), new Say("It is \u20ac \U0001F600."), new Call("c1", "{\"path\": \"/\"}", "ls")) { Newline = newline };
            loop.Enqueue(turn);
            Assert.Equal(turn.Body(path, stream), await loop.PostAsync(path, stream));
        }

        Assert.Contains("headroom_retrieve", Encoding.UTF8.GetString(loop.Requests[0].Body), StringComparison.Ordinal);
        Assert.All(loop.Requests, r => Assert.Equal("identity", r.Header("Accept-Encoding")));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_retrieval_is_answered_and_the_client_gets_one_answer(string path, bool stream)
    {
        await using var loop = await LoopProxy.StartAsync();
        loop.Enqueue(
            new Script(new Say("Let me see. \U0001F600"), new Call("r1", loop.Arguments)) { Number = 1, Input = 700, CacheRead = 40, CacheWrite = 300, Output = 7 },
            new Script(new Say("It says beta.")) { Number = 2, Input = 20, CacheRead = 140, Output = 5 });
        var answer = await loop.AskAsync(path, stream);
        Assert.Equal("Let me see. \U0001F600It says beta.", answer.Text);
        Assert.Empty(answer.Calls);
        Assert.Equal(End(path), answer.Stop);

        // What the context holds is the last round's; what was written is all that was.
        Assert.Equal(12, Number(answer.Usage, "output_tokens", "completion_tokens"));
        Assert.Equal(path == Anthropic ? 20 : 160, Number(answer.Usage, "input_tokens", "prompt_tokens"));
        Assert.Equal(140, path == Anthropic ? answer.Usage!["cache_read_input_tokens"]!.GetValue<long>() : answer.Usage!["prompt_tokens_details"]!["cached_tokens"]!.GetValue<long>());
        Assert.Equal(path == Anthropic ? 0 : 172, Number(answer.Usage, "cache_creation_input_tokens", "total_tokens"));
        Assert.Equal(path == Anthropic ? "standard" : "4", (answer.Usage["service_tier"] ?? answer.Usage["completion_tokens_details"]!["reasoning_tokens"])!.ToString());

        Assert.Equal(2, loop.Requests.Count);
        Assert.Equal([("r1", LoopProxy.Original)], LoopProxy.Results(path, loop.Requests[1].Body));
        AssertValid(path, loop);
        foreach (var name in (string[])["x-test-id", "Content-Type", "Accept-Encoding"])
        {
            Assert.Equal(loop.Requests[0].Header(name), loop.Requests[1].Header(name));
        }

        Assert.Equal(loop.Requests[1].Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), loop.Requests[1].Header("Content-Length"));
        var stats = await loop.Proxy.GetJsonAsync("/stats");
        Assert.Equal(1, stats["retrievals"]!["calls"]!.GetValue<int>());
        Assert.Equal(1, stats["retrievals"]!["continuations"]!.GetValue<int>());
        Assert.Equal(12, stats["usage"]!["output"]!.GetValue<int>());
        Assert.Equal(180, stats["usage"]!["cache_read"]!.GetValue<int>());
        Assert.Equal(0, stats["requests"]!["failed"]!.GetValue<int>());

        // Savings are net of retrievals: what the client sent less what was saved is all that was sent upstream.
        var (input, saved) = (stats["tokens"]!["input"]!.GetValue<long>(), stats["tokens"]!["saved"]!.GetValue<long>());
        Assert.InRange(input, 1, 1040);
        Assert.Equal(1200, input - saved);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Retrievals_go_on_round_after_round(string path, bool stream)
    {
        await using var loop = await LoopProxy.StartAsync();
        loop.Enqueue(
            new Script(new Think("first"), new Call("r1", loop.Arguments)) { Number = 1 },
            new Script(new Say("More. "), new Call("r2", $$"""{"hash":"{{loop.Hash}}","lines":"2"}""")) { Number = 2 },
            new Script(new Think("then"), new Say("Done."), new Call("c1", """{"path":"x"}""", "ls")) { Number = 3 });
        var answer = await loop.AskAsync(path, stream);
        Assert.Equal("More. Done.", answer.Text);
        Assert.Equal([("c1", "ls", """{"path":"x"}""")], answer.Calls);
        Assert.Equal(path == Anthropic ? "tool_use" : "tool_calls", answer.Stop);
        Assert.Equal(21, Number(answer.Usage, "output_tokens", "completion_tokens"));
        Assert.Equal(["r1", "r2"], LoopProxy.Results(path, loop.Requests[2].Body).Select(r => r.Id));
        Assert.Contains("beta \u20ac \U0001F600", LoopProxy.Results(path, loop.Requests[2].Body)[1].Text, StringComparison.Ordinal);
        AssertValid(path, loop);
        if (path == Anthropic)
        {
            // Thinking goes to the client and back to the provider with its signature.
            Assert.Equal(["first", "then"], answer.Blocks.Where(b => b["thinking"] is not null).Select(b => b["thinking"]!.GetValue<string>()));
            var sent = RequestShape.Messages(loop.Requests[1].Body)[1]!["content"]![0]!;
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"type":"thinking","thinking":"first","signature":"c2ln"}"""), sent));
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Several_calls_in_one_turn_are_all_answered_in_their_order(string path, bool stream)
    {
        await using var loop = await LoopProxy.StartAsync();
        loop.Enqueue(
            new Script(
                new Call("r1", loop.Arguments),
                new Call("r2", """{"hash":"ffffffffffffffffffffffff"}"""),
                new Call("r3", "{\"hash\":"),
                new Call("r4", ""),
                new Call("r5", $$"""{"hash":"{{loop.Hash}}","pattern":"gam"}""")) { Number = 1 },
            new Script(new Say("Fine.")) { Number = 2 });
        var answer = await loop.AskAsync(path, stream);
        Assert.Equal("Fine.", answer.Text);
        Assert.Empty(answer.Calls);
        var results = LoopProxy.Results(path, loop.Requests[1].Body);
        Assert.Equal(["r1", "r2", "r3", "r4", "r5"], results.Select(r => r.Id));
        Assert.Equal(LoopProxy.Original, results[0].Text);
        Assert.All(results.Skip(1).Take(3), r => Assert.StartsWith("[", r.Text, StringComparison.Ordinal));
        Assert.Contains("gamma", results[4].Text, StringComparison.Ordinal);
        AssertValid(path, loop);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Beside_the_clients_own_calls_it_is_hidden_and_put_back_in_the_next_request(string path, bool stream)
    {
        await using var loop = await LoopProxy.StartAsync();
        loop.Enqueue(
            new Script(new Say("Both."), new Call("r1", loop.Arguments), new Call("c1", "{}", "ls"), new Call("r2", "broken"), new Call("c2", """{"path":"y"}""", "ls")) { Number = 1 },
            new Script(new Say("Thanks.")) { Number = 2 });
        var answer = await loop.AskAsync(path, stream);
        Assert.Single(loop.Requests);
        Assert.Equal(["c1", "c2"], answer.Calls.Select(c => c.Id));
        Assert.Equal(path == Anthropic ? "tool_use" : "tool_calls", answer.Stop);

        var results = path == Anthropic
            ? """{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"a"},{"type":"tool_result","tool_use_id":"c2","content":"b"}]}"""
            : """{"role":"tool","tool_call_id":"c1","content":"a"},{"role":"tool","tool_call_id":"c2","content":"b"}""";
        await loop.AskAsync(path, stream, $$"""[{"role":"user","content":"Look."},{{answer.ToMessage(path).ToJsonString()}},{{results}}]""");
        var sent = LoopProxy.Results(path, loop.Requests[1].Body);
        Assert.Equal(["c1", "c2", "r1", "r2"], sent.Select(r => r.Id).Order(StringComparer.Ordinal));
        Assert.Equal(LoopProxy.Original, sent.Single(r => r.Id == "r1").Text);
        AssertValid(path, loop);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task At_the_limit_the_answer_ends_validly(string path, bool stream)
    {
        await using var loop = await LoopProxy.StartAsync(o => o with { MaxRetrievalRounds = 1 });
        loop.Enqueue(
            new Script(new Say("One. "), new Call("r1", loop.Arguments)) { Number = 1 },
            new Script(new Say("Two."), new Call("r2", loop.Arguments)) { Number = 2 },
            new Script(new Say("Three.")) { Number = 3 });
        var answer = await loop.AskAsync(path, stream);
        Assert.Equal(2, loop.Requests.Count);
        Assert.Equal("One. Two.", answer.Text);
        Assert.Empty(answer.Calls);
        Assert.Equal(End(path), answer.Stop);

        // The model finds its call in the next request, with a result that says why it brought nothing.
        await loop.AskAsync(path, stream, $$"""[{"role":"user","content":"Look."},{{answer.ToMessage(path).ToJsonString()}},{"role":"user","content":"And?"}]""");
        var results = LoopProxy.Results(path, loop.Requests[2].Body);
        Assert.Equal(["r1", "r2"], results.Select(r => r.Id));
        Assert.Contains("1 times", results[1].Text, StringComparison.Ordinal);
        AssertValid(path, loop);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_answer_is_never_empty(string path, bool stream)
    {
        await using var loop = await LoopProxy.StartAsync(o => o with { MaxRetrievalRounds = 0 });
        loop.Enqueue(new Script(new Call("r1", loop.Arguments)) { Number = 1 }, new Script(new Say("So.")) { Number = 2 });
        var answer = await loop.AskAsync(path, stream);
        Assert.Contains("limit of 0", answer.Text, StringComparison.Ordinal);
        Assert.Equal(End(path), answer.Stop);
        await loop.AskAsync(path, stream, $$"""[{"role":"user","content":"Look."},{{answer.ToMessage(path).ToJsonString()}},{"role":"user","content":"And?"}]""");
        Assert.Equal(["r1"], LoopProxy.Results(path, loop.Requests[1].Body).Select(r => r.Id));
        AssertValid(path, loop);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_turn_that_was_cut_off_keeps_its_reason_and_is_not_continued(string path, bool stream)
    {
        await using var loop = await LoopProxy.StartAsync();
        var stop = path == Anthropic ? "max_tokens" : "length";
        loop.Enqueue(new Script(new Say("I will"), new Call("r1", "{\"hash\":\"0123")) { Stop = stop });
        var answer = await loop.AskAsync(path, stream);
        Assert.Single(loop.Requests);
        Assert.Equal((stop, "I will", 0), (answer.Stop, answer.Text, answer.Calls.Count));
    }

    [Fact]
    public async Task Blocks_of_unknown_kinds_pass_and_go_back_as_they_came()
    {
        await using var loop = await LoopProxy.StartAsync();
        foreach (var stream in (bool[])[true, false])
        {
            loop.Enqueue(
                new Script(new Novelty("x \u20ac"), new Say("Look: "), new Call("r1", loop.Arguments)) { Number = 1 },
                new Script(new Novelty("y"), new Say("Yes.")) { Number = 2 });
            var answer = await loop.AskAsync(Anthropic, stream);
            Assert.Equal(["novelty", "text", "novelty", "text"], answer.Blocks.Select(b => b["type"]!.GetValue<string>()));
            Assert.Equal("x \u20ac", answer.Blocks[0]["value"]!.GetValue<string>());
            var sent = RequestShape.Messages(loop.Requests[^1].Body)[1]!["content"]!;
            Assert.Equal(["novelty", "text", "tool_use"], sent.AsArray().Select(b => b!["type"]!.GetValue<string>()));
            Assert.Equal("x \u20ac", sent[0]!["value"]!.GetValue<string>());
        }
    }

    [Theory]
    [InlineData("/v1/messages", "gzip")]
    [InlineData("/v1/messages", "br")]
    [InlineData("/v1/chat/completions", "zstd")]
    [InlineData("/v1/chat/completions", "deflate")]
    public async Task An_upstream_that_encodes_all_the_same_is_decoded(string path, string coding)
    {
        await using var loop = await LoopProxy.StartAsync();
        foreach (var stream in (bool[])[true, false])
        {
            var turns = new Queue<Script>([new Script(new Say("A"), new Call("r1", loop.Arguments)) { Number = 1 }, new Script(new Say("B")) { Number = 2 }]);
            loop.Proxy.Upstream.Answer = async context =>
            {
                context.Response.ContentType = stream ? "text/event-stream" : "application/json";
                context.Response.Headers.ContentEncoding = coding;
                await context.Response.Body.WriteAsync(TestBodies.Encode(turns.Dequeue().Body(path, stream), coding));
            };
            using var response = await loop.Proxy.PostAsync(path, LoopProxy.Request(path, stream));
            Assert.Empty(response.Content.Headers.ContentEncoding);
            var answer = Answer.Read(path, stream, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            Assert.Equal(("AB", 0), (answer.Text, answer.Calls.Count));
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("unheard-of")]
    public async Task An_encoded_whole_answer_without_a_retrieval_stays_encoded(string coding)
    {
        await using var loop = await LoopProxy.StartAsync();
        var plain = new Script(new Say("A")).Body(Anthropic, false);
        var encoded = coding == "gzip" ? TestBodies.Encode(plain, coding) : plain;
        loop.Proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = coding;
            await context.Response.Body.WriteAsync(encoded);
        };
        using var response = await loop.Proxy.PostAsync(Anthropic, LoopProxy.Request(Anthropic, false));
        Assert.Equal([coding], response.Content.Headers.ContentEncoding);
        Assert.Equal(encoded, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }
}
