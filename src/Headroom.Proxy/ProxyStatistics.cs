using System.Globalization;
using System.Text.Json.Serialization;
using Headroom.Engine.Accounting;

namespace Headroom.Proxy;

/// <summary>What a proxy has done since it started: the body of <c>GET /stats</c>.</summary>
public sealed record ProxyStatistics
{
    /// <summary>Requests.</summary>
    [JsonRequired]
    [JsonPropertyName("requests")]
    public RequestCounts Requests { get; init; } = new();

    /// <summary>Input tokens before compression, and what was saved of them.</summary>
    [JsonRequired]
    [JsonPropertyName("tokens")]
    public TokenCounts Tokens { get; init; } = new();

    /// <summary>What the providers reported beside the input.</summary>
    [JsonPropertyName("usage")]
    public ReportedUsage Usage { get; init; } = new();

    /// <summary>What models took back of what was left out.</summary>
    [JsonPropertyName("retrievals")]
    public RetrievalCounts Retrievals { get; init; } = new();

    /// <summary>Money.</summary>
    [JsonPropertyName("cost")]
    public CostFigures Cost { get; init; } = new();

    /// <summary>Milliseconds that the proxy itself took before the first byte went upstream.</summary>
    [JsonPropertyName("overhead_ms")]
    public Percentiles OverheadMs { get; init; } = new();

    /// <summary>Requests by reason code: why they were changed or left alone.</summary>
    [JsonPropertyName("reasons")]
    public IReadOnlyDictionary<string, long> Reasons { get; init; } = new Dictionary<string, long>();

    /// <summary>Providers that could not be reached or did not answer since this proxy was started, by name; those that never failed are not in it.</summary>
    [JsonPropertyName("upstreams")]
    public IReadOnlyDictionary<string, UpstreamFailures> Upstreams { get; init; } = new Dictionary<string, UpstreamFailures>();

    /// <summary>What was saved, in one line.</summary>
    [JsonIgnore]
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{Requests.Total:#,0} requests, {Tokens.Saved:#,0} of {Tokens.Input:#,0} tokens saved ({Tokens.SavingsPercent:0.0} %, {Tokens.Accuracy})");

    internal static ProxyStatistics Of(SavingsSnapshot sums) => new()
    {
        Requests = new RequestCounts { Total = sums.Requests, Compressed = sums.Compressed, Failed = sums.Failed },
        Tokens = new TokenCounts
        {
            Input = sums.TokensBefore,
            Saved = sums.TokensSaved,
            SavingsPercent = Math.Round(sums.SavingsPercent, 2),
            Accuracy = sums.Accuracy.ToString().ToLowerInvariant(),
        },
        Usage = new ReportedUsage { Output = sums.OutputTokens, CacheRead = sums.CacheReadTokens, CacheWrite = sums.CacheWriteTokens },
        Retrievals = new RetrievalCounts { Calls = sums.RetrievalCalls, Continuations = sums.Continuations },
        Cost = new CostFigures { TotalSavingsUsd = (double?)sums.SavingsUsd },
        OverheadMs = new Percentiles { P50 = sums.OverheadMs.P50, P95 = sums.OverheadMs.P95, P99 = sums.OverheadMs.P99 },
        Reasons = sums.Reasons,
    };
}

/// <summary>Requests by outcome.</summary>
public sealed record RequestCounts
{
    /// <summary>All requests to provider routes.</summary>
    [JsonPropertyName("total")]
    public long Total { get; init; }

    /// <summary>Those that a provider took with at least one block replaced.</summary>
    [JsonPropertyName("compressed")]
    public long Compressed { get; init; }

    /// <summary>Those that ended in an error of the upstream, the network or the proxy.</summary>
    [JsonPropertyName("failed")]
    public long Failed { get; init; }
}

/// <summary>Tokens over all requests; one block counts again in each request that carries it, as it is billed.</summary>
public sealed record TokenCounts
{
    /// <summary>What the clients sent.</summary>
    [JsonPropertyName("input")]
    public long Input { get; init; }

    /// <summary>What the providers were spared.</summary>
    [JsonPropertyName("saved")]
    public long Saved { get; init; }

    /// <summary>100 * saved / input; 0 while nothing was sent.</summary>
    [JsonPropertyName("savings_percent")]
    public double SavingsPercent { get; init; }

    /// <summary>How the numbers were counted: <c>exact</c>, <c>calibrated</c> or <c>estimated</c>; the weakest that went in.</summary>
    [JsonPropertyName("accuracy")]
    public string Accuracy { get; init; } = "estimated";
}

/// <summary>Tokens that the providers' own reports tell of, over all turns of an answer; what they say nothing of counts as none.</summary>
public sealed record ReportedUsage
{
    /// <summary>Output tokens.</summary>
    [JsonPropertyName("output")]
    public long Output { get; init; }

    /// <summary>Input tokens read from a provider's cache.</summary>
    [JsonPropertyName("cache_read")]
    public long CacheRead { get; init; }

    /// <summary>Input tokens written to a provider's cache.</summary>
    [JsonPropertyName("cache_write")]
    public long CacheWrite { get; init; }
}

/// <summary>Retrievals by models in whose conversations the proxy offers the retrieve tool.</summary>
public sealed record RetrievalCounts
{
    /// <summary>Calls that were answered.</summary>
    [JsonPropertyName("calls")]
    public long Calls { get; init; }

    /// <summary>Requests that were sent beyond the clients' own to go on with the results. Their input counts against what was saved.</summary>
    [JsonPropertyName("continuations")]
    public long Continuations { get; init; }
}

/// <summary>How an upstream failed. What it answered itself, errors too, is no failure.</summary>
public sealed record UpstreamFailures
{
    /// <summary>Failures by kind, such as <c>connection_refused</c>.</summary>
    [JsonPropertyName("failures")]
    public IReadOnlyDictionary<string, long> Failures { get; init; } = new Dictionary<string, long>();

    /// <summary>The last one.</summary>
    [JsonPropertyName("last")]
    public LastFailure? Last { get; init; }
}

/// <summary>The last failure of an upstream.</summary>
public sealed record LastFailure
{
    /// <summary>Its kind.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; init; } = "";

    /// <summary>What the client was told.</summary>
    [JsonPropertyName("message")]
    public string Message { get; init; } = "";

    /// <summary>When.</summary>
    [JsonPropertyName("time")]
    public DateTimeOffset Time { get; init; }
}

/// <summary>Money saved.</summary>
public sealed record CostFigures
{
    /// <summary>US dollars; null while a model without a known price was in use.</summary>
    [JsonPropertyName("total_savings_usd")]
    public double? TotalSavingsUsd { get; init; }
}

/// <summary>Percentiles of a set of measurements; 0 while there are none.</summary>
public sealed record Percentiles
{
    /// <summary>The median.</summary>
    [JsonPropertyName("p50")]
    public double P50 { get; init; }

    /// <summary>95 % of the measurements were at most this.</summary>
    [JsonPropertyName("p95")]
    public double P95 { get; init; }

    /// <summary>99 % of the measurements were at most this.</summary>
    [JsonPropertyName("p99")]
    public double P99 { get; init; }
}
