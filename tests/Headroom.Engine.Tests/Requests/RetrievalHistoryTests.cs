using System.Text;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;
using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Requests;

/// <summary>What was hidden from a client is in the history that the provider sees.</summary>
public sealed class RetrievalHistoryTests
{
    private const int Turns = 6;

    [Property(MaxTest = 500)]
    public Task OpenAI_sees_the_history_that_it_wrote(int seed) => ProviderSeesItsOwnHistory((IRetrievalFormat)OpenAI, seed);

    [Property(MaxTest = 500)]
    public Task Anthropic_sees_the_history_that_it_wrote(int seed) => ProviderSeesItsOwnHistory((IRetrievalFormat)Anthropic, seed);

    private static async Task ProviderSeesItsOwnHistory(IRetrievalFormat format, int seed)
    {
        var store = new MemoryCcrStore();
        var session = new RetrievingSession(format, seed);
        byte[]? before = null;
        for (var turn = 0; turn < Turns; turn++)
        {
            // A new optimizer at each turn: nothing but the store remembers.
            var optimizer = new RequestOptimizer(store, new RequestOptimizerOptions(), TimeProvider.System, FakeCompressor.Shorten);
            var request = await optimizer.OptimizeAsync(format, session.Body(), TestContext.Current.CancellationToken);
            var sent = request.Body.ToArray();
            Assert.NotNull(request.Conversation);
            AssertPairs(sent);
            Assert.Equal(session.HiddenCalls, Calls(sent).Count(c => c.Name == Marker.ToolName));
            if (before is not null)
            {
                Assert.StartsWith(RawMessages(before)[..^1].TrimEnd(), RawMessages(sent), StringComparison.Ordinal);
            }

            var continuations = await session.AnswerAsync(sent, request.Conversation, store);
            if (continuations.Count > 0)
            {
                var next = await optimizer.OptimizeAsync(format, session.Body(), TestContext.Current.CancellationToken);
                AssertBeginsWith(Messages(continuations[^1]), Messages(next.Body.ToArray()));
            }

            before = sent;
        }
    }

    private static void AssertBeginsWith(JsonArray start, JsonArray messages)
    {
        Assert.True(messages.Count >= start.Count);
        for (var i = 0; i < start.Count; i++)
        {
            Assert.True(JsonNode.DeepEquals(start[i], messages[i]), $"{start[i]!.ToJsonString()}\nbecame\n{messages[i]!.ToJsonString()}");
        }
    }

    /// <summary>Every call is answered in the next message (Anthropic) or the next messages (OpenAI), and nothing else is.</summary>
    internal static void AssertPairs(byte[] body)
    {
        var open = new HashSet<string>();
        foreach (var message in Messages(body))
        {
            var parts = message!["content"] as JsonArray;
            var results = (string?)message["role"] == "tool"
                ? [(string)message["tool_call_id"]!]
                : parts?.Where(p => (string?)p!["type"] == "tool_result").Select(p => (string)p!["tool_use_id"]!).ToArray() ?? [];
            Assert.All(results, id => Assert.True(open.Remove(id), $"{id} was not asked for"));
            if ((string?)message["role"] != "tool")
            {
                Assert.Empty(open);
                Assert.All(parts?.Take(results.Length) ?? [], p => Assert.Equal("tool_result", (string?)p!["type"]));
            }

            Assert.True(parts is null or { Count: > 0 }, "empty content");
            foreach (var (id, _) in Calls(message))
            {
                Assert.Equal("assistant", (string?)message["role"]);
                Assert.True(open.Add(id), $"{id} stands twice");
            }
        }

        Assert.Empty(open);
    }

    private static IEnumerable<(string Id, string Name)> Calls(byte[] body) => Messages(body).SelectMany(m => Calls(m!));

    private static IEnumerable<(string Id, string Name)> Calls(JsonNode message) =>
    [
        .. (message["tool_calls"] as JsonArray)?.Select(c => ((string)c!["id"]!, (string)c["function"]!["name"]!)) ?? [],
        .. (message["content"] as JsonArray)?.Where(p => (string?)p!["type"] == "tool_use").Select(p => ((string)p!["id"]!, (string)p["name"]!)) ?? [],
    ];

    private static JsonArray Messages(byte[] body) => JsonNode.Parse(body)!["messages"]!.AsArray();

    private static string RawMessages(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        var start = text.IndexOf("\"messages\":", StringComparison.Ordinal);
        return text[start..text.LastIndexOf(']')] + "]";
    }
}
