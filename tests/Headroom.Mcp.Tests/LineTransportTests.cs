using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Tests;
using Headroom.TestData;

namespace Headroom.Mcp.Tests;

/// <summary>A client that writes what it likes: every request gets its answer, under its own id, and nothing grows for ever.</summary>
public sealed class LineTransportTests
{
    private const string Initialize = """{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    // What is sent, the id of the answer as it stands in the request, and the code of the error; null for a result.
    public static TheoryData<string, string, int?> Asked => new()
    {
        { """{"jsonrpc":"2.0","id":1,"method":"ping"}""", "1", null },
        { """  {"jsonrpc":"2.0","id":1,"method":"ping"}  """ + "\r", "1", null },
        { """{"jsonrpc":"2.0","id":9223372036854775807,"method":"ping"}""", "9223372036854775807", null },
        { """{"jsonrpc":"2.0","id":-1,"method":"ping"}""", "-1", null },
        { """{"jsonrpc":"2.0","id":"","method":"ping"}""", "\"\"", null },
        { """{"jsonrpc":"2.0","id":"\u20ac","method":"ping"}""", "\"\\u20ac\"", null },
        { """{"jsonrpc":"2.0","id":1,"method":"no/such"}""", "1", -32601 },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"headroom_compress","arguments":{"content":"\ud800"}}}""", "1", 0 },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"headroom_retrieve","arguments":{"hash":"\udfff\ud800"}}}""", "1", 0 },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"headroom_compress","arguments":{"content":"x","\ud800":1}}}""", "1", 0 },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\ud800"}}""", "1", 0 },
        { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"headroom_stats","_meta":{"progressToken":"\ud800"}}}""", "1", 0 },
        { """{"jsonrpc":"2.0","id":1,"method":"\ud800"}""", "1", 0 },
        { """{"jsonrpc":"2.0","id":1,"method":7}""", "1", -32600 },
        { """{"jsonrpc":"2.0","id":"\ud800","method":"ping"}""", "\"\\ud800\"", -32600 },
        { """{"jsonrpc":"2.0","id":99999999999999999999999999,"method":"ping"}""", "99999999999999999999999999", -32600 },
        { """{"jsonrpc":"2.0","id":1e400,"method":"ping"}""", "1e400", -32600 },
        { """{"jsonrpc":"2.0","id":1.5,"method":"ping"}""", "1.5", -32600 },
        { """{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}""", "null", -32600 },
        { """{"jsonrpc":"2.0","id":true,"method":"ping"}""", "null", -32600 },
        { """{"jsonrpc":"1.0","id":1,"method":"ping"}""", "1", -32600 },
        { """{"id":1,"method":"ping"}""", "1", -32600 },
        { """{"jsonrpc":"2.0","id":1}""", "1", -32600 },
        { """[{"jsonrpc":"2.0","id":1,"method":"ping"}]""", "null", -32600 },
        { "[]", "null", -32600 },
        { "7", "null", -32600 },
        { "null", "null", -32600 },
        { "this is not json", "null", -32700 },
        { """{"jsonrpc":"2.0","id":8,"method":"pi""", "8", -32700 },
        { """{"jsonrpc":"2.0","method":"ping","id":"late"}}""", "\"late\"", -32700 },
        { """{"jsonrpc":"2.0","id":5,"method":"ping","params":""" + new string('[', 200) + new string(']', 200) + "}", "5", -32600 },
        { """{"jsonrpc":"2.0","id":5,"method":"ping","params":""" + new string('[', 5000) + new string(']', 5000) + "}", "5", -32700 },
        { """{"jsonrpc":"2.0","id":"LONG","method":"ping"}""".Replace("LONG", new string('i', 100_000), StringComparison.Ordinal), "\"" + new string('i', 100_000) + "\"", null },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task Whatever_is_asked_gets_one_answer_and_the_session_goes_on(string asked, string id, int? code)
    {
        var answers = await TalkAsync(Initialize, asked, """{"jsonrpc":"2.0","id":"last","method":"ping"}""");
        Assert.Equal(3, answers.Count);
        var answer = answers.Single(a => !a.Contains("\"id\":\"init\"", StringComparison.Ordinal) && !a.Contains("\"id\":\"last\"", StringComparison.Ordinal));
        Assert.Contains($"\"id\":{id}", answer.Replace("\\u20AC", "\\u20ac", StringComparison.Ordinal), StringComparison.Ordinal);
        var error = JsonNode.Parse(answer)!["error"];
        Assert.Equal(code is not null, error is not null);
        if (code is < 0)
        {
            Assert.Equal(code, error!["code"]!.GetValue<int>());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized"}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/no/such","params":{"a":"\ud800"}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"\ud800"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":"\ud800","result":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1e400,"error":{"code":1,"message":"m"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":77,"result":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1e400}}""")]
    public async Task What_asks_nothing_gets_no_answer(string said) =>
        Assert.Equal(2, (await TalkAsync(Initialize, said, """{"jsonrpc":"2.0","id":"last","method":"ping"}""")).Count);

    [Fact]
    public async Task A_line_without_end_is_not_held()
    {
        var answers = await TalkAsync(100_000, Initialize, """{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"LONG"}}""".Replace("LONG", new string('x', 1_000_000), StringComparison.Ordinal), """{"jsonrpc":"2.0","id":"last","method":"ping"}""");
        Assert.Equal(3, answers.Count);
        Assert.Single(answers, a => a.Contains("at most 100000 bytes", StringComparison.Ordinal));
        Assert.Single(answers, a => a.Contains("\"last\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Input_that_never_ends_ends_the_session()
    {
        using var output = new MemoryStream();
        await using var store = new MemoryCcrStore();
        await new HeadroomMcpServer(store).RunAsync(new LineTransport(new EndlessStream(), output, TimeProvider.System, 100_000), Token);
        Assert.Contains("at most 100000 bytes", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_the_first_message() =>
        Assert.Contains("\"result\"", Assert.Single(await TalkAsync("\ufeff" + Initialize)), StringComparison.Ordinal);

    [Fact]
    public async Task What_was_asked_is_answered_though_the_input_has_ended()
    {
        await using var held = new HeldSession(new SteppedTime());
        await held.SayAsync(HeldSession.Compress);
        await held.EndAsync();
        await held.Asked;
        Assert.False(held.Running.IsCompleted);
        held.Release();
        var said = await held.ReadToEndAsync();
        Assert.Contains("\"id\":4", said[1], StringComparison.Ordinal);
        Assert.NotNull(JsonNode.Parse(said[1])!["result"]);
    }

    [Fact]
    public async Task The_end_does_not_wait_for_what_was_called_off()
    {
        await using var held = new HeldSession(new SteppedTime());
        await held.SayAsync(HeldSession.Compress + "\n");
        await held.Asked;
        await held.SayAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":4}}""");
        await held.EndAsync();
        Assert.Single(await held.ReadToEndAsync());
    }

    [Fact]
    public async Task The_end_does_not_wait_for_ever()
    {
        var time = new SteppedTime();
        await using var held = new HeldSession(time);
        await held.SayAsync(HeldSession.Compress);
        await held.EndAsync();
        await held.Asked;
        while (!held.Running.IsCompleted)
        {
            time.Advance(LineTransport.Patience);
            await Task.Yield();
        }

        Assert.Single(await held.ReadToEndAsync());
    }

    private static Task<List<string>> TalkAsync(params string[] lines) => TalkAsync(LineTransport.LongestLine, lines);

    private static async Task<List<string>> TalkAsync(int longest, params string[] lines)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        using var output = new MemoryStream();
        await using var store = new MemoryCcrStore();
        await new HeadroomMcpServer(store).RunAsync(new LineTransport(input, output, TimeProvider.System, longest), Token);
        return [.. Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>As <c>/dev/zero</c>.</summary>
    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Array.Clear(buffer, offset, count);
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>A session with a store that keeps its callers waiting.</summary>
    private sealed class HeldSession : IAsyncDisposable
    {
        public static readonly string Compress =
            new JsonObject
            {
                ["jsonrpc"] = "2.0", ["id"] = 4, ["method"] = "tools/call",
                ["params"] = new JsonObject { ["name"] = "headroom_compress", ["arguments"] = new JsonObject { ["content"] = LogEntries.Generate(400).Json(JsonLayout.Compact) } },
            }.ToJsonString();

        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Pipe _toServer = new();
        private readonly Pipe _toClient = new();
        private readonly StubbornStore _store;

        public HeldSession(SteppedTime time)
        {
            _store = new StubbornStore(token =>
            {
                _asked.TrySetResult();
                return _release.Task.WaitAsync(token);
            });
            var transport = new LineTransport(_toServer.Reader.AsStream(), _toClient.Writer.AsStream(), time);
            Running = new HeadroomMcpServer(_store).RunAsync(transport, Token);
            Said = SayAsync(Initialize + "\n");
        }

        public Task Running { get; }

        public Task Asked => _asked.Task;

        private Task Said { get; }

        public async Task SayAsync(string text) => await _toServer.Writer.WriteAsync(Encoding.UTF8.GetBytes(text), Token);

        public async Task EndAsync() => await _toServer.Writer.CompleteAsync();

        public void Release() => _release.TrySetResult();

        public async Task<string[]> ReadToEndAsync()
        {
            await Running;
            await _toClient.Writer.CompleteAsync();
            using var reader = new StreamReader(_toClient.Reader.AsStream());
            return (await reader.ReadToEndAsync(Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        public async ValueTask DisposeAsync()
        {
            Release();
            await Said;
            await EndAsync();
            await Running;
            await _store.DisposeAsync();
        }
    }
}
