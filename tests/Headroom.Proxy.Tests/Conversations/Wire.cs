using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Proxy.Tests.Retrieval;

namespace Headroom.Proxy.Tests.Conversations;

/// <summary>How the two providers spell a conversation, and what of a body their caches see.</summary>
internal sealed record Wire(string Path)
{
    /// <summary>The ids of calls that a client must never see begin so.</summary>
    public const string Hidden = "hidden_";

    public bool IsAnthropic => Path == "/v1/messages";

    public static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    public static JsonObject User(string text) => new() { ["role"] = "user", ["content"] = text };

    public JsonObject Tool(string name) => IsAnthropic
        ? new JsonObject { ["name"] = name, ["input_schema"] = new JsonObject { ["type"] = "object" } }
        : new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = name } };

    /// <summary>The model's message with parts, as a client keeps it.</summary>
    public JsonObject Answer(IReadOnlyList<Part> parts)
    {
        if (IsAnthropic)
        {
            return new JsonObject
            {
                ["role"] = "assistant",
                ["content"] = new JsonArray([.. parts.Select(part => part switch
                {
                    Say say => Text(say.Text),
                    Think think => new JsonObject { ["type"] = "thinking", ["thinking"] = think.Text, ["signature"] = think.Signature },
                    Call call => new JsonObject { ["type"] = "tool_use", ["id"] = call.Id, ["name"] = call.Name, ["input"] = JsonNode.Parse(call.Arguments) },
                    _ => throw new InvalidOperationException(),
                })]),
            };
        }

        var said = string.Concat(parts.OfType<Say>().Select(s => s.Text));
        var message = new JsonObject { ["role"] = "assistant", ["content"] = said.Length > 0 ? said : null };
        if (parts.OfType<Call>().Any())
        {
            message["tool_calls"] = new JsonArray([.. parts.OfType<Call>().Select(c => new JsonObject
            {
                ["id"] = c.Id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = c.Name, ["arguments"] = c.Arguments },
            })]);
        }

        return message;
    }

    /// <summary>The client's messages with results of calls.</summary>
    public IEnumerable<JsonObject> Results(IEnumerable<(string Id, string Text)> results) => IsAnthropic
        ? [new JsonObject
        {
            ["role"] = "user",
            ["content"] = new JsonArray([.. results.Select(r => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = r.Id, ["content"] = r.Text })]),
        }]
        : results.Select(r => new JsonObject { ["role"] = "tool", ["tool_call_id"] = r.Id, ["content"] = r.Text });

    /// <summary>The ids of the calls in a message.</summary>
    public static IEnumerable<string> CallIds(JsonNode message) =>
    [
        .. (message["tool_calls"] as JsonArray ?? []).Select(c => (string)c!["id"]!),
        .. (message["content"] as JsonArray ?? []).Where(p => (string?)p!["type"] == "tool_use").Select(p => (string)p!["id"]!),
    ];

    /// <summary>
    /// What a provider's cache sees of a body, in its order: tools and system prompt, then one unit for each of the client's messages with what was hidden in it.
    /// Marks are none of it, and one string is a list with that text.
    /// </summary>
    public IReadOnlyList<string> Units(byte[] body)
    {
        var json = JsonNode.Parse(body)!;
        var units = new List<string> { $"{Plain(json["tools"])} {Plain(Listed(json["system"]))}" };
        var isAnswer = false;
        foreach (var message in json["messages"]!.AsArray())
        {
            var text = Plain(message);
            var isOfAnswer = (string?)message!["role"] == "assistant" || IsHidden(message);
            if (isAnswer && isOfAnswer)
            {
                units[^1] += text;
            }
            else
            {
                units.Add(text);
            }

            isAnswer = isOfAnswer;
        }

        return units;
    }

    private static bool IsHidden(JsonNode message) => message["tool_call_id"] is { } id
        ? IsHiddenId(id)
        : message["content"] is JsonArray { Count: > 0 } parts && parts.All(p => p!["tool_use_id"] is { } use && IsHiddenId(use));

    private static bool IsHiddenId(JsonNode id) => ((string)id!).StartsWith(Hidden, StringComparison.Ordinal);

    private static JsonNode? Listed(JsonNode? content) =>
        content is JsonValue value && value.GetValueKind() == JsonValueKind.String ? new JsonArray(Text((string)value!)) : content?.DeepClone();

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Plain(JsonNode? node) => node is null ? "" : Unmarked(node.DeepClone()).ToJsonString(Relaxed);

    private static JsonNode Unmarked(JsonNode node)
    {
        switch (node)
        {
            case JsonObject members:
                members.Remove("cache_control");
                if (members.TryGetPropertyValue("content", out var content))
                {
                    members["content"] = Listed(content);
                }

                foreach (var (_, member) in members.Where(m => m.Value is not null))
                {
                    Unmarked(member!);
                }

                break;
            case JsonArray elements:
                foreach (var element in elements.Where(e => e is not null))
                {
                    Unmarked(element!);
                }

                break;
            default:
                break;
        }

        return node;
    }
}
