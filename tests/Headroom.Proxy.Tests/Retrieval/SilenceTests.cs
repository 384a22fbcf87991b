using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Tests;
using Headroom.Proxy.Forwarding;
using Headroom.Proxy.Retrieval;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>An upstream that falls silent while its answer is read for calls: nobody waits for ever, and the client is told what it was.</summary>
public sealed class SilenceTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, int, bool> Silences
    {
        get
        {
            var silences = new TheoryData<string, bool, int, bool>();
            foreach (var path in (string[])["/v1/messages", "/v1/chat/completions"])
            {
                foreach (var stream in (bool[])[true, false])
                {
                    foreach (var round in (int[])[1, 2])
                    {
                        silences.Add(path, stream, round, false);
                        silences.Add(path, stream, round, true);
                    }
                }
            }

            return silences;
        }
    }

    [Theory]
    [MemberData(nameof(Silences))]
    public async Task A_silent_upstream_is_left_and_called_that(string path, bool stream, int round, bool hasBegun)
    {
        var time = new SteppedTime();
        await using var loop = await LoopProxy.StartAsync(time: time);
        var silent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Proxy.Upstream.Answer = async context =>
        {
            var turn = loop.Requests.Count == round ? new Script(new Say("Broken off.")) : new Script(new Call("r1", loop.Arguments));
            context.Response.ContentType = stream ? "text/event-stream" : "application/json";
            if (loop.Requests.Count < round)
            {
                await context.Response.Body.WriteAsync(turn.Body(path, stream));
                return;
            }

            using var leaving = context.RequestAborted.Register(left.SetResult);
            if (hasBegun)
            {
                await context.Response.Body.WriteAsync(stream ? Encoding.UTF8.GetBytes(string.Concat(turn.Events(path).Take(4))) : turn.Body(path, stream)[..20]);
                await context.Response.Body.FlushAsync();
            }

            silent.SetResult();
            await left.Task;
        };
        var answering = loop.Proxy.PostAsync(path, LoopProxy.Request(path, stream));
        await silent.Task;
        if (!hasBegun)
        {
            // The clock runs since the request was sent, and moves only here.
            time.Advance(Upstream.SilenceTimeout - Step);
            Assert.False(left.Task.IsCompleted);
        }

        var isBrokenOff = stream && hasBegun;
        if (isBrokenOff)
        {
            // The answer has begun for the client when it has got something of it. Then it must not look like a whole one.
            await using var events = await (await answering).Content.ReadAsStreamAsync(Token);
            var buffer = new byte[4096];
            for (var seen = ""; !seen.Contains("Broke", StringComparison.Ordinal);)
            {
                seen += Encoding.UTF8.GetString(buffer, 0, await events.ReadAsync(buffer, Token));
            }

            await LeftAsync();
            await Assert.ThrowsAnyAsync<IOException>(async () => await events.CopyToAsync(Stream.Null, Token));
        }
        else
        {
            await LeftAsync();
        }

        using var response = await answering;
        Assert.Equal(stream && (hasBegun || round == 2) ? 200 : 504, (int)response.StatusCode);
        var told = $"The provider {loop.Proxy.Upstream.Uri.Authority} sent nothing for 600 s.";
        if (!isBrokenOff)
        {
            var body = await response.Content.ReadAsStringAsync(Token);
            var error = JsonNode.Parse(body[(stream && round == 2 ? body.LastIndexOf("data: ", StringComparison.Ordinal) + 6 : 0)..])!;
            Assert.Equal(told, error["error"]!["message"]!.GetValue<string>());
        }

        var stats = await loop.Proxy.GetJsonAsync("/stats");
        Assert.Equal(1, stats["requests"]!["failed"]!.GetValue<int>());
        var failed = stats["upstreams"]![path == "/v1/messages" ? "anthropic" : "openai"]!;
        Assert.Equal(1, failed["failures"]!["timeout"]!.GetValue<int>());
        Assert.Equal(told, failed["last"]!["message"]!.GetValue<string>());

        // Whether the proxy already waits for the next byte cannot be seen from here.
        async Task LeftAsync()
        {
            for (time.Advance(Step); !left.Task.IsCompleted; time.Advance(Upstream.SilenceTimeout))
            {
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Silence_is_counted_from_the_last_byte()
    {
        var time = new SteppedTime();
        var trust = UpstreamTrust.Read(null, _ => null, NullLogger.Instance);
        using var upstream = new Upstream(new Uri("http://127.0.0.1:1"), trust, time, NullLogger.Instance);
        using var line = new UpstreamLine(
            new DefaultHttpContext(), upstream, new ForwardingTransformer(new Uri("http://127.0.0.1:1"), []), new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromSeconds(30) }, time);
        var buffer = new byte[8];
        for (var i = 0; i < 5; i++)
        {
            // All but the whole time passes before each byte.
            var stream = new SlowStream();
            var reading = line.ReadAsync(stream, buffer);
            time.Advance(TimeSpan.FromSeconds(30) - Step);
            stream.Came.SetResult(1);
            Assert.Equal(1, await reading);
        }

        var last = new SlowStream();
        var silent = line.ReadAsync(last, buffer).AsTask();
        time.Advance(TimeSpan.FromSeconds(30) - Step);
        Assert.False(last.Given.IsCancellationRequested);
        time.Advance(Step);
        Assert.True(last.Given.IsCancellationRequested);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => silent);
    }

    /// <summary>Gives what has come when it has come.</summary>
    private sealed class SlowStream : MemoryStream
    {
        public TaskCompletionSource<int> Came { get; } = new();

        public CancellationToken Given { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Given = cancellationToken;
            return await Came.Task.WaitAsync(cancellationToken);
        }
    }
}
