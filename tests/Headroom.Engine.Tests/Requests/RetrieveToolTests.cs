using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.Engine.Retrieval;
using Headroom.Engine.Rules;
using Headroom.Engine.Tests.Ccr;
using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Requests;

/// <summary>Which conversations are given the retrieve tool, and how.</summary>
public sealed class RetrieveToolTests
{
    private const string User = """{"role":"user","content":"begin"}""";
    private const string Assistant = """{"role":"assistant","content":"well"}""";
    private static readonly string Long = string.Join("\\n", Enumerable.Range(0, 40).Select(i => $"line {i} of output"));

    private readonly UnreliableStore _store = new();

    public static TheoryData<string> Formats => [OpenAI.Name, Anthropic.Name];

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Tool(string format) => Encoding.UTF8.GetString(((IRetrievalFormat)Format(format)).RetrieveTool);

    private RequestOptimizer Optimizer(RetrieveToolMode mode = RetrieveToolMode.Auto) =>
        new(_store, new RequestOptimizerOptions { RetrieveTool = mode }, TimeProvider.System, FakeCompressor.Shorten);

    private static ValueTask<OptimizedRequest> Send(RequestOptimizer optimizer, string format, string body) =>
        optimizer.OptimizeAsync(Format(format), Utf8(body), TestContext.Current.CancellationToken);

    private static string Text(OptimizedRequest request) => Encoding.UTF8.GetString(request.Body.Span);

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_tool_is_the_one_definition_in_the_formats_spelling(string format)
    {
        var tool = JsonNode.Parse(Tool(format))!;
        var definition = format == OpenAI.Name ? tool["function"]! : tool;
        Assert.Equal(RetrieveTool.Name, (string?)definition["name"]);
        Assert.Equal(RetrieveTool.Description, (string?)definition["description"]);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(RetrieveTool.Schema), definition[format == OpenAI.Name ? "parameters" : "input_schema"]));
        Assert.Equal(format == OpenAI.Name ? "function" : null, (string?)tool["type"]);
        Assert.Equal(format == OpenAI.Name ? 2 : 3, tool.AsObject().Count);

        // Whoever adds the tool must find it there again.
        Assert.True(Map(Format(format), $$"""{"tools":[{{Tool(format)}}]}""")!.HasRetrieveTool);
    }

    [Theory]
    [InlineData("""[{"name":"a"}]""", """[{"name":"a"},TOOL]""")]
    [InlineData("""[ {"name":"a","cache_control":{"type":"ephemeral"}} , {"x":1.0} ]""", """[ {"name":"a","cache_control":{"type":"ephemeral"}} , {"x":1.0} ,TOOL]""")]
    [InlineData("""[{"name":"headroom_retrieve2"}]""", """[{"name":"headroom_retrieve2"},TOOL]""")]
    public async Task It_stands_behind_the_clients_own_tools(string tools, string expected)
    {
        var request = await Send(Optimizer(), Anthropic.Name, $$"""{"tools":{{tools}} ,"messages":[{{User}}]}""");
        Assert.Equal($$"""{"tools":{{expected.Replace("TOOL", Tool(Anthropic.Name), StringComparison.Ordinal)}} ,"messages":[{{User}}]}""", Text(request));
        Assert.NotNull(request.Conversation);
        Assert.Equal(Reason.NoEligibleBlock, request.Reason);
        Assert.True(request.TokensAdded > 50);
        Assert.Equal(request.TokensBefore + request.TokensAdded, request.TokensAfter);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"tools\":[],")]
    [InlineData("\"tools\":[ \n],")]
    [InlineData("\"tools\":[null,1],")]
    [InlineData("\"tools\":null,")]
    [InlineData("\"tools\":{},")]
    [InlineData("\"functions\":[{\"name\":\"f\"}],")]
    public async Task A_client_without_tools_is_left_alone(string tools)
    {
        foreach (var format in new[] { OpenAI.Name, Anthropic.Name })
        {
            var body = $$"""{{{tools}}"messages":[{{User}}]}""";
            var request = await Send(Optimizer(), format, body);
            Assert.Equal(body, Text(request));
            Assert.Null(request.Conversation);
            Assert.Equal(0, request.TokensAdded);
        }

        Assert.Empty(_store.Proposals);
    }

    [Theory]
    [InlineData(""" {"messages":[USER]}""", """ {"tools":[TOOL],"messages":[USER]}""")]
    [InlineData("""{ "model":"m","messages":[USER]}""", """{"tools":[TOOL], "model":"m","messages":[USER]}""")]
    [InlineData("""{"tools":[],"messages":[USER]}""", """{"tools":[TOOL],"messages":[USER]}""")]
    [InlineData("""{"tools":[ ],"messages":[USER]}""", """{"tools":[ TOOL],"messages":[USER]}""")]
    [InlineData("""{"messages":[USER],"tools": null }""", """{"messages":[USER],"tools": [TOOL] }""")]
    [InlineData("""{"messages":[USER],"tools":[{"x":1}]}""", """{"messages":[USER],"tools":[{"x":1},TOOL]}""")]
    [InlineData("""{"messages":[USER],"tools":{}}""", null)]
    [InlineData("""{"messages":[USER],"tools":[],"tools":[]}""", null)]
    [InlineData("""{"messages":[],"tools":[]}""", null)]
    [InlineData("""{"messages":[{"role":"system","content":"s"}]}""", """{"tools":[TOOL],"messages":[{"role":"system","content":"s"}]}""")]
    [InlineData("""{"model":"m"}""", null)]
    public async Task Always_means_also_without_tools(string body, string? expected)
    {
        foreach (var format in new[] { OpenAI.Name, Anthropic.Name })
        {
            string Filled(string text) => text.Replace("USER", User, StringComparison.Ordinal).Replace("TOOL", Tool(format), StringComparison.Ordinal);
            var request = await Send(Optimizer(RetrieveToolMode.Always), format, Filled(body));
            Assert.Equal(Filled(expected ?? body), Text(request));
            Assert.Equal(expected is not null, request.Conversation is not null);
        }
    }

    [Theory]
    [InlineData("\"n\":2")]
    [InlineData("\"n\":1.5")]
    [InlineData("\"n\":\"1\"")]
    [InlineData("\"functions\":[]")]
    public async Task A_request_that_could_not_be_answered_for_goes_without(string member)
    {
        var body = $$"""{"tools":[{}],{{member}},"messages":[{{User}}]}""";
        var request = await Send(Optimizer(RetrieveToolMode.Always), OpenAI.Name, body);
        Assert.Equal(body, Text(request));
        Assert.Null(request.Conversation);

        // That says nothing about the conversation.
        Assert.NotNull((await Send(Optimizer(), OpenAI.Name, $$"""{"tools":[{}],"n":1,"functions":null,"messages":[{{User}}]}""")).Conversation);
    }

    [Theory]
    [InlineData("""{"type":"tool","name":"a"}""")]
    [InlineData("""{"type":"function","function":{"name":"a"}}""")]
    [InlineData("\"none\"")]
    public async Task A_forced_choice_changes_nothing(string choice)
    {
        foreach (var format in new[] { OpenAI.Name, Anthropic.Name })
        {
            var request = await Send(Optimizer(), format, $$"""{"tools":[{}],"tool_choice":{{choice}},"messages":[{{User}}]}""");
            Assert.Contains(Tool(format), Text(request), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("headroom_retrieve")]
    [InlineData("mcp__headroom__headroom_retrieve")]
    public async Task A_client_that_brings_the_tool_is_never_given_another(string name)
    {
        var optimizer = Optimizer(RetrieveToolMode.Always);
        foreach (var (format, tool) in new[]
            {
                (OpenAI.Name, $$$"""{"type":"function","function":{"name":"{{{name}}}"}}"""), (Anthropic.Name, $$"""{"name":"{{name}}"}"""),
            })
        {
            var body = $$"""{"tools":[{{tool}}],"messages":[{{User}}]}""";
            var carried = await Send(optimizer, format, body);
            Assert.Equal(body, Text(carried));
            Assert.Null(carried.Conversation);

            // Nor one that brings it later.
            Assert.NotNull((await Send(optimizer, format, $$"""{"tools":[{}],"messages":[{{User}}]}""")).Conversation);
            Assert.Equal(body, Text(await Send(optimizer, format, body)));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task What_went_through_once_is_not_given_it_again(string format)
    {
        var once = await Send(Optimizer(), format, $$"""{"tools":[{}],"messages":[{{User}}]}""");
        var second = new RequestOptimizer(new MemoryCcrStore(), new RequestOptimizerOptions(), TimeProvider.System);
        Assert.Equal(Text(once), Text(await Send(second, format, Text(once))));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_conversation_that_is_first_seen_in_the_middle_never_gets_it(string format)
    {
        string[] histories =
        [
            format == OpenAI.Name
                ? $$"""{{User}},{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f"} }]}"""
                : $$"""{{User}},{"role":"assistant","content":[{"type":"tool_use","id":"c"}]}""",
            format == OpenAI.Name
                ? """{"role":"user","content":"other"},{"role":"tool","tool_call_id":"c","content":null}"""
                : """{"role":"user","content":"other"},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}]}""",
        ];
        foreach (var history in histories)
        {
            var body = $$"""{"tools":[{}],"messages":[{{history}}]}""";
            Assert.Equal(body, Text(await Send(Optimizer(), format, body)));

            // Nor in its next turn.
            var later = body[..^2] + """,{"role":"assistant","content":"well"},{"role":"user","content":"on"}]}""";
            Assert.Equal(later, Text(await Send(Optimizer(), format, later)));
        }

        Assert.All(_store.Proposals, p => Assert.Equal("tool-not-added", p.Pin.Reason));

        // Which says nothing about others that begin with the same words.
        Assert.Contains(Tool(format), Text(await Send(Optimizer(), format, $$"""{"tools":[{}],"messages":[{{User}}]}""")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Never_means_never(string format)
    {
        var body = $$"""{"tools":[{}],"messages":[{{User}}]}""";
        await Send(Optimizer(), format, body);
        Assert.Equal(body, Text(await Send(Optimizer(RetrieveToolMode.Never), format, body)));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Where_no_view_can_be_made_there_is_nothing_to_retrieve(string format)
    {
        var options = new RequestOptimizerOptions { Level = CompressionLevel.Lossless };
        var body = $$"""{"tools":[{}],"messages":[{{User}}]}""";
        Assert.Equal(body, Text(await Send(new RequestOptimizer(_store, options, TimeProvider.System), format, body)));

        // A rule may allow views for one tool.
        var rules = new CompressionRules([new CompressionRule { Tools = ["ls"], Level = CompressionLevel.Balanced }]);
        Assert.NotNull((await Send(new RequestOptimizer(_store, options with { Rules = rules }, TimeProvider.System), format, body)).Conversation);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_conversation_is_known_by_all_its_messages_and_not_by_their_spelling(string format)
    {
        async Task<string?> KeyOf(string messages, string rest = "") =>
            (await Send(Optimizer(RetrieveToolMode.Always), format, $$"""{"tools":[{}]{{rest}},"messages":[{{messages}}]}""")).Conversation?.Head.Hex;
        const string Answer = """{"role":"assistant","content":"so it is"}""";
        var key = await KeyOf($"{User},{Answer},{User}");
        Assert.NotNull(key);
        string[] same =
        [
            $$"""{"content":"b\u0065gin","role":"user"},{{Answer}},{{User}}""",
            $$"""{"role":"user","content":[{"type":"text","text":"begin","cache_control":{"type":"ephemeral"} }]},{{Answer}},{{User}}""",
            $$"""{"role":"user","content":[{"text":"begin","type":"text"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"?"},{"type":"text","text":" so it"},{"type":"text","text":"is"}]},{"role":"user","content":"begin"}""",
            $$""" {"role":"user" , "content":"begin","cache_control":{} }, {"refusal":null,"content":"so it is\n","role":"assistant"},{{User}}""",
            // What the model has begun to say is no part of the place of its answer.
            $$"""{{User}},{{Answer}},{{User}},{"role":"assistant","content":"then"}""",
        ];
        foreach (var other in same)
        {
            Assert.Equal(key, await KeyOf(other));
            Assert.Equal(key, await KeyOf(other, ""","model":"other","system":"s" """));
        }

        string[] others =
        [
            User,
            $"{User},{User}",
            $"{Answer},{User}",
            $$"""{{User}},{"role":"assistant","content":"so it was"},{{User}}""",
            $$"""{"role":"system","content":"s"},{{User}},{{Answer}},{{User}}""",
            $$"""{{User}},{{Answer}},{"role":"user","content":"begin "}""",
            $$"""{{User}},{{Answer}},{"role":"user","content":[{"type":"text","text":"be"},{"type":"text","text":"gin"}]}""",
            $$"""{{User}},{{Answer}},{"role":"user","content":[{"type":"image","source":1}]}""",
            $$"""{{User}},{{Answer}},{"role":"user","content":[{"type":"image","source":2}]}""",
            $$"""{{User}},{{Answer}},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]}""",
            $$"""{{User}},{{Answer}},{"role":"user","content":[{"type":"tool_result","tool_use_id":"b","content":"x"}]}""",
            $$"""{{User}},{{Answer}},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"y"}]}""",
            $$"""{{User}},{{Answer}},{"role":"tool","tool_call_id":"a","content":"begin"}""",
            $$"""{{User}},{{Answer}},{"role":"tool","tool_call_id":"b","content":"begin"}""",
            $$"""{{User}},{"role":"assistant","content":"so it is","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"} }]},{{User}}""",
            $$"""{{User}},{"role":"assistant","content":"so it is","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{ }"} }]},{{User}}""",
            $$"""{{User}},{"role":"assistant","content":[{"type":"text","text":"so it is"},{"type":"tool_use","id":"1","name":"f","input":{"a":1} }]},{{User}}""",
            $$"""{{User}},{"role":"assistant","content":[{"type":"text","text":"so it is"},{"type":"tool_use","id":"1","name":"f","input":{"a":2} }]},{{User}}""",
            $$"""{{User}},{{Answer}},{"role":"user","content":"\ud800"}""",
            $$"""{{User}},{{Answer}},{"role":"user","content":"\udbff"}""",
        ];
        var chains = new List<string> { key };
        foreach (var other in others)
        {
            var map = Format(format).Locate(Utf8($$"""{"messages":[{{other}}]}"""))!;
            chains.Add(Chain.Read(format, Utf8($$"""{"messages":[{{other}}]}"""), map.Messages, new MessageDigests()).Head.Hex);
        }

        Assert.Equal(chains.Count, chains.Distinct().Count());

        // The same in the other format is another conversation.
        var theirs = format == OpenAI.Name ? Anthropic.Name : OpenAI.Name;
        Assert.NotEqual(key, (await Send(Optimizer(), theirs, $$"""{"tools":[{}],"messages":[{{User}},{{Answer}},{{User}}]}""")).Conversation!.Head.Hex);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_conversation_that_began_while_the_store_was_away_goes_on_without(bool failsToFind, bool failsToPin)
    {
        var body = $$"""{"tools":[{}],"messages":[{{User}}]}""";
        var optimizer = Optimizer();
        (_store.FailsToFind, _store.FailsToPin) = (failsToFind, failsToPin);
        Assert.Equal(body, Text(await Send(optimizer, OpenAI.Name, body)));
        (_store.FailsToFind, _store.FailsToPin) = (false, false);
        Assert.Equal(body, Text(await Send(optimizer, OpenAI.Name, body)));

        // That is a decision now, for every process.
        Assert.Equal(body, Text(await Send(Optimizer(), OpenAI.Name, body)));
    }

    [Fact]
    public async Task A_conversation_with_the_tool_has_it_again_when_the_store_is_back()
    {
        var body = $$"""{"tools":[{}],"messages":[{{User}}]}""";
        var optimizer = Optimizer();
        var first = await Send(optimizer, OpenAI.Name, body);
        _store.FailsToFind = true;
        Assert.Equal(body, Text(await Send(optimizer, OpenAI.Name, body)));
        _store.FailsToFind = false;
        Assert.Equal(Text(first), Text(await Send(optimizer, OpenAI.Name, body)));
    }

    [Fact]
    public async Task The_decision_of_a_faster_writer_holds()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.PinGate = gate.Task;
        var beginning = Send(Optimizer(), OpenAI.Name, $$"""{"tools":[{}],"messages":[{{User}}]}""").AsTask();
        var middle = Send(Optimizer(), OpenAI.Name, $$"""{"tools":[{}],"messages":[{{User}},{{Assistant}}]}""").AsTask();
        Assert.False(beginning.IsCompleted);
        gate.SetResult();
        var requests = await Task.WhenAll(beginning, middle);
        Assert.Equal(requests[0].Conversation?.Head, requests[1].Conversation?.Head);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Views_are_used_where_it_was_added(string format)
    {
        string Body(string opening) =>
            $$"""{"tools":[{}],"messages":[{"role":"user","content":"{{opening}}"},{{Assistant}},{{(format == OpenAI.Name
                ? $$"""{"role":"tool","tool_call_id":"c","content":"{{Long}}"}"""
                : $$"""{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"{{Long}}"}]}""")}}]}""";
        var optimizer = Optimizer();
        await Send(optimizer, format, """{"tools":[{}],"messages":[{"role":"user","content":"known"}]}""");
        var known = await Send(optimizer, format, Body("known"));
        Assert.Equal(Reason.View, Assert.Single(known.Outcomes).Reason);
        Assert.True(known.TokensAfter < known.TokensBefore + known.TokensAdded);
        Assert.Equal(known.TokensBefore - known.Outcomes[0].Pin!.TokensBefore + known.Outcomes[0].Pin!.TokensAfter + known.TokensAdded, known.TokensAfter);
        var unknown = await Send(optimizer, format, Body("unknown"));
        Assert.Equal(Reason.Lossless, Assert.Single(unknown.Outcomes).Reason);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_long_conversation_has_the_same_bytes_of_it_in_every_request(string format)
    {
        using var directory = new TemporaryDirectory();
        var messages = new StringBuilder("""{"role":"user","content":"begin"}""");
        var before = "";
        for (var turn = 0; turn < 50; turn++)
        {
            // A new process at each turn, and another model now and then.
            await using var store = new SqliteCcrStore(directory.Path);
            var optimizer = new RequestOptimizer(store, new RequestOptimizerOptions(), TimeProvider.System, FakeCompressor.Shorten);
            var request = await Send(optimizer, format, $$"""{"tools":[{"x":1}],"model":"m{{turn / 20}}","messages":[{{messages}}]}""");
            var sent = Text(request);
            Assert.StartsWith($$"""{"tools":[{"x":1},{{Tool(format)}}],"model":"m{{turn / 20}}","messages":[""", sent, StringComparison.Ordinal);
            Assert.All(request.Outcomes, o => Assert.Equal(Reason.View, o.Reason));
            Assert.Equal(turn, request.Outcomes.Count);
            var now = sent[sent.IndexOf("\"messages\"", StringComparison.Ordinal)..^2];
            Assert.StartsWith(before, now, StringComparison.Ordinal);
            before = now;
            messages.Append(format == OpenAI.Name
                ? $$"""
                    ,{"role":"assistant","tool_calls":[{"id":"c{{turn}}","type":"function","function":{"name":"run","arguments":"{}"} }]},
                    {"role":"tool","tool_call_id":"c{{turn}}","content":"{{turn}} {{Long}}"}
                    """
                : $$"""
                    ,{"role":"assistant","content":[{"type":"tool_use","id":"c{{turn}}","name":"run","input":{} }]},
                    {"role":"user","content":[{"type":"tool_result","tool_use_id":"c{{turn}}","content":"{{turn}} {{Long}}"}]}
                    """);
        }
    }
}
