using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Headroom.Cli.Demo;

/// <summary>A captured debugging session: what a user asked, what the agent said and called, and what the tools really put out.</summary>
/// <param name="Model">The model names that requests carry, by provider.</param>
/// <param name="System">The system prompt.</param>
/// <param name="Tools">The agent's tools.</param>
/// <param name="Task">The user's message.</param>
/// <param name="Turns">One entry per request: the answer to it and the results of the calls in that answer.</param>
internal sealed record AgentSession(
    AgentModels Model, string System, IReadOnlyList<AgentTool> Tools, string Task, IReadOnlyList<AgentTurn> Turns)
{
    /// <summary>The session that comes with the program.</summary>
    public static AgentSession Load()
    {
        using var resource = typeof(AgentSession).Assembly.GetManifestResourceStream("Headroom.Cli.Demo.session.json")!;
        return JsonSerializer.Deserialize(resource, AgentSessionJson.Default.AgentSession)!;
    }

    /// <summary>The same session, had its tools put out JSON without white space.</summary>
    public AgentSession WithCompactJson() => this with
    {
        Turns = [.. Turns.Select(t => t with { Calls = [.. t.Calls.Select(c => c with { Result = Compact(c.Result) })] })],
    };

    private static string Compact(string result)
    {
        try
        {
            return JsonNode.Parse(result)!.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        }
        catch (JsonException)
        {
            return result;
        }
    }
}

/// <summary>Model names.</summary>
/// <param name="Anthropic">For Anthropic Messages.</param>
/// <param name="OpenAI">For OpenAI Chat Completions.</param>
internal sealed record AgentModels(string Anthropic, [property: JsonPropertyName("openai")] string OpenAI);

/// <summary>A tool that the agent offers to the model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does.</param>
/// <param name="Parameters">JSON schema of its input.</param>
internal sealed record AgentTool(string Name, string Description, JsonNode Parameters);

/// <summary>One answer of the model.</summary>
/// <param name="Say">Its text.</param>
/// <param name="Calls">The tool calls in it, with their results; none in the last answer.</param>
internal sealed record AgentTurn(string Say, IReadOnlyList<AgentCall> Calls);

/// <summary>One tool call.</summary>
/// <param name="Tool">The tool's name.</param>
/// <param name="Input">Its arguments.</param>
/// <param name="Result">What it put out.</param>
/// <param name="IsError">The tool failed.</param>
internal sealed record AgentCall(string Tool, JsonNode Input, string Result, bool IsError = false);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AgentSession))]
internal sealed partial class AgentSessionJson : JsonSerializerContext;
