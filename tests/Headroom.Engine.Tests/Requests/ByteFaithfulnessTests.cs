using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;

namespace Headroom.Engine.Tests.Requests;

/// <summary>Random valid bodies: what is not a block's reaches the provider byte for byte.</summary>
[Properties(Arbitrary = [typeof(RandomRequests)], MaxTest = 300)]
public sealed class ByteFaithfulnessTests
{
    private static async Task<OptimizedRequest> Optimize(IRequestFormat format, ReadOnlyMemory<byte> body, ICcrStore? store = null) =>
        await new RequestOptimizer(
                store ?? new MemoryCcrStore(), new RequestOptimizerOptions { RetrieveTool = RetrieveToolMode.Never }, TimeProvider.System, FakeCompressor.Shorten)
            .OptimizeAsync(format, body, TestContext.Current.CancellationToken);

    [Property]
    public async Task A_request_without_an_eligible_block_is_the_same_array(UntouchableRequest untouchable)
    {
        var body = untouchable.Request.Body;
        var copy = body.ToArray();
        var request = await Optimize(untouchable.Request.RequestFormat, body);
        Assert.NotEqual(Reason.CompressorFailed, request.Reason);
        Assert.True(request.Body.Equals(body));
        Assert.Equal(copy, body);
    }

    [Property]
    public async Task Only_blocks_change_and_each_decodes_to_its_replacement(RandomRequest random)
    {
        // As history, they would stay as they are.
        var request = await Optimize(new WithoutHistory(random.RequestFormat), random.Body);
        Assert.Equal(Expected(random, []), Encoding.UTF8.GetString(request.Body.Span));
        var late = await Optimize(random.RequestFormat, random.Body);
        Assert.Equal(Expected(random, HistoryOf(random)), Encoding.UTF8.GetString(late.Body.Span));
    }

    [Property]
    public async Task Calls_and_results_keep_their_ids_and_order(RandomRequest random)
    {
        var request = await Optimize(random.RequestFormat, random.Body);
        static IEnumerable<string?> Ids(RequestMap map) => map.Blocks.Select(b => b.CallId + "/" + b.ToolName);
        Assert.Equal(Ids(request.Map!), Ids(random.RequestFormat.Locate(request.Body.Span)!));
    }

    [Property]
    public async Task A_second_proxy_in_the_chain_changes_nothing(RandomRequest random)
    {
        var once = await Optimize(random.RequestFormat, random.Body);
        var twice = await Optimize(random.RequestFormat, once.Body);
        Assert.True(twice.Body.Equals(once.Body));
    }

    [Property]
    public async Task The_tool_is_all_that_is_added(RandomRequest random)
    {
        var format = (IRetrievalFormat)random.RequestFormat;
        var options = new RequestOptimizerOptions { RetrieveTool = RetrieveToolMode.Always };
        var request = await new RequestOptimizer(
                new MemoryCcrStore(), options, TimeProvider.System, (utf8, o, token) => FakeCompressor.Shorten(utf8, o with { Marker = null }, token))
            .OptimizeAsync(format, random.Body, TestContext.Current.CancellationToken);
        Assert.NotEqual(Reason.CompressorFailed, request.Reason);
        var sent = Encoding.UTF8.GetString(request.Body.Span);
        if (request.Conversation is not null)
        {
            var tool = Encoding.UTF8.GetString(format.RetrieveTool);
            var at = sent.IndexOf(tool, StringComparison.Ordinal);
            Assert.True(format.Locate(request.Body.Span)!.HasRetrieveTool);
            sent = sent.Remove(at, tool.Length);
            sent = sent[at - 1] == ',' ? sent.Remove(at - 1, 1) : sent;
        }

        Assert.Equal(Expected(random, HistoryOf(random)), sent);
    }

    // The texts that stand before an answer anywhere.
    private static HashSet<string> HistoryOf(RandomRequest random)
    {
        var body = random.Body;
        return [.. random.RequestFormat.Locate(body)!.Blocks.Where(b => b.IsHistory).Select(b => LocatedBlocks.Text(body, b))];
    }

    // Blocks are known by construction; the writer of strings is the specification's own list, not the product's code.
    private static string Expected(RandomRequest random, HashSet<string> history)
    {
        var expected = new StringBuilder();
        foreach (var segment in random.Segments)
        {
            expected.Append(segment.IsBlock && !history.Contains(JsonSerializer.Deserialize<string>(segment.Text)!) && Shortened(segment.Text) is { } shorter ? Quote(shorter) : segment.Text);
        }

        return expected.ToString();
    }

    // Null where the text takes so few tokens that even the fake's short one takes no fewer.
    private static string? Shortened(string quoted)
    {
        var original = Encoding.UTF8.GetBytes(JsonSerializer.Deserialize<string>(quoted)!);
        var result = FakeCompressor.Shorten(original, new CompressionOptions(), TestContext.Current.CancellationToken);
        Assert.Equal(Rung.Lossless, result.Rung);
        return result.TokensAfter < result.TokensBefore ? Encoding.UTF8.GetString(result.Output.Span) : null;
    }

    private static string Quote(string text) =>
        "\"" + string.Concat(text.Select(c => c switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\b' => "\\b",
            '\f' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            < ' ' => $"\\u{(int)c:x4}",
            _ => c.ToString(),
        })) + "\"";

    private sealed class WithoutHistory(IRequestFormat format) : IRequestFormat
    {
        public string Name => format.Name;

        public string Provider => format.Provider;

        public RequestMap? Locate(ReadOnlySpan<byte> body) =>
            format.Locate(body) is { } map ? map with { Blocks = [.. map.Blocks.Select(b => b with { IsHistory = false })] } : null;
    }
}
