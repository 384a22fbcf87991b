using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Headroom.Engine.Requests;
using Headroom.Proxy.Observation;
using Headroom.Proxy.Retrieval;
using Headroom.Proxy.Routing;
using Headroom.Proxy.Tests.Retrieval;
using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>
/// Streams of answers: cut anywhere they are the same events, the same bytes for the client and the same usage; what holds no call of the retrieve
/// tool passes as it came (a call that is never named is kept back for its name); nothing throws but where an event is too long to be fitted in.
/// </summary>
internal sealed class StreamTarget : IFuzzTarget
{
    private const int MostBytes = 128 << 10;

    private static readonly string[] Paths = ["/v1/messages", "/v1/chat/completions"];

    private static readonly string[] Words = ["", " ", "a", "\u20ac", "\U0001F600x", "line\nline", "\"q\\", "data: x\n\n", "[DONE]", "long enough to be cut into pieces"];

    private static readonly string[] Arguments = ["{}", """{"hash":"0123456789abcdef01234567"}""", """{"p": [1, {"a": "\u20ac"}]}""", "no json", "", "[1]", "\"\\ud83d\""];

    public byte[] Draw(SeededRandom random)
    {
        var path = random.Pick(Paths);
        var events = Turn(random, 1).Events(path).Select(Encoding.UTF8.GetBytes).ToList();
        for (var changes = random.Next(0, 4); changes > 0 && events.Count > 0; changes--)
        {
            var (at, other) = (random.Next(events.Count), random.Next(events.Count));
            switch (random.Next(7))
            {
                case 0:
                    events.RemoveAt(at);
                    break;
                case 1:
                    events.Insert(at, events[other]);
                    break;
                case 2:
                    (events[at], events[other]) = (events[other], events[at]);
                    break;
                case 3:
                    events.Insert(at, Turn(random, 2).Body(random.Pick(Paths), stream: true));
                    break;
                case 4:
                    events.Insert(at, Encoding.ASCII.GetBytes(random.Pick([": ping\n\n", "data: {}\n\n", "data\n\n", "data: [DONE]\n\n", "event: error\ndata: {\"error\":{}}\n\n", "data: {\"error\":null}\n\n", "\n", "\r\n\r\n", "retry: 5\r\r"])));
                    break;
                case 5:
                    // Within the data of one event, which is JSON.
                    var (data, end) = (events[at].AsSpan().IndexOf((byte)'{'), events[at].AsSpan().LastIndexOf((byte)'}') + 1);
                    if (data >= 0 && end > data)
                    {
                        events[at] = [.. events[at][..data], .. JsonMutation.Of(events[at][data..end], random), .. events[at][end..]];
                    }

                    break;
                default:
                    events[at] = Mutation.Of(events[at], random);
                    break;
            }
        }

        byte[] all = [.. events.SelectMany(e => e)];
        all = random.Chance(0.2) ? Mutation.Of(all, random) : all;
        return all.Length > MostBytes ? all[..MostBytes] : all;
    }

    public Task<string?> RunAsync(byte[] input, SeededRandom random, CancellationToken cancellationToken) => Task.FromResult(Run(input, random));

    private static string? Run(byte[] input, SeededRandom random)
    {
        byte[] next = new Script(new Say("After."), new Call("c1", "{}", random.Pick(["ls", "headroom_retrieve"]))) { Number = 2 }.Body(Paths[0], stream: true);
        byte[] openAINext = new Script(new Say("After.")) { Number = 2 }.Body(Paths[1], stream: true);
        var isCutShort = random.Chance(0.3);
        var small = random.Next(1, 400);

        // One byte at a time, and at random.
        List<int>[] cuts = [[], .. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(input.Length + 1)).Order().ToList()), input.Length < 8_000 ? [.. Enumerable.Range(0, input.Length)] : []];
        string? events = null;
        foreach (var places in cuts)
        {
            var pieces = Cut(input, places);
            var read = Events(pieces, input);
            if ((events ??= read) != read)
            {
                return "events: others when cut otherwise";
            }
        }

        foreach (var format in (IRetrievalFormat[])[new AnthropicMessagesFormat(), new OpenAIChatFormat()])
        {
            var then = format.Provider == "anthropic" ? next : openAINext;
            Spliced? whole = null;
            string? usage = null;
            foreach (var places in cuts)
            {
                var pieces = Cut(input, places);
                var spliced = Spliced.Of(format, pieces, then, isCutShort, MostBytes * 2);
                if (spliced.Failure is { } failure)
                {
                    return failure;
                }

                whole ??= spliced;
                if (whole.How != spliced.How || !whole.Output.AsSpan().SequenceEqual(spliced.Output))
                {
                    return $"spliced: {whole.How} in one piece, {spliced.How} in {pieces.Count} ({whole.Output.Length} and {spliced.Output.Length} bytes)";
                }

                var observed = Observe(format, pieces);
                if ((usage ??= observed) != observed)
                {
                    return $"usage: {usage} in one piece, {observed} in {pieces.Count}";
                }

                // Where events are too long the answer may break off, but in no other way.
                if (Spliced.Of(format, pieces, then, isCutShort, small).Failure is { } broken)
                {
                    return broken + $" [events up to {small}]";
                }
            }

            if (Utf8.IsValid(input) && !Utf8.IsValid(whole!.Output))
            {
                return "no-utf8: what the client gets is none";
            }
        }

        return null;
    }

    private static Script Turn(SeededRandom random, int number) => new(
        [
            .. Enumerable.Range(0, random.Next(0, 5)).Select(part => random.Next(6) switch
            {
                0 => (Part)new Think(random.Pick(Words)),
                1 => new Novelty(random.Pick(Words)),
                2 => new Call($"c{number}{part}", random.Pick(Arguments), "ls"),
                3 or 4 => new Call($"r{number}{part}", random.Pick(Arguments)),
                _ => new Say(random.Chance(0.05) ? new string('x', random.Next(60_000)) : random.Pick(Words)),
            }),
        ])
    {
        Number = number,
        Newline = random.Pick(["\n", "\n", "\r\n", "\r"]),
        Piece = random.Pick([1, 2, 5, 40_000]),
        Stop = random.Chance(0.8) ? null : random.Pick(["max_tokens", "length", "tool_use", "tool_calls", "stop"]),
        Output = random.Chance(0.9) ? 7 : int.MaxValue,
    };

    private static List<byte[]> Cut(byte[] input, List<int> places)
    {
        var pieces = new List<byte[]>();
        var at = 0;
        foreach (var place in places.Append(input.Length))
        {
            pieces.Add(input[at..place]);
            at = place;
        }

        return pieces;
    }

    private static string Events(List<byte[]> pieces, byte[] input)
    {
        var read = new StringBuilder();
        var raw = new List<byte>(input.Length);
        var events = new ServerSentEvents(MostBytes * 2);
        foreach (var piece in pieces)
        {
            events.Push(piece);
            while (events.TryRead(out var sent))
            {
                Take(sent);
            }
        }

        if (events.TryReadLast(out var last))
        {
            Take(last);
        }

        return raw.SequenceEqual(input) ? read.ToString() : throw new InvalidOperationException("The events are not the stream.");

        void Take(ServerSentEvent sent)
        {
            raw.AddRange(sent.Raw.Span);
            var line = sent.OnOneLine();
            read.Append(sent.Raw.Length).Append(' ').Append(sent.IsWhole).Append(' ').Append(sent.Data is { } data ? Convert.ToHexString(data.Span) : "none").Append(' ').Append(line.DataOffset).Append('\n');
        }
    }

    private static string Observe(IRetrievalFormat format, List<byte[]> pieces)
    {
        var observer = new UsageObserver(format.Provider == "anthropic" ? Provider.Anthropic : Provider.OpenAI, "text/event-stream", "");
        pieces.ForEach(p => observer.Push(p));
        observer.Complete(CancellationToken.None);
        return $"{observer.Usage} {observer.HasEnded} {observer.HasError} {observer.CouldRead}";
    }

    /// <summary>What the client gets of a turn and the one that may follow, as the loop does it.</summary>
    /// <param name="How">How it ended.</param>
    /// <param name="Output">The client's bytes.</param>
    /// <param name="Failure">What must not be; null when all is well.</param>
    private sealed record Spliced(string How, byte[] Output, string? Failure)
    {
        public static Spliced Of(IRetrievalFormat format, List<byte[]> first, byte[] second, bool isCutShort, int mostBytes)
        {
            var output = new ArrayBufferWriter<byte>();
            var splicer = AnswerSplicer.For(format);
            var hasHeld = false;
            foreach (var pieces in (List<byte[]>[])[first, [second]])
            {
                var events = new ServerSentEvents(mostBytes);
                var isHeld = false;
                foreach (var piece in pieces)
                {
                    events.Push(piece);
                    while (!isHeld && events.TryRead(out var read))
                    {
                        if (Push(read) is { } broken)
                        {
                            return broken;
                        }

                        isHeld = splicer.IsTurnComplete && splicer.HoldsEnd;
                    }
                }

                if (!isHeld && events.TryReadLast(out var last) && (last.IsWhole || !splicer.HoldsEnd) && Push(last) is { } end)
                {
                    return end;
                }

                if (!isHeld && !splicer.HoldsEnd)
                {
                    splicer.WriteWaiting(output);
                }

                if (!splicer.TryEndTurn() || !splicer.HoldsEnd)
                {
                    return Ended(splicer.HasError ? "error" : "passed");
                }

                if (splicer.ToModelTurn() is { Message: { } message } && !JsonPieces.IsJson(message))
                {
                    return Ended("turn") with { Failure = "no-json: the turn as it goes back" };
                }

                if (ReferenceEquals(pieces, first))
                {
                    splicer.Continue(output);
                }
            }

            splicer.WriteEnd(isCutShort, output);
            _ = splicer.Usage.All;
            return Ended("end");

            Spliced? Push(ServerSentEvent read)
            {
                var before = output.WrittenCount;
                try
                {
                    splicer.Push(read, output);
                    hasHeld |= splicer.HoldsEnd;
                    return null;
                }
                catch (InvalidDataException) when (splicer.HoldsEnd)
                {
                    return output.WrittenCount == before ? Ended("too long") : Ended("too long") with { Failure = "written: by an event that could not be taken" };
                }
            }

            Spliced Ended(string how) => new(
                how,
                output.WrittenSpan.ToArray(),
                !hasHeld && !IsSame(first.SelectMany(p => p).ToArray(), output.WrittenSpan.ToArray()) ? "changed: a stream without a call of the tool" : null);
        }

        /// <summary>The same bytes, or, where a call has no name at first, all of its pieces: they wait for it. What is cut within an event cannot be held against another.</summary>
        private static bool IsSame(byte[] sent, byte[] received) =>
            received.AsSpan().SequenceEqual(sent) || sent is not [.., (byte)'\n' or (byte)'\r'] || (CallsIn(sent) is { Count: > 0 } calls && calls.SequenceEqual(CallsIn(received), StringComparer.Ordinal));

        private static List<string> CallsIn(byte[] stream)
        {
            var calls = new List<string>();
            var events = new ServerSentEvents(stream.Length + 1);
            events.Push(stream);
            while (events.TryRead(out var read) || events.TryReadLast(out read))
            {
                if (read.Data is { } data && JsonPieces.IsJson(data.Span))
                {
                    // Elsewhere a member of that name is nobody's call.
                    using var document = JsonDocument.Parse(data);
                    foreach (var choices in Members(document.RootElement, "choices"))
                    {
                        AddCalls(choices, calls);
                    }
                }
            }

            calls.Sort(StringComparer.Ordinal);
            return calls;
        }

        private static bool IsNamed(JsonProperty member, string name)
        {
            try
            {
                return member.NameEquals(name);
            }
            catch (InvalidOperationException)
            {
                // A name that is no text is none.
                return false;
            }
        }

        private static void AddCalls(JsonElement choices, List<string> calls)
        {
            foreach (var delta in Items(choices).SelectMany(choice => Members(choice, "delta")))
            {
                calls.AddRange(Members(delta, "tool_calls").SelectMany(Items).Select(call => Convert.ToHexString(JsonMarshal.GetRawUtf8Value(call))));
            }
        }

        private static IEnumerable<JsonElement> Items(JsonElement json) => json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : [];

        // Of members with one name the last counts.
        private static IEnumerable<JsonElement> Members(JsonElement json, string name) =>
            json.ValueKind == JsonValueKind.Object ? json.EnumerateObject().Where(m => IsNamed(m, name)).Select(m => m.Value).TakeLast(1) : [];
    }
}
