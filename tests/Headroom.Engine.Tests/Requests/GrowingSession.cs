using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Engine.Requests;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Requests;

/// <summary>
/// An agent that sends its growing conversation once a turn. Each body holds the messages of the one before it in the same bytes, and
/// then a few more.
/// </summary>
internal sealed class GrowingSession
{
    /// <summary>What an Anthropic client moves to its newest message at each turn.</summary>
    public const string CacheMark = ",\"cache_control\":{\"type\":\"ephemeral\"}";

    public const int Turns = 20;

    private readonly bool _isOpenAI;
    private readonly (string Search, string Log)[] _outputs;
    private readonly string _userText;
    private readonly bool _hasRetrieveTool;

    /// <param name="format">The format's name.</param>
    /// <param name="seed">The same seed gives the same tool results.</param>
    /// <param name="userText">What the user types at each turn.</param>
    /// <param name="hasRetrieveTool">Whether the client offers the retrieve tool.</param>
    public GrowingSession(string format, ulong seed = 1, string userText = "go on", bool hasRetrieveTool = false)
    {
        Format = LocatedBlocks.Format(format);
        _isOpenAI = Format == LocatedBlocks.OpenAI;
        _outputs = [.. Enumerable.Range(0, Turns).Select(t =>
        {
            var turnSeed = seed * 1000 + (ulong)t;
            return (
                Quote(SearchResults.Generate(12 + t, 1, 1, turnSeed).Json(JsonLayout.Spaced)),
                Quote(LogEntries.Generate(30, 2, 1, turnSeed).Json(JsonLayout.Pretty)));
        })];
        _userText = userText;
        _hasRetrieveTool = hasRetrieveTool;
    }

    public IRequestFormat Format { get; }

    /// <summary>The number of blocks in a body that a pin decides on.</summary>
    public static int PinnedBlocks(int turn) => (turn + 1) * 2;

    /// <summary>The body that the client sends at a turn, from 0, and how many of its last bytes come after the last message.</summary>
    public (byte[] Body, int Tail) Body(int turn)
    {
        var messages = new List<string>();
        for (var t = 0; t <= turn; t++)
        {
            messages.AddRange(Messages(t, isLast: t == turn));
        }

        const string Tail = "],\"temperature\":1.0}";
        var head = _isOpenAI
            ? $"{{\"model\":\"gpt-4o\",\"tools\":[{Tool()}],\"messages\":["
            : $"{{\"model\":\"claude-sonnet-4-5\",\"tools\":[{Tool()}],\"system\":\"Work.\",\"messages\":[";
        return (System.Text.Encoding.UTF8.GetBytes(head + string.Join(", ", messages) + Tail), Tail.Length);
    }

    private string Tool()
    {
        var name = _hasRetrieveTool ? "mcp__h__headroom_retrieve" : "search";
        return _isOpenAI ? $$"""{"type":"function","function":{"name":"{{name}}"} }""" : $$"""{"name":"{{name}}"}""";
    }

    // Per turn: a search in one string, a log as a list of parts, a file read, a short answer.
    private IEnumerable<string> Messages(int turn, bool isLast)
    {
        var (search, log) = _outputs[turn];
        var user = Quote(string.Create(CultureInfo.InvariantCulture, $"{_userText} ({turn})"));
        (string Name, string Content)[] results =
        [
            ("search", search),
            ("get_logs", $$"""[{"type":"text","text":{{log}}},{"text":"done","type":"text"}]"""),
            ("Read", search),
            ("ping", "\"ok\""),
        ];
        string Id(int call) => Quote(string.Create(CultureInfo.InvariantCulture, $"t{turn}_{call}"));

        yield return $$"""{"role":"user","content":{{user}} }""";
        if (_isOpenAI)
        {
            var calls = results.Select((r, i) =>
                $$"""{"id":{{Id(i)}},"type":"function","function":{"name":"{{r.Name}}","arguments":"{}"} }""");
            yield return $$"""{"role":"assistant","content":null,"tool_calls":[{{string.Join(",", calls)}}]}""";
            for (var i = 0; i < results.Length; i++)
            {
                yield return $$"""{"role":"tool","tool_call_id":{{Id(i)}},"content":{{results[i].Content}} }""";
            }
        }
        else
        {
            var uses = results.Select((r, i) => $$"""{"type":"tool_use","id":{{Id(i)}},"name":"{{r.Name}}","input":{} }""");
            yield return $$"""{"role":"assistant","content":[{{string.Join(",", uses)}}]}""";
            var answers = results.Select((r, i) =>
                $$"""{"type":"tool_result","tool_use_id":{{Id(i)}},"content":{{r.Content}}{{(isLast && i == results.Length - 1 ? CacheMark : "")}} }""");
            yield return $$"""{"role":"user","content":[{{string.Join(",", answers)}}]}""";
        }
    }

    private static string Quote(string text) =>
        JsonValue.Create(text).ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
