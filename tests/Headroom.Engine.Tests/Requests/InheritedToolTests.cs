using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.TestData;
using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Requests;

/// <summary>Along what a request inherits whether it has the retrieve tool, and where it has neither tool nor views.</summary>
public sealed class InheritedToolTests
{
    private const string Session = "8f6d1c1e-0000-4000-8000-1234567890ab";
    private static readonly string Long = string.Join("\\n", Enumerable.Range(0, 40).Select(i => $"line {i} of output"));

    private readonly UnreliableStore _store = new();

    /// <summary>Where clients name their sessions: beside the body, or in it.</summary>
    public static TheoryData<string?, string> Names => new()
    {
        { Session, "" },
        { null, $$""","metadata":{"user_id":"{\"device_id\":\"d\",\"account_uuid\":\"\",\"session_id\":\"{{Session}}\"}"}""" },
        { null, $$""","metadata":{"x":[1],"user_id":"user_0123_account__session_{{Session}}"}""" },
        { null, $$""","prompt_cache_key":"{{Session}}" """ },
        { "ses_dd14a4d08ffefhxdofUwt1Qeh3", "" },

        // One beside the body that may be everybody's is no name.
        { "main", $$""","prompt_cache_key":"{{Session}}" """ },
    };

    /// <summary>What is no session's own.</summary>
    public static TheoryData<string?, string> NoNames => new()
    {
        { null, "" },
        { "", "" },
        { "1", "" },
        { "customer-service-agent-2026-12-01", "" },
        { null, ""","prompt_cache_key":"my-app-v1" """ },
        { null, ""","prompt_cache_key":"internationalization" """ },
        { null, ""","prompt_cache_key":null """ },
        { null, ""","prompt_cache_key":["8f6d1c1e-0000-4000-8000-1234567890ab"] """ },
        { null, ""","prompt_cache_key":"\ud8008f6d1c1e-0000-4000-8000-1234567890ab" """ },
        { null, ""","metadata":{"user_id":"user_0000"}""" },
        { null, ""","metadata":{"user_id":"{\"session_id\":1}"}""" },
        { null, ""","metadata":{"user_id":"{\"session_id\":"}""" },
        { null, ""","metadata":{"user_id":"{}"}""" },
        { null, ""","metadata":{}""" },
        { null, ""","metadata":{"\ud800":"x"}""" },
        { null, ""","metadata":"8f6d1c1e-0000-4000-8000-1234567890ab" """ },
    };

    public static TheoryData<string> Formats => [OpenAI.Name, Anthropic.Name];

    private static byte[] Case(string name) => File.ReadAllBytes(Path.Combine(Fixtures.Root, "..", "cases", "clients", name + ".json"));

    private RequestOptimizer Optimizer(RequestOptimizerOptions? options = null) =>
        new(_store, options ?? new RequestOptimizerOptions(), TimeProvider.System, FakeCompressor.Shorten);

    private async Task<bool> HasToolAsync(RequestOptimizer optimizer, string format, string messages, string? session = null, string more = "")
    {
        var body = $$"""{"tools":[{"x":1}],"system":"s"{{more}},"messages":[{{messages}}]}""";
        var request = await optimizer.OptimizeAsync(Format(format), Encoding.UTF8.GetBytes(body), session, TestContext.Current.CancellationToken);
        Assert.NotNull(request.Map);
        return request.Conversation is not null;
    }

    private static string User(string text) => $$"""{"role":"user","content":"{{text}}"}""";

    private static string Exchange(string format, string id) => format == OpenAI.Name
        ? $$$"""{"role":"assistant","tool_calls":[{"id":"{{{id}}}","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"{{{id}}}","content":"{{{Long}}}"}"""
        : $$"""{"role":"assistant","content":[{"type":"tool_use","id":"{{id}}","name":"f","input":{} }]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"{{id}}","content":"{{Long}}"}]}""";

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_new_chain_inherits_from_the_clients_own_name_for_its_session(string? session, string more)
    {
        foreach (var format in new[] { OpenAI.Name, Anthropic.Name })
        {
            // One that came late begins anew, after a compaction: its tools and its system prompt are cached without the tool.
            var late = $$"""{{more}},"format":"{{format}}" """;
            Assert.False(await HasToolAsync(Optimizer(), format, $"{User("late")},{Exchange(format, "c1")}", session, late));
            Assert.False(await HasToolAsync(Optimizer(), format, User($"summary {format}"), session, late));

            // Another agent in the same session has another system prompt.
            Assert.True(await HasToolAsync(Optimizer(), format, User($"summary {format} 2"), session, late + ",\"system\":\"other\""));

            // Nobody else is concerned.
            Assert.True(await HasToolAsync(Optimizer(), format, User($"summary {format} 3"), "8f6d1c1e-0000-4000-8000-000000000000", late.Replace(Session, "8f6d1c1e-0000-4000-8000-000000000000", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_session_that_has_it_keeps_it_through_a_history_that_nobody_knows(string? session, string more)
    {
        Assert.True(await HasToolAsync(Optimizer(), OpenAI.Name, User("begin"), session, more));
        Assert.True(await HasToolAsync(Optimizer(), OpenAI.Name, $"{User("other")},{Exchange(OpenAI.Name, "c9")}", session, more));
    }

    [Theory]
    [MemberData(nameof(NoNames))]
    public async Task What_may_be_the_name_of_several_names_none(string? session, string more)
    {
        Assert.False(await HasToolAsync(Optimizer(), Anthropic.Name, $"{User("late")},{Exchange(Anthropic.Name, "c1")}", session, more));
        Assert.True(await HasToolAsync(Optimizer(), Anthropic.Name, User("begin"), session, more));
        Assert.False(await HasToolAsync(Optimizer(), Anthropic.Name, $"{User("later")},{Exchange(Anthropic.Name, "c2")}", session, more));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task What_is_left_of_a_history_inherits_from_its_latest_exchanges(string format)
    {
        string[] exchanges = [.. Enumerable.Range(0, 40).Select(i => Exchange(format, $"c{i}"))];
        var messages = User("begin");
        Assert.True(await HasToolAsync(Optimizer(), format, messages));
        foreach (var exchange in exchanges)
        {
            messages += "," + exchange;
            Assert.True(await HasToolAsync(Optimizer(), format, messages));
        }

        // Trimmed, compacted, edited, in another spelling, with exchanges that were not seen behind it.
        Assert.True(await HasToolAsync(Optimizer(), format, $"{User("removed")},{exchanges[^1]}"));
        Assert.True(await HasToolAsync(Optimizer(), format, $"{User("so far")},{exchanges[^2]},{exchanges[^1]}"));
        Assert.True(await HasToolAsync(Optimizer(), format, messages.Replace("begin", "Begin", StringComparison.Ordinal)));
        Assert.True(await HasToolAsync(Optimizer(), format, $"{User("again")},{exchanges[^1].Replace("line 1 ", "line\\u00201 ", StringComparison.Ordinal)}"));
        Assert.True(await HasToolAsync(Optimizer(), format, $"{User("on")},{exchanges[30]},{string.Join(',', Enumerable.Range(0, 31).Select(i => Exchange(format, $"x{i}")))}"));

        // Another call, another result, and one too far back are nobody's.
        Assert.False(await HasToolAsync(Optimizer(), format, $"{User("1")},{Exchange(format, "d")}"));
        Assert.False(await HasToolAsync(Optimizer(), format, $"{User("2")},{exchanges[^1].Replace("line 1 ", "line 2 ", StringComparison.Ordinal)}"));
        Assert.False(await HasToolAsync(Optimizer(), format, $"{User("3")},{exchanges[30]},{string.Join(',', Enumerable.Range(0, 32).Select(i => Exchange(format, $"y{i}")))}"));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task What_came_late_stays_without_it_when_it_is_trimmed(string format)
    {
        var tail = Exchange(format, "c2");
        Assert.False(await HasToolAsync(Optimizer(), format, $"{User("begin")},{Exchange(format, "c1")},{tail}"));
        Assert.True(await HasToolAsync(Optimizer(), format, User("begin")));

        // The newest exchange says more than the opening, which now is another conversation's.
        Assert.False(await HasToolAsync(Optimizer(), format, $"{User("begin")},{tail}"));
        Assert.False(await HasToolAsync(Optimizer(), format, $"{User("removed")},{tail}"));
    }

    [Fact]
    public async Task A_conversation_that_began_while_the_store_was_away_goes_on_without_whatever_its_session_has()
    {
        var optimizer = Optimizer();
        Assert.True(await HasToolAsync(optimizer, OpenAI.Name, User("begin"), Session));
        _store.FailsToFind = true;
        Assert.False(await HasToolAsync(optimizer, OpenAI.Name, User("other"), Session));
        _store.FailsToFind = false;
        Assert.False(await HasToolAsync(optimizer, OpenAI.Name, $"{User("other")},{Exchange(OpenAI.Name, "c1")}", Session));

        // Nor does a conversation lose it for good that had it.
        Assert.True(await HasToolAsync(optimizer, OpenAI.Name, $"{User("begin")},{Exchange(OpenAI.Name, "c2")}", Session));
        _store.FailsToFind = true;
        Assert.False(await HasToolAsync(optimizer, OpenAI.Name, $"{User("begin")},{Exchange(OpenAI.Name, "c2")},{Exchange(OpenAI.Name, "c3")}", Session));
        _store.FailsToFind = false;
        Assert.True(await HasToolAsync(optimizer, OpenAI.Name, $"{User("begin")},{Exchange(OpenAI.Name, "c2")},{Exchange(OpenAI.Name, "c3")},{Exchange(OpenAI.Name, "c4")}", Session));
    }

    [Fact]
    public async Task A_full_disk_takes_it_from_nobody_who_has_it()
    {
        var optimizer = Optimizer();
        Assert.True(await HasToolAsync(optimizer, OpenAI.Name, User("begin")));
        _store.FailsToPin = true;
        var messages = User("begin");
        for (var i = 0; i < 3; i++)
        {
            messages += "," + Exchange(OpenAI.Name, $"c{i}");
            Assert.True(await HasToolAsync(optimizer, OpenAI.Name, messages));
            messages += $$""",{"role":"assistant","content":"{{i}}"},{{User("on")}}""";
            Assert.True(await HasToolAsync(optimizer, OpenAI.Name, messages));
        }
    }

    [Fact]
    public async Task A_replay_writes_nothing()
    {
        string[] turns = [User("begin"), $"{User("begin")},{Exchange(OpenAI.Name, "c1")}", $$"""{{User("begin")}},{{Exchange(OpenAI.Name, "c1")}},{"role":"assistant","content":"so"},{{User("on")}}"""];
        foreach (var turn in turns)
        {
            Assert.True(await HasToolAsync(Optimizer(), OpenAI.Name, turn, Session));
        }

        // The head of each, its exchange where that is new, the session once, and the block.
        Assert.Equal(6, _store.Proposals.Count);
        foreach (var turn in turns)
        {
            Assert.True(await HasToolAsync(Optimizer(), OpenAI.Name, turn, Session));
        }

        Assert.Equal(6, _store.Proposals.Count);
    }

    [Fact]
    public async Task Canned_answers_at_the_beginning_are_no_history()
    {
        foreach (var (format, file) in new[] { (Anthropic, "few-shot-opening"), (OpenAI, "chat-qwen-code") })
        {
            // Up to the first question that is the user's own.
            var whole = JsonNode.Parse(Case(file))!.AsObject();
            var messages = whole["messages"]!.AsArray();
            while (messages[^1]!["role"]!.GetValue<string>() != "user")
            {
                messages.RemoveAt(messages.Count - 1);
            }

            whole["tools"] ??= new JsonArray(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "run_shell_command" } });
            Assert.Contains(messages, m => m!["role"]!.GetValue<string>() == "assistant");
            var request = await Optimizer().OptimizeAsync(format, Encoding.UTF8.GetBytes(whole.ToJsonString()), TestContext.Current.CancellationToken);
            Assert.NotNull(request.Conversation);
        }
    }

    [Fact]
    public async Task A_real_client_with_a_canned_answer_has_views_from_its_first_result_on()
    {
        var whole = JsonNode.Parse(Case("chat-qwen-code"))!.AsObject();
        whole["tools"] ??= new JsonArray(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "run_shell_command" } });
        var messages = whole["messages"]!.AsArray().Select(m => m!.DeepClone()).ToArray();
        var reasons = new List<Reason>();
        for (var i = 1; i <= messages.Length; i++)
        {
            // A request ends where the model is to speak.
            if (i == messages.Length || messages[i]["role"]!.GetValue<string>() == "assistant")
            {
                whole["messages"] = new JsonArray([.. messages.Take(i).Select(m => m.DeepClone())]);
                var request = await Optimizer().OptimizeAsync(OpenAI, Encoding.UTF8.GetBytes(whole.ToJsonString()), TestContext.Current.CancellationToken);
                reasons = [.. request.Outcomes.Select(o => o.Reason)];
            }
        }

        Assert.NotEmpty(reasons);
        Assert.All(reasons, r => Assert.Equal(Reason.View, r));
    }

    [Theory]
    [InlineData("anthropic-thread-create")]
    [InlineData("anthropic-thread-continue")]
    [InlineData("anthropic-thread-create-replayed")]
    public async Task A_thread_that_the_provider_holds_gets_neither_tool_nor_views(string file)
    {
        var body = Case(file);
        foreach (var options in new[]
            {
                new RequestOptimizerOptions(), new RequestOptimizerOptions { RetrieveTool = RetrieveToolMode.Always }, new RequestOptimizerOptions { AllowViews = true },
            })
        {
            var request = await Optimizer(options).OptimizeAsync(Anthropic, body, Session, TestContext.Current.CancellationToken);
            Assert.Null(request.Conversation);
            Assert.DoesNotContain("headroom", Encoding.UTF8.GetString(request.Body.Span), StringComparison.Ordinal);

            // The result of the latest turn in its lossless form.
            Assert.All(request.Outcomes, o => Assert.Equal(Reason.Lossless, o.Reason));
            Assert.Equal(file != "anthropic-thread-create", request.Body.Length < body.Length);
        }
    }

    [Theory]
    [InlineData("\"thread\":{\"type\":\"create\"}", true)]
    [InlineData("\"previous_response_id\":\"r\"", true)]
    [InlineData("\"conversation\":\"c\"", true)]
    [InlineData("\"thread\":null,\"thread\":{}", true)]
    [InlineData("\"thread\":{},\"thread\":null", true)]
    [InlineData("\"thread\":null,\"previous_response_id\":null,\"conversation\":null", false)]
    [InlineData("\"threads\":1", false)]
    public async Task Whatever_is_held_by_the_provider_is_known_by_its_member(string member, bool isHeld)
    {
        foreach (var format in new[] { OpenAI.Name, Anthropic.Name })
        {
            Assert.Equal(!isHeld, await HasToolAsync(Optimizer(), format, User("begin"), more: "," + member));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task History_that_was_never_seen_stays_as_it_is_without_any_mark(string format)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(JsonNode.Parse(
            $$"""{"tools":[{"x":1}],"messages":[{{User("late")}},{{Exchange(format, "c1").Replace("line 0", "line -1", StringComparison.Ordinal)}},{{Exchange(format, "c2")}}]}"""));
        var request = await Optimizer().OptimizeAsync(Format(format), body, TestContext.Current.CancellationToken);
        Assert.Equal([Reason.CachedHistory, Reason.Lossless], request.Outcomes.Select(o => o.Reason));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task What_others_pinned_changes_no_history_that_was_there(string format)
    {
        async Task<IEnumerable<Reason>> ReasonsAsync(string messages) =>
            (await Optimizer().OptimizeAsync(Format(format), Encoding.UTF8.GetBytes($$"""{"tools":[{"x":1}],"messages":[{{messages}}]}"""), TestContext.Current.CancellationToken))
            .Outcomes.Select(o => o.Reason);
        Assert.Equal([Reason.Lossless], await ReasonsAsync($"{User("one")},{Exchange(format, "c1")}"));

        // The same text before and behind the place where the other was first seen, now and in later turns.
        var messages = $$"""{{User("two")}},{{Exchange(format, "c2")}},{"role":"assistant","content":"so"},{{User("on")}}""";
        Assert.Equal([Reason.CachedHistory], await ReasonsAsync(messages));
        messages += "," + Exchange(format, "c3");
        Assert.Equal([Reason.CachedHistory, Reason.Lossless], await ReasonsAsync(messages));
        messages += "," + Exchange(format, "c4");
        Assert.Equal([Reason.CachedHistory, Reason.Lossless, Reason.Lossless], await ReasonsAsync(messages));
    }

    [Theory]
    [InlineData("system")]
    [InlineData("developer")]
    public async Task A_conversation_that_opens_with_instructions_alone_has_the_tool_from_there(string role)
    {
        var opening = $$"""{"role":"{{role}}","content":"Begin."}""";
        var has = await HasToolAsync(Optimizer(), OpenAI.Name, opening);

        Assert.True(has);
        Assert.Equal(has, await HasToolAsync(Optimizer(), OpenAI.Name, opening + """,{"role":"assistant","content":"Done."},{"role":"user","content":"Go on."}"""));
    }
}
