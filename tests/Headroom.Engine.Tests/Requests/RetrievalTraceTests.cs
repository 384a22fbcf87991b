using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;
using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Requests;

public sealed class RetrievalTraceTests
{
    private static readonly RetrievalTrace Trace = new(
        [new RetrievalRound(1, 3, [new RetrievalCall("a", "{}", "r1"), new RetrievalCall("b", "broken \"", "")]), new RetrievalRound(2, 7, [new RetrievalCall("c", "", "é\n")])],
        IsOpen: true) { AnswerParts = 5, AnswerText = 4 };

    [Fact]
    public void What_was_written_is_read()
    {
        var json = RetrievalTraceJson.Write(Trace);
        Assert.Equal(
            """{"version":1,"open":true,"parts":5,"text":4,"rounds":[{"parts":1,"text":3,"black":0,"calls":[{"id":"a","arguments":"{}","result":"r1"},{"id":"b","arguments":"broken \"","result":""}]},{"parts":2,"text":7,"black":0,"calls":[{"id":"c","arguments":"","result":"é\n"}]}]}""",
            Encoding.UTF8.GetString(json));
        AssertSame(Trace, RetrievalTraceJson.Read(json));
    }

    [Property]
    public void Any_text_survives(string? arguments, string? result)
    {
        var call = new RetrievalCall("id", arguments ?? "", result ?? "");
        var read = RetrievalTraceJson.Read(RetrievalTraceJson.Write(new RetrievalTrace([new RetrievalRound(0, 0, [call])], false)))!.Rounds[0].Calls[0];

        // Text without half surrogates is the same; those have no UTF-8.
        static string InUtf8(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        Assert.Equal(call with { Arguments = InUtf8(call.Arguments), Result = InUtf8(call.Result) }, read);
    }

    [Fact]
    public void A_damaged_trace_is_none()
    {
        var json = RetrievalTraceJson.Write(Trace);
        for (var length = 0; length < json.Length; length++)
        {
            Assert.Null(RetrievalTraceJson.Read(json.AsMemory(0, length)));
        }

        var text = Encoding.UTF8.GetString(json);
        foreach (var (part, other) in new[]
            {
                ("\"version\":1", "\"version\":2"), ("\"version\":1", "\"version\":\"1\""), ("\"open\":true", "\"open\":1"), ("\"parts\":5", "\"parts\":5.5"),
                ("\"parts\":5,", ""), ("\"id\":\"a\"", "\"id\":null"), ("\"text\":3", "\"text\":99999999999"), ("\"calls\":[", "\"calls\":null,\"x\":["),
            })
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
            Assert.Null(RetrievalTraceJson.Read(Encoding.UTF8.GetBytes(text.Replace(part, other, StringComparison.Ordinal))));
        }

        Assert.Null(RetrievalTraceJson.Read("""{"version":1,"open":false,"parts":0,"text":0,"rounds":[]}"""u8.ToArray()));
        Assert.Null(RetrievalTraceJson.Read("""{"version":1,"open":false,"parts":0,"text":0,"rounds":[{"parts":0,"text":0,"black":0,"calls":[]}]}"""u8.ToArray()));
    }

    [Fact]
    public async Task It_is_a_pin_without_an_original_and_the_later_one_holds()
    {
        var token = TestContext.Current.CancellationToken;
        var store = new UnreliableStore();
        var conversation = new RetrieveConversation(new PinKey("00"));
        var answer = new VisibleAnswer("a\nbc", ["c1"], 5);
        await Trace.SaveAsync(store, conversation, answer, token);
        var pin = Assert.Single(store.Proposals).Pin;
        Assert.Null(pin.Hash);
        var measured = RetrievalTraceJson.Read(pin.Replacement!)!;
        AssertSame(Trace with { Rounds = measured.Rounds }, measured);
        Assert.Equal([(3, 2), (7, 3)], measured.Rounds.Select(r => (r.VisibleText, r.VisibleTextWithoutWhiteSpace)));

        await (Trace with { IsOpen = false }).SaveAsync(store, conversation, answer, token);
        var later = RetrievalTraceJson.Read((await store.FindPinsAsync([pin.Key], token))[pin.Key].Replacement!)!;
        Assert.False(later.IsOpen);
    }

    [Fact]
    public async Task A_damaged_trace_in_the_store_is_passed_over()
    {
        var token = TestContext.Current.CancellationToken;
        var store = new MemoryCcrStore();
        var optimizer = new RequestOptimizer(store, new RequestOptimizerOptions(), TimeProvider.System);
        var begin = """{"tools":[{}],"messages":[{"role":"user","content":"begin"}]}"""u8.ToArray();
        var conversation = (await optimizer.OptimizeAsync(OpenAI, begin, token)).Conversation!;
        var key = RetrievalTraceKey.Of(conversation.Head, "one"u8, []);
        await store.PinAsync([new PinProposal(new Pin { Key = key, Replacement = "{"u8.ToArray(), Reason = "retrieval-trace" }, default)], token);

        var body = """{"tools":[{}],"messages":[{"role":"user","content":"begin"},{"role":"assistant","content":"one"}]}""";
        var request = await optimizer.OptimizeAsync(OpenAI, Encoding.UTF8.GetBytes(body), token);
        Assert.Equal(
            body.Replace("[{}", $"[{{}},{Encoding.UTF8.GetString(((IRetrievalFormat)OpenAI).RetrieveTool)}", StringComparison.Ordinal), Encoding.UTF8.GetString(request.Body.Span));
    }

    [Fact]
    public void Answers_cannot_be_confused()
    {
        var (one, two) = (new PinKey("01"), new PinKey("02"));
        PinKey[] keys =
        [
            RetrievalTraceKey.Of(one, "ab"u8, ["c", "d"]),
            RetrievalTraceKey.Of(one, "ab"u8, ["d", "c"]),
            RetrievalTraceKey.Of(one, "ab"u8, ["cd"]),
            RetrievalTraceKey.Of(one, "abc"u8, ["d"]),
            RetrievalTraceKey.Of(one, "ab"u8, ["c", "d", ""]),
            RetrievalTraceKey.Of(one, "ab\0c\0d"u8, []),
            RetrievalTraceKey.Of(one, "b"u8, ["c", "d"]),
            RetrievalTraceKey.Of(one, "1b"u8, ["c", "d"]),
            RetrievalTraceKey.Of(two, "ab"u8, ["c", "d"]),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());

        // Clients trim.
        Assert.Equal(keys[0], RetrievalTraceKey.Of(one, "\r\n a b\t"u8, ["c", "d"]));
    }

    [Theory]
    [InlineData("openai-chat", """{"role":"tool","tool_call_id":"a","content":"r1"},{"role":"tool","tool_call_id":"b","content":""}""")]
    [InlineData("anthropic-messages", """{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"r1"},{"type":"tool_result","tool_use_id":"b","content":""}]}""")]
    public void A_turn_and_its_results_stand_behind_the_last_message(string format, string results)
    {
        var append = (IRetrievalFormat)Format(format);
        foreach (var (before, after) in new[] { ("""{"x":[1.0],"messages":[{"a":1} ,""" + "\n2 ", """],"y":{"messages":[]} } """), ("""{"messages":[ """, "]}") })
        {
            var turn = $$"""{"deep":{{new string('[', 100)}}{{new string(']', 100)}}}""";
            var body = append.AppendTurn(Encoding.UTF8.GetBytes(before + after), Encoding.UTF8.GetBytes(turn), Trace.Rounds[0].Calls);
            Assert.Equal($"{before}{(before.EndsWith("2 ", StringComparison.Ordinal) ? "," : "")}{turn},{results}{after}", Encoding.UTF8.GetString(body));
        }

        Assert.Throws<ArgumentException>(() => append.AppendTurn("{}"u8, "{}"u8, Trace.Rounds[0].Calls));
    }

    private static void AssertSame(RetrievalTrace expected, RetrievalTrace? actual) =>
        Assert.Equal(Encoding.UTF8.GetString(RetrievalTraceJson.Write(expected)), Encoding.UTF8.GetString(RetrievalTraceJson.Write(actual!)));
}
