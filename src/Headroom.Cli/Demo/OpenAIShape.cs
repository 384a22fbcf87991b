using System.Text.Json.Nodes;

namespace Headroom.Cli.Demo;

/// <summary>OpenAI Chat Completions.</summary>
internal sealed class OpenAIShape : WireShape
{
    public override string Name => "OpenAI Chat Completions";

    public override string Path => "/v1/chat/completions";

    public override string Model(AgentSession session) => session.Model.OpenAI;

    public override IEnumerable<string> Answer(AgentSession session, int turn, int inputTokens)
    {
        var answer = session.Turns[turn];
        yield return Chunk(session, turn, new JsonObject { ["role"] = "assistant", ["content"] = "" });
        yield return Chunk(session, turn, new JsonObject { ["content"] = answer.Say });
        for (var c = 0; c < answer.Calls.Count; c++)
        {
            var call = Call(answer.Calls[c], turn, c);
            call.Insert(0, "index", c);
            yield return Chunk(session, turn, new JsonObject { ["tool_calls"] = new JsonArray(call) });
        }

        yield return Chunk(session, turn, [], finish: answer.Calls.Count > 0 ? "tool_calls" : "stop");
        var output = answer.Say.Length / 4;
        yield return Chunk(session, turn, null, usage: new JsonObject
        {
            ["prompt_tokens"] = inputTokens,
            ["completion_tokens"] = output,
            ["total_tokens"] = inputTokens + output,
        });
        yield return "data: [DONE]\n\n";
    }

    protected override JsonArray Opening(AgentSession session) =>
    [
        new JsonObject { ["role"] = "system", ["content"] = session.System },
        new JsonObject { ["role"] = "user", ["content"] = session.Task },
    ];

    protected override void Append(JsonArray messages, AgentTurn answer, int turn)
    {
        messages.Add(new JsonObject
        {
            ["role"] = "assistant",
            ["content"] = answer.Say,
            ["tool_calls"] = new JsonArray([.. answer.Calls.Select((call, c) => Call(call, turn, c))]),
        });
        for (var c = 0; c < answer.Calls.Count; c++)
        {
            messages.Add(new JsonObject
            {
                ["role"] = "tool",
                ["tool_call_id"] = CallId("call", turn, c),
                ["content"] = answer.Calls[c].Result,
            });
        }
    }

    protected override JsonObject Frame(AgentSession session, JsonArray messages) => new()
    {
        ["model"] = Model(session),
        ["stream"] = true,
        ["stream_options"] = new JsonObject { ["include_usage"] = true },
        ["tools"] = new JsonArray([.. session.Tools.Select(t => new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = t.Name,
                ["description"] = t.Description,
                ["parameters"] = t.Parameters.DeepClone(),
            },
        })]),
        ["messages"] = messages,
    };

    private static JsonObject Call(AgentCall call, int turn, int index) => new()
    {
        ["id"] = CallId("call", turn, index),
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = call.Tool, ["arguments"] = Json(call.Input) },
    };

    private string Chunk(AgentSession session, int turn, JsonObject? delta, string? finish = null, JsonObject? usage = null)
    {
        var chunk = new JsonObject
        {
            ["id"] = $"chatcmpl-{turn + 1:00}",
            ["object"] = "chat.completion.chunk",
            ["created"] = 0,
            ["model"] = Model(session),
            ["choices"] = delta is null ? [] : new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }),
        };
        if (usage is not null)
        {
            chunk["usage"] = usage;
        }

        return $"data: {Json(chunk)}\n\n";
    }
}
