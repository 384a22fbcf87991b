using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Headroom.TestData;

/// <summary>One result of a tool inside an <see cref="AgentSession"/>.</summary>
/// <param name="Turn">The turn, from 0.</param>
/// <param name="ToolName">The tool that gave it.</param>
/// <param name="CallId">The id of the call in the OpenAI body; in the Anthropic body <c>toolu_</c> stands for <c>call_</c>.</param>
/// <param name="Text">The result's text: JSON.</param>
public sealed record ToolResult(int Turn, string ToolName, string CallId, string Text);

/// <summary>
/// A coding agent at work, as it sends its growing conversation once per turn. The body of turn t holds all that the bodies before
/// it hold, in the same bytes and order, and ends in the results of the tools that turn t called.
/// </summary>
public sealed class AgentSession
{
    private const string SystemPrompt =
        "You are an operations assistant for a small software company. You answer questions about documents, logs, database rows and " +
        "the public API. Use the tools to look things up before you answer, and say which rows you rely on. Give identifiers in full. " +
        "When a result shows an error, name it and say what it affects. When nothing fits, say so and do not guess. Keep answers " +
        "short: three sentences at most, then a list if one is needed. Never change data. Dates are UTC. Ask at most one question back, and only " +
        "when the request cannot be answered without it. Today's date: 2025-01-15. Assistant version 3.2.1.";

    private static readonly string[] Queries =
    [
        "Find the documents about rate limits.",
        "Which jobs failed in the last hour?",
        "Show me the account {id}.",
        "Is anything wrong with the billing service?",
        "Look up the session {uuid}.",
        "Which transactions are still pending?",
        "How did the request latency develop today?",
        "Find out why the export job was retried.",
        "List the orders that were shipped.",
        "What does the guide say about deployment?",
        "Check the host server-{id} for anomalies.",
        "Who signed up most recently?",
        "Compare the error rates of the three regions.",
        "Search for {uuid} and tell me where it occurs.",
        "Summarise what we know so far.",
    ];

    private static readonly string[] Answers =
    [
        "I found several matching entries; the first three are the most relevant.",
        "There is one failure, and it affects the export job only.",
        "All values are within their usual range.",
        "The account exists and is active. Its last change was in January.",
        "Two regions look normal, one shows a higher rate. I can look closer if you want.",
    ];

    private static readonly (string Name, string Description)[] Tools =
    [
        ("search_documents", "Full text search over the documentation. Returns ranked results as JSON."),
        ("search_tickets", "Search support tickets. Returns ranked results as JSON."),
        ("get_logs", "Structured log entries of a service as JSON."),
        ("list_errors", "Recent error log entries as JSON."),
        ("query_database", "Run a read-only SQL query. Returns rows as JSON."),
        ("database_report", "Rows of a named database report as JSON."),
        ("call_api", "Call an endpoint of the public API. Returns its items as JSON."),
        ("list_resources", "List resources of the public API as JSON."),
    ];

    private AgentSession(ImmutableArray<byte[]> openAIChat, ImmutableArray<byte[]> anthropicMessages, ImmutableArray<ToolResult> toolResults)
    {
        OpenAIChat = openAIChat;
        AnthropicMessages = anthropicMessages;
        ToolResults = toolResults;
    }

    /// <summary>One <c>POST /v1/chat/completions</c> body per turn, compact UTF-8 JSON.</summary>
    public ImmutableArray<byte[]> OpenAIChat { get; }

    /// <summary>One <c>POST /v1/messages</c> body per turn, compact UTF-8 JSON: the same conversation.</summary>
    public ImmutableArray<byte[]> AnthropicMessages { get; }

    /// <summary>All tool results in the order in which they occur.</summary>
    public ImmutableArray<ToolResult> ToolResults { get; }

    /// <summary>A session; each turn calls <paramref name="callsPerTurn"/> ± 1 tools (at least one) that give <paramref name="items"/> rows each.</summary>
    /// <param name="layout">How the tools write their JSON.</param>
    public static AgentSession Generate(int turns, int callsPerTurn, int items, ulong seed = 42, JsonLayout layout = JsonLayout.Spaced)
    {
        var random = new SeededRandom(seed);
        var openAI = new JsonArray { new JsonObject { ["role"] = "system", ["content"] = SystemPrompt } };
        var anthropic = new JsonArray();
        var openAIBodies = ImmutableArray.CreateBuilder<byte[]>(turns);
        var anthropicBodies = ImmutableArray.CreateBuilder<byte[]>(turns);
        var toolResults = ImmutableArray.CreateBuilder<ToolResult>();
        for (var turn = 0; turn < turns; turn++)
        {
            var query = Queries[turn % Queries.Length]
                .Replace("{id}", random.Next(1, 1000).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("{uuid}", random.Uuid(), StringComparison.Ordinal);
            openAI.Add(new JsonObject { ["role"] = "user", ["content"] = query });
            anthropic.Add(new JsonObject { ["role"] = "user", ["content"] = query });

            var calls = new JsonArray();
            var uses = new JsonArray();
            var results = new JsonArray();
            var answers = new List<JsonObject>();
            var count = Math.Max(1, callsPerTurn + random.Next(-1, 2));
            for (var call = 0; call < count; call++)
            {
                var tool = random.Pick(Tools).Name;
                var id = random.Hex(24);
                var arguments = new JsonObject { ["query"] = query, ["limit"] = items };
                var text = JsonLayouts.Write(Rows(tool, items, random.NextUInt64()), layout);
                calls.Add(new JsonObject
                {
                    ["id"] = $"call_{id}",
                    ["type"] = "function",
                    ["function"] = new JsonObject { ["name"] = tool, ["arguments"] = JsonLayouts.Write(arguments, JsonLayout.Compact) },
                });
                uses.Add(new JsonObject { ["type"] = "tool_use", ["id"] = $"toolu_{id}", ["name"] = tool, ["input"] = arguments });
                answers.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = $"call_{id}", ["content"] = text });
                results.Add(new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = $"toolu_{id}", ["content"] = text });
                toolResults.Add(new ToolResult(turn, tool, $"call_{id}", text));
            }

            openAI.Add(new JsonObject { ["role"] = "assistant", ["content"] = null, ["tool_calls"] = calls });
            answers.ForEach(openAI.Add);
            anthropic.Add(new JsonObject { ["role"] = "assistant", ["content"] = uses });
            anthropic.Add(new JsonObject { ["role"] = "user", ["content"] = results });
            openAIBodies.Add(JsonLayouts.WriteUtf8(OpenAIBody(openAI), JsonLayout.Compact));
            anthropicBodies.Add(JsonLayouts.WriteUtf8(AnthropicBody(anthropic), JsonLayout.Compact));

            if (random.Chance(0.8))
            {
                var answer = random.Pick(Answers);
                openAI.Add(new JsonObject { ["role"] = "assistant", ["content"] = answer });
                anthropic.Add(new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray { new JsonObject { ["type"] = "text", ["text"] = answer } } });
            }
        }

        return new AgentSession(openAIBodies.MoveToImmutable(), anthropicBodies.MoveToImmutable(), toolResults.ToImmutable());
    }

    private static JsonArray Rows(string tool, int items, ulong seed) => tool switch
    {
        "search_documents" or "search_tickets" => SearchResults.Generate(items, Math.Min(1, items), errors: 0, seed, metadata: true).Rows,
        "get_logs" or "list_errors" => LogEntries.Generate(items, Math.Min(2, items), critical: 0, seed).Rows,
        "query_database" or "database_report" => DatabaseRows.Generate(items, DatabaseTable.Mixed, seed).Rows,
        _ => ApiItems.Generate(items, seed).Rows,
    };

    private static JsonObject OpenAIBody(JsonArray messages) => new()
    {
        ["model"] = "gpt-4o",
        ["tools"] = new JsonArray([.. Tools.Select(t => new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = t.Name, ["description"] = t.Description, ["parameters"] = Schema() },
        })]),
        ["messages"] = messages.DeepClone(),
    };

    private static JsonObject AnthropicBody(JsonArray messages) => new()
    {
        ["model"] = "claude-sonnet-4-5",
        ["max_tokens"] = 4096,
        ["system"] = SystemPrompt,
        ["tools"] = new JsonArray([.. Tools.Select(t => new JsonObject { ["name"] = t.Name, ["description"] = t.Description, ["input_schema"] = Schema() })]),
        ["messages"] = messages.DeepClone(),
    };

    private static JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["query"] = new JsonObject { ["type"] = "string" },
            ["limit"] = new JsonObject { ["type"] = "integer" },
        },
        ["required"] = new JsonArray("query"),
    };
}
