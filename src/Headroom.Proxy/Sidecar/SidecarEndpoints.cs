using System.Text;
using System.Text.Unicode;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.Proxy.Bodies;
using Headroom.Proxy.Forwarding;
using Headroom.Proxy.Operations;
using Headroom.Proxy.Routing;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Sidecar;

/// <summary>
/// Compression for gateways that send requests themselves: <c>POST /v1/compress</c> and <c>GET /v1/retrieve/{hash}</c>, in the
/// shape that the guardrails of LiteLLM and Portkey speak. Only replaced strings differ from what the caller sent; the rest of
/// each message comes back byte for byte.
/// </summary>
internal sealed class SidecarEndpoints(ProxyOptions options, ICcrStore store, OptimizerQueue optimizer, TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly byte[] Before = "{\"messages\":"u8.ToArray();
    private static readonly byte[] After = "}"u8.ToArray();
    private static readonly SidecarFormat ToolResults = new(withUserMessages: false);
    private static readonly SidecarFormat ToolResultsAndUserMessages = new(withUserMessages: true);

    /// <summary><c>POST /v1/compress</c>.</summary>
    public async Task CompressAsync(HttpContext context)
    {
        // 1. Read.
        if (await RequestBody.ReadAsync(context.Request, options.MaxBodyBytes, context.RequestAborted) is not { } received)
        {
            await ErrorReply.WriteTooLargeAsync(context, provider: null, options.MaxBodyBytes);
            return;
        }

        if (received.Plain is not { } body)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid_request", "The Content-Encoding is unknown or the body does not follow it.");
            return;
        }

        if (SidecarRequest.Read(body.Span, out var problem) is not { } request)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid_request", problem!);
            return;
        }

        // 2. Echo on demand.
        var messages = body.Slice(request.Messages.Start, request.Messages.Length);
        if (!options.Optimize || HeaderPolicy.AsksForBypass(context.Request.Headers))
        {
            await ReplyAsync(context, messages, 0, 0, []);
            return;
        }

        // 3. Compress within the deadline.
        byte[] conversation = [.. Before, .. messages.Span, .. After];
        var format = request.CompressUserMessages ? ToolResultsAndUserMessages : ToolResults;
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        OptimizedRequest optimized;
        try
        {
            optimized = request.TokenBudget is { } budget
                ? await optimizer.OptimizeAsync(format, conversation, budget, either.Token)
                : await optimizer.OptimizeAsync(format, conversation, either.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "compression_timeout", "The messages could not be compressed in time.");
            return;
        }

        if (optimized.Map is null)
        {
            await (optimized.Reason == Reason.InvalidRequest
                ? RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid_request", "The body repeats a member or nests too deeply.")
                : RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "compression_error", "The messages could not be compressed."));
            return;
        }

        // 4. Reply with the same bytes, save for the replaced strings.
        Pin[] replaced = [.. optimized.Outcomes.Select(o => o.Pin).OfType<Pin>().Where(p => p.Replacement is not null)];
        await ReplyAsync(
            context, optimized.Body[Before.Length..^After.Length], optimized.TokensBefore, optimized.TokensAfter, replaced);
    }

    /// <summary><c>GET /v1/retrieve/{hash}</c>.</summary>
    public async Task RetrieveAsync(HttpContext context, string hash)
    {
        byte[]? original;
        try
        {
            original = Marker.IsHash(hash)
                ? await store.GetAsync(hash, context.RequestAborted)
                : null;
        }
        catch (Exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "store_unavailable", "The store did not answer.");
            return;
        }

        if (original is null)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, "not_found", "This store has nothing under that hash.");
            return;
        }

        await JsonReply.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("hash", hash);
            if (Utf8.IsValid(original))
            {
                json.WriteString("original_content", original);
            }
            else
            {
                // JSON has no bytes; the text is for reading, the exact content beside it.
                json.WriteString("original_content", Encoding.UTF8.GetString(original));
                json.WriteBase64String("original_base64", original);
            }

            json.WriteEndObject();
        });
    }

    // Only a view names the hash. Who counts these decides by them whether the model needs the retrieve tool.
    private static bool HasMarker(Pin pin) => pin.Hash is { } hash && pin.Replacement.AsSpan().IndexOf(Encoding.ASCII.GetBytes(hash)) >= 0;

    private static Task RefuseAsync(HttpContext context, int status, string type, string message) =>
        ErrorReply.WriteAsync(context, provider: null, status, type, message);

    private static Task ReplyAsync(HttpContext context, ReadOnlyMemory<byte> messages, int before, int after, Pin[] replaced) =>
        JsonReply.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("messages");
            json.WriteRawValue(messages.Span, skipInputValidation: true);
            json.WriteNumber("tokens_before", before);
            json.WriteNumber("tokens_after", after);
            json.WriteNumber("tokens_saved", before - after);
            json.WriteNumber("compression_ratio", before == 0 ? 1 : Math.Round((double)after / before, 4));
            json.WriteStartArray("transforms_applied");
            foreach (var pin in replaced)
            {
                json.WriteStringValue(pin.Strategy);
            }

            json.WriteEndArray();
            json.WriteStartObject("transforms_summary");
            foreach (var group in replaced.GroupBy(p => p.Strategy, StringComparer.Ordinal))
            {
                json.WriteNumber(group.Key, group.Count());
            }

            json.WriteEndObject();
            json.WriteStartArray("ccr_hashes");
            foreach (var hash in replaced.Where(HasMarker).Select(p => p.Hash!).Distinct(StringComparer.Ordinal))
            {
                json.WriteStringValue(hash);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
}
