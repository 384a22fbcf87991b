using Headroom.Engine.Tokens;

namespace Headroom.Engine.Accounting;

/// <summary>What a ledger has counted up to one moment.</summary>
public sealed record SavingsSnapshot
{
    /// <summary>When counting began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>All requests.</summary>
    public long Requests { get; init; }

    /// <summary>Requests that a provider took with at least one block replaced.</summary>
    public long Compressed { get; init; }

    /// <summary>Requests that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Requests that were answered by a stream.</summary>
    public long Streaming { get; init; }

    /// <summary>Tokens that clients sent in requests which the provider accepted (status 2xx), and so billed.</summary>
    public long TokensBefore { get; init; }

    /// <summary>What the providers were spared of <see cref="TokensBefore"/>; a block counts again in each request that carries it, as it is billed.</summary>
    public long TokensSaved { get; init; }

    /// <summary>The part of <see cref="TokensSaved"/> in blocks that were only replayed.</summary>
    public long TokensSavedByReplay { get; init; }

    /// <summary>The weakest accuracy of what went into the token sums; <see cref="CountAccuracy.Estimated"/> while nothing did.</summary>
    public CountAccuracy Accuracy { get; init; } = CountAccuracy.Estimated;

    /// <summary>Output tokens that the providers reported.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Input tokens that the providers reported as read from their caches. Their discount, never part of our savings.</summary>
    public long CacheReadTokens { get; init; }

    /// <summary>Input tokens that the providers reported as written to their caches.</summary>
    public long CacheWriteTokens { get; init; }

    /// <summary>Blocks replaced for the first time.</summary>
    public long BlocksNew { get; init; }

    /// <summary>Blocks replaced by an earlier decision.</summary>
    public long BlocksReplayed { get; init; }

    /// <summary>Calls of the retrieve tool that the proxy answered itself.</summary>
    public long RetrievalCalls { get; init; }

    /// <summary>Requests that were sent beyond the clients' own to continue after such calls.</summary>
    public long Continuations { get; init; }

    /// <summary>US dollars saved on the models with a known price.</summary>
    public decimal PricedSavingsUsd { get; init; }

    /// <summary>Accepted requests with counted tokens whose model has no known price.</summary>
    public long UnpricedRequests { get; init; }

    /// <summary>US dollars saved; null while a model without a known price was in use.</summary>
    public decimal? SavingsUsd => UnpricedRequests == 0 ? PricedSavingsUsd : null;

    /// <summary>The day of the price table behind the dollars.</summary>
    public DateOnly PricesAsOf { get; init; }

    /// <summary>100 * saved / before; 0 while nothing was sent.</summary>
    public double SavingsPercent => TokensBefore == 0 ? 0 : 100.0 * TokensSaved / TokensBefore;

    /// <summary>Requests by reason code.</summary>
    public IReadOnlyDictionary<string, long> Reasons { get; init; } = new Dictionary<string, long>();

    /// <summary>Milliseconds that the proxy itself took before the first byte went upstream.</summary>
    public LatencyPercentiles OverheadMs { get; init; } = new(0, 0, 0);

    /// <summary>Milliseconds that whole requests took.</summary>
    public LatencyPercentiles TotalMs { get; init; } = new(0, 0, 0);
}

/// <summary>Percentiles of a set of durations in milliseconds, at most 1/32 too high; 0 while there are none.</summary>
/// <param name="P50">The median.</param>
/// <param name="P95">95 % of the measurements were at most this.</param>
/// <param name="P99">99 % of the measurements were at most this.</param>
public sealed record LatencyPercentiles(double P50, double P95, double P99);
