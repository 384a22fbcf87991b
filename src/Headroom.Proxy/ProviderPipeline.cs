using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Headroom.Engine.Accounting;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.Proxy.Bodies;
using Headroom.Proxy.Forwarding;
using Headroom.Proxy.Observation;
using Headroom.Proxy.Recording;
using Headroom.Proxy.Retrieval;
using Headroom.Proxy.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Headroom.Proxy;

/// <summary>
/// A provider's request on its way: read, optimize, forward, observe, record. The upstream's status, headers and body reach
/// the client as they are, errors too. Nothing is sent twice: a generation that failed on the way may have been billed, and
/// clients have retries of their own.
/// </summary>
internal sealed class ProviderPipeline
{
    private static readonly ForwarderRequestConfig Config = new()
    {
        ActivityTimeout = Upstream.SilenceTimeout,
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };

    private readonly ProxyOptions _options;
    private readonly IHttpForwarder _forwarder;
    private readonly RetrievalLoop _loop;
    private readonly OptimizerQueue _optimizer;
    private readonly RequestRecorder _recorder;
    private readonly TimeProvider _time;
    private readonly Upstreams _upstreams;
    private readonly ILogger _logger;

    public ProviderPipeline(
        ProxyOptions options,
        IHttpForwarder forwarder,
        Upstreams upstreams,
        ICcrStore store,
        OptimizerQueue optimizer,
        RequestRecorder recorder,
        TimeProvider time,
        ILogger logger)
    {
        _options = options;
        _forwarder = forwarder;
        _loop = new RetrievalLoop(store, options.MaxRetrievalRounds, Config, time, logger);
        _optimizer = optimizer;
        _recorder = recorder;
        _time = time;
        _upstreams = upstreams;
        _logger = logger;
    }

    /// <summary>Serves one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var route = ProviderRoute.Of(context.Request, _options);
        if (route.Refusal is { } refusal)
        {
            await ErrorReply.WriteAsync(context, route.Provider, StatusCodes.Status400BadRequest, "credential_mismatch", refusal);
            return;
        }

        var started = _time.GetTimestamp();
        var arrived = _time.GetUtcNow();
        var exchange = new Exchange(route);

        _recorder.Begin();
        try
        {
            await ServeAsync(context, exchange);
        }
        catch
        {
            exchange.IsFailed = true;
            throw;
        }
        finally
        {
            var record = new SavingsRecord
            {
                Time = arrived,
                RequestId = Guid.CreateVersion7().ToString("n"),
                Provider = route.Provider == Provider.Anthropic ? "anthropic" : "openai",
                Format = route.Format?.Name,
                PathClass = route.PathClass,
                Model = exchange.Optimized?.Map?.Model,
                Reason = exchange.Reason.Code(),
                OverheadMs = exchange.Overhead.TotalMilliseconds,
                TotalMs = _time.GetElapsedTime(started).TotalMilliseconds,
                Status = context.Response.HasStarted ? context.Response.StatusCode : 0,
                IsFailed = exchange.IsFailed || context.Response.StatusCode >= 400,
            };
            _logger.Served(
                record.PathClass, record.Provider, record.Status, record.Reason, exchange.Optimized?.TokensBefore ?? 0, exchange.Optimized?.TokensAfter ?? 0, record.TotalMs);
            _recorder.End(new CompletedRequest(
                record,
                // What is only counted is neither sent nor saved.
                route.Counted is null ? exchange.Optimized : null,
                exchange.ClientBody,
                exchange.Observer,
                exchange.Retrievals));
        }
    }

    private async Task ServeAsync(HttpContext context, Exchange exchange)
    {
        var request = context.Request;
        var aborted = context.RequestAborted;
        var route = exchange.Route;
        var format = route.Format ?? route.Counted;

        // 1. Does anybody want this request looked at?
        exchange.Reason = format is null ? Reason.PassThrough
            : !_options.Optimize ? Reason.Disabled
            : HeaderPolicy.AsksForBypass(request.Headers) ? Reason.Bypass
            : Reason.NoEligibleBlock;

        if (format is not null && exchange.Reason == Reason.NoEligibleBlock)
        {
            // 2. Take the body in, within bounds.
            if (await RequestBody.ReadAsync(request, _options.MaxBodyBytes, aborted) is not { } body)
            {
                await ErrorReply.WriteTooLargeAsync(context, route.Provider, _options.MaxBodyBytes);
                return;
            }

            // 3. Optimize what can be read. From here to step 4 is the time that the client would not wait without us.
            var taken = _time.GetTimestamp();
            var sent = body.Received;
            exchange.Reason = Reason.PassThrough;
            if (body.Plain is { } plain)
            {
                var session = HeaderPolicy.SessionOf(request.Headers);
                var optimized = route.Counted is null
                    ? await _optimizer.OptimizeAsync(format, plain, session, aborted)
                    : await _optimizer.PreviewAsync(format, plain, session, aborted);
                (exchange.Optimized, exchange.ClientBody, exchange.Reason) = (optimized, plain, optimized.Reason);
                if (!optimized.Body.Equals(plain))
                {
                    sent = optimized.Body;
                    request.Headers.Remove("Content-Encoding");
                }
            }

            request.Headers.Remove("Transfer-Encoding");
            request.ContentLength = sent.Length;
            request.Body = ReadOnly(sent);
            exchange.Overhead = _time.GetElapsedTime(taken);
        }

        // 4. Forward.
        var upstream = _upstreams.Of(route.Provider);
        var transformer = new ForwardingTransformer(upstream.Target(context), OwnHeaders(request, exchange));
        var toClient = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        if (route.Format is not null)
        {
            context.Response.Body = new ObservedStream(toClient.Stream, written => Observe(context, exchange, written), _logger);
        }

        ForwarderError error;
        if (route.Format is IRetrievalFormat retrieval && exchange.Optimized is { Conversation: not null } armed)
        {
            (error, exchange.Retrievals) = await _loop.ServeAsync(context, upstream, transformer, retrieval, armed);
        }
        else
        {
            error = await _forwarder.SendAsync(context, upstream.Server, upstream.Client, Config, transformer, CancellationToken.None);
        }

        context.Features.Set(toClient);

        // 5. Answer for an upstream that did not.
        if (error != ForwarderError.None)
        {
            // Whether the client had left is in the error: an answer that breaks off is aborted towards the client too, so its token says nothing any more.
            exchange.IsFailed = true;
            var failure = context.Features.Get<IForwarderErrorFeature>() is { } feature && IsUpstreams(feature.Error)
                ? upstream.Fail(feature.Exception)
                : null;
            if (!context.Response.HasStarted && !aborted.IsCancellationRequested)
            {
                await WriteFailureAsync(context, exchange, failure);
            }
        }
    }

    private static MemoryStream ReadOnly(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);

    private static void Observe(HttpContext context, Exchange exchange, ReadOnlySpan<byte> written)
    {
        exchange.Observer ??= new UsageObserver(
            exchange.Route.Provider, context.Response.ContentType, context.Response.Headers.ContentEncoding.ToString());
        exchange.Observer.Push(written);
    }

    private static KeyValuePair<string, string>[] OwnHeaders(HttpRequest request, Exchange exchange)
    {
        if (!HttpMethods.IsPost(request.Method))
        {
            return [];
        }

        KeyValuePair<string, string> reason = new("x-headroom-reason", exchange.Reason.Code());
        return exchange.Optimized is { } optimized
            ?
            [
                new("x-headroom-tokens-before", Text(optimized.TokensBefore)),
                new("x-headroom-tokens-after", Text(optimized.TokensAfter)),
                new("x-headroom-tokens-saved", Text(optimized.TokensBefore - optimized.TokensAfter)),
                reason,
            ]
            : [reason];

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    // What the client did, or left undone, is not the provider's failure.
    private static bool IsUpstreams(ForwarderError error) => error is not (
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient
        or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient
        or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseCanceled or ForwarderError.UpgradeResponseClient);

    private static Task WriteFailureAsync(HttpContext context, Exchange exchange, UpstreamFailure? failure)
    {
        var (status, code, message) = failure is not null ? (failure.Status, "upstream_" + failure.Kind, failure.Message)
            : context.Response.StatusCode == StatusCodes.Status400BadRequest ? (400, "bad_request", "The request body could not be read.")
            : (502, "upstream_unreachable", "The provider could not be reached.");
        context.Response.Headers.Clear();
        return ErrorReply.WriteAsync(context, exchange.Route.Provider, status, code, message);
    }

    /// <summary>What is learnt of a request while it is served.</summary>
    private sealed class Exchange(ProviderRoute route)
    {
        public ProviderRoute Route { get; } = route;

        public Reason Reason { get; set; }

        public OptimizedRequest? Optimized { get; set; }

        public ReadOnlyMemory<byte> ClientBody { get; set; }

        public UsageObserver? Observer { get; set; }

        public RetrievalAccount? Retrievals { get; set; }

        public TimeSpan Overhead { get; set; }

        public bool IsFailed { get; set; }
    }
}
