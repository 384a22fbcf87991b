using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>What the client gets when the upstream, the network, the store or the client itself does not go on.</summary>
public sealed class LoopFailureTests
{
    private const string Anthropic = "/v1/messages";
    private const string OpenAI = "/v1/chat/completions";

    public static TheoryData<string, bool> Ways => LoopProxy.Ways;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Script First(LoopProxy loop) => new(new Say("Wait. "), new Call("r1", loop.Arguments));

    private static async Task WriteAsync(HttpContext context, bool stream, byte[] body)
    {
        context.Response.ContentType = stream ? "text/event-stream" : "application/json";
        await context.Response.Body.WriteAsync(body);
    }

    private static async Task<int> FailedAsync(LoopProxy loop) => (await loop.Proxy.GetJsonAsync("/stats"))["requests"]!["failed"]!.GetValue<int>();

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(529)]
    public async Task An_error_at_the_first_request_reaches_the_client_as_it_is(int status)
    {
        foreach (var path in (string[])[Anthropic, OpenAI])
        {
            foreach (var stream in (bool[])[true, false])
            {
                await using var loop = await LoopProxy.StartAsync();
                loop.Proxy.Upstream.Answer = context =>
                {
                    context.Response.Headers.RetryAfter = "17";
                    context.Response.Headers["request-id"] = "req_1";
                    return FakeUpstream.Json(context, status, """{ "error" : {"message":"no"}}""");
                };
                using var response = await loop.Proxy.PostAsync(path, LoopProxy.Request(path, stream));
                Assert.Equal(status, (int)response.StatusCode);
                Assert.Equal("17", response.Headers.RetryAfter!.ToString());
                Assert.Equal("req_1", response.Headers.GetValues("request-id").Single());
                Assert.Equal("""{ "error" : {"message":"no"}}""", await response.Content.ReadAsStringAsync(Token));
                Assert.Single(loop.Requests);
                Assert.Equal(1, await FailedAsync(loop));
            }
        }
    }

    [Theory]
    [InlineData(400)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(529)]
    public async Task An_error_at_a_continuation_reaches_the_client_in_the_providers_shape(int status)
    {
        foreach (var (path, error) in ((string, string)[])
            [(Anthropic, "{\n \"type\":\"error\",\n \"error\":{\"type\":\"overloaded_error\",\"message\":\"Over \u20ac\"}}"), (OpenAI, "{\n \"error\":{\"message\":\"no\",\"type\":\"x\",\"code\":null}}")])
        {
            foreach (var stream in (bool[])[true, false])
            {
                await using var loop = await LoopProxy.StartAsync();
                loop.Proxy.Upstream.Answer = context =>
                {
                    if (loop.Requests.Count == 1)
                    {
                        return WriteAsync(context, stream, First(loop).Body(path, stream));
                    }

                    context.Response.Headers.RetryAfter = "17";
                    return FakeUpstream.Json(context, status, error);
                };
                using var response = await loop.Proxy.PostAsync(path, LoopProxy.Request(path, stream));
                var body = await response.Content.ReadAsStringAsync(Token);
                if (stream)
                {
                    Assert.Equal(200, (int)response.StatusCode);
                    var last = body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
                    Assert.StartsWith(path == Anthropic ? "event: error\ndata: {" : "data: {", last, StringComparison.Ordinal);
                    Assert.True(JsonNode.DeepEquals(JsonNode.Parse(error), JsonNode.Parse(last[last.IndexOf('{', StringComparison.Ordinal)..])));
                    Assert.Contains("Wait", body, StringComparison.Ordinal);
                    Assert.DoesNotContain("message_stop", body, StringComparison.Ordinal);
                    Assert.DoesNotContain("DONE", body, StringComparison.Ordinal);
                }
                else
                {
                    Assert.Equal(status, (int)response.StatusCode);
                    Assert.Equal("17", response.Headers.RetryAfter!.ToString());
                    Assert.Equal(error, body);
                }

                Assert.Equal(1, await FailedAsync(loop));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_continuation_that_finds_no_upstream_is_told(string path, bool stream)
    {
        await using var loop = await LoopProxy.StartAsync();
        loop.Proxy.Upstream.Answer = async context =>
        {
            if (loop.Requests.Count == 1)
            {
                await WriteAsync(context, stream, First(loop).Body(path, stream));
                return;
            }

            context.Abort();
        };
        using var response = await loop.Proxy.PostAsync(path, LoopProxy.Request(path, stream));
        var body = await response.Content.ReadAsStringAsync(Token);
        Assert.Equal(stream ? HttpStatusCode.OK : HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("closed the connection before its answer was whole.", body, StringComparison.Ordinal);
        Assert.Equal(1, await FailedAsync(loop));
    }

    [Theory]
    [InlineData(Anthropic)]
    [InlineData(OpenAI)]
    public async Task A_continuation_that_breaks_off_breaks_off_for_the_client(string path)
    {
        await using var loop = await LoopProxy.StartAsync();
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Proxy.Upstream.Answer = async context =>
        {
            if (loop.Requests.Count == 1)
            {
                await WriteAsync(context, true, First(loop).Body(path, true));
                return;
            }

            await WriteAsync(context, true, Encoding.UTF8.GetBytes(string.Concat(new Script(new Say("Broken off.")).Events(path).Take(6))));
            await context.Response.Body.FlushAsync();
            await seen.Task.WaitAsync(context.RequestAborted);
            context.Abort();
        };
        using var response = await loop.Proxy.PostAsync(path, LoopProxy.Request(path, true));
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        await ReadUntilAsync(body, path == Anthropic ? "\"Broke\"" : "\"n off\"");
        seen.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await body.ReadAsync(new byte[100], Token) > 0)
            {
                // What had come before.
            }
        });
        Assert.Equal(1, await FailedAsync(loop));
    }

    [Theory]
    [InlineData(Anthropic)]
    [InlineData(OpenAI)]
    public async Task A_turn_that_ends_without_its_end_gets_none_from_us(string path)
    {
        await using var loop = await LoopProxy.StartAsync();
        var events = First(loop).Events(path);
        var cut = path == Anthropic ? events.Count - 2 : events.ToList().FindIndex(e => e.Contains("\"tool_calls\"}", StringComparison.Ordinal) || e.Contains("finish_reason\":\"tool_calls", StringComparison.Ordinal));
        loop.Proxy.Upstream.Answer = context => WriteAsync(context, true, Encoding.UTF8.GetBytes(string.Concat(events.Take(cut))));
        using var response = await loop.Proxy.PostAsync(path, LoopProxy.Request(path, true));
        var body = await response.Content.ReadAsStringAsync(Token);
        Assert.Single(loop.Requests);
        Assert.DoesNotContain("message_stop", body, StringComparison.Ordinal);
        Assert.DoesNotContain("DONE", body, StringComparison.Ordinal);
        Assert.DoesNotContain("headroom_retrieve", body, StringComparison.Ordinal);
        Assert.Equal(1, await FailedAsync(loop));
    }

    [Theory]
    [InlineData(Anthropic)]
    [InlineData(OpenAI)]
    public async Task A_client_that_leaves_at_any_event_cancels_the_upstream_and_nothing_follows(string path)
    {
        await using var loop = await LoopProxy.StartAsync();
        string[] events = [.. First(loop).Events(path), .. new Script(new Say("After.")) { Number = 2 }.Events(path)];
        var first = First(loop).Events(path).Count;

        // Events of which something reaches the client: it reads them and leaves. The others are held by the loop.
        for (var stop = 1; stop <= events.Length; stop++)
        {
            var at = stop;
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var before = loop.Requests.Count;
            loop.Proxy.Upstream.Answer = async context =>
            {
                var isFirst = loop.Requests.Count == before + 1;
                var (from, to) = isFirst ? (0, first) : (first, events.Length);
                context.Response.ContentType = "text/event-stream";
                for (var i = from; i < to; i++)
                {
                    if (i + 1 == at)
                    {
                        // The stream stays open behind the event, so that only the client's leaving ends it.
                        context.RequestAborted.Register(cancelled.SetResult);
                        await context.Response.WriteAsync(events[i]);
                        await context.Response.Body.FlushAsync();
                        reached.SetResult();
                        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                        return;
                    }

                    await context.Response.WriteAsync(events[i]);
                    await context.Response.Body.FlushAsync();
                }
            };
            using var request = loop.Proxy.Request("POST", path, Encoding.UTF8.GetBytes(LoopProxy.Request(path, true)), ("Content-Type", "application/json"));
            using var leaving = new CancellationTokenSource();
            using (var response = await loop.Proxy.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token))
            {
                var reading = response.Content.CopyToAsync(Stream.Null, leaving.Token);
                await reached.Task.WaitAsync(Token);
                await leaving.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
            }

            // When a turn's last event stays open, the loop takes it for complete and goes on; then it is the continuation that is alone.
            await cancelled.Task.WaitAsync(Token);
            Assert.True(loop.Requests.Count - before <= (at < first ? 1 : 2));
        }

        // All of them have ended: none is left open, and each is in the statistics.
        Assert.Equal(events.Length, (await loop.Proxy.GetJsonAsync("/stats"))["requests"]!["total"]!.GetValue<int>());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_store_that_fails_costs_the_client_nothing_but_the_content(string path, bool stream)
    {
        var store = new FailingStore();
        await using var loop = await LoopProxy.StartAsync(store: store);
        loop.Enqueue(First(loop), new Script(new Say("Without.")) { Number = 2 });
        var asking = loop.Proxy.Upstream.Answer;
        loop.Proxy.Upstream.Answer = context =>
        {
            // The request was prepared while the store was there.
            store.IsDown = true;
            return asking(context);
        };
        var answer = await loop.AskAsync(path, stream);
        Assert.Equal("Wait. Without.", answer.Text);
        Assert.StartsWith("[", LoopProxy.Results(path, loop.Requests[1].Body).Single().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trace_is_stored_before_the_client_sees_the_end()
    {
        foreach (var path in (string[])[Anthropic, OpenAI])
        {
            var store = new FailingStore { Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
            await using var loop = await LoopProxy.StartAsync(store: store);
            loop.Enqueue(First(loop), new Script(new Say("Then.")) { Number = 2 });
            using var response = await loop.Proxy.PostAsync(path, LoopProxy.Request(path, true));
            await using var body = await response.Content.ReadAsStreamAsync(Token);
            await store.Held.Task.WaitAsync(Token);
            var seen = await ReadUntilAsync(body, "Then.");
            var rest = new StreamReader(body).ReadToEndAsync(Token);
            Assert.False(rest.IsCompleted);
            Assert.DoesNotContain("stop_reason\":\"", seen, StringComparison.Ordinal);
            Assert.DoesNotContain("finish_reason\":\"", seen, StringComparison.Ordinal);
            store.Hold.SetResult();
            Assert.Contains(path == Anthropic ? "end_turn" : "\"stop\"", await rest, StringComparison.Ordinal);
        }
    }

    private static async Task<string> ReadUntilAsync(Stream body, string text)
    {
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            var read = await body.ReadAsync(buffer, Token).AsTask().WaitAsync(Token);
            Assert.True(read > 0, seen.ToString());
            seen.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return seen.ToString();
    }

    /// <summary>A store that can be switched off, or told to keep the trace waiting.</summary>
    private sealed class FailingStore : ICcrStore
    {
        private readonly MemoryCcrStore _inner = new();

        public bool IsDown { get; set; }

        public TaskCompletionSource? Hold { get; init; }

        public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private MemoryCcrStore Inner => IsDown ? throw new CcrStoreException("down") : _inner;

        public string HashOf(ReadOnlySpan<byte> original) => _inner.HashOf(original);

        public ValueTask OpenAsync(CancellationToken cancellationToken) => Inner.OpenAsync(cancellationToken);

        public ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken) => Inner.PutAsync(original, cancellationToken);

        public async ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken) => await Inner.GetAsync(hash, cancellationToken);

        public async ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) => await Inner.HasExpiredAsync(hash, cancellationToken);

        public async ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken) =>
            await Inner.FindPinsAsync(keys, cancellationToken);

        public async ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken)
        {
            if (Hold is not null && proposals.Any(p => p.Pin.Reason == "retrieval-trace"))
            {
                Held.SetResult();
                await Hold.Task.WaitAsync(cancellationToken);
            }

            return await Inner.PinAsync(proposals, cancellationToken);
        }

        public ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken) => Inner.StatisticsAsync(cancellationToken);

        public IAsyncEnumerable<CcrEntry> ListAsync(CancellationToken cancellationToken) => Inner.ListAsync(cancellationToken);

        public ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken) => Inner.SweepAsync(retention, cancellationToken);

        public ValueTask<CcrRemoval> RemoveAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellationToken) => Inner.RemoveAsync(hashes, cancellationToken);

        public ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken) => Inner.ClearAsync(cancellationToken);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
