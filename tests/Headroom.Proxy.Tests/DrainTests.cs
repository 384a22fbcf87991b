using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Tests;

namespace Headroom.Proxy.Tests;

/// <summary>How a proxy ends: who is there may finish, who comes is told, and not for longer than was said.</summary>
public sealed class DrainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_stream_finishes_while_probes_and_newcomers_are_told()
    {
        await using var proxy = await TestProxy.StartAsync();
        var (arrived, release) = (Signal(), Signal());
        proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.WriteAsync("event: ping\ndata: {\"type\":\"ping\"}\n\n"u8.ToArray());
            await context.Response.Body.FlushAsync();
            arrived.TrySetResult();
            await release.Task;
            await context.Response.Body.WriteAsync("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8.ToArray());
        };
        using var running = await proxy.PostAsync("/v1/messages", """{"stream":true,"messages":[]}""");
        await arrived.Task;
        using var waiting = await RawConnection.OpenAsync(proxy.Server.Uri.Port);
        var stopping = proxy.Server.StopAsync(TimeSpan.FromHours(1));

        // 1. Who asks whether it is ready, hears that it is not; it is alive still.
        var ready = await RawConnection.ExchangeAsync(proxy, "GET /readyz HTTP/1.1\r\nHost: HOST\r\n\r\n");
        Assert.Equal(503, ready.Status);
        Assert.Equal("draining", JsonNode.Parse(ready.Body)!["status"]!.GetValue<string>());
        Assert.Equal("close", ready.Header("Connection"));
        Assert.Equal(200, (await RawConnection.ExchangeAsync(proxy, "GET /livez HTTP/1.1\r\nHost: HOST\r\n\r\n")).Status);

        // 2. Who comes anew is refused in the provider's shape, on an open connection and on a new one.
        await waiting.SendAsync($"POST /v1/messages HTTP/1.1\r\nHost: {proxy.Server.Uri.Authority}\r\nContent-Length: 2\r\n\r\n{{}}");
        foreach (var refused in (RawResponse[])
            [
                await waiting.ReadResponseAsync(),
                await RawConnection.ExchangeAsync(proxy, "POST /v1/messages HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\n{}"),
            ])
        {
            Assert.Equal(503, refused.Status);
            Assert.Equal("close", refused.Header("Connection"));
            Assert.NotNull(refused.Header("Retry-After"));
            Assert.Equal("api_error", JsonNode.Parse(refused.Body)!["error"]!["type"]!.GetValue<string>());
        }

        Assert.True(await waiting.IsAtEndAsync());
        Assert.False(stopping.IsCompleted);

        // 3. Who was there gets all of its answer, and then it has ended.
        release.SetResult();
        Assert.EndsWith("{\"type\":\"message_stop\"}\n\n", await running.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        await stopping;
        await proxy.Server.Completion;
        Assert.Single(proxy.Upstream.Requests);
    }

    [Fact]
    public async Task What_still_runs_when_the_time_is_over_is_cut_off()
    {
        var time = new SteppedTime();
        await using var proxy = await TestProxy.StartAsync(store: new MemoryCcrStore(), time: time);
        var arrived = Signal();
        proxy.Upstream.Answer = async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        var sending = proxy.PostAsync("/v1/messages", """{"messages":[]}""");
        await arrived.Task;
        var stopping = proxy.Server.StopAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(stopping.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        await stopping;
        await Assert.ThrowsAsync<HttpRequestException>(() => sending);
    }

    [Fact]
    public async Task A_proxy_that_nobody_uses_ends_at_once()
    {
        await using var proxy = await TestProxy.StartAsync(store: new MemoryCcrStore(), time: new SteppedTime());
        using var idle = await RawConnection.OpenAsync(proxy.Server.Uri.Port);
        await idle.SendAsync($"GET /livez HTTP/1.1\r\nHost: {proxy.Server.Uri.Authority}\r\n\r\n");
        Assert.Equal(200, (await idle.ReadResponseAsync()).Status);
        await proxy.Server.StopAsync(TimeSpan.FromHours(1));
        Assert.True(await idle.IsAtEndAsync());
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
