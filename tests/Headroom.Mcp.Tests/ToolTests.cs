using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Retrieval;
using Headroom.Engine.Tokens;
using Headroom.TestData;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Headroom.Mcp.Tests;

public sealed class ToolTests
{
    private static readonly string Rows = LogEntries.Generate(400).Json(JsonLayout.Compact);

    [Fact]
    public async Task All_definitions_together_and_the_instructions_cost_little()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        var tools = await session.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
        var definitions = JsonSerializer.Serialize(tools.Select(t => t.ProtocolTool), McpJsonUtilities.DefaultOptions);
        var tokens = TokenCounters.O200kBase.Count(Encoding.UTF8.GetBytes(definitions));
        var instructions = TokenCounters.O200kBase.Count(Encoding.UTF8.GetBytes(session.Client.ServerInstructions ?? ""));
        TestContext.Current.TestOutputHelper?.WriteLine($"tools {tokens}, instructions {instructions}");
        Assert.Equal(["headroom_compress", "headroom_retrieve", "headroom_stats"], tools.Select(t => t.Name).Order());
        Assert.True(tokens + instructions <= 350, $"{tokens} tokens of tools, {instructions} of instructions");
    }

    [Fact]
    public async Task The_retrieve_tool_is_the_engines_to_the_byte()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        var tools = await session.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
        var retrieve = tools.Single(t => t.Name == RetrieveTool.Name).ProtocolTool;
        Assert.Equal(RetrieveTool.Description, retrieve.Description);
        Assert.Equal(RetrieveTool.Schema, retrieve.InputSchema.GetRawText());
    }

    [Fact]
    public async Task The_server_says_who_it_is()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        Assert.Equal("headroom", session.Client.ServerInfo?.Name);
        Assert.Matches(@"^\d+\.\d+\.\d+", session.Client.ServerInfo?.Version);
        Assert.Null(session.Client.ServerCapabilities.Prompts);
        Assert.Null(session.Client.ServerCapabilities.Resources);
    }

    [Fact]
    public async Task A_view_ends_with_the_marker_of_its_stored_original()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        var result = await session.Client.CallAsync("headroom_compress", ("content", Rows));
        var hash = Assert.Single(Marker.HashesIn(result.Text()));
        Assert.NotEqual(true, result.IsError);
        Assert.Equal(hash, (string?)result.Meta!["headroom/hash"]);
        Assert.Equal(Rows, Encoding.UTF8.GetString((await store.GetAsync(hash, TestContext.Current.CancellationToken))!));
        Assert.True((int)result.Meta["headroom/tokensAfter"]! * 2 < (int)result.Meta["headroom/tokensBefore"]!);
        Assert.Equal((int)result.Meta["headroom/tokensAfter"]!, TokenCounters.O200kBase.Count(Encoding.UTF8.GetBytes(result.Text())));
    }

    [Fact]
    public async Task A_lossless_form_decodes_to_the_value_and_its_original_is_stored()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        var result = await session.Client.CallAsync("headroom_compress", ("content", Rows), ("level", "lossless"));
        Assert.Empty(Marker.HashesIn(result.Text()));
        var decoded = JsonNode.Parse(ContentNotation.Decode(Encoding.UTF8.GetBytes(result.Text())));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Rows), decoded));
        var original = await store.GetAsync((string)result.Meta!["headroom/hash"]!, TestContext.Current.CancellationToken);
        Assert.Equal(Rows, Encoding.UTF8.GetString(original!));
    }

    [Fact]
    public async Task Budget_level_and_query_are_heeded()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        var lonely = JsonNode.Parse(Rows)![217]!["trace_id"]!.GetValue<string>();
        var balanced = (await session.Client.CallAsync("headroom_compress", ("content", Rows))).Text();
        var aggressive = (await session.Client.CallAsync("headroom_compress", ("content", Rows), ("level", "aggressive"))).Text();
        var small = (await session.Client.CallAsync("headroom_compress", ("content", Rows), ("budget", 500))).Text();
        var asked = (await session.Client.CallAsync("headroom_compress", ("content", Rows), ("query", lonely))).Text();
        Assert.True(aggressive.Length < balanced.Length, $"{aggressive.Length} against {balanced.Length}");
        Assert.True(small.Length < aggressive.Length, $"{small.Length} against {aggressive.Length}");
        Assert.DoesNotContain(lonely["trace_".Length..], balanced, StringComparison.Ordinal);
        Assert.Contains(lonely["trace_".Length..], asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_shortened_comes_back_as_it_is_and_is_not_stored()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        var result = await session.Client.CallAsync("headroom_compress", ("content", "Nothing to do here.\r\n\u00e4\ud83d\ude00"));
        Assert.Equal("Nothing to do here.\r\n\u00e4\ud83d\ude00", result.Text());
        Assert.Equal("", (await session.Client.CallAsync("headroom_compress", ("content", ""))).Text());
        Assert.Equal(0, (await store.StatisticsAsync(TestContext.Current.CancellationToken)).Originals);
    }

    [Fact]
    public async Task A_call_that_cannot_be_answered_says_why_and_the_server_lives_on()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store);
        ((string, object?)[] Arguments, string Expected)[] calls =
        [
            ([], "content is missing"),
            ([("content", 5)], "content is not a text"),
            ([("content", "x"), ("query", 5)], "query is not a text"),
            ([("content", "x"), ("budget", 0)], "budget is not"),
            ([("content", "x"), ("budget", "many")], "budget is not"),
            ([("content", "x"), ("level", "extreme")], "lossless, balanced, aggressive"),
            ([("content", new string('x', (50 << 20) + 1))], "52,428,800"),
        ];
        foreach (var (arguments, expected) in calls)
        {
            var result = await session.Client.CallAsync("headroom_compress", arguments);
            Assert.True(result.IsError);
            Assert.Contains(expected, result.Text(), StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<McpProtocolException>(() => session.Client.CallAsync("headroom_nothing"));
        Assert.Equal("x", (await session.Client.CallAsync("headroom_compress", ("content", "x"), ("query", null), ("budget", null))).Text());
    }

    [Fact]
    public async Task A_store_that_fails_is_told_to_the_model()
    {
        await using var store = new StubbornStore(_ => throw new CcrStoreException("The disk is full."));
        await using var session = await McpSession.StartAsync(store);
        var result = await session.Client.CallAsync("headroom_compress", ("content", Rows));
        Assert.True(result.IsError);
        Assert.Equal("The disk is full.", result.Text());
    }

    [Fact]
    public async Task Cancelling_a_call_ends_its_work()
    {
        var (reached, ended) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var store = new StubbornStore(async token =>
        {
            reached.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                ended.SetResult();
            }
        });
        await using var session = await McpSession.StartAsync(store);
        var call = new JsonRpcRequest
        {
            Id = new RequestId("call"),
            Method = RequestMethods.ToolsCall,
            Params = new JsonObject { ["name"] = "headroom_compress", ["arguments"] = new JsonObject { ["content"] = Rows } },
        };
        _ = session.Client.SendRequestAsync(call, TestContext.Current.CancellationToken);
        await reached.Task;
        await session.Client.SendMessageAsync(
            new JsonRpcNotification { Method = NotificationMethods.CancelledNotification, Params = new JsonObject { ["requestId"] = "call" } },
            TestContext.Current.CancellationToken);
        await ended.Task;
        Assert.Equal("x", (await session.Client.CallAsync("headroom_compress", ("content", "x"))).Text());
    }

    [Fact]
    public async Task Statistics_say_what_is_stored_and_what_was_saved()
    {
        await using var store = new MemoryCcrStore();
        await using var session = await McpSession.StartAsync(store, _ => Task.FromResult("7 requests"));
        var view = await session.Client.CallAsync("headroom_compress", ("content", Rows));
        var (before, after) = ((int)view.Meta!["headroom/tokensBefore"]!, (int)view.Meta["headroom/tokensAfter"]!);
        var expected = FormattableString.Invariant($"""
            stored: 1 originals, {Encoding.UTF8.GetByteCount(Rows):#,0} bytes; 0 expired
            compressed here: 1 contents, {before - after:#,0} of {before:#,0} tokens saved ({100.0 * (before - after) / before:0.0} %, o200k_base)
            proxy: 7 requests
            """);
        Assert.Equal(expected.ReplaceLineEndings("\n"), (await session.Client.CallAsync("headroom_stats")).Text());
    }
}
