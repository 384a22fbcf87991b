namespace Headroom.Engine.Accounting;

/// <summary>Sums up records since it was made. Thread-safe; its memory does not grow with the number of records.</summary>
/// <param name="prices">The prices behind the dollars; a record is priced once, when it is added.</param>
/// <param name="time">Says when counting began.</param>
public sealed class SavingsLedger(PriceTable prices, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _reasons = new(StringComparer.Ordinal);
    private readonly LatencyHistogram _overhead = new();
    private readonly LatencyHistogram _total = new();
    private SavingsSnapshot _sums = new() { Since = time.GetUtcNow(), PricesAsOf = prices.AsOf };

    /// <summary>Adds one request.</summary>
    /// <param name="record">The request; its reason must be from a closed list, because each is counted by name.</param>
    public void Add(SavingsRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);

        // A refused request was not billed, and its client will send it again: its tokens would count twice.
        var isBilled = record is { Status: >= 200 and < 300, TokensBefore: > 0 };
        var price = isBilled ? prices.Find(record.Model) : null;
        lock (_gate)
        {
            var sums = _sums;
            sums = sums with
            {
                Requests = sums.Requests + 1,
                Compressed = sums.Compressed + (isBilled && record.BlocksNew + record.BlocksReplayed > 0 ? 1 : 0),
                Failed = sums.Failed + (record.IsFailed ? 1 : 0),
                Streaming = sums.Streaming + (record.IsStreaming ? 1 : 0),
                OutputTokens = sums.OutputTokens + (record.OutputTokens ?? 0),
                CacheReadTokens = sums.CacheReadTokens + (record.CacheReadTokens ?? 0),
                CacheWriteTokens = sums.CacheWriteTokens + (record.CacheWriteTokens ?? 0),
                BlocksNew = sums.BlocksNew + record.BlocksNew,
                BlocksReplayed = sums.BlocksReplayed + record.BlocksReplayed,
            };
            if (isBilled)
            {
                sums = sums with
                {
                    TokensBefore = sums.TokensBefore + record.TokensBefore,
                    TokensSaved = sums.TokensSaved + record.TokensSaved,
                    TokensSavedByReplay = sums.TokensSavedByReplay + record.TokensSavedByReplay,
                    Accuracy = sums.TokensBefore == 0 || record.Accuracy > sums.Accuracy ? record.Accuracy : sums.Accuracy,
                    PricedSavingsUsd = sums.PricedSavingsUsd + (price?.SavingsOf(record) ?? 0),
                    UnpricedRequests = sums.UnpricedRequests + (price is null ? 1 : 0),
                };
            }

            _sums = sums;
            _reasons[record.Reason] = _reasons.GetValueOrDefault(record.Reason) + 1;
            _overhead.Add(record.OverheadMs);
            _total.Add(record.TotalMs);
        }
    }

    /// <summary>The sums at this moment; later records do not change them.</summary>
    public SavingsSnapshot Snapshot()
    {
        lock (_gate)
        {
            return _sums with
            {
                Reasons = new Dictionary<string, long>(_reasons, StringComparer.Ordinal),
                OverheadMs = Percentiles(_overhead),
                TotalMs = Percentiles(_total),
            };
        }
    }

    private static LatencyPercentiles Percentiles(LatencyHistogram histogram) =>
        new(histogram.Percentile(50), histogram.Percentile(95), histogram.Percentile(99));
}
