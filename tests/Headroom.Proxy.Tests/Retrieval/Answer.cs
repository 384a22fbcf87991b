using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Proxy.Observation;
using Headroom.Proxy.Retrieval;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>
/// An answer as a strict client reads it: of a stream it asserts that it is one answer (one beginning, numbers without gaps, one end).
/// </summary>
internal sealed record Answer(string Id, IReadOnlyList<JsonNode> Blocks, string? Stop, JsonNode? Usage)
{
    public string Text => string.Concat(Blocks.Where(b => b["type"]!.GetValue<string>() == "text").Select(b => b["text"]!.GetValue<string>()));

    /// <summary>Ids of the calls, with name and arguments.</summary>
    public IReadOnlyList<(string Id, string Name, string Arguments)> Calls =>
        [.. Blocks.Where(b => b["type"]!.GetValue<string>() == "tool_use").Select(b => (b["id"]!.GetValue<string>(), b["name"]!.GetValue<string>(), b["arguments"]!.GetValue<string>()))];

    public static Answer Read(string path, bool stream, byte[] body) => (path, stream) switch
    {
        ("/v1/messages", true) => AnthropicStream(body),
        ("/v1/messages", false) => Anthropic(body),
        (_, true) => OpenAIStream(body),
        _ => OpenAI(body),
    };

    /// <summary>What a client sends back of it: its message in the next request.</summary>
    public JsonNode ToMessage(string path)
    {
        if (path == "/v1/messages")
        {
            var content = new JsonArray();
            foreach (var block in Blocks)
            {
                var copy = block.DeepClone().AsObject();
                if (copy["type"]!.GetValue<string>() == "tool_use")
                {
                    copy["input"] = JsonNode.Parse(copy["arguments"]!.GetValue<string>() is { Length: > 0 } given ? given : "{}");
                    copy.Remove("arguments");
                }

                content.Add(copy);
            }

            return new JsonObject { ["role"] = "assistant", ["content"] = content };
        }

        var message = new JsonObject { ["role"] = "assistant", ["content"] = Text.Length > 0 ? Text : null };
        if (Calls.Count > 0)
        {
            message["tool_calls"] = new JsonArray([.. Calls.Select(c => new JsonObject
            {
                ["id"] = c.Id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = c.Name, ["arguments"] = c.Arguments },
            })]);
        }

        return message;
    }

    public static IReadOnlyList<string> Data(byte[] stream)
    {
        var events = new ServerSentEvents(1 << 20);
        events.Push(stream);
        var data = new List<string>();
        while (events.TryRead(out var read))
        {
            data.AddRange(read.Data is { } bytes ? [Encoding.UTF8.GetString(bytes.Span)] : []);
        }

        Assert.False(events.TryReadLast(out _));
        return data;
    }

    private static Answer AnthropicStream(byte[] body)
    {
        var events = Data(body).Select(d => JsonNode.Parse(d)!).Where(e => Type(e) != "ping").ToArray();
        Assert.Equal("message_start", Type(events[0]));
        Assert.Equal("message_delta", Type(events[^2]));
        Assert.Equal("message_stop", Type(events[^1]));
        var blocks = new List<JsonObject>();
        var isOpen = false;
        foreach (var sent in events[1..^2])
        {
            switch (Type(sent))
            {
                case "content_block_start":
                    Assert.False(isOpen);
                    Assert.Equal(blocks.Count, sent["index"]!.GetValue<int>());
                    var block = sent["content_block"]!.DeepClone().AsObject();
                    if (block["type"]!.GetValue<string>() == "tool_use")
                    {
                        block["arguments"] = "";
                    }

                    blocks.Add(block);
                    isOpen = true;
                    break;
                case "content_block_delta":
                    Assert.True(isOpen);
                    Assert.Equal(blocks.Count - 1, sent["index"]!.GetValue<int>());
                    var delta = sent["delta"]!;
                    var (member, piece) = Type(delta) switch
                    {
                        "text_delta" => ("text", delta["text"]!),
                        "thinking_delta" => ("thinking", delta["thinking"]!),
                        "signature_delta" => ("signature", delta["signature"]!),
                        "input_json_delta" => ("arguments", delta["partial_json"]!),
                        var other => throw new InvalidDataException(other),
                    };
                    blocks[^1][member] = Decoded(blocks[^1][member]!) + Decoded(piece);
                    break;
                case "content_block_stop":
                    Assert.True(isOpen);
                    Assert.Equal(blocks.Count - 1, sent["index"]!.GetValue<int>());
                    isOpen = false;
                    break;
                default:
                    Assert.Fail($"a stray {Type(sent)}");
                    break;
            }
        }

        Assert.False(isOpen);
        var usage = events[0]["message"]!["usage"]!.DeepClone().AsObject();
        foreach (var (name, value) in events[^2]["usage"]!.AsObject())
        {
            usage[name] = value?.DeepClone();
        }

        return new Answer(events[0]["message"]!["id"]!.GetValue<string>(), blocks, events[^2]["delta"]!["stop_reason"]!.GetValue<string>(), usage);
    }

    private static Answer Anthropic(byte[] body)
    {
        var message = JsonNode.Parse(body)!;
        var blocks = message["content"]!.AsArray().Select(b => b!.DeepClone()).ToArray();
        foreach (var block in blocks.Where(b => Type(b) == "tool_use"))
        {
            block["arguments"] = block["input"]!.ToJsonString();
            block.AsObject().Remove("input");
        }

        return new Answer(message["id"]!.GetValue<string>(), blocks, message["stop_reason"]!.GetValue<string>(), message["usage"]);
    }

    private static Answer OpenAIStream(byte[] body)
    {
        var data = Data(body);
        Assert.Equal("[DONE]", data[^1]);
        Assert.Equal(1, data.Count(d => d == "[DONE]"));
        var chunks = data.SkipLast(1).Select(d => JsonNode.Parse(d)!).ToArray();
        Assert.Single(chunks.Select(c => (c["id"]!.ToString(), c["created"]!.ToString(), c["model"]!.ToString(), c["system_fingerprint"]?.ToString())).Distinct());
        Assert.Single(chunks, c => c["choices"]!.AsArray().Count > 0 && c["choices"]![0]!["delta"]!["role"] is not null);
        var finished = Assert.Single(chunks, c => c["choices"]!.AsArray().Count > 0 && c["choices"]![0]!["finish_reason"] is not null);
        var usage = chunks.Where(c => c["usage"] is not null).Select(c => c["usage"]).ToArray();
        Assert.True(usage.Length <= 1);
        Assert.True(Array.IndexOf(chunks, finished) >= chunks.Length - 1 - usage.Length);
        var text = new StringBuilder();
        var calls = new List<JsonObject>();
        foreach (var delta in chunks.Where(c => c["choices"]!.AsArray().Count > 0).Select(c => c["choices"]![0]!["delta"]!))
        {
            text.Append(delta["content"] is { } piece ? Decoded(piece) : "");
            foreach (var call in delta["tool_calls"]?.AsArray() ?? [])
            {
                var index = call!["index"]!.GetValue<int>();
                if (index == calls.Count)
                {
                    calls.Add(new JsonObject { ["type"] = "tool_use", ["id"] = call["id"]!.GetValue<string>(), ["name"] = call["function"]!["name"]!.GetValue<string>(), ["arguments"] = "" });
                }

                calls[index]["arguments"] = Decoded(calls[index]["arguments"]!) + Decoded(call["function"]!["arguments"]!);
            }
        }

        JsonNode[] blocks = [.. text.Length > 0 ? (JsonNode[])[new JsonObject { ["type"] = "text", ["text"] = text.ToString() }] : [], .. calls];
        return new Answer(chunks[0]["id"]!.GetValue<string>(), blocks, finished["choices"]![0]!["finish_reason"]!.GetValue<string>(), usage.FirstOrDefault());
    }

    private static Answer OpenAI(byte[] body)
    {
        var completion = JsonNode.Parse(body)!;
        var choice = Assert.Single(completion["choices"]!.AsArray())!;
        var message = choice["message"]!;
        Assert.True(message["tool_calls"] is null || message["tool_calls"]!.AsArray().Count > 0);
        JsonNode[] blocks =
        [
            .. message["content"] is { } text ? (JsonNode[])[new JsonObject { ["type"] = "text", ["text"] = text.GetValue<string>() }] : [],
            .. (message["tool_calls"]?.AsArray() ?? []).Select(c => new JsonObject
            {
                ["type"] = "tool_use", ["id"] = c!["id"]!.GetValue<string>(), ["name"] = c["function"]!["name"]!.GetValue<string>(), ["arguments"] = c["function"]!["arguments"]!.GetValue<string>(),
            }),
        ];
        return new Answer(completion["id"]!.GetValue<string>(), blocks, choice["finish_reason"]!.GetValue<string>(), completion["usage"]);
    }

    private static string Type(JsonNode node) => node["type"]!.GetValue<string>();

    // Half a surrogate pair cannot be taken out of a node; a client in another language joins the halves.
    private static string Decoded(JsonNode text)
    {
        if (!text.AsValue().TryGetValue<JsonElement>(out var read))
        {
            return text.GetValue<string>();
        }

        var joined = new JsonText();
        joined.Append(Encoding.UTF8.GetBytes(read.GetRawText()).AsSpan()[1..^1]);
        return joined.ToString();
    }
}
