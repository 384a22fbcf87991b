using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.TestData;

namespace Headroom.Proxy.Tests;

/// <summary>One session with results of every kind through the real server and a real SQLite store.</summary>
public sealed class KindTests : IDisposable
{
    private static readonly (string Tool, string Fixture)[] Calls =
    [
        ("Bash", "log/python-worker.log"), ("Read", "log/node-jobs.log"), ("Bash", "diff/git-diff-files.diff"), ("Grep", "search/git-grep-token.txt"),
        ("LS", "listing/find-ls.txt"), ("PowerShell", "build/dotnet-build-warnings.txt"), ("Bash", "table/dpkg-l.txt"), ("Bash", "json/eslint.json"),
        ("Bash", "mixed/shell-session.txt"), ("Bash", "jsonl/python-logging.jsonl"),
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-test-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/v1/messages", false)]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/v1/messages", true)]
    public async Task Results_of_every_kind_are_replayed_and_tools_keep_what_they_need(string path, bool allowViews)
    {
        // 1. Each turn brings one result more; in the middle the proxy starts anew.
        var sent = new List<string[]>();
        var proxy = await StartAsync(allowViews);
        try
        {
            for (var turn = 1; turn <= Calls.Length; turn++)
            {
                if (turn == Calls.Length / 2)
                {
                    await proxy.DisposeAsync();
                    proxy = await StartAsync(allowViews);
                }

                var body = path == "/v1/messages" ? Anthropic(turn) : OpenAI(turn);
                using var response = await proxy.PostAsync(path, body);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                sent.Add(Results(proxy.Upstream.Requests.Last().Body));
            }
        }
        finally
        {
            await proxy.DisposeAsync();
        }

        // 2. What was sent once is sent so ever after.
        for (var turn = 1; turn < sent.Count; turn++)
        {
            Assert.Equal(sent[turn - 1], sent[turn][..^1]);
        }

        // 3. What became of each.
        await using var store = new SqliteCcrStore(_directory);
        for (var call = 0; call < Calls.Length; call++)
        {
            var (tool, fixture) = Calls[call];
            var (text, result) = (TextOf(fixture), sent[^1][call]);
            var hash = Marker.HashesIn(result[(result.LastIndexOf('\n') + 1)..]) is [.., var last] ? last : null;
            if (tool == "Read")
            {
                Assert.Equal(text, result);
            }
            else if (hash is null)
            {
                var decoded = Encoding.UTF8.GetString(ContentNotation.Decode(Encoding.UTF8.GetBytes(result))!);
                Assert.True(decoded == text || JsonNode.DeepEquals(JsonNode.Parse(decoded), JsonNode.Parse(text)), fixture);
            }
            else
            {
                Assert.True(allowViews && tool is "Bash" or "PowerShell", $"a view of {fixture} for {tool}");
                Assert.Equal(Encoding.UTF8.GetBytes(text), await store.GetAsync(hash, Token));
            }

            Assert.True(tool == "Read" || result.Length < text.Length, fixture);
        }

        Assert.Equal(allowViews, sent[^1].Any(result => result.EndsWith(']') && result.Contains("headroom_retrieve hash=", StringComparison.Ordinal)));
    }

    private static string TextOf(string fixture) => Encoding.UTF8.GetString(Fixtures.Named(fixture).Utf8());

    private Task<TestProxy> StartAsync(bool allowViews) =>
        TestProxy.StartAsync(o => o with { Store = CcrStoreAddress.Sqlite, DataDirectory = _directory, AllowViews = allowViews });

    private static string OpenAI(int turn)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "look" });
        for (var call = 0; call < turn; call++)
        {
            messages.Add(new JsonObject
            {
                ["role"] = "assistant",
                ["content"] = null,
                ["tool_calls"] = new JsonArray(new JsonObject { ["id"] = $"c{call}", ["type"] = "function", ["function"] = new JsonObject { ["name"] = Calls[call].Tool, ["arguments"] = "{}" } }),
            });
            messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = $"c{call}", ["content"] = TextOf(Calls[call].Fixture) });
        }

        return new JsonObject { ["model"] = "gpt-4o", ["messages"] = messages }.ToJsonString();
    }

    private static string Anthropic(int turn)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "look" });
        for (var call = 0; call < turn; call++)
        {
            messages.Add(new JsonObject
            {
                ["role"] = "assistant",
                ["content"] = new JsonArray(new JsonObject { ["type"] = "tool_use", ["id"] = $"t{call}", ["name"] = Calls[call].Tool, ["input"] = new JsonObject() }),
            });
            messages.Add(new JsonObject
            {
                ["role"] = "user",
                ["content"] = new JsonArray(new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = $"t{call}", ["content"] = TextOf(Calls[call].Fixture) }),
            });
        }

        return new JsonObject { ["model"] = "claude-sonnet-4-5", ["max_tokens"] = 16, ["messages"] = messages }.ToJsonString();
    }

    private static string[] Results(byte[] body) =>
    [
        .. JsonNode.Parse(body)!["messages"]!.AsArray().SelectMany(m => m!["role"]!.GetValue<string>() switch
        {
            "tool" => [m["content"]!.GetValue<string>()],
            "user" when m["content"] is JsonArray parts => parts.Select(p => p!["content"]!.GetValue<string>()),
            _ => [],
        }),
    ];
}
