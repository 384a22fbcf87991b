using System.Text.Json.Nodes;

namespace Headroom.Cli.Demo;

/// <summary>Anthropic Messages.</summary>
internal sealed class AnthropicShape : WireShape
{
    public override string Name => "Anthropic Messages";

    public override string Path => "/v1/messages";

    public override string Model(AgentSession session) => session.Model.Anthropic;

    public override IEnumerable<string> Answer(AgentSession session, int turn, int inputTokens)
    {
        var answer = session.Turns[turn];
        yield return Event("message_start", new JsonObject
        {
            ["message"] = new JsonObject
            {
                ["id"] = $"msg_{turn + 1:00}",
                ["type"] = "message",
                ["role"] = "assistant",
                ["model"] = Model(session),
                ["content"] = new JsonArray(),
                ["stop_reason"] = null,
                ["usage"] = new JsonObject { ["input_tokens"] = inputTokens, ["output_tokens"] = 1 },
            },
        });
        yield return Event("content_block_start", Block(0, "content_block", new JsonObject { ["type"] = "text", ["text"] = "" }));
        yield return Event("content_block_delta", Block(0, "delta", new JsonObject { ["type"] = "text_delta", ["text"] = answer.Say }));
        yield return Event("content_block_stop", new JsonObject { ["index"] = 0 });
        for (var c = 0; c < answer.Calls.Count; c++)
        {
            var use = new JsonObject
            {
                ["type"] = "tool_use",
                ["id"] = CallId("toolu", turn, c),
                ["name"] = answer.Calls[c].Tool,
                ["input"] = new JsonObject(),
            };
            var input = new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = Json(answer.Calls[c].Input) };
            yield return Event("content_block_start", Block(c + 1, "content_block", use));
            yield return Event("content_block_delta", Block(c + 1, "delta", input));
            yield return Event("content_block_stop", new JsonObject { ["index"] = c + 1 });
        }

        yield return Event("message_delta", new JsonObject
        {
            ["delta"] = new JsonObject { ["stop_reason"] = answer.Calls.Count > 0 ? "tool_use" : "end_turn" },
            ["usage"] = new JsonObject { ["output_tokens"] = answer.Say.Length / 4 },
        });
        yield return Event("message_stop", []);
    }

    protected override JsonArray Opening(AgentSession session) =>
        [new JsonObject { ["role"] = "user", ["content"] = session.Task }];

    protected override void Append(JsonArray messages, AgentTurn answer, int turn)
    {
        var said = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = answer.Say });
        var results = new JsonArray();
        for (var c = 0; c < answer.Calls.Count; c++)
        {
            var call = answer.Calls[c];
            var id = CallId("toolu", turn, c);
            said.Add(new JsonObject { ["type"] = "tool_use", ["id"] = id, ["name"] = call.Tool, ["input"] = call.Input.DeepClone() });
            var result = new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = id, ["content"] = call.Result };
            if (call.IsError)
            {
                result["is_error"] = true;
            }

            results.Add(result);
        }

        messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = said });
        messages.Add(new JsonObject { ["role"] = "user", ["content"] = results });
    }

    protected override JsonObject Frame(AgentSession session, JsonArray messages) => new()
    {
        ["model"] = Model(session),
        ["max_tokens"] = 4096,
        ["stream"] = true,
        ["system"] = session.System,
        ["tools"] = new JsonArray([.. session.Tools.Select(t => new JsonObject
        {
            ["name"] = t.Name,
            ["description"] = t.Description,
            ["input_schema"] = t.Parameters.DeepClone(),
        })]),
        ["messages"] = messages,
    };

    private static JsonObject Block(int index, string name, JsonObject content) => new() { ["index"] = index, [name] = content };

    private static string Event(string type, JsonObject data)
    {
        data.Insert(0, "type", type);
        return $"event: {type}\ndata: {Json(data)}\n\n";
    }
}
