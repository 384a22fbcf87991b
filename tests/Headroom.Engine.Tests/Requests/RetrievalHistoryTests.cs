using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;
using Headroom.Engine.Tests.Ccr;
using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Requests;

/// <summary>What was hidden from a client is in the history that the provider sees.</summary>
public sealed class RetrievalHistoryTests
{
    private const int Turns = 6;

    [Property(MaxTest = 200)]
    public Task OpenAI_sees_the_history_that_it_wrote(int seed) => ProviderSeesItsOwnHistory((IRetrievalFormat)OpenAI, seed);

    [Property(MaxTest = 200)]
    public Task Anthropic_sees_the_history_that_it_wrote(int seed) => ProviderSeesItsOwnHistory((IRetrievalFormat)Anthropic, seed);

    [Property(MaxTest = 200)]
    public Task OpenAI_sees_a_valid_history_whatever_the_clients_spelling(int seed) => ProviderSeesAValidHistory((IRetrievalFormat)OpenAI, seed);

    [Property(MaxTest = 200)]
    public Task Anthropic_sees_a_valid_history_whatever_the_clients_spelling(int seed) => ProviderSeesAValidHistory((IRetrievalFormat)Anthropic, seed);

    [Theory]
    [InlineData("openai-chat")]
    [InlineData("anthropic-messages")]
    public async Task A_database_opened_again_has_what_was_hidden(string format)
    {
        using var directory = new TemporaryDirectory();
        for (var seed = 0; seed < 5; seed++)
        {
            await ProviderSeesItsOwnHistory((IRetrievalFormat)Format(format), seed, () => new SqliteCcrStore(directory.Path, $"w{seed}"));
        }
    }

    [Theory]
    [InlineData("openai-chat")]
    [InlineData("anthropic-messages")]
    public async Task Fifty_turns_with_many_retrievals_keep_their_prefix(string format)
    {
        var store = new MemoryCcrStore();
        var session = await ProviderSeesItsOwnHistory((IRetrievalFormat)Format(format), 1, () => store, turns: 50);
        Assert.True(session.HiddenCalls >= 20, $"{session.HiddenCalls} retrievals");
    }

    private static Task<RetrievingSession> ProviderSeesItsOwnHistory(IRetrievalFormat format, int seed)
    {
        var store = new MemoryCcrStore();
        return ProviderSeesItsOwnHistory(format, seed, () => store);
    }

    private static async Task<RetrievingSession> ProviderSeesItsOwnHistory(
        IRetrievalFormat format, int seed, Func<ICcrStore> open, int turns = Turns)
    {
        var session = new RetrievingSession(format, seed);
        byte[]? before = null;
        for (var turn = 0; turn < turns; turn++)
        {
            // A new optimizer at each turn: nothing but the store remembers.
            await using var store = open();
            var optimizer = new RequestOptimizer(store, new RequestOptimizerOptions(), TimeProvider.System, FakeCompressor.Shorten);
            var request = await optimizer.OptimizeAsync(format, session.Body(), TestContext.Current.CancellationToken);
            var sent = request.Body.ToArray();
            Assert.NotNull(request.Conversation);
            AssertPairs(sent);
            Assert.Equal(session.HiddenCalls, Calls(sent).Count(c => c.Name == Marker.ToolName));
            if (before is not null)
            {
                Assert.StartsWith(RawMessages(before)[..^1].TrimEnd(), RawMessages(sent), StringComparison.Ordinal);
            }

            var continuations = await session.AnswerAsync(sent, request.Conversation, store);
            if (continuations.Count > 0)
            {
                var next = await optimizer.OptimizeAsync(format, session.Body(), TestContext.Current.CancellationToken);
                AssertBeginsWith(Messages(continuations[^1]), Messages(next.Body.ToArray()));
            }

            before = sent;
        }

        return session;
    }

    private static async Task ProviderSeesAValidHistory(IRetrievalFormat format, int seed)
    {
        var store = new MemoryCcrStore();
        var session = new RetrievingSession(format, seed, isFaithful: false);
        var before = "";
        for (var turn = 0; turn < Turns; turn++)
        {
            var body = session.Body();
            var request = await new RequestOptimizer(store, new RequestOptimizerOptions(), TimeProvider.System)
                .OptimizeAsync(format, body, TestContext.Current.CancellationToken);
            var sent = request.Body.ToArray();
            AssertPairs(sent);
            Assert.StartsWith(before, RawMessages(sent), StringComparison.Ordinal);
            var texts = TextsOfAssistant(sent).ToArray();
            Assert.Equal(WithoutWhiteSpace(session.AssistantText), WithoutWhiteSpace(string.Concat(texts)));
            if (format == Anthropic && !TextsOfAssistant(body).Any(t => WithoutWhiteSpace(t).Length == 0))
            {
                Assert.DoesNotContain(texts, t => WithoutWhiteSpace(t).Length == 0);
            }

            // A client that has made other parts of thinking and text may lose calls; all others see each of them.
            var calls = Calls(sent).Count(c => c.Name == Marker.ToolName);
            Assert.True(calls == session.HiddenCalls || (calls < session.HiddenCalls && Encoding.UTF8.GetString(body).Contains("\"thinking\"", StringComparison.Ordinal)));
            before = RawMessages(sent)[..^1].TrimEnd();
            await session.AnswerAsync(sent, request.Conversation!, store);
        }
    }

    private static IEnumerable<string> TextsOfAssistant(byte[] body) =>
        Messages(body).Where(m => (string?)m!["role"] == "assistant").SelectMany(m => TextsOf(m!["content"]));

    private static IEnumerable<string> TextsOf(JsonNode? content) =>
        content is JsonArray parts ? parts.Select(p => (string?)p!["text"]).OfType<string>() : (string?)content is { } text ? [text] : [];

    private static string WithoutWhiteSpace(string text) => string.Concat(text.Where(c => c is not (' ' or '\t' or '\r' or '\n')));

    private static void AssertBeginsWith(JsonArray start, JsonArray messages)
    {
        Assert.True(messages.Count >= start.Count);
        for (var i = 0; i < start.Count; i++)
        {
            Assert.True(JsonNode.DeepEquals(start[i], messages[i]), $"{start[i]!.ToJsonString()}\nbecame\n{messages[i]!.ToJsonString()}");
        }
    }

    /// <summary>Every call is answered in the next message (Anthropic) or the next messages (OpenAI), and nothing else is.</summary>
    internal static void AssertPairs(byte[] body)
    {
        var open = new HashSet<string>();
        foreach (var message in Messages(body))
        {
            var parts = message!["content"] as JsonArray;
            var results = (string?)message["role"] == "tool"
                ? [(string)message["tool_call_id"]!]
                : parts?.Where(p => (string?)p!["type"] == "tool_result").Select(p => (string)p!["tool_use_id"]!).ToArray() ?? [];
            Assert.All(results, id => Assert.True(open.Remove(id), $"{id} was not asked for"));
            if ((string?)message["role"] != "tool")
            {
                Assert.Empty(open);
                Assert.All(parts?.Take(results.Length) ?? [], p => Assert.Equal("tool_result", (string?)p!["type"]));
            }

            Assert.True(parts is null or { Count: > 0 }, "empty content");
            foreach (var (id, _) in Calls(message))
            {
                Assert.Equal("assistant", (string?)message["role"]);
                Assert.True(open.Add(id), $"{id} stands twice");
            }
        }

        Assert.Empty(open);
    }

    [Theory]
    // Behind the visible parts; the client's own parts keep their bytes.
    [InlineData(
        """{"role":"assistant","content":[ {"type":"text","text":"one"} , {"type":"text","text":"two","x":1.0}]},{"role":"user","content":"go"}""",
        "1/3", "one;two", 2,
        """{"role":"assistant","content":[ {"type":"text","text":"one"} , CALL1]},RESULT1,{"role":"assistant","content":[{"type":"text","text":"two","x":1.0}]},{"role":"user","content":"go"}""")]
    // Before all of them, twice.
    [InlineData(
        """{"role":"assistant","content":[{"type":"text","text":"one"}]},{"role":"user","content":"go"}""",
        "0/0 0/0", "one", 1,
        """{"role":"assistant","content":[CALL1]},RESULT1,{"role":"assistant","content":[CALL2]},RESULT2,{"role":"assistant","content":[{"type":"text","text":"one"}]},{"role":"user","content":"go"}""")]
    // The role stands behind the content.
    [InlineData(
        """{"content":[{"type":"text","text":"one"},{"type":"text","text":"two"}],"x":[],"role":"assistant"},{"role":"user","content":"go"}""",
        "1/3", "one;two", 2,
        """{"content":[{"type":"text","text":"one"},CALL1],"role":"assistant"},RESULT1,{"content":[{"type":"text","text":"two"}],"x":[],"role":"assistant"},{"role":"user","content":"go"}""")]
    // A continuation that showed nothing.
    [InlineData(
        """{"role":"assistant","content":[{"type":"text","text":"one"}]},{"role":"user","content":"go"}""",
        "1/3 1/3", "one", 1,
        """{"role":"assistant","content":[{"type":"text","text":"one"},CALL1]},RESULT1,{"role":"assistant","content":[CALL2]},RESULT2,{"role":"user","content":"go"}""")]
    [InlineData(
        """{"role":"assistant","content":"one"},{"role":"user","content":"go"}""",
        "1/3", "one", 1,
        """{"role":"assistant","content":[{"type":"text","text":"one"},CALL1]},RESULT1,{"role":"user","content":"go"}""")]
    // One string, with escapes.
    [InlineData(
        """{"role":"assistant","content":"\"\u00e9\ud83d\ude00😀é\n."},{"role":"user","content":"go"}""",
        "1/4 2/7", "\"é😀;😀é;\n.", 3,
        """{"role":"assistant","content":[{"type":"text","text":"\"\u00e9\ud83d\ude00"},CALL1]},RESULT1,{"role":"assistant","content":[{"type":"text","text":"😀é"},CALL2]},RESULT2,{"role":"assistant","content":[{"type":"text","text":"\n."}]},{"role":"user","content":"go"}""")]
    // The client has made one part of two; its mark stays with the rest.
    [InlineData(
        """{"role":"assistant","content":[{"cache_control":{"type":"ephemeral"},"type":"text","text":"onetwothree"},{"type":"tool_use","id":"c","name":"ls","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]}""",
        "1/3 2/6", "one;two;three;#c", 4,
        """{"role":"assistant","content":[{"type":"text","text":"one"},CALL1]},RESULT1,{"role":"assistant","content":[{"type":"text","text":"two"},CALL2]},RESULT2,{"role":"assistant","content":[{"cache_control":{"type":"ephemeral"},"type":"text","text":"three"},{"type":"tool_use","id":"c","name":"ls","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]}""")]
    // Thinking, and other parts than the answer had: nobody knows on which side it belongs.
    [InlineData(
        """{"role":"assistant","content":[{"type":"thinking","thinking":"t"},{"type":"text","text":"onetwo"}]},{"role":"user","content":"go"}""",
        "2/3", "one;two", 3, null)]
    // The client has left out a blank text, or trimmed its string.
    [InlineData(
        """{"role":"assistant","content":[{"type":"thinking","thinking":"t"},{"type":"text","text":"two"}]},{"role":"user","content":"go"}""",
        "1/2", "\n ;two", 2,
        """{"role":"assistant","content":[{"type":"thinking","thinking":"t"},CALL1]},RESULT1,{"role":"assistant","content":[{"type":"text","text":"two"}]},{"role":"user","content":"go"}""")]
    [InlineData(
        """{"role":"assistant","content":"one\u0020\n two"},{"role":"user","content":" "}""",
        "1/6 2/12 3/13 open", " one \n; two\n\n; ", 3,
        """{"role":"assistant","content":[{"type":"text","text":"one\u0020\n "},CALL1]},RESULT1,{"role":"assistant","content":[{"type":"text","text":"two"},CALL2]},RESULT2,{"role":"assistant","content":[CALL3]},{"role":"user","content":[ANSWER3]}""")]
    // A round that showed nothing but white space.
    [InlineData(
        """{"role":"assistant","content":"\n\none"},{"role":"user","content":"go"}""",
        "1/2", "\n\n;one", 2,
        """{"role":"assistant","content":[CALL1]},RESULT1,{"role":"assistant","content":[{"type":"text","text":"one"}]},{"role":"user","content":"go"}""")]
    // An open round: the calls behind the client's, the results before its own.
    [InlineData(
        """{"role":"assistant","content":[{"type":"text","text":"one"},{"type":"tool_use","id":"c","name":"ls","input":{}}]},{"role":"user","content":[ {"type":"tool_result","tool_use_id":"c","content":"r"}]}""",
        "1/3 open", "one;#c", 2,
        """{"role":"assistant","content":[{"type":"text","text":"one"},{"type":"tool_use","id":"c","name":"ls","input":{}},CALL1]},{"role":"user","content":[ANSWER1, {"type":"tool_result","tool_use_id":"c","content":"r"}]}""")]
    [InlineData(
        """{"role":"assistant","content":"one"},{"role":"user","content":"g\u006f"}""",
        "1/3 open", "one", 1,
        """{"role":"assistant","content":[{"type":"text","text":"one"},CALL1]},{"role":"user","content":[ANSWER1,{"type":"text","text":"g\u006f"}]}""")]
    [InlineData(
        """{"role":"assistant","content":""},{"role":"user","content":[]}""",
        "0/0 0/0 open", "", 0,
        """{"role":"assistant","content":[CALL1]},RESULT1,{"role":"assistant","content":[CALL2]},{"role":"user","content":[ANSWER2]}""")]
    // Nothing for the results to stand before.
    [InlineData("""{"role":"assistant","content":"one"}""", "1/3 open", "one", 1, null)]
    [InlineData("""{"role":"assistant","content":"one"},{"role":"assistant","content":"x"}""", "1/3 open", "one", 1, null)]
    [InlineData("""{"role":"assistant","content":"one"},{"role":"user","content":null}""", "1/3 open", "one", 1, null)]
    // Another answer.
    [InlineData("""{"role":"assistant","content":"one!"},{"role":"user","content":"go"}""", "1/3", "one", 1, null)]
    // A trace that does not fit.
    [InlineData("""{"role":"assistant","content":"one"},{"role":"user","content":"go"}""", "1/4", "one", 1, null)]
    [InlineData("""{"role":"assistant","content":"😀"},{"role":"user","content":"go"}""", "1/1", "😀", 1, null)]
    [InlineData("""{"role":"assistant","content":"\ud83d\ude00"},{"role":"user","content":"go"}""", "1/1", "😀", 1, null)]
    [InlineData("""{"role":"assistant","content":[{"type":"text","text":"one"}]},{"role":"user","content":"go"}""", "2/3", "one", 1, null)]
    [InlineData("""{"role":"assistant","content":[{"type":"text","text":"one"}]},{"role":"user","content":"go"}""", "1/3 0/0", "one", 1, null)]
    public Task Anthropics_messages_are_divided_where_a_round_ended(string messages, string rounds, string answer, int parts, string? expected) =>
        PutsBack((IRetrievalFormat)Anthropic, messages, rounds, answer, parts, expected);

    [Theory]
    [InlineData(
        """{"role":"assistant","content":"onetwo"},{"role":"user","content":"go"}""",
        "0/3", "onetwo",
        """{"role":"assistant","content":"one","tool_calls":[CALL1]},RESULT1,{"role":"assistant","content":"two"},{"role":"user","content":"go"}""")]
    [InlineData(
        """{"role":"assistant","content":"one"}""",
        "0/0 0/3", "one",
        """{"role":"assistant","content":null,"tool_calls":[CALL1]},RESULT1,{"role":"assistant","content":"one","tool_calls":[CALL2]},RESULT2,{"role":"assistant","content":""}""")]
    [InlineData(
        """{"content":[{"type":"text","text":"o\u006e"},{"type":"refusal","refusal":"x"},{"text":"etwo","type":"text"}],"role":"assistant"},{"role":"user","content":"go"}""",
        "0/1 0/4", "onetwo",
        """{"role":"assistant","content":"o","tool_calls":[CALL1]},RESULT1,{"role":"assistant","content":"\u006eet","tool_calls":[CALL2]},RESULT2,{"content":[{"type":"text","text":""},{"type":"refusal","refusal":"x"},{"text":"wo","type":"text"}],"role":"assistant"},{"role":"user","content":"go"}""")]
    [InlineData(
        """{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"ls","arguments":"{}"}} ]},{"role":"tool","tool_call_id":"c","content":"r"}""",
        "0/0 open", "#c",
        """{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"ls","arguments":"{}"}} ,CALL1]},RESULT1,{"role":"tool","tool_call_id":"c","content":"r"}""")]
    [InlineData(
        """{"role":"assistant","tool_calls":null,"content":"one"},{"role":"user","content":"go"}""",
        "0/0 0/3 open", "one",
        """{"role":"assistant","content":null,"tool_calls":[CALL1]},RESULT1,{"role":"assistant","tool_calls":[CALL2],"content":"one"},RESULT2,{"role":"user","content":"go"}""")]
    [InlineData(
        """{"role":"assistant","tool_calls":[ ],"content":"one"},{"role":"user","content":"go"}""",
        "0/3 open", "one",
        """{"role":"assistant","tool_calls":[ CALL1],"content":"one"},RESULT1,{"role":"user","content":"go"}""")]
    [InlineData(
        """{"role":"assistant","content":"one" },{"role":"user","content":"go"}""",
        "0/3 open", "one",
        """{"role":"assistant","content":"one" ,"tool_calls":[CALL1]},RESULT1,{"role":"user","content":"go"}""")]
    // The client has trimmed its string.
    [InlineData(
        """{"role":"assistant","content":"one\n\ttwo"},{"role":"user","content":"go"}""",
        "0/2 0/6", "\n\none\n\ttwo\n",
        """{"role":"assistant","content":null,"tool_calls":[CALL1]},RESULT1,{"role":"assistant","content":"one\n\t","tool_calls":[CALL2]},RESULT2,{"role":"assistant","content":"two"},{"role":"user","content":"go"}""")]
    [InlineData("""{"role":"assistant","tool_calls":{},"content":"one"},{"role":"user","content":"go"}""", "0/3 open", "one", null)]
    [InlineData("""{"role":"assistant","content":"one"}""", "0/3 open", "one", null)]
    [InlineData("""{"role":"assistant","content":"one"},{"role":"user","content":"go"}""", "0/4", "one", null)]
    [InlineData("""{"role":"assistant","content":"o😀"},{"role":"user","content":"go"}""", "0/2", "o😀", null)]
    [InlineData("""{"role":"assistant","content":"one"},{"role":"user","content":"go"}""", "0/3 0/1", "one", null)]
    public Task OpenAIs_rounds_stand_before_the_clients_message(string messages, string rounds, string answer, string? expected) =>
        PutsBack((IRetrievalFormat)OpenAI, messages, rounds, answer, 0, expected);

    // Rounds as "parts/text ...", with "open" behind them; the answer as texts, and behind # the id of a call.
    private static async Task PutsBack(IRetrievalFormat format, string messages, string rounds, string answer, int parts, string? expected)
    {
        var store = new MemoryCcrStore();
        var optimizer = new RequestOptimizer(store, new RequestOptimizerOptions(), TimeProvider.System);
        const string Opening = """{"role":"user","content":"begin"}""";
        var first = await optimizer.OptimizeAsync(format, Body(Opening), TestContext.Current.CancellationToken);
        var words = rounds.Split(' ');
        var trace = new RetrievalTrace([.. words.Where(w => w != "open").Select(Round)], words[^1] == "open");
        var pieces = answer.Split(';');
        await trace.SaveAsync(
            store,
            first.Conversation!,
            new VisibleAnswer(string.Concat(pieces.Where(p => !p.StartsWith('#'))), [.. pieces.Where(p => p.StartsWith('#')).Select(p => p[1..])], parts),
            TestContext.Current.CancellationToken);

        var body = Body(Opening + "," + messages);
        var request = await optimizer.OptimizeAsync(format, body, TestContext.Current.CancellationToken);
        var tool = Encoding.UTF8.GetString(format.RetrieveTool);
        expected ??= messages;
        for (var i = 1; i <= 3; i++)
        {
            var isOpenAI = format == OpenAI;
            var call = isOpenAI
                ? $$$"""{"id":"id{{{i}}}","type":"function","function":{"name":"headroom_retrieve","arguments":"{}"}}"""
                : $$$"""{"type":"tool_use","id":"id{{{i}}}","name":"headroom_retrieve","input":{}}""";
            var result = isOpenAI
                ? $$"""{"role":"tool","tool_call_id":"id{{i}}","content":"result {{i}}"}"""
                : $$"""{"type":"tool_result","tool_use_id":"id{{i}}","content":"result {{i}}"}""";
            expected = expected
                .Replace($"CALL{i}", call, StringComparison.Ordinal)
                .Replace($"RESULT{i}", isOpenAI ? result : $$"""{"role":"user","content":[{{result}}]}""", StringComparison.Ordinal)
                .Replace($"ANSWER{i}", result, StringComparison.Ordinal);
        }

        Assert.Equal(
            Encoding.UTF8.GetString(Body(Opening + "," + expected)).Replace("\"tools\":[{}", "\"tools\":[{}," + tool, StringComparison.Ordinal),
            Encoding.UTF8.GetString(request.Body.Span));
        Assert.Equal(request.TokensBefore + request.TokensAdded, request.TokensAfter);
        Assert.True(expected == messages ? request.TokensAdded == first.TokensAdded : request.TokensAdded > first.TokensAdded);

        static byte[] Body(string messages) => Encoding.UTF8.GetBytes($$"""{"tools":[{}],"messages":[{{messages}}]}""");

        static RetrievalRound Round(string round, int index)
        {
            var numbers = Array.ConvertAll(round.Split('/'), int.Parse);
            return new RetrievalRound(numbers[0], numbers[1], [new RetrievalCall($"id{index + 1}", "{}", $"result {index + 1}")]);
        }
    }

    private static IEnumerable<(string Id, string Name)> Calls(byte[] body) => Messages(body).SelectMany(m => Calls(m!));

    private static IEnumerable<(string Id, string Name)> Calls(JsonNode message) =>
    [
        .. (message["tool_calls"] as JsonArray)?.Select(c => ((string)c!["id"]!, (string)c["function"]!["name"]!)) ?? [],
        .. (message["content"] as JsonArray)?.Where(p => (string?)p!["type"] == "tool_use").Select(p => ((string)p!["id"]!, (string)p["name"]!)) ?? [],
    ];

    private static JsonArray Messages(byte[] body) => JsonNode.Parse(body)!["messages"]!.AsArray();

    private static string RawMessages(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        var start = text.IndexOf("\"messages\":", StringComparison.Ordinal);
        return text[start..text.LastIndexOf(']')] + "]";
    }
}
