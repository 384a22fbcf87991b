using System.Globalization;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Accounting;

/// <summary>
/// Whole numbers by name, of which a <see cref="SavingsSnapshot"/> is a view: what several ledgers have counted is put together name by name.
/// Not thread-safe; its size does not grow with the number of records.
/// </summary>
internal sealed class SavingsSums
{
    /// <summary>How the names of those numbers end of which the highest counts and not the sum.</summary>
    public const string PeakSuffix = ".max";

    private const string Requests = "requests";
    private const string Compressed = "compressed";
    private const string Failed = "failed";
    private const string Streaming = "streaming";
    private const string TokensBefore = "tokens.before";
    private const string TokensSaved = "tokens.saved";
    private const string TokensSavedByReplay = "tokens.replayed";
    private const string OutputTokens = "tokens.output";
    private const string CacheReadTokens = "tokens.cache_read";
    private const string CacheWriteTokens = "tokens.cache_write";
    private const string BlocksNew = "blocks.new";
    private const string BlocksReplayed = "blocks.replayed";
    private const string RetrievalCalls = "retrievals.calls";
    private const string Continuations = "retrievals.continuations";
    private const string NanoDollars = "nano_usd";
    private const string Unpriced = "unpriced";
    private const string Accuracy = "accuracy.";
    private const string Reason = "reason.";
    private const string Overhead = "overhead";
    private const string Total = "total";
    private const decimal NanoPerDollar = 1_000_000_000m;

    private readonly Dictionary<string, long> _numbers = new(StringComparer.Ordinal);

    /// <summary>All that is not zero, with names that other versions and processes know.</summary>
    public IReadOnlyDictionary<string, long> Numbers => _numbers;

    /// <summary>Adds one request.</summary>
    /// <param name="record">The request.</param>
    /// <param name="prices">It is priced here, once.</param>
    public void Add(SavingsRecord record, PriceTable prices)
    {
        Add(Requests, 1);
        Add(Failed, record.IsFailed ? 1 : 0);
        Add(Streaming, record.IsStreaming ? 1 : 0);
        Add(OutputTokens, record.OutputTokens ?? 0);
        Add(CacheReadTokens, record.CacheReadTokens ?? 0);
        Add(CacheWriteTokens, record.CacheWriteTokens ?? 0);
        Add(BlocksNew, record.BlocksNew);
        Add(BlocksReplayed, record.BlocksReplayed);
        Add(RetrievalCalls, record.RetrievalCalls);
        Add(Continuations, record.Continuations);
        Add(Reason + record.Reason, 1);
        AddDuration(Overhead, record.OverheadMs);
        AddDuration(Total, record.TotalMs);

        // A refused request was not billed, and its client will send it again: its tokens would count twice.
        if (record is { Status: >= 200 and < 300, TokensBefore: > 0 })
        {
            Add(Compressed, record.BlocksNew + record.BlocksReplayed > 0 ? 1 : 0);
            Add(TokensBefore, record.TokensBefore);
            Add(TokensSaved, record.TokensSaved);
            Add(TokensSavedByReplay, record.TokensSavedByReplay);
            Add(Accuracy + Text((int)record.Accuracy), 1);
            if (prices.Find(record.Model) is { } price)
            {
                Add(NanoDollars, (long)decimal.Round(price.SavingsOf(record) * NanoPerDollar));
            }
            else
            {
                Add(Unpriced, 1);
            }
        }
    }

    /// <summary>Adds what another ledger has counted under one name.</summary>
    public void Add(string name, long number)
    {
        if (number != 0)
        {
            var own = _numbers.GetValueOrDefault(name);
            _numbers[name] = name.EndsWith(PeakSuffix, StringComparison.Ordinal) ? Math.Max(own, number) : own + number;
        }
    }

    /// <summary>Adds what another ledger has counted.</summary>
    public void Add(SavingsSums other)
    {
        foreach (var (name, number) in other._numbers)
        {
            Add(name, number);
        }
    }

    /// <summary>The numbers as statistics give them.</summary>
    /// <param name="since">When counting began.</param>
    /// <param name="pricesAsOf">The day of the prices.</param>
    public SavingsSnapshot Snapshot(DateTimeOffset since, DateOnly pricesAsOf) => new()
    {
        Since = since,
        PricesAsOf = pricesAsOf,
        Requests = this[Requests],
        Compressed = this[Compressed],
        Failed = this[Failed],
        Streaming = this[Streaming],
        TokensBefore = this[TokensBefore],
        TokensSaved = this[TokensSaved],
        TokensSavedByReplay = this[TokensSavedByReplay],
        Accuracy = Enum.GetValues<CountAccuracy>().Where(a => this[Accuracy + Text((int)a)] > 0).DefaultIfEmpty(CountAccuracy.Estimated).Max(),
        OutputTokens = this[OutputTokens],
        CacheReadTokens = this[CacheReadTokens],
        CacheWriteTokens = this[CacheWriteTokens],
        BlocksNew = this[BlocksNew],
        BlocksReplayed = this[BlocksReplayed],
        RetrievalCalls = this[RetrievalCalls],
        Continuations = this[Continuations],
        PricedSavingsUsd = this[NanoDollars] / NanoPerDollar,
        UnpricedRequests = this[Unpriced],
        Reasons = _numbers.Where(n => n.Key.StartsWith(Reason, StringComparison.Ordinal))
            .ToDictionary(n => n.Key[Reason.Length..], n => n.Value, StringComparer.Ordinal),
        OverheadMs = Percentiles(Overhead),
        TotalMs = Percentiles(Total),
    };

    private long this[string name] => _numbers.GetValueOrDefault(name);

    private void AddDuration(string duration, double milliseconds)
    {
        var micros = LatencyHistogram.Micros(milliseconds);
        Add($"{duration}.{Text(LatencyHistogram.Bucket(micros))}", 1);
        Add(duration + PeakSuffix, micros);
    }

    private LatencyPercentiles Percentiles(string duration)
    {
        var histogram = new LatencyHistogram();
        foreach (var (name, number) in _numbers)
        {
            if (name.Length > duration.Length
                && name[duration.Length] == '.'
                && name.StartsWith(duration, StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(duration.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bucket))
            {
                histogram.Add(bucket, number);
            }
        }

        histogram.Cap(this[duration + PeakSuffix]);
        return new LatencyPercentiles(histogram.Percentile(50), histogram.Percentile(95), histogram.Percentile(99));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
