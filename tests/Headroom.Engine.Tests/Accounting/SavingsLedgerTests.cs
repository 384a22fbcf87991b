using Headroom.Engine.Accounting;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Tests.Accounting;

public sealed class SavingsLedgerTests
{
    private static readonly PriceTable Prices = new(new DateOnly(2026, 1, 2),
        [new("known", 10m, 1m, 12.5m), new("uniform", 4m, 2m, null)]);

    private readonly SavingsLedger _ledger = new(Prices, TimeProvider.System);

    private static SavingsRecord Record(string? model = "known") => new()
    {
        Time = DateTimeOffset.UnixEpoch,
        RequestId = "1",
        Provider = "anthropic",
        Model = model,
        PathClass = "messages",
        Reason = "compressed",
        Status = 200,
    };

    [Fact]
    public void An_empty_ledger_gives_zeros_and_no_unknown_dollars()
    {
        var snapshot = _ledger.Snapshot();
        Assert.Equal(0, snapshot.Requests);
        Assert.Equal(0, snapshot.SavingsPercent);
        Assert.Equal(0m, snapshot.SavingsUsd);
        Assert.Equal(CountAccuracy.Estimated, snapshot.Accuracy);
        Assert.Equal(new LatencyPercentiles(0, 0, 0), snapshot.OverheadMs);
        Assert.Equal(new DateOnly(2026, 1, 2), snapshot.PricesAsOf);
    }

    [Fact]
    public void Every_field_of_a_record_reaches_the_sums()
    {
        var record = Record() with
        {
            TokensBefore = 1000, TokensAfter = 400, TokensSavedByReplay = 100, Accuracy = CountAccuracy.Exact, OutputTokens = 7,
            CacheReadTokens = 11, CacheWriteTokens = 13, BlocksNew = 2, BlocksReplayed = 3, IsStreaming = true, OverheadMs = 2, TotalMs = 900,
        };
        _ledger.Add(record);
        _ledger.Add(record with { Reason = "not-smaller", BlocksNew = 0, BlocksReplayed = 0, TokensAfter = 1000, TokensSavedByReplay = 0, IsStreaming = false });
        var snapshot = _ledger.Snapshot();

        Assert.Equal(2, snapshot.Requests);
        Assert.Equal(1, snapshot.Compressed);
        Assert.Equal(0, snapshot.Failed);
        Assert.Equal(1, snapshot.Streaming);
        Assert.Equal(2000, snapshot.TokensBefore);
        Assert.Equal(600, snapshot.TokensSaved);
        Assert.Equal(100, snapshot.TokensSavedByReplay);
        Assert.Equal(30, snapshot.SavingsPercent);
        Assert.Equal(14, snapshot.OutputTokens);
        Assert.Equal(22, snapshot.CacheReadTokens);
        Assert.Equal(26, snapshot.CacheWriteTokens);
        Assert.Equal(2, snapshot.BlocksNew);
        Assert.Equal(3, snapshot.BlocksReplayed);
        Assert.Equal(CountAccuracy.Exact, snapshot.Accuracy);
        Assert.Equal(new Dictionary<string, long> { ["compressed"] = 1, ["not-smaller"] = 1 }, snapshot.Reasons);
        Assert.Equal(2, snapshot.OverheadMs.P50);
        Assert.Equal(900, snapshot.TotalMs.P99);
    }

    [Theory]
    [InlineData("known", false, 0, 6.0)]
    [InlineData("known", true, 0, 7.5)]
    [InlineData("known", true, 600_000, 0.6)]
    [InlineData("known", false, 200_000, 4.2)]
    [InlineData("uniform", true, 100_000, 2.2)]
    public void Savings_are_priced_in_the_state_in_which_the_provider_would_have_met_them(
        string model, bool marked, int replayed, double dollars)
    {
        _ledger.Add(Record(model) with
        {
            TokensBefore = 1_000_000, TokensAfter = 400_000, TokensSavedByReplay = replayed, IsCacheMarked = marked,
        });
        Assert.Equal((decimal)dollars, _ledger.Snapshot().SavingsUsd);
    }

    [Fact]
    public void One_model_without_a_price_makes_the_dollars_unknown_but_not_the_rest()
    {
        _ledger.Add(Record() with { TokensBefore = 1_000_000 });
        _ledger.Add(Record("nobody-knows") with { TokensBefore = 10, TokensAfter = 5 });
        var snapshot = _ledger.Snapshot();
        Assert.Null(snapshot.SavingsUsd);
        Assert.Equal(10m, snapshot.PricedSavingsUsd);
        Assert.Equal(1, snapshot.UnpricedRequests);
        Assert.Equal(1_000_005, snapshot.TokensSaved);
    }

    [Fact]
    public void A_request_without_tokens_needs_no_price() // GET /v1/models and the like
    {
        _ledger.Add(Record(null));
        Assert.Equal(0m, _ledger.Snapshot().SavingsUsd);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(0)]
    public void A_request_that_was_refused_was_not_billed_and_saves_nothing(int status)
    {
        _ledger.Add(Record() with { TokensBefore = 100, TokensAfter = 50, Status = status, IsFailed = true });
        var snapshot = _ledger.Snapshot();
        Assert.Equal(1, snapshot.Requests);
        Assert.Equal(1, snapshot.Failed);
        Assert.Equal(0, snapshot.TokensBefore);
        Assert.Equal(0, snapshot.TokensSaved);
        Assert.Equal(0m, snapshot.SavingsUsd);
    }

    [Fact]
    public void A_stream_that_broke_was_billed_and_failed()
    {
        _ledger.Add(Record() with { TokensBefore = 100, TokensAfter = 50, IsStreaming = true, IsFailed = true });
        Assert.Equal(1, _ledger.Snapshot().Failed);
        Assert.Equal(50, _ledger.Snapshot().TokensSaved);
    }

    [Fact]
    public void The_weakest_accuracy_is_reported_in_either_order()
    {
        CountAccuracy[] order = [CountAccuracy.Exact, CountAccuracy.Estimated, CountAccuracy.Calibrated];
        CountAccuracy[] expected = [CountAccuracy.Exact, CountAccuracy.Estimated, CountAccuracy.Estimated];
        var seen = order.Select(accuracy =>
        {
            _ledger.Add(Record() with { TokensBefore = 1, Accuracy = accuracy });
            return _ledger.Snapshot().Accuracy;
        });
        Assert.Equal(expected, seen);
    }

    [Fact]
    public void Nothing_is_lost_when_many_threads_add()
    {
        Parallel.For(0, 10_000, i => _ledger.Add(Record() with
        {
            TokensBefore = 3, TokensAfter = 1, Reason = i % 2 == 0 ? "a" : "b", OverheadMs = i % 100,
        }));
        var snapshot = _ledger.Snapshot();
        Assert.Equal(10_000, snapshot.Requests);
        Assert.Equal(20_000, snapshot.TokensSaved);
        Assert.Equal(5_000, snapshot.Reasons["a"]);
        Assert.Equal(0.2m, snapshot.SavingsUsd);
        Assert.InRange(snapshot.OverheadMs.P50, 49, 49 * 33 / 32.0);
    }

    [Fact]
    public void A_snapshot_does_not_change_afterwards()
    {
        _ledger.Add(Record());
        var snapshot = _ledger.Snapshot();
        _ledger.Add(Record());
        Assert.Equal(1, snapshot.Requests);
        Assert.Equal(1, snapshot.Reasons["compressed"]);
    }
}
