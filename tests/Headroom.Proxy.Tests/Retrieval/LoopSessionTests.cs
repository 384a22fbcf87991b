using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>A long conversation with retrievals in it: the provider meets the history that it wrote itself, in each request.</summary>
public sealed class LoopSessionTests : IDisposable
{
    private const int Turns = 50;

    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/chat/completions")]
    public async Task Fifty_turns_with_twenty_retrievals_never_change_the_prefix(string path)
    {
        await using var store = new SqliteCcrStore(_directory, "default");
        await using var loop = await LoopProxy.StartAsync(store: store);
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Look into it." });
        var firsts = new List<byte[]>();
        var retrievals = 0;
        for (var turn = 0; turn < Turns; turn++)
        {
            // 1. What the model will say: in 20 of the turns it retrieves, once, twice, in parallel, or beside the client's call.
            var own = turn % 3 == 1 ? [new Call($"c{turn}", $$"""{"n":{{turn}}}""", "ls")] : Array.Empty<Part>();
            Part[] retrieve = [new Call($"r{turn}", loop.Arguments)];
            Script[] said = (turn % 5, turn % 10) switch
            {
                (1, 1) => [new(new Say($"Turn {turn}. "), retrieve[0]), new([new Say("Then this."), .. own])],
                (1, _) => [new(retrieve), new(new Think("so"), new Say("More \U0001F600. "), new Call($"s{turn}", """{"hash":"?"}"""), new Call($"t{turn}", "{}")), new([new Say("At last."), .. own])],
                (3, 3) => [new(new Say("Both. "), retrieve[0], new Call($"c{turn}", "{}", "ls"), new Call($"s{turn}", loop.Arguments))],
                (3, _) => [new(retrieve), new([new Say("Again. "), new Call($"s{turn}", loop.Arguments), new Call($"c{turn}", "{}", "ls")])],
                _ => [new([new Say($"Turn {turn} \u20ac."), .. own])],
            };
            retrievals += said.Any(s => s.Calls.Any(c => c.IsRetrieval)) ? 1 : 0;
            loop.Enqueue([.. said.Select((s, i) => s with { Number = (10 * turn) + i })]);

            // 2. Ask, and add what the client has of it.
            var before = loop.Requests.Count;
            var answer = await loop.AskAsync(path, stream: turn % 2 == 0, messages.ToJsonString());
            firsts.Add(loop.Requests[before].Body);
            messages.Add(answer.ToMessage(path));
            if (answer.Calls.Count == 0)
            {
                messages.Add(new JsonObject { ["role"] = "user", ["content"] = $"Go on {turn}." });
            }
            else if (path == "/v1/messages")
            {
                messages.Add(new JsonObject
                {
                    ["role"] = "user",
                    ["content"] = new JsonArray([.. answer.Calls.Select(c => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = c.Id, ["content"] = $"result {turn}" })]),
                });
            }
            else
            {
                foreach (var call in answer.Calls)
                {
                    messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = call.Id, ["content"] = $"result {turn}" });
                }
            }
        }

        // 3. Every request, continuations too, is valid and begins with the one before.
        Assert.Equal(20, retrievals);
        Assert.True(loop.Requests.Count > Turns);
        for (var i = 0; i < loop.Requests.Count; i++)
        {
            RequestShape.AssertPaired(path, loop.Requests[i].Body);
            if (i > 0)
            {
                RequestShape.AssertPrefix(loop.Requests[i - 1].Body, loop.Requests[i].Body);
            }
        }

        // 4. What was sent for the client's own requests is a prefix to the byte, tools included.
        for (var i = 1; i < firsts.Count; i++)
        {
            var (last, now) = (Prefix(firsts[i - 1]), Prefix(firsts[i]));
            Assert.True(now.AsSpan().StartsWith(last.AsSpan(0, last.Length - 2)), $"turn {i}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_blank_texts_out_loses_no_round(bool stream)
    {
        const string Path = "/v1/messages";
        await using var loop = await LoopProxy.StartAsync();
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Look into it." });
        loop.Enqueue(new(new Think("first"), new Say("\n\n"), new Call("r1", loop.Arguments)), new(new Think("then"), new Say("Done.")), new(new Say("Bye.")));
        var answer = (await loop.AskAsync(Path, stream, messages.ToJsonString())).ToMessage(Path);
        var content = answer["content"]!.AsArray();
        Assert.Equal(4, content.Count);
        Assert.Equal("\n\n", (string?)content[1]!["text"]);
        content.RemoveAt(1);
        messages.Add(answer);
        messages.Add(new JsonObject { ["role"] = "user", ["content"] = "Thanks." });

        await loop.AskAsync(Path, stream, messages.ToJsonString());

        RequestShape.AssertPaired(Path, loop.Requests[^1].Body);
        var sent = JsonNode.Parse(loop.Requests[^1].Body)!["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "user", "assistant", "user"], sent.Select(m => (string)m!["role"]!));
        Assert.Equal(["thinking", "tool_use"], sent[1]!["content"]!.AsArray().Select(b => (string)b!["type"]!));
        Assert.Equal(["thinking", "text"], sent[3]!["content"]!.AsArray().Select(b => (string)b!["type"]!));
    }

    // The stream flag alternates; all else up to the end of the messages is the client's prefix.
    private static byte[] Prefix(byte[] body) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body).Replace("\"stream\":false", "\"stream\":true", StringComparison.Ordinal));
}
