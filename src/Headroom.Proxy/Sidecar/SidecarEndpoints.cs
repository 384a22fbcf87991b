using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Diagnostics;
using Headroom.Engine.Requests;
using Headroom.Engine.Retrieval;
using Headroom.Proxy.Bodies;
using Headroom.Proxy.Forwarding;
using Headroom.Proxy.Operations;
using Headroom.Proxy.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Sidecar;

/// <summary>
/// Compression for gateways that send requests themselves: <c>POST /v1/compress</c> and <c>GET /v1/retrieve/{hash}</c>, in the
/// shape that the guardrails of LiteLLM and Portkey speak. Only replaced strings differ from what the caller sent; the rest of
/// each message comes back byte for byte.
/// </summary>
internal sealed class SidecarEndpoints(ProxyOptions options, ICcrStore store, OptimizerQueue optimizer, TimeProvider time, ILogger logger)
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
                : await optimizer.OptimizeAsync(format, conversation, session: null, either.Token);
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

    /// <summary>
    /// <c>GET /v1/retrieve/{hash}</c>. The parameters <c>rows</c>, <c>lines</c>, <c>path</c> and <c>pattern</c> are the arguments of the
    /// retrieve tool. <c>query</c>, which gateways pass on for a model, gives the part that holds it, or everything where nothing does.
    /// </summary>
    public async Task RetrieveAsync(HttpContext context, string hash)
    {
        var parameters = context.Request.Query;
        var query = parameters["query"].ToString();
        var isQuery = !string.IsNullOrWhiteSpace(query);
        if (isQuery && parameters.ContainsKey("pattern"))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid_request", "Give only one of query and pattern.");
            return;
        }

        var pattern = isQuery ? Literal(query) : parameters["pattern"].ToString();
        var arguments = JsonSerializer.SerializeToUtf8Bytes(
            new RetrieveArguments(hash, parameters["rows"].ToString(), parameters["lines"].ToString(), parameters["path"].ToString(), pattern),
            SidecarJson.Default.RetrieveArguments);
        if (RetrievalRequest.Read(arguments, out var problem) is not { } request)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid_request", problem!);
            return;
        }

        RetrievalResult result;
        string? miss = null;
        try
        {
            result = await Retriever.RetrieveAsync(store, request, context.RequestAborted);
            if (isQuery && result.Status is RetrievalStatus.NoMatch or RetrievalStatus.Invalid)
            {
                // A model that asked in other words than the original's must not take it for empty.
                miss = result.Message;
                result = await Retriever.RetrieveAsync(store, request with { Pattern = null }, context.RequestAborted);
            }
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            logger.RetrievingFailed(new Failure(e));
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "store_unavailable", "The store did not answer.");
            return;
        }

        await (result.Status switch
        {
            RetrievalStatus.Found or RetrievalStatus.NoMatch => ReplyAsync(context, request.Hash, result, isQuery, miss),
            RetrievalStatus.Invalid => RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid_request", result.Message),
            RetrievalStatus.Expired => RefuseAsync(context, StatusCodes.Status404NotFound, "expired", result.Message),
            _ => RefuseAsync(context, StatusCodes.Status404NotFound, "not_found", result.Message),
        });
    }

    private static Task ReplyAsync(HttpContext context, string hash, RetrievalResult result, bool isQuery, string? miss) =>
        JsonReply.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("hash", hash);
            if (isQuery && !result.IsWhole)
            {
                // Gateways give the model this member alone, and it must see that there is more.
                json.WriteString("original_content", result.ToText());
            }
            else if (Utf8.IsValid(result.Bytes.Span) && result.Bytes.Span.EndsWith(result.Content.Span))
            {
                // UTF-16 of Latin letters is valid UTF-8 as well, but no text in it.
                json.WriteString("original_content", result.Bytes.Span);
            }
            else
            {
                // JSON has no bytes; the text is for reading, the exact content beside it.
                json.WriteString("original_content", Encoding.UTF8.GetString(result.Content.Span));
                json.WriteBase64String("original_base64", result.Bytes.Span);
            }

            json.WriteBoolean("is_whole", result.IsWhole);
            if ((miss ?? result.Message) is { Length: > 0 } message)
            {
                json.WriteString("message", message);
            }

            if (miss is not null)
            {
                json.WriteNumber("query_hits", 0);
            }

            json.WriteEndObject();
        });

    // Between slashes it would be a regular expression.
    private static string Literal(string query) => query is ['/', .., '/'] ? $"/{Regex.Escape(query)}/" : query;

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

/// <summary>The arguments of the retrieve tool as a URL spells them; empty is not given.</summary>
internal sealed record RetrieveArguments(
    [property: JsonPropertyName("hash")] string Hash,
    [property: JsonPropertyName("rows")] string Rows,
    [property: JsonPropertyName("lines")] string Lines,
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("pattern")] string Pattern);

[JsonSerializable(typeof(RetrieveArguments))]
internal sealed partial class SidecarJson : JsonSerializerContext;
