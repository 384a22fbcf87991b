using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Headroom.Engine.Requests;
using Headroom.Proxy.Observation;
using Headroom.Proxy.Retrieval;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>The splicers without a server: the same bytes out wherever the stream is cut, and all of it but the retrievals.</summary>
public sealed class SplicerTests
{
    private const string Anthropic = "/v1/messages";
    private const string OpenAI = "/v1/chat/completions";

    private static readonly Script[] Turns =
    [
        new(new Think("a \u20ac"), new Say("One \U0001F600\u00e9. "), new Call("r1", """{"hash":"0"}"""), new Say("and"), new Call("r2", "{}")) { Number = 1 },
        new(new Novelty("n"), new Call("r3", """{"hash":"\u20ac"}""")) { Number = 2, Input = 3 },
        new(new Say("Two\n\"three\""), new Call("r4", "{}"), new Call("c1", """{"p":1}""", "ls"), new Call("c2", "{}", "ls")) { Number = 3 },
    ];

    private static IRetrievalFormat Format(string path) => path == Anthropic ? new AnthropicMessagesFormat() : new OpenAIChatFormat();

    /// <summary>The client's bytes of several turns, each pushed in pieces.</summary>
    private static byte[] Splice(string path, IReadOnlyList<byte[]>[] turns, Action<ModelTurn>? see = null)
    {
        var output = new ArrayBufferWriter<byte>();
        var splicer = AnswerSplicer.For(Format(path));
        for (var i = 0; i < turns.Length; i++)
        {
            var events = new ServerSentEvents(1 << 20);
            foreach (var piece in turns[i])
            {
                events.Push(piece);
                while (events.TryRead(out var read))
                {
                    splicer.Push(read, output);
                }
            }

            if (events.TryReadLast(out var last))
            {
                splicer.Push(last, output);
            }

            Assert.True(splicer.TryEndTurn());
            see?.Invoke(splicer.ToModelTurn());
            if (i + 1 < turns.Length)
            {
                splicer.Continue(output);
            }
        }

        splicer.WriteEnd(isCutShort: false, output);
        return output.WrittenSpan.ToArray();
    }

    [Theory]
    [InlineData(Anthropic, "\n")]
    [InlineData(Anthropic, "\r\n")]
    [InlineData(Anthropic, "\r")]
    [InlineData(OpenAI, "\n")]
    [InlineData(OpenAI, "\r\n")]
    [InlineData(OpenAI, "\r")]
    public void The_client_gets_the_same_bytes_wherever_the_streams_are_cut(string path, string newline)
    {
        var bodies = Turns.Select(t => (t with { Newline = newline }).Body(path, stream: true)).ToArray();
        var whole = Splice(path, [.. bodies.Select(b => (IReadOnlyList<byte[]>)[b])]);
        var answer = Answer.Read(path, stream: true, whole);
        Assert.Equal("One \U0001F600\u00e9. andTwo\n\"three\"", answer.Text);
        Assert.Equal(["c1", "c2"], answer.Calls.Select(c => c.Id));
        Assert.DoesNotContain("headroom_retrieve", Encoding.UTF8.GetString(whole), StringComparison.Ordinal);

        Assert.Equal(whole, Splice(path, [.. bodies.Select(b => (IReadOnlyList<byte[]>)[.. b.Select(x => (byte[])[x])])]));
        for (var turn = 0; turn < bodies.Length; turn++)
        {
            for (var cut = 0; cut <= bodies[turn].Length; cut++)
            {
                var at = turn;
                IReadOnlyList<byte[]>[] pieces = [.. bodies.Select((b, i) => (IReadOnlyList<byte[]>)(i == at ? [b[..cut], b[cut..]] : [b]))];
                Assert.True(whole.AsSpan().SequenceEqual(Splice(path, pieces)), $"cut at {cut} of turn {turn}");
            }
        }
    }

    [Theory]
    [InlineData(Anthropic, "\n")]
    [InlineData(Anthropic, "\r\n")]
    [InlineData(OpenAI, "\n")]
    [InlineData(OpenAI, "\r\n")]
    public void An_event_is_passed_as_soon_as_it_is_complete(string path, string newline)
    {
        var splicer = AnswerSplicer.For(Format(path));
        var events = new ServerSentEvents(1 << 20);
        var turn = new Script(new Say("Some text."), new Call("c1", "{}", "ls")) { Newline = newline };
        foreach (var sent in turn.Events(path).Select(Encoding.UTF8.GetBytes))
        {
            var output = new ArrayBufferWriter<byte>();
            events.Push(sent);
            Assert.True(events.TryRead(out var read));
            splicer.Push(read, output);
            Assert.Equal(sent, output.WrittenSpan.ToArray());
            Assert.False(events.TryRead(out _));
        }
    }

    [Theory]
    [InlineData(Anthropic)]
    [InlineData(OpenAI)]
    public void A_turn_is_put_together_as_the_provider_would_write_it_whole(string path)
    {
        foreach (var stream in (bool[])[true, false])
        {
            var turn = new Script(new Think("why \U0001F600"), new Say("A \"quoted\" \u20ac\U0001F600\n"), new Novelty("z"), new Call("r1", """{"hash":"x","lines":"1-2"}"""), new Call("r2", "no json"));
            ModelTurn read;
            if (stream)
            {
                read = null!;
                Splice(path, [[turn.Body(path, true)]], t => read = t);
            }
            else
            {
                var joiner = AnswerJoiner.For(Format(path));
                Assert.True(joiner.TryAdd(turn.Body(path, false)));
                read = joiner.ToModelTurn();
            }

            // A whole Anthropic message has an object where the arguments are no JSON.
            Assert.Equal(["""{"hash":"x","lines":"1-2"}""", path == Anthropic && !stream ? "{}" : "no json"], read.Calls.Select(c => c.Arguments));
            Assert.Equal(["r1", "r2"], read.Calls.Select(c => c.Id));
            Assert.True(read.AwaitsResults);
            Assert.False(read.HasClientCalls);
            var expected = path == Anthropic
                ? """{"role":"assistant","content":[{"type":"thinking","thinking":"why \uD83D\uDE00","signature":"c2ln"},{"type":"text","text":"A \"quoted\" \u20ac\uD83D\uDE00\n"},{"type":"novelty","value":"z"},{"type":"tool_use","id":"r1","name":"headroom_retrieve","input":{"hash":"x","lines":"1-2"}},{"type":"tool_use","id":"r2","name":"headroom_retrieve","input":{}}]}"""
                : """{"role":"assistant","content":"A \"quoted\" \u20ac\uD83D\uDE00\n","tool_calls":[{"id":"r1","type":"function","function":{"name":"headroom_retrieve","arguments":"{\"hash\":\"x\",\"lines\":\"1-2\"}"}},{"id":"r2","type":"function","function":{"name":"headroom_retrieve","arguments":"no json"}}]}""";
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(read.Message!)), Encoding.UTF8.GetString(read.Message!));
        }
    }

    [Theory]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"novel_delta","x":1}}""")]
    [InlineData("""{"type":"content_block_delta","index":7,"delta":{"type":"text_delta","text":"x"}}""")]
    [InlineData("no json")]
    [InlineData("""{"type":"content_block_start","index":9}""")]
    [InlineData("""{"type":"content_block_start","index":9,"content_block":{"type":"text","id":"\ud83d"}}""")]
    [InlineData("""{"type":"content_block_start","index":2147483647,"content_block":{"type":"text","text":""}}""")]
    [InlineData("""{"type":"content_block_start","content_block":{"type":"text","text":""}}""")]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":"x"}""")]
    [InlineData("""{"type":"ping"}, {}""")]
    public void A_turn_with_something_that_is_not_understood_is_not_sent_back(string data)
    {
        var events = new Script(new Say("a"), new Call("r1", "{}")).Events(Anthropic).ToList();
        var strange = $"data: {data}\n\n";
        events.Insert(3, strange);
        ModelTurn? turn = null;
        var client = Splice(Anthropic, [[Encoding.UTF8.GetBytes(string.Concat(events))]], t => turn = t);
        Assert.Null(turn!.Message);
        Assert.Single(turn.Calls);
        Assert.Contains(strange, Encoding.UTF8.GetString(client), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}""", """{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}""")]
    [InlineData("""{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"c","name":"ls"}}""", """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"d","name":"ls"}}""")]
    [InlineData("""{"type":"message_delta","usage":{"output_tokens":1,"output_tokens":2}}""", """{"type":"message_delta","usage":{"\ud800":1}}""")]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"index":4,"id":"c","function":{"name":"ls"}}]}}]}""", """{"choices":[{"delta":{"tool_calls":[{"index":2,"id":"d","function":{"name":"ls"}},{"index":4,"function":{"arguments":"{}"}}]}}]}""")]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[7]}}]}""", """{"choices":[{"delta":{"tool_calls":[{"id":"\ud800"}]}}],"usage":{"a":1,"a":2}}""")]
    public void A_stream_without_a_call_of_the_tool_passes_as_it_came_whatever_it_says(string first, string second)
    {
        foreach (var path in (string[])[Anthropic, OpenAI])
        {
            var stream = Encoding.UTF8.GetBytes($"data: {first}\n\ndata: {second}\n\ndata: {{\"type\":\"message_stop\"}}\n\ndata: [DONE]\n\n");
            Assert.Equal(stream, Splice(path, [[stream]]));
        }
    }

    [Fact]
    public void Citations_compaction_and_what_a_block_began_with_are_kept()
    {
        string[] data =
        [
            """{"type":"message_start","message":{"usage":{"input_tokens":1}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"citations":[{"n":0}],"type":"text","text":"be"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"n":1}}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"gun"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"n":2}}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"QQ=="}}""",
            """{"type":"content_block_stop","index":1}""",
            """{"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"s1","name":"web_search","input":{},"caller":{"type":"direct"}}}""",
            """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"q\": 1}"}}""",
            """{"type":"content_block_stop","index":2}""",
            """{"type":"content_block_start","index":3,"content_block":{"type":"compaction","content":null}}""",
            """{"type":"content_block_delta","index":3,"delta":{"type":"compaction_delta","content":"sum","encrypted_content":"e"}}""",
            """{"type":"content_block_stop","index":3}""",
            """{"type":"content_block_start","index":4,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_stop","index":4}""",
            """{"type":"content_block_start","index":5,"content_block":{"type":"tool_use","id":"r1","name":"headroom_retrieve","input":{}}}""",
            """{"type":"content_block_stop","index":5}""",
            """{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":1}}""",
            """{"type":"message_stop"}""",
        ];
        ModelTurn? turn = null;
        Splice(Anthropic, [[Encoding.UTF8.GetBytes(string.Concat(data.Select(d => $"data: {d}\n\n")))]], t => turn = t);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""
                {"role":"assistant","content":[{"type":"text","text":"begun","citations":[{"n":0},{"n":1},{"n":2}]},{"type":"redacted_thinking","data":"QQ=="},
                 {"type":"server_tool_use","id":"s1","name":"web_search","input":{"q":1},"caller":{"type":"direct"}},{"type":"compaction","content":"sum","encrypted_content":"e"},
                 {"type":"tool_use","id":"r1","name":"headroom_retrieve","input":{}}]}
                """),
            JsonNode.Parse(turn!.Message!)), Encoding.UTF8.GetString(turn.Message!));
    }

    [Fact]
    public void A_chunk_with_several_things_in_it_is_taken_apart()
    {
        const string Head = "\"id\":\"x\",\"created\":1,\"model\":\"m\"";
        string[] chunks =
        [
            $$$"""{{{{Head}}},"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi ","reasoning_content":"r1","tool_calls":[{"index":0,"id":"r1","function":{"name":"headroom_retrieve","arguments":"{"}},{"index":1,"id":"c1","function":{"name":"ls","arguments":"{"}}]} }]}""",
            $$$"""{{{{Head}}},"choices":[{"index":0,"delta":{"tool_calls":[{"index":2,"id":"c2","function":{"arguments":"["}}]} }]}""",
            $$$"""{{{{Head}}},"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"}"}},{"index":0,"function":{"arguments":"}"}},{"index":2,"function":{"name":"cat","arguments":"]"}}]} }]}""",
            $$$"""{{{{Head}}},"choices":[{"index":0,"delta":{"content":"there"},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}""",
        ];
        ModelTurn? turn = null;
        var client = Encoding.UTF8.GetString(Splice(OpenAI, [[Encoding.UTF8.GetBytes(string.Concat(chunks.Select(c => $"data: {c}\n\n")))]], t => turn = t));
        Assert.Equal("{}", Assert.Single(turn!.Calls).Arguments);
        Assert.True(turn.HasClientCalls);
        Assert.Equal(
            string.Concat(((string[])[
                chunks[0].Replace("""{"index":0,"id":"r1","function":{"name":"headroom_retrieve","arguments":"{"}},{"index":1,"id":""", """{"index":0,"id":""", StringComparison.Ordinal),
                $$$"""{{{{Head}}},"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}},{"index":1,"id":"c2","function":{"arguments":"["}},{"index":1,"function":{"name":"cat","arguments":"]"}}]} }]}""",
                chunks[3],
            ]).Select(c => $"data: {c}\n\n")),
            client);
    }

    [Fact]
    public void Reasoning_of_other_dialects_goes_back_with_the_turn()
    {
        string[] chunks =
        [
            """{"choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":"be","reasoning_details":[{"index":0,"type":"t","text":"a"}]} }]}""",
            """{"choices":[{"index":0,"delta":{"reasoning_content":"cause","reasoning_details":[{"index":0,"type":"t","text":"b"},{"index":1,"type":"t","text":"c"}],"tool_calls":[{"index":0,"id":"r1","function":{"name":"headroom_retrieve","arguments":"{}"}}]},"finish_reason":"stop"}]}""",
        ];
        ModelTurn? turn = null;
        Splice(OpenAI, [[Encoding.UTF8.GetBytes(string.Concat(chunks.Select(c => $"data: {c}\n\n")))]], t => turn = t);
        Assert.True(turn!.AwaitsResults);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"role":"assistant","content":null,"reasoning_content":"because","reasoning_details":[{"index":0,"type":"t","text":"ab"},{"index":1,"type":"t","text":"c"}],"tool_calls":[{"id":"r1","type":"function","function":{"name":"headroom_retrieve","arguments":"{}"}}]}"""),
            JsonNode.Parse(turn.Message!)), Encoding.UTF8.GetString(turn.Message!));
    }

    [Property(MaxTest = 150)]
    public Property The_client_gets_all_that_is_no_retrieval_in_its_order()
    {
        var word = Gen.Elements("", " ", "a", "\u20ac", "\U0001F600x", "line\nline", "\"q\\", "long enough to be cut into pieces");
        var part = Gen.OneOf(
            word.Select(w => (Part)new Say(w)),
            word.Select(w => (Part)new Think(w)),
            word.Select(w => (Part)new Novelty(w)),
            Gen.Constant((Part)new Call("", """{"hash":"0"}""")),
            Gen.Constant((Part)new Call("", "{\"p\": [1]}", "ls")));
        var script = part.ArrayOf(5).SelectMany(_ => Gen.Choose(0, 6), (parts, n) => parts.Take(n).ToArray());
        var all = script.ArrayOf(4).SelectMany(_ => Gen.Choose(1, 4), (s, n) => s.Take(n).ToArray()).SelectMany(_ => Gen.Choose(1, 9), (s, piece) => (Scripts: s, Piece: piece));
        return Prop.ForAll(all.ToArbitrary(), given =>
        {
            var id = 0;

            // Only a turn that calls nothing but the retrieve tool is followed by another.
            Script[] turns = [.. given.Scripts.Select((parts, n) => new Script([.. (n + 1 == given.Scripts.Length ? parts : parts.Where(p => p is not Call { IsRetrieval: false }).Append(new Call("", "{}"))).Select(p => p is Call c ? c with { Id = $"{(c.IsRetrieval ? "r" : "c")}{id++}" } : p)]) { Number = n + 1, Piece = given.Piece })];
            foreach (var path in (string[])[Anthropic, OpenAI])
            {
                var visible = turns.SelectMany(t => t.Parts).Where(p => p is not Call { IsRetrieval: true }).ToArray();
                var streamed = Answer.Read(path, true, Splice(path, [.. turns.Select(t => (IReadOnlyList<byte[]>)[t.Body(path, true)])]));
                var joiner = AnswerJoiner.For(Format(path));
                for (var i = 0; i < turns.Length; i++)
                {
                    Assert.True(joiner.TryAdd(turns[i].Body(path, false)));
                    if (i + 1 < turns.Length)
                    {
                        joiner.Continue();
                    }
                }

                var whole = Answer.Read(path, false, joiner.Join(isCutShort: false));
                foreach (var (answer, how) in ((Answer, string)[])[(streamed, "streamed"), (whole, "whole")])
                {
                    Assert.Equal(string.Concat(visible.OfType<Say>().Select(s => s.Text)), answer.Text);
                    Assert.Equal(visible.OfType<Call>().Select(c => c.Id), answer.Calls.Select(c => c.Id));
                    Assert.All(answer.Calls, c => Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"p":[1]}"""), JsonNode.Parse(c.Arguments)), how));
                    if (path == Anthropic)
                    {
                        Assert.Equal(
                            visible.Select(p => p switch { Say => "text", Think => "thinking", Novelty => "novelty", _ => "tool_use" }),
                            answer.Blocks.Select(b => b["type"]!.GetValue<string>()));
                    }

                    Assert.Equal(turns.Sum(t => t.Output), (answer.Usage!["output_tokens"] ?? answer.Usage["completion_tokens"])!.GetValue<int>());
                }
            }
        });
    }

    /// <summary>Where a call's name never comes: a reason to stop, the end alone, nothing at all.</summary>
    public static TheoryData<string> Ends =>
        ["data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n", "data: [DONE]\n\n", ""];

    [Theory]
    [MemberData(nameof(Ends))]
    public void A_call_whose_name_never_comes_goes_out_before_the_end(string end)
    {
        const string Text = "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
        const string First = """{"index":3,"function":{"arguments":"{\"p\""}}""";
        const string Second = """{"index":3,"function":{"arguments":":1}"}}""";
        static string Chunk(string call) => $"data: {{\"id\":\"x\",\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{call}]}}}}]}}\n\n";
        var output = new ArrayBufferWriter<byte>();
        var splicer = AnswerSplicer.For(Format(OpenAI));
        var events = new ServerSentEvents(1 << 20);
        events.Push(Encoding.UTF8.GetBytes(Text + Chunk(First) + Chunk(Second) + end));
        while (events.TryRead(out var read))
        {
            splicer.Push(read, output);
        }

        splicer.WriteWaiting(output);

        var sent = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.Equal($"{Text}data: {{\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{First},{Second}]}},\"finish_reason\":null}}]}}\n\n{end}", sent);
    }

    [Fact]
    public void What_waits_goes_out_before_an_event_that_is_too_long_or_breaks_off()
    {
        const string Call = "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":3,\"function\":{\"arguments\":\"p\"}}]}}]}\n\n";
        var output = new ArrayBufferWriter<byte>();
        var splicer = AnswerSplicer.For(Format(OpenAI));
        var events = new ServerSentEvents(Call.Length);
        var rest = $"data: {new string('x', Call.Length)}";
        events.Push(Encoding.UTF8.GetBytes(Call + rest));
        while (events.TryRead(out var read) || events.TryReadLast(out read))
        {
            splicer.Push(read, output);
        }

        var sent = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.EndsWith("\n\n" + rest, sent, StringComparison.Ordinal);
        Assert.Contains("\"arguments\":\"p\"", sent, StringComparison.Ordinal);
    }
}
