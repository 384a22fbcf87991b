using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;
using Headroom.TestData;

namespace Headroom.Proxy.Tests;

/// <summary>An agent's conversation through the real server and a real SQLite store, judged by the bytes that the upstream got.</summary>
public sealed class SessionTests : IDisposable
{
    private const int Turns = 20;

    private static readonly AgentSession Session = AgentSession.Generate(Turns, callsPerTurn: 2, items: 60);

    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-test-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Paths => new()
    {
        { "/v1/chat/completions", false }, { "/v1/messages", false }, { "/v1/chat/completions", true }, { "/v1/messages", true },
    };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Each_turn_sends_the_turn_before_again_byte_for_byte(string path, bool allowViews)
    {
        var sent = await RunAsync(path, allowViews, restartAt: -1, edit: b => b);
        for (var turn = 1; turn < Turns; turn++)
        {
            var (before, now) = (Messages(sent[turn - 1]), Messages(sent[turn]));

            // All but the closing bracket of the messages array.
            Assert.True(now.AsSpan().StartsWith(before.AsSpan(0, before.Length - 1)), $"turn {turn} changed what turn {turn - 1} had sent");
        }

        Assert.True(sent[^1].Length < Bodies(path)[^1].Length * 0.7, $"{Bodies(path)[^1].Length} -> {sent[^1].Length}");
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_restart_in_the_middle_changes_nothing(string path, bool allowViews)
    {
        var straight = await RunAsync(path, allowViews, restartAt: -1, edit: b => b);
        Directory.Delete(_directory, recursive: true);
        var restarted = await RunAsync(path, allowViews, restartAt: Turns / 2, edit: b => b);
        for (var turn = 0; turn < Turns; turn++)
        {
            // Another store has another key, so a view's hash differs; within a store nothing may.
            Assert.Equal(WithoutHashes(straight[turn]), WithoutHashes(restarted[turn]));
            if (turn > 0)
            {
                var before = Messages(restarted[turn - 1]);
                Assert.True(Messages(restarted[turn]).AsSpan().StartsWith(before.AsSpan(0, before.Length - 1)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Two_proxies_on_one_file_send_in_turns_what_a_single_one_sends(string path, bool allowViews)
    {
        var straight = await RunAsync(path, allowViews, restartAt: -1, edit: b => b);
        Directory.Delete(_directory, recursive: true);
        await using var first = await StartAsync(allowViews);
        await using var second = await StartAsync(allowViews);
        byte[]? before = null;
        for (var turn = 0; turn < Turns; turn++)
        {
            var sent = await SendAsync(turn % 2 == 0 ? first : second, path, Bodies(path)[turn]);
            Assert.Equal(WithoutHashes(straight[turn]), WithoutHashes(sent));
            var now = Messages(sent);
            Assert.True(before is null || now.AsSpan().StartsWith(before.AsSpan(0, before.Length - 1)), $"turn {turn} changed what turn {turn - 1} had sent");
            before = now;
        }
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    public async Task What_the_user_says_does_not_change_a_tool_result(string path)
    {
        var plain = await RunAsync(path, allowViews: true, restartAt: -1, edit: b => b);
        var edited = await RunAsync(path, allowViews: true, restartAt: -1, edit: b => Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(b).Replace("Which jobs failed in the last hour?", "Please review and fix this error now.", StringComparison.Ordinal)));
        Assert.NotEqual(plain[^1], edited[^1]);
        Assert.Equal(ToolResults(plain[^1]), ToolResults(edited[^1]));
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    public async Task Parallel_sessions_send_what_a_single_one_sends(string path)
    {
        // All of them meet every block for the first time at once; what they agreed on is what a later one finds.
        await using var proxy = await StartAsync(allowViews: true);
        var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => SendAllAsync(proxy, path, b => b)));
        var single = await SendAllAsync(proxy, path, b => b);
        foreach (var session in all)
        {
            Assert.Equal(single.Select(Convert.ToBase64String), session.Select(Convert.ToBase64String));
        }
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    public async Task Every_marker_that_was_sent_leads_to_the_original_also_after_a_restart(string path)
    {
        var sent = await RunAsync(path, allowViews: true, restartAt: -1, edit: b => b);
        var originals = Session.ToolResults.Select(r => r.Text).ToHashSet(StringComparer.Ordinal);
        var hashes = ToolResults(sent[^1]).SelectMany(Marker.HashesIn).Distinct().ToArray();
        Assert.NotEmpty(hashes);
        await using var proxy = await StartAsync(allowViews: true);
        foreach (var hash in hashes)
        {
            using var response = await proxy.SendAsync("GET", $"/v1/retrieve/{hash}");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var original = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["original_content"]!.GetValue<string>();
            Assert.Contains(original, originals);
        }
    }

    [Fact]
    public async Task Views_are_kept_from_requests_that_do_not_carry_the_retrieve_tool()
    {
        await using var proxy = await StartAsync(allowViews: false);
        var rows = TestBodies.Rows(400);
        foreach (var (tools, expected) in ((string, bool)[])
            [("", false), (""" "tools":[{"type":"function","function":{"name":"mcp__headroom__headroom_retrieve"}}],""", true)])
        {
            using var response = await proxy.PostAsync("/v1/chat/completions", TestBodies.OpenAI(rows).Replace("\"temperature\"", tools + "\"temperature\"", StringComparison.Ordinal));
            Assert.Equal(expected, ToolResults(proxy.Upstream.Requests.Last().Body).SelectMany(Marker.HashesIn).Any());
        }
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    public async Task A_conversation_seen_from_its_beginning_has_the_retrieve_tool_and_views(string path)
    {
        var isOpenAI = path != "/v1/messages";
        var rows = TestBodies.Quote(TestBodies.Rows(400));
        string[] messages =
        [
            """{"role":"user","content":"look it up"}""",
            isOpenAI
                ? $$$""",{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":{{{rows}}}}"""
                : $$""",{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{} }]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":{{rows}}}]}""",
        ];
        var tool = isOpenAI ? """{"type":"function","function":{"name":"f"}}""" : """{"name":"f","input_schema":{"type":"object"}}""";
        var bodies = Enumerable.Range(1, 2)
            .Select(turns => Encoding.UTF8.GetBytes($$"""{"model":"m","tools":[{{tool}}],"messages":[{{string.Concat(messages.Take(turns))}}]}""")).ToArray();
        var sent = new List<string>();
        foreach (var body in bodies)
        {
            // Each request meets a new proxy: the store alone knows the conversation.
            await using var proxy = await StartAsync(allowViews: false);
            sent.Add(Encoding.UTF8.GetString(await SendAsync(proxy, path, body)));
        }

        Assert.Equal(["f", "headroom_retrieve"], JsonNode.Parse(sent[1])!["tools"]!.AsArray().Select(t => (string?)(isOpenAI ? t!["function"]! : t!)["name"]));
        Assert.StartsWith(sent[0][..^2], sent[1], StringComparison.Ordinal);
        Assert.NotEmpty(ToolResults(Encoding.UTF8.GetBytes(sent[1])).SelectMany(Marker.HashesIn));

        // A user may do without.
        await using (var proxy = await TestProxy.StartAsync(o => o with { RetrieveTool = RetrieveToolMode.Never }))
        {
            Assert.Equal(bodies[0], await SendAsync(proxy, path, bodies[0]));
            Assert.Empty(ToolResults(await SendAsync(proxy, path, bodies[1])).SelectMany(Marker.HashesIn));
        }

        // So may a single request, and a proxy that forwards everything as it is.
        await using (var proxy = await TestProxy.StartAsync(o => o))
        {
            using var response = await proxy.SendAsync("POST", path, bodies[0], ("x-headroom-bypass", "true"));
            Assert.Equal(bodies[0], proxy.Upstream.Requests.Last().Body);
        }

        await using (var proxy = await TestProxy.StartAsync(o => o with { Optimize = false }))
        {
            Assert.Equal(bodies[0], await SendAsync(proxy, path, bodies[0]));
        }
    }

    [Theory]
    [InlineData("Read", false)]
    [InlineData("WRITE", false)]
    [InlineData("GREP", true)]
    [InlineData("headroom_retrieve", false)]
    [InlineData("Bash", true)]
    public async Task Exact_working_material_and_retrieved_content_stay_as_they_are(string tool, bool isCompressed)
    {
        await using var proxy = await StartAsync(allowViews: true);
        foreach (var (path, body) in ((string, string)[])
            [("/v1/chat/completions", TestBodies.OpenAI(TestBodies.Rows(), tool)), ("/v1/messages", TestBodies.Anthropic(TestBodies.Rows(), tool))])
        {
            using var response = await proxy.PostAsync(path, body);
            Assert.Equal(isCompressed, !proxy.Upstream.Requests.Last().Body.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(body)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("x")]
    [InlineData("\n\n\n")]
    [InlineData("\u0000\u0001\u0002\u007f\ufffd")]
    [InlineData("[]")]
    [InlineData("{\"a\":")]
    public async Task Odd_results_pass_unchanged(string result)
    {
        await using var proxy = await StartAsync(allowViews: true);
        foreach (var (path, body) in ((string, string)[])[("/v1/chat/completions", TestBodies.OpenAI(result)), ("/v1/messages", TestBodies.Anthropic(result))])
        {
            using var response = await proxy.PostAsync(path, body);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(body, Encoding.UTF8.GetString(proxy.Upstream.Requests.Last().Body));
        }
    }

    private static ImmutableArray<byte[]> Bodies(string path) => path == "/v1/messages" ? Session.AnthropicMessages : Session.OpenAIChat;

    private static string WithoutHashes(byte[] body) =>
        System.Text.RegularExpressions.Regex.Replace(Encoding.UTF8.GetString(body), "hash=[0-9a-f]{24}", "hash=");

    private static byte[] Messages(byte[] body)
    {
        var json = new System.Text.Json.Utf8JsonReader(body);
        while (json.Read())
        {
            if (json.TokenType == System.Text.Json.JsonTokenType.PropertyName && json.CurrentDepth == 1 && json.ValueTextEquals("messages"u8))
            {
                json.Read();
                var start = (int)json.TokenStartIndex;
                json.Skip();
                return body[start..(int)json.BytesConsumed];
            }
        }

        throw new InvalidDataException("no messages");
    }

    private static string[] ToolResults(byte[] body) =>
    [
        .. JsonNode.Parse(body)!["messages"]!.AsArray().SelectMany(m => m!["role"]!.GetValue<string>() switch
        {
            "tool" => [m["content"]!.GetValue<string>()],
            "user" when m["content"] is JsonArray parts => parts.Where(p => p!["type"]!.GetValue<string>() == "tool_result").Select(p => p!["content"]!.GetValue<string>()),
            _ => [],
        }),
    ];

    private Task<TestProxy> StartAsync(bool allowViews) =>
        TestProxy.StartAsync(o => o with { Store = CcrStoreAddress.Sqlite, DataDirectory = _directory, AllowViews = allowViews });

    private async Task<byte[][]> RunAsync(string path, bool allowViews, int restartAt, Func<byte[], byte[]> edit)
    {
        var sent = new List<byte[]>();
        var proxy = await StartAsync(allowViews);
        try
        {
            for (var turn = 0; turn < Turns; turn++)
            {
                if (turn == restartAt)
                {
                    await proxy.DisposeAsync();
                    proxy = await StartAsync(allowViews);
                }

                sent.Add(await SendAsync(proxy, path, edit(Bodies(path)[turn])));
            }
        }
        finally
        {
            await proxy.DisposeAsync();
        }

        return [.. sent];
    }

    private static async Task<byte[][]> SendAllAsync(TestProxy proxy, string path, Func<byte[], byte[]> edit)
    {
        var sent = new List<byte[]>();
        foreach (var body in Bodies(path))
        {
            sent.Add(await SendAsync(proxy, path, edit(body)));
        }

        return [.. sent];
    }

    private static async Task<byte[]> SendAsync(TestProxy proxy, string path, byte[] body)
    {
        var id = Guid.NewGuid().ToString();
        using var response = await proxy.SendAsync("POST", path, body, ("x-test-id", id));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return proxy.Upstream.Requests.Single(r => r.Header("x-test-id") == id).Body;
    }
}
