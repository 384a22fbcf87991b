using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Diagnostics;
using Headroom.Engine.Requests;
using Headroom.Proxy.Bodies;
using Headroom.Proxy.Forwarding;
using Headroom.Proxy.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Headroom.Proxy.Retrieval;

/// <summary>
/// Serves a request to which the retrieve tool was added: passes the answer to the client, answers the calls of the tool itself and
/// continues upstream, so that the client gets one answer and knows nothing of the tool.
/// </summary>
/// <param name="store">Holds originals and traces.</param>
/// <param name="limit">How often one answer may be continued.</param>
/// <param name="config">How requests are sent.</param>
/// <param name="time">Measures silence, and how long the store may take.</param>
/// <param name="logger">Told of what fails.</param>
internal sealed class RetrievalLoop(ICcrStore store, int limit, ForwarderRequestConfig config, TimeProvider time, ILogger logger)
{
    /// <summary>The largest whole answer that is held; a larger one passes as it is.</summary>
    private const int MaximumBody = 32 << 20;

    /// <summary>Serves a request; its response has not started.</summary>
    /// <param name="context">The client's request.</param>
    /// <param name="upstream">Where it goes.</param>
    /// <param name="transformer">Applies the header policy.</param>
    /// <param name="format">The wire format.</param>
    /// <param name="optimized">What to send.</param>
    /// <returns>How it ended. When the response has not started, its status says which failure is to be told.</returns>
    public async Task<(ForwarderError Error, RetrievalAccount Account)> ServeAsync(
        HttpContext context, Upstream upstream, ForwardingTransformer transformer, IRetrievalFormat format, OptimizedRequest optimized)
    {
        // Nothing can be found in an answer that cannot be read.
        context.Request.Headers.AcceptEncoding = "identity";
        using var line = new UpstreamLine(context, upstream, transformer, config, time);
        var rounds = new RetrievalRounds(store, format, optimized.Conversation!, limit, optimized.Body, time, logger);
        ForwarderError error;
        try
        {
            using var response = await line.SendAsync(optimized.Body);
            error = await AnswerAsync(context, line, transformer, format, rounds, response, logger);
        }
        catch (Exception e) when (context.Response.HasStarted || e is OperationCanceledException or HttpRequestException or IOException)
        {
            error = context.RequestAborted.IsCancellationRequested ? ForwarderError.RequestCanceled
                : e is OperationCanceledException ? ForwarderError.RequestTimedOut
                : ForwarderError.Request;
            if (e is OperationCanceledException or HttpRequestException or IOException)
            {
                context.Features.Set<IForwarderErrorFeature>(new LoopError(error, e));
            }
            else
            {
                logger.AnswerBroken(new Failure(e));
            }

            if (context.Response.HasStarted)
            {
                // What the client has is no whole answer, and it must not look like one.
                context.Abort();
            }
            else
            {
                context.Response.StatusCode = error == ForwarderError.RequestTimedOut ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway;
            }
        }

        return (error, rounds.Account);
    }

    private static async Task<ForwarderError> AnswerAsync(
        HttpContext context, UpstreamLine line, ForwardingTransformer transformer, IRetrievalFormat format, RetrievalRounds rounds, HttpResponseMessage response, ILogger logger)
    {
        var kind = response.Content.Headers.ContentType?.MediaType;
        if (response.IsSuccessStatusCode && kind == "text/event-stream" && await OpenAsync(response) is { } events)
        {
            await StartAsync(context, transformer, response, isOwnBody: true);
            return await new StreamedLoop(context, line, format, rounds, logger).RunAsync(response, events);
        }

        return response.IsSuccessStatusCode && kind == "application/json"
            ? await new BufferedLoop(context, line, transformer, format, rounds, logger).RunAsync(response, MaximumBody)
            : await PassAsync(context, line, transformer, response, default);
    }

    /// <summary>Passes a response as it is.</summary>
    /// <param name="context">The client's request.</param>
    /// <param name="line">Reads the response.</param>
    /// <param name="transformer">Applies the header policy.</param>
    /// <param name="response">The response.</param>
    /// <param name="begun">What of its body was read already.</param>
    public static async Task<ForwarderError> PassAsync(
        HttpContext context, UpstreamLine line, ForwardingTransformer transformer, HttpResponseMessage response, ReadOnlyMemory<byte> begun)
    {
        await StartAsync(context, transformer, response, isOwnBody: false);
        await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        var buffer = new byte[16 << 10];
        while (true)
        {
            if (!begun.IsEmpty)
            {
                await context.Response.Body.WriteAsync(begun, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            var read = await line.ReadAsync(body, buffer);
            if (read == 0)
            {
                return ForwarderError.None;
            }

            begun = buffer.AsMemory(0, read);
        }
    }

    /// <summary>Gives the client a response's status and headers.</summary>
    /// <param name="context">The client's request.</param>
    /// <param name="transformer">Applies the header policy.</param>
    /// <param name="response">The response.</param>
    /// <param name="isOwnBody">True when the client gets another body, without content coding.</param>
    public static async ValueTask StartAsync(HttpContext context, ForwardingTransformer transformer, HttpResponseMessage response, bool isOwnBody)
    {
        if (isOwnBody)
        {
            response.Content.Headers.Remove("Content-Length");
            response.Content.Headers.Remove("Content-Encoding");
        }

        context.Response.StatusCode = (int)response.StatusCode;
        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = response.ReasonPhrase;
        await transformer.TransformResponseAsync(context, response, context.RequestAborted);
    }

    /// <summary>The plain bytes of a stream; null when its content coding cannot be undone.</summary>
    public static async ValueTask<Stream?> OpenAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStreamAsync();
        var coding = CodingOf(response);
        return coding.Length == 0 ? body : ContentCoding.Open(coding, body);
    }

    /// <summary>The content coding of a response; empty for none.</summary>
    public static string CodingOf(HttpResponseMessage response) =>
        string.Join(", ", response.Content.Headers.ContentEncoding) is var coding && coding.Equals("identity", StringComparison.OrdinalIgnoreCase) ? string.Empty : coding;

    /// <summary>The error of a response as an event can carry it: the provider's own object, or one that says what happened.</summary>
    /// <param name="provider">Whose shape to use.</param>
    /// <param name="status">The status of the response.</param>
    /// <param name="body">Its body.</param>
    public static byte[] ErrorOf(Provider provider, int status, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("error", out _))
            {
                var line = body.ToArray();
                line.AsSpan().Replace((byte)'\n', (byte)' ');
                line.AsSpan().Replace((byte)'\r', (byte)' ');
                return line;
            }
        }
        catch (JsonException)
        {
            // No object of the provider's; ours then.
        }

        return ErrorReply.Json(provider, status < 400 ? StatusCodes.Status502BadGateway : status, "upstream_error", $"The provider did not continue its answer (status {status}).");
    }

    private sealed record LoopError(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;
}
