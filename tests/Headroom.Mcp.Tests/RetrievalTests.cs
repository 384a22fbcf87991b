using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Retrieval;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Mcp.Tests;

public sealed class RetrievalTests
{
    private static readonly string Rows = LogEntries.Generate(400).Json(JsonLayout.Compact);

    [Fact]
    public async Task What_was_compressed_is_retrieved_byte_for_byte()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        var compressed = 0;
        foreach (var bytes in Fixtures.All.Select(f => f.Utf8()).Where(b => b.Length < 60_000 && TokenCounters.O200kBase.Count(b) < 19_000))
        {
            var content = Encoding.UTF8.GetString(bytes);
            var result = await session.Client.CallAsync("headroom_compress", ("content", content));
            if (Marker.HashesIn(result.Text()) is [var hash])
            {
                compressed++;
                Assert.Equal(content, (await session.Client.CallAsync("headroom_retrieve", ("hash", hash))).Text());
            }
        }

        Assert.True(compressed > 5, $"{compressed} views");
    }

    [Fact]
    public async Task Parts_are_answered_as_the_engine_answers_them()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        var hash = Assert.Single(Marker.HashesIn((await session.Client.CallAsync("headroom_compress", ("content", Rows))).Text()));
        (string Name, string Value)[] parts =
            [("rows", "5-7"), ("lines", "1"), ("path", "$[3].message"), ("pattern", "CRITICAL"), ("pattern", "there is no such thing")];
        foreach (var (name, value) in parts)
        {
            var result = await session.Client.CallAsync("headroom_retrieve", ("hash", hash), (name, value));
            var arguments = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["hash"] = hash, [name] = value });
            Assert.Equal(await Retriever.AnswerAsync(store, arguments, TestContext.Current.CancellationToken), result.Text());
            Assert.NotEqual(true, result.IsError);
        }

        var row = (await session.Client.CallAsync("headroom_retrieve", ("hash", hash), ("rows", "5"))).Text();
        Assert.EndsWith($"[{JsonNode.Parse(Rows)![4]!.ToJsonString()}]", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_retrieved_is_an_error_in_words()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        var hash = Assert.Single(Marker.HashesIn((await session.Client.CallAsync("headroom_compress", ("content", Rows))).Text()));
        (string, object?)[][] calls =
        [
            [], [("hash", 5)], [("hash", "short")], [("hash", new string('0', 24))], [("hash", hash), ("rows", "x")],
            [("hash", hash), ("path", "$[")], [("hash", hash), ("rows", "1"), ("path", "$")],
        ];
        foreach (var arguments in calls)
        {
            var result = await session.Client.CallAsync("headroom_retrieve", arguments);
            Assert.True(result.IsError, result.Text());
            var utf8 = JsonSerializer.SerializeToUtf8Bytes(arguments.ToDictionary(a => a.Item1, a => a.Item2));
            Assert.Equal(await Retriever.AnswerAsync(store, utf8, TestContext.Current.CancellationToken), result.Text());
        }
    }
}
