using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.Cli.Tests;

/// <summary>A provider that keeps the bytes of every request and answers <c>{}</c>.</summary>
public sealed class RecordingUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RecordingUpstream(WebApplication app) => _app = app;

    public ConcurrentQueue<byte[]> Bodies { get; } = [];

    /// <summary>What an answer waits for.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    public string Url => _app.Urls.Single();

    public static async Task<RecordingUpstream> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var upstream = new RecordingUpstream(app);
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            upstream.Bodies.Enqueue(body.ToArray());
            await upstream.Held.WaitAsync(context.RequestAborted);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("{}", context.RequestAborted);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return upstream;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
