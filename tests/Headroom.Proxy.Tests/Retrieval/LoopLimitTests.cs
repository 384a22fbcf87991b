using System.Text;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>Streams in odd pieces, of odd size, and of other dialects.</summary>
public sealed class LoopLimitTests
{
    private const string Anthropic = "/v1/messages";
    private const string OpenAI = "/v1/chat/completions";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Anthropic)]
    [InlineData(OpenAI)]
    public async Task Through_a_server_too_the_pieces_do_not_matter(string path)
    {
        await using var loop = await LoopProxy.StartAsync();
        byte[][] turns =
        [
            new Script(new Think("so"), new Say("One \u20ac "), new Call("r1", loop.Arguments)) { Newline = "\r\n" }.Body(path, true),
            new Script(new Say("two."), new Call("c1", "{}", "ls")) { Number = 2, Newline = "\r\n" }.Body(path, true),
        ];
        byte[]? expected = null;
        for (var piece = 1; piece < 4000; piece = (piece * 3) + 1)
        {
            var next = 0;
            var size = piece;
            loop.Proxy.Upstream.Answer = async context =>
            {
                var body = turns[next++];
                context.Response.ContentType = "text/event-stream";
                for (var at = 0; at < body.Length; at += size)
                {
                    await context.Response.Body.WriteAsync(body.AsMemory(at, Math.Min(size, body.Length - at)));
                    await context.Response.Body.FlushAsync();
                }
            };
            var answer = await loop.PostAsync(path, stream: true);
            Assert.Equal(2, next);
            Assert.Equal(expected ??= answer, answer);
        }

        Assert.Equal(["c1"], Answer.Read(path, true, expected!).Calls.Select(c => c.Id));
    }

    [Fact]
    public async Task An_event_beyond_all_bounds_passes_and_the_turn_is_not_continued()
    {
        await using var loop = await LoopProxy.StartAsync();
        var turn = new Script(new Novelty(new string('x', 17 << 20)), new Say("After."), new Call("r1", loop.Arguments));
        loop.Enqueue(turn);
        var body = Encoding.UTF8.GetString(await loop.PostAsync(Anthropic, stream: true));
        var answer = Answer.Read(Anthropic, true, Encoding.UTF8.GetBytes(body.Replace(new string('x', 17 << 20), "x", StringComparison.Ordinal)));
        Assert.Equal(("After.", "end_turn", 0), (answer.Text, answer.Stop, answer.Calls.Count));
        Assert.Single(loop.Requests);
        Assert.StartsWith(string.Concat(turn.Events(Anthropic).Take(4)), body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Anthropic, true)]
    [InlineData(OpenAI, true)]
    [InlineData(Anthropic, false)]
    [InlineData(OpenAI, false)]
    public async Task A_turn_beyond_the_bounds_passes_and_is_not_continued(string path, bool stream)
    {
        await using var loop = await LoopProxy.StartAsync();
        var text = new string('y', 33 << 20);
        var turn = new Script(new Say(text), new Call("r1", loop.Arguments)) { Piece = 1 << 20 };
        loop.Enqueue(turn);
        var body = await loop.PostAsync(path, stream);
        Assert.Single(loop.Requests);
        if (stream)
        {
            var answer = Answer.Read(path, stream, body);
            Assert.Equal((text.Length, path == Anthropic ? "end_turn" : "stop", 0), (answer.Text.Length, answer.Stop, answer.Calls.Count));
        }
        else
        {
            Assert.Equal(turn.Body(path, stream), body);
        }
    }

    [Fact]
    public async Task A_provider_that_sends_neither_usage_nor_done_is_understood()
    {
        await using var loop = await LoopProxy.StartAsync();
        var turns = new Queue<Script>([new Script(new Say("A"), new Call("r1", loop.Arguments)), new Script(new Say("B")) { Number = 2 }]);
        loop.Proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(string.Concat(turns.Dequeue().Events(OpenAI).SkipLast(2)));
        };
        var body = Encoding.UTF8.GetString(await loop.PostAsync(OpenAI, stream: true));
        Assert.Equal(2, loop.Requests.Count);
        Assert.DoesNotContain("DONE", body, StringComparison.Ordinal);
        var answer = Answer.Read(OpenAI, true, Encoding.UTF8.GetBytes(body + "data: [DONE]\n\n"));
        Assert.Equal(("AB", "stop"), (answer.Text, answer.Stop));
        Assert.Null(answer.Usage);
    }

    [Theory]
    [InlineData("text/plain", "no events")]
    [InlineData("application/json", "no json")]
    [InlineData("application/json", "{\"choices\":[{\"index\":0},{\"index\":1}],\"content\":7}")]
    [InlineData("text/event-stream", "no events")]
    [InlineData("text/event-stream", "data: {}\n\ndata: {\"choices\":[7]}\n\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":7}\n\nrest")]
    public async Task What_the_loop_cannot_read_passes(string type, string body)
    {
        await using var loop = await LoopProxy.StartAsync();
        loop.Proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = type;
            await context.Response.WriteAsync(body);
        };
        foreach (var path in (string[])[Anthropic, OpenAI])
        {
            using var response = await loop.Proxy.PostAsync(path, LoopProxy.Request(path, stream: true));
            Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
            Assert.Equal(body, await response.Content.ReadAsStringAsync(Token));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(11)]
    public async Task The_number_of_rounds_has_bounds(int rounds)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => ProxyServer.StartAsync(new ProxyOptions { Port = 0, MaxRetrievalRounds = rounds }, Token));
        Assert.Equal(nameof(ProxyOptions.MaxRetrievalRounds), error.ParamName);
    }

    [Fact]
    public async Task A_conversation_without_the_added_tool_is_forwarded_as_it_comes()
    {
        // The client's own retrieve tool: its calls are its own.
        await using var loop = await LoopProxy.StartAsync();
        foreach (var path in (string[])[Anthropic, OpenAI])
        {
            foreach (var stream in (bool[])[true, false])
            {
                var turn = new Script(new Say("Mine."), new Call("r1", loop.Arguments));
                loop.Enqueue(turn);
                var own = LoopProxy.Request(path, stream).Replace("\"ls\"", "\"headroom_retrieve\"", StringComparison.Ordinal);
                using var response = await loop.Proxy.PostAsync(path, own, ("Accept-Encoding", "gzip"));
                Assert.Equal(turn.Body(path, stream), await response.Content.ReadAsByteArrayAsync(Token));
                Assert.Equal("gzip", loop.Requests[^1].Header("Accept-Encoding"));
                Assert.Equal(own, Encoding.UTF8.GetString(loop.Requests[^1].Body));
            }
        }

        Assert.Equal(0, (await loop.Proxy.GetJsonAsync("/stats"))["retrievals"]!["calls"]!.GetValue<int>());
    }
}
