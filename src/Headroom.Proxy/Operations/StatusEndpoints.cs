using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.Engine.Accounting;
using Headroom.Engine.Ccr;
using Headroom.Engine.Diagnostics;
using Headroom.Proxy.Forwarding;
using Headroom.Proxy.Recording;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Operations;

/// <summary>What an operator, a script or a probe asks: alive, ready, healthy, how much.</summary>
internal sealed class StatusEndpoints(
    ProxyOptions options, ICcrStore store, ISavingsLedger ledger, RequestRecorder recorder, Upstreams upstreams, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan StoreDeadline = TimeSpan.FromSeconds(2);

    // Long enough for a request that has just been answered, too short for a dashboard to notice.
    private static readonly TimeSpan OpenTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CountingTime = TimeSpan.FromSeconds(2);

    private static readonly string Version =
        typeof(StatusEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    private readonly long _started = time.GetTimestamp();
    private StoreTrouble? _trouble;

    /// <summary><c>GET /livez</c>: 200 as long as requests are served at all.</summary>
    public Task LivezAsync(HttpContext context) => JsonReply.WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        WriteStart(json, "healthy");
        json.WriteBoolean("alive", true);
        json.WriteEndObject();
    });

    /// <summary><c>GET /readyz</c>: 200 when the store takes writes, else 503 with its state, since when, and what to do.</summary>
    public async Task ReadyzAsync(HttpContext context)
    {
        var trouble = await FindTroubleAsync(context.RequestAborted);
        var isReady = trouble is null;
        var status = isReady ? "healthy" : "unhealthy";
        await JsonReply.WriteAsync(context, isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, json =>
        {
            WriteStart(json, status);
            json.WriteBoolean("ready", isReady);
            json.WriteStartObject("checks");
            json.WriteStartObject("store");
            json.WriteBoolean("ready", isReady);
            json.WriteString("status", status);
            WriteTrouble(json, trouble);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary><c>GET /readyz</c> while running requests end and no more are taken: 503.</summary>
    public Task DrainingAsync(HttpContext context) => JsonReply.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, json =>
    {
        WriteStart(json, "draining");
        json.WriteBoolean("ready", false);
        json.WriteEndObject();
    });

    /// <summary><c>GET /health</c>: service, status, version, uptime and settings, for those whom the gate lets in.</summary>
    public async Task HealthAsync(HttpContext context)
    {
        var trouble = await FindTroubleAsync(context.RequestAborted);
        await JsonReply.WriteAsync(context, StatusCodes.Status200OK, json => WriteHealth(json, trouble));
    }

    private void WriteHealth(Utf8JsonWriter json, StoreTrouble? trouble)
    {
        WriteStart(json, trouble is null ? "healthy" : "degraded");
        json.WriteStartObject("store");
        json.WriteString("status", trouble is null ? "healthy" : "unhealthy");
        WriteTrouble(json, trouble);
        json.WriteEndObject();
        json.WriteStartObject("config");
        json.WriteBoolean("optimize", options.Optimize);
        json.WriteString("level", options.Level.ToString().ToLowerInvariant());
        json.WriteString("ccr_tool", options.RetrieveTool.ToString().ToLowerInvariant());
        json.WriteNumber("ccr_rounds", options.MaxRetrievalRounds);
        json.WriteBoolean("allow_views", options.AllowViews);
        json.WriteString("store", options.Store.ToString());
        json.WriteNumber("store_max_age_days", options.Retention.MaxAge.TotalDays);
        json.WriteNumber("store_max_bytes", options.Retention.MaxBytes);
        json.WriteString("openai_url", options.OpenAIUrl.ToString());
        json.WriteString("anthropic_url", options.AnthropicUrl.ToString());
        json.WriteNumber("max_body_bytes", options.MaxBodyBytes);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary><c>GET /stats</c>: <see cref="ProxyStatistics"/>.</summary>
    public async Task StatsAsync(HttpContext context)
    {
        await recorder.SettleAsync(OpenTime, CountingTime, context.RequestAborted);
        var statistics = ProxyStatistics.Of(await ledger.SnapshotAsync(context.RequestAborted)) with { Upstreams = upstreams.Failures };
        await JsonReply.WriteAsync(
            context, StatusCodes.Status200OK, json => JsonSerializer.Serialize(json, statistics, StatisticsJson.Default.ProxyStatistics));
    }

    private async Task<StoreTrouble?> FindTroubleAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.CheckAsync(cancellationToken).AsTask().WaitAsync(StoreDeadline, time, cancellationToken);
            _trouble = null;
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.StoreNotReady(new Failure(e));
            var failure = e as CcrStoreException;
            var kind = failure?.Kind ?? CcrFailureKind.Unavailable;
            var earlier = _trouble;
            return _trouble = new StoreTrouble(kind, failure?.Since ?? (earlier?.Kind == kind ? earlier.Since : time.GetUtcNow()));
        }
    }

    // Fixed texts: no exception's text leaves the process.
    private static void WriteTrouble(Utf8JsonWriter json, StoreTrouble? trouble)
    {
        if (trouble is null)
        {
            return;
        }

        var (state, advice) = trouble.Kind switch
        {
            CcrFailureKind.Full => ("full", "Nothing new can be kept, so new content goes on uncompressed. Make room, or remove what is kept: headroom cache clear, Clear-HeadroomCache."),
            CcrFailureKind.Locked => ("locked", "Another process holds the store's lock, so new content goes on uncompressed. End that process or wait for it."),
            _ => ("unavailable", "The store cannot be used, so content goes on uncompressed. 'headroom cache' with the same --store and --data-dir says why."),
        };
        json.WriteString("state", state);
        json.WriteString("since", trouble.Since);
        json.WriteString("advice", advice);
    }

    private void WriteStart(Utf8JsonWriter json, string status)
    {
        json.WriteStartObject();
        json.WriteString("service", "headroom-proxy");
        json.WriteString("status", status);
        json.WriteString("version", Version);
        json.WriteString("timestamp", time.GetUtcNow());
        json.WriteNumber("uptime_seconds", Math.Round(time.GetElapsedTime(_started).TotalSeconds, 3));
    }
}

/// <summary>Why the store takes no writes.</summary>
/// <param name="Kind">What sort of trouble it has.</param>
/// <param name="Since">Since when, as far as is known.</param>
internal sealed record StoreTrouble(CcrFailureKind Kind, DateTimeOffset Since);

[JsonSerializable(typeof(ProxyStatistics))]
internal sealed partial class StatisticsJson : JsonSerializerContext;
