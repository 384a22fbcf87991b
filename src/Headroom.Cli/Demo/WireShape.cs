using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Headroom.Cli.Demo;

/// <summary>A provider's wire format, from both ends: the request that an agent sends and the events that a provider answers with.</summary>
internal abstract class WireShape
{
    // As the providers' own JavaScript and Python clients write it.
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The format's name.</summary>
    public abstract string Name { get; }

    /// <summary>The path of its requests.</summary>
    public abstract string Path { get; }

    /// <summary>The model of a session in this format.</summary>
    public abstract string Model(AgentSession session);

    /// <summary>The body of request <paramref name="turn"/> (from 0): the whole conversation so far, as agents re-send it.</summary>
    public byte[] Request(AgentSession session, int turn)
    {
        var messages = Opening(session);
        for (var t = 0; t < turn; t++)
        {
            Append(messages, session.Turns[t], t);
        }

        return Encoding.UTF8.GetBytes(Frame(session, messages).ToJsonString(Relaxed));
    }

    /// <summary>The server-sent events that answer request <paramref name="turn"/>.</summary>
    public abstract IEnumerable<string> Answer(AgentSession session, int turn, int inputTokens);

    /// <summary>The messages before the first answer.</summary>
    protected abstract JsonArray Opening(AgentSession session);

    /// <summary>Adds an answer and the results of its calls.</summary>
    protected abstract void Append(JsonArray messages, AgentTurn answer, int turn);

    /// <summary>The request around the messages, which come last.</summary>
    protected abstract JsonObject Frame(AgentSession session, JsonArray messages);

    protected static string CallId(string prefix, int turn, int call) => $"{prefix}_{turn + 1:00}{(char)('a' + call)}";

    protected static string Json(JsonNode node) => node.ToJsonString(Relaxed);
}
