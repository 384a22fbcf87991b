using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>A part of what a scripted model says.</summary>
internal abstract record Part;

internal sealed record Say(string Text) : Part;

internal sealed record Think(string Text, string Signature = "c2ln") : Part;

/// <summary>A block of a kind that nobody has heard of, which comes whole in its start.</summary>
internal sealed record Novelty(string Value) : Part;

internal sealed record Call(string Id, string Arguments, string Name = "headroom_retrieve") : Part
{
    public bool IsRetrieval => Name == "headroom_retrieve";
}

/// <summary>One turn of a scripted model, spelled as both providers spell it, whole and as a stream.</summary>
internal sealed record Script(params Part[] Parts)
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Names the turn in ids, so that those of two turns differ.</summary>
    public int Number { get; init; } = 1;

    public int Input { get; init; } = 100;

    public int CacheRead { get; init; } = 40;

    public int CacheWrite { get; init; }

    public int Output { get; init; } = 7;

    /// <summary>Why the model stops; null takes what fits the parts.</summary>
    public string? Stop { get; init; }

    public string Newline { get; init; } = "\n";

    /// <summary>The longest piece of a delta, in UTF-16 units; a pair of surrogates may be cut.</summary>
    public int Piece { get; init; } = 5;

    public IEnumerable<Call> Calls => Parts.OfType<Call>();

    public string Text => string.Concat(Parts.OfType<Say>().Select(p => p.Text));

    /// <summary>The answer to a request of either path.</summary>
    public byte[] Body(string path, bool stream) => (path, stream) switch
    {
        ("/v1/messages", true) => Bytes(string.Concat(AnthropicEvents())),
        ("/v1/messages", false) => Bytes(Anthropic()),
        (_, true) => Bytes(string.Concat(OpenAIEvents())),
        _ => Bytes(OpenAI()),
    };

    public IReadOnlyList<string> Events(string path) => path == "/v1/messages" ? [.. AnthropicEvents()] : [.. OpenAIEvents()];

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Quote(string text) => text.Any(char.IsSurrogate) ? JsonSerializer.Serialize(text) : JsonSerializer.Serialize(text, Relaxed);

    private IEnumerable<string> Pieces(string text)
    {
        for (var at = 0; at < text.Length; at += Piece)
        {
            yield return Escape(text.Substring(at, Math.Min(Piece, text.Length - at)));
        }
    }

    // Half a pair can be written in JSON only as an escape.
    private static string Escape(string piece) => "\"" + string.Concat(piece.Select(c => char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : Quote(c.ToString())[1..^1])) + "\"";

    private static JsonNode InputOf(string arguments)
    {
        try
        {
            return JsonNode.Parse(arguments) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            return new JsonObject();
        }
    }

    private string Anthropic()
    {
        var content = new JsonArray();
        foreach (var part in Parts)
        {
            content.Add(part switch
            {
                Say say => new JsonObject { ["type"] = "text", ["text"] = say.Text },
                Think think => new JsonObject { ["type"] = "thinking", ["thinking"] = think.Text, ["signature"] = think.Signature },
                Call call => new JsonObject { ["type"] = "tool_use", ["id"] = call.Id, ["name"] = call.Name, ["input"] = InputOf(call.Arguments) },
                Novelty novelty => new JsonObject { ["type"] = "novelty", ["value"] = novelty.Value },
                _ => throw new InvalidOperationException(),
            });
        }

        return new JsonObject
        {
            ["id"] = $"msg_{Number}", ["type"] = "message", ["role"] = "assistant", ["model"] = "claude-sonnet-4-5", ["content"] = content,
            ["stop_reason"] = Stop ?? (Calls.Any() ? "tool_use" : "end_turn"), ["stop_sequence"] = null,
            ["usage"] = new JsonObject { ["input_tokens"] = Input, ["cache_read_input_tokens"] = CacheRead, ["cache_creation_input_tokens"] = CacheWrite, ["output_tokens"] = Output, ["service_tier"] = "standard" },
        }.ToJsonString();
    }

    private IEnumerable<string> AnthropicEvents()
    {
        yield return Event("message_start", $$$"""{"type":"message_start","message":{"id":"msg_{{{Number}}}","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":{{{Input}}},"cache_read_input_tokens":{{{CacheRead}}},"cache_creation_input_tokens":{{{CacheWrite}}},"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"} } }""");
        yield return Event("ping", """{"type": "ping"}""");
        for (var i = 0; i < Parts.Length; i++)
        {
            var (start, deltas) = Parts[i] switch
            {
                Say say => ("""{"type":"text","text":""}""", Pieces(say.Text).Select(p => $$$"""{"type":"text_delta","text":{{{p}}}}""")),
                Think think => ("""{"type":"thinking","thinking":"","signature":""}""",
                    Pieces(think.Text).Select(p => $$$"""{"type":"thinking_delta","thinking":{{{p}}}}""").Append($$$"""{"type":"signature_delta","signature":{{{Quote(think.Signature)}}}}""")),
                Call call => ($$$"""{"type":"tool_use","id":"{{{call.Id}}}","name":"{{{call.Name}}}","input":{}}""", Pieces(call.Arguments).Prepend("\"\"").Select(p => $$$"""{"type":"input_json_delta","partial_json":{{{p}}}}""")),
                Novelty novelty => ($$$"""{"type":"novelty","value":{{{Quote(novelty.Value)}}}}""", []),
                _ => throw new InvalidOperationException(),
            };
            yield return Event("content_block_start", $$$"""{"type":"content_block_start","index":{{{i}}},"content_block":{{{start}}}}""");
            foreach (var delta in deltas)
            {
                yield return Event("content_block_delta", $$$"""{"type": "content_block_delta", "index": {{{i}}}, "delta": {{{delta}}}}""");
            }

            yield return Event("content_block_stop", $$$"""{"type":"content_block_stop","index":{{{i}}} }""");
        }

        yield return Event("message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{Stop ?? (Calls.Any() ? "tool_use" : "end_turn")}}}","stop_sequence":null},"usage":{"output_tokens":{{{Output}}}}}""");
        yield return Event("message_stop", """{"type":"message_stop"}""");

        string Event(string type, string data) => $"event: {type}{Newline}data: {data}{Newline}{Newline}";
    }

    private string OpenAI() => new JsonObject
    {
        ["id"] = $"chatcmpl-{Number}", ["object"] = "chat.completion", ["created"] = 1000 + Number, ["model"] = "gpt-4o",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["message"] = Message(),
            ["logprobs"] = null,
            ["finish_reason"] = Stop ?? (Calls.Any() ? "tool_calls" : "stop"),
        }),
        ["usage"] = JsonNode.Parse(OpenAIUsage()),
    }.ToJsonString();

    private JsonObject Message()
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = Text.Length > 0 ? Text : null, ["refusal"] = null };
        if (Calls.Any())
        {
            message["tool_calls"] = new JsonArray([.. Calls.Select(c => new JsonObject
            {
                ["id"] = c.Id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = c.Name, ["arguments"] = c.Arguments },
            })]);
        }

        return message;
    }

    private string OpenAIUsage() =>
        $$$"""{"prompt_tokens":{{{Input + CacheRead + CacheWrite}}},"completion_tokens":{{{Output}}},"total_tokens":{{{Input + CacheRead + CacheWrite + Output}}},"prompt_tokens_details":{"cached_tokens":{{{CacheRead}}}},"completion_tokens_details":{"reasoning_tokens":2} }""";

    private IEnumerable<string> OpenAIEvents()
    {
        yield return Chunk("""{"role":"assistant","content":""}""");
        var index = 0;
        foreach (var part in Parts)
        {
            switch (part)
            {
                case Say say:
                    foreach (var piece in Pieces(say.Text))
                    {
                        yield return Chunk($$$"""{"content":{{{piece}}}}""");
                    }

                    break;
                case Call call:
                    yield return Chunk($$$"""{"tool_calls":[{"index":{{{index}}},"id":"{{{call.Id}}}","type":"function","function":{"name":"{{{call.Name}}}","arguments":""}}]}""");
                    foreach (var piece in Pieces(call.Arguments))
                    {
                        yield return Chunk($$$"""{"tool_calls":[{"index":{{{index}}},"function":{"arguments":{{{piece}}}}}]}""");
                    }

                    index++;
                    break;
                default:
                    break;
            }
        }

        yield return Chunk("{}", Stop ?? (Calls.Any() ? "tool_calls" : "stop"));
        yield return $$$"""data: {"id":"chatcmpl-{{{Number}}}","object":"chat.completion.chunk","created":{{{1000 + Number}}},"model":"gpt-4o","system_fingerprint":"fp_{{{Number}}}","choices":[],"usage":{{{OpenAIUsage()}}}}""" + Newline + Newline;
        yield return $"data: [DONE]{Newline}{Newline}";

        string Chunk(string delta, string? finish = null) =>
            $$$"""data: {"id":"chatcmpl-{{{Number}}}","object":"chat.completion.chunk","created":{{{1000 + Number}}},"model":"gpt-4o","system_fingerprint":"fp_{{{Number}}}","choices":[{"index":0,"delta":{{{delta}}},"logprobs":null,"finish_reason":{{{(finish is null ? "null" : $"\"{finish}\"")}}}}],"usage":null}""" + Newline + Newline;
    }
}
