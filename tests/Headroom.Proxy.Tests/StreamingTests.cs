using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Tests;

public sealed class StreamingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    [InlineData("/v1/responses")]
    public async Task The_first_event_arrives_before_the_upstream_sends_the_second(string path)
    {
        await using var proxy = await TestProxy.StartAsync();
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var headersSeen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream; charset=utf-8";
            await context.Response.Body.FlushAsync();
            await headersSeen.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("data: \u20ac1\n\n");
            await context.Response.Body.FlushAsync();
            await second.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("data: 2\n\n");
        };
        using var response = await proxy.PostAsync(path, """{"stream":true,"messages":[]}""").WaitAsync(Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        headersSeen.SetResult();
        await using var stream = await response.Content.ReadAsStreamAsync(Token);
        var buffer = new byte[100];
        var read = await stream.ReadAtLeastAsync(buffer, 12, cancellationToken: Token).AsTask().WaitAsync(Token);
        Assert.Equal("data: \u20ac1\n\n", Encoding.UTF8.GetString(buffer, 0, read));
        second.SetResult();
        Assert.Equal("data: 2\n\n", await new StreamReader(stream).ReadToEndAsync(Token));
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_the_upstream()
    {
        await using var proxy = await TestProxy.StartAsync();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        proxy.Upstream.Answer = async context =>
        {
            context.RequestAborted.Register(cancelled.SetResult);
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        using (var response = await proxy.PostAsync("/v1/messages", """{"stream":true,"messages":[]}"""))
        {
            await using var stream = await response.Content.ReadAsStreamAsync(Token);
            Assert.True(await stream.ReadAsync(new byte[9], Token) > 0);
        }

        await cancelled.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task A_client_that_leaves_before_the_answer_cancels_the_upstream()
    {
        await using var proxy = await TestProxy.StartAsync();
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        proxy.Upstream.Answer = async context =>
        {
            context.RequestAborted.Register(cancelled.SetResult);
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        using var leave = new CancellationTokenSource();
        using var request = proxy.Request("POST", "/v1/messages", """{"messages":[]}"""u8.ToArray());
        var sending = proxy.Client.SendAsync(request, leave.Token);
        await arrived.Task.WaitAsync(Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await cancelled.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task A_stream_that_breaks_off_breaks_off_for_the_client_and_counts_as_failed()
    {
        await using var proxy = await TestProxy.StartAsync();
        var breakOff = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await breakOff.Task.WaitAsync(context.RequestAborted);
            context.Abort();
        };
        using var response = await proxy.PostAsync("/v1/messages", """{"stream":true,"messages":[]}""");
        await using var stream = await response.Content.ReadAsStreamAsync(Token);
        await stream.ReadExactlyAsync(new byte[9], Token);
        breakOff.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadAsync(new byte[9], Token).AsTask());
        var stats = await proxy.GetJsonAsync("/stats");
        Assert.Equal(1, stats["requests"]!["failed"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("garbage \u0000 without events")]
    [InlineData("data: {\"usage\": \"no object\"}\n\ndata: {\"usage\":{\"prompt_tokens\":1e99,\"completion_tokens\":-1}}\n\ndata: [DONE]\n\n")]
    [InlineData("data: {\"usage\":{\"prompt_tokens\":1,\n\ndata: {\"type\":[],\"message\":7,\"usage\":null}\n\n")]
    [InlineData("\uFEFFdata\r\rdata:\r\n\r\n: comment\nevent: x\nid: 1\n\n")]
    public async Task What_the_observer_cannot_read_passes_all_the_same(string events)
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(events);
        };
        using var response = await proxy.PostAsync("/v1/chat/completions", """{"stream":true,"messages":[]}""");
        Assert.Equal(Encoding.UTF8.GetBytes(events), await response.Content.ReadAsByteArrayAsync(Token));
    }
}
