using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.Engine.Rules;
using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>
/// Request bodies on their way through the optimizer: nothing outside a block changes, JSON stays JSON, the same body becomes the same bytes, and
/// what the provider has seen is what the next request begins with, with hidden rounds put back or not.
/// </summary>
internal sealed class RequestTarget : IFuzzTarget
{
    private static readonly byte[][] Seeds =
    [
        .. Directory.GetFiles(Path.Combine(Fixtures.Root, "..", "cases", "clients"), "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllBytes),
        """{"model":"claude-x","max_tokens":64,"tools":[{"name":"ls","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"Look."}]}"""u8.ToArray(),
        """{"model":"gpt-x","tools":[{"type":"function","function":{"name":"ls"}}],"messages":[{"role":"user","content":"Look."}]}"""u8.ToArray(),
        """{"messages":[{"role":"user","content":"hello"}]}"""u8.ToArray(),
    ];

    private static readonly IRetrievalFormat[] Formats = [new AnthropicMessagesFormat(), new OpenAIChatFormat()];

    private static readonly CompressionRules Rules = CompressionRulesFile.Parse(
        """{"rules":[{"command":"*log*","level":"balanced","budget":300},{"tool":"lookup_*","keep":["failed"]},{"command":["cat *","*secret*"],"exclude":true}]}"""u8, "rules");

    private static readonly string[] AnswerTexts = ["", " ", "Done.", "It is \u20ac 3.\n\nNow \U0001F600", "\"}]},{\"role\":\"user\"", "a\u2028b\t\0"];

    public byte[] Draw(SeededRandom random) => JsonMutation.Of(random.Pick(Seeds), random);

    public async Task<string?> RunAsync(byte[] input, SeededRandom random, CancellationToken cancellationToken)
    {
        // A deadline would make what comes of a block depend on the machine's load.
        var options = new RequestOptimizerOptions
        {
            Level = random.Pick(Enum.GetValues<CompressionLevel>()),
            AllowViews = random.Chance(0.5),
            RetrieveTool = random.Pick(Enum.GetValues<RetrieveToolMode>()),
            Budget = random.Chance(0.3) ? random.Next(1, 3_000) : null,
            Rules = random.Chance(0.5) ? Rules : CompressionRules.ToolClasses,
            BlockDeadline = TimeSpan.FromMinutes(10),
        };
        foreach (var format in Formats)
        {
            if (await RunAsync(format, input, options, random, cancellationToken) is { } failure)
            {
                return $"{failure} [{format.Name}, {options.Level}, tool {options.RetrieveTool}, views {options.AllowViews}, budget {options.Budget}]";
            }
        }

        return null;
    }

    private static async Task<string?> RunAsync(
        IRetrievalFormat format, byte[] input, RequestOptimizerOptions options, SeededRandom random, CancellationToken cancellationToken)
    {
        var store = new MemoryCcrStore();
        var events = new FirstEvent();
        var copy = input.ToArray();
        var first = await OptimizeAsync(input);
        if (events.Told is { } told)
        {
            return told;
        }

        if (!copy.AsSpan().SequenceEqual(input))
        {
            return "the-clients-array-was-written-to";
        }

        if (first.Map is not { } map)
        {
            return first.Body.Equals((ReadOnlyMemory<byte>)input) ? null : "unread-but-changed";
        }

        var sent = first.Body.ToArray();
        if (!JsonPieces.IsJson(input) || !JsonPieces.IsJson(sent))
        {
            return "no-json: what was read, or what is sent, is none";
        }

        if (Utf8.IsValid(input) && !Utf8.IsValid(sent))
        {
            return "no-utf8: what is sent is none";
        }

        if (Outside(format, input, first, map) is { } outside)
        {
            return outside;
        }

        // 1. The same again, by the same proxy and by another one on the same store.
        if (!(await OptimizeAsync(input)).Body.Span.SequenceEqual(sent))
        {
            return "another-body for the same body";
        }

        // 2. The next request begins with what the provider has seen, and ends as this one.
        if (map.Messages.Count == 0 || format.Locate(sent) is not { } located)
        {
            return map.Messages.Count == 0 ? null : "not-located: what is sent cannot be read again";
        }

        if (located.Messages.Count != map.Messages.Count)
        {
            return "other-messages in what is sent";
        }

        var chain = Chain.Read(format.Name, input, map.Messages, new MessageDigests());
        var head = Enumerable.Range(0, map.Messages.Count + 1).First(i => chain.Head == chain.Before(i));
        if (head > 0 && map.Messages[head - 1].Role == MessageRole.Assistant)
        {
            // Calls without results, which providers refuse.
            return null;
        }

        var answer = new VisibleAnswer(random.Pick(AnswerTexts), [.. Enumerable.Range(0, random.Next(3)).Select(i => $"call_{i}")], random.Next(4));
        if (map.Messages[^1].Role == MessageRole.Assistant && string.IsNullOrWhiteSpace(answer.Text))
        {
            // What the model goes on with is one message with its answer; where neither says anything, two cannot be told apart.
            return null;
        }

        var hasTrace = first.Conversation is not null && random.Chance(0.7);
        if (hasTrace)
        {
            await Trace(answer, random).SaveAsync(store, first.Conversation!, answer, cancellationToken);
        }

        var end = map.Messages[^1].End;
        byte[] grown = [.. input[..end], .. Encoding.UTF8.GetBytes(Next(format, answer)), .. input[end..]];
        var then = await OptimizeAsync(grown);
        var seen = located.Messages[^1].End;
        if (then.Map is null)
        {
            return JsonPieces.IsJson(grown) ? "not-read: a body that has grown" : "no-json: a body that has grown";
        }

        if (!JsonPieces.IsJson(then.Body.Span))
        {
            return $"no-json: a body that has grown became none, trace {hasTrace}";
        }

        if (!then.Body.Span.StartsWith(sent.AsSpan(0, seen)) || !then.Body.Span.EndsWith(sent.AsSpan(seen)))
        {
            return $"prefix: the next request does not go on from this one, trace {hasTrace}";
        }

        return (await OptimizeAsync(grown)).Body.Span.SequenceEqual(then.Body.Span) ? events.Told : $"another-body for the same body that has grown, trace {hasTrace}";

        async Task<OptimizedRequest> OptimizeAsync(byte[] body) =>
            await new RequestOptimizer(store, options, TimeProvider.System, events).OptimizeAsync(format, body, cancellationToken);
    }

    // Walks through both bodies at once: what is no block, and no tool of ours, is the same.
    private static string? Outside(IRetrievalFormat format, byte[] input, OptimizedRequest sent, RequestMap map)
    {
        var places = sent.Outcomes.Select(o => (o.Block.Start, o.Block.Length, o.Pin?.Replacement is not null, Added: (ReadOnlyMemory<byte>?)null)).ToList();
        if (sent.Conversation is not null)
        {
            var tool = RetrieveToolDecision.Add(format, input, map);
            places.Add((tool.Start, tool.Length, true, tool.Text));
        }

        var body = sent.Body.Span;
        var at = 0;
        foreach (var (start, length, isReplaced, added) in places.OrderBy(p => p.Start))
        {
            if (start < at || !Take(input.AsSpan(at, start - at), ref body))
            {
                return $"outside: something between {at} and {start} has changed";
            }

            at = start + length;
            if (added is { } text)
            {
                if (!Take(text.Span, ref body))
                {
                    return "outside: the tool is not where it belongs";
                }
            }
            else if (!isReplaced)
            {
                if (!Take(input.AsSpan(start, length), ref body))
                {
                    return "outside: a block that stays was changed";
                }
            }
            else
            {
                var json = new Utf8JsonReader(body);
                if (!json.Read() || json.TokenType != JsonTokenType.String)
                {
                    return "outside: a block is no string any more";
                }

                body = body[(int)json.BytesConsumed..];
            }
        }

        return body.SequenceEqual(input.AsSpan(at)) ? null : $"outside: something behind {at} has changed";

        static bool Take(ReadOnlySpan<byte> expected, ref ReadOnlySpan<byte> body)
        {
            var has = body.StartsWith(expected);
            body = has ? body[expected.Length..] : body;
            return has;
        }
    }

    private static RetrievalTrace Trace(VisibleAnswer answer, SeededRandom random) => new(
        [
            .. Enumerable.Range(0, random.Next(1, 4)).Select(round => new RetrievalRound(
                random.Next(answer.Parts + 2),
                random.Next(answer.Text.Length + 3),
                [.. Enumerable.Range(0, random.Next(1, 3)).Select(call => new RetrievalCall(
                    $"r_{round}_{call}", random.Pick(["{}", """{"hash":"0123456789abcdef01234567"}""", "no \"json\" \U0001F600", "[1"]), Encoding.UTF8.GetString(Texts.Window(random))))])),
        ],
        random.Chance(0.3));

    // An answer and the client's next message, behind the last one.
    private static string Next(IRetrievalFormat format, VisibleAnswer answer)
    {
        var isOpenAI = format.Provider == "openai";
        var parts = new JsonArray();
        if (answer.Text.Length > 0)
        {
            parts.Add(new JsonObject { ["type"] = "text", ["text"] = answer.Text });
        }

        foreach (var id in answer.CallIds)
        {
            parts.Add(isOpenAI
                ? new JsonObject { ["id"] = id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = "ls", ["arguments"] = "{}" } }
                : new JsonObject { ["type"] = "tool_use", ["id"] = id, ["name"] = "ls", ["input"] = new JsonObject() });
        }

        List<JsonObject> messages = isOpenAI
            ? [new JsonObject { ["role"] = "assistant", ["content"] = answer.Text }, .. answer.CallIds.Select(id => new JsonObject { ["role"] = "tool", ["tool_call_id"] = id, ["content"] = "ok" })]
            : [new JsonObject { ["role"] = "assistant", ["content"] = parts }];
        if (isOpenAI && answer.CallIds.Count > 0)
        {
            messages[0]["tool_calls"] = new JsonArray([.. parts.Where(p => p!["id"] is not null).Select(p => p!.DeepClone())]);
        }

        messages.Add(new JsonObject
        {
            ["role"] = "user",
            ["content"] = isOpenAI || answer.CallIds.Count == 0
                ? "Go on."
                : new JsonArray([.. answer.CallIds.Select(id => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = id, ["content"] = "ok" })]),
        });
        return string.Concat(messages.Select(m => "," + m.ToJsonString()));
    }
}
