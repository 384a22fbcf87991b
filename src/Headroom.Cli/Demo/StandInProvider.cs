using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.Cli.Demo;

/// <summary>A request as it reached the provider.</summary>
/// <param name="Body">Its bytes.</param>
/// <param name="Timestamp">When the last of them was there, by <see cref="Stopwatch"/>.</param>
/// <param name="Answer">The bytes that were sent back.</param>
internal sealed record ReceivedRequest(byte[] Body, long Timestamp, byte[] Answer);

/// <summary>
/// Stands in for a provider: a real HTTP server on loopback that answers a session's requests with the captured answers, as
/// server-sent events.
/// </summary>
internal sealed class StandInProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly AgentSession _session;
    private readonly TextTokens _tokens;
    private ReceivedRequest? _last;

    private StandInProvider(WebApplication app, AgentSession session, TextTokens tokens) =>
        (_app, _session, _tokens) = (app, session, tokens);

    /// <summary>Where it listens.</summary>
    public Uri Uri => new(_app.Urls.Single());

    /// <summary>The request that came last.</summary>
    public ReceivedRequest Last => _last ?? throw new InvalidOperationException("No request came.");

    public static async Task<StandInProvider> StartAsync(
        AgentSession session, IEnumerable<WireShape> shapes, TextTokens tokens, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var provider = new StandInProvider(app, session, tokens);
        app.Run(context => shapes.FirstOrDefault(s => s.Path == context.Request.Path) is { } shape
            ? provider.AnswerAsync(shape, context)
            : Task.FromResult(context.Response.StatusCode = StatusCodes.Status404NotFound));
        await app.StartAsync(cancellationToken);
        return provider;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(WireShape shape, HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var (body, timestamp) = (buffer.ToArray(), Stopwatch.GetTimestamp());

        // The answers so far say which turn it is, as they would to a model.
        using var request = JsonDocument.Parse(body);
        var turn = request.RootElement.GetProperty("messages").EnumerateArray().Count(m => m.GetProperty("role").ValueEquals("assistant"));
        var events = shape.Answer(_session, turn, _tokens.Count(body)).Select(Encoding.UTF8.GetBytes).ToArray();
        _last = new ReceivedRequest(body, timestamp, [.. events.SelectMany(e => e)]);

        context.Response.ContentType = "text/event-stream";
        foreach (var sent in events)
        {
            await context.Response.Body.WriteAsync(sent, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
