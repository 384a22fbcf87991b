namespace Headroom.Engine.Accounting;

/// <summary>Sums up in memory since it was made.</summary>
/// <param name="prices">The prices behind the dollars; a record is priced once, when it is added.</param>
/// <param name="time">Says when counting began.</param>
public sealed class SavingsLedger(PriceTable prices, TimeProvider time) : ISavingsLedger
{
    private readonly Lock _gate = new();
    private readonly SavingsSums _sums = new();
    private readonly DateTimeOffset _since = time.GetUtcNow();

    /// <inheritdoc/>
    public void Add(SavingsRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        lock (_gate)
        {
            _sums.Add(record, prices);
        }
    }

    /// <summary>The sums at this moment; later records do not change them.</summary>
    public SavingsSnapshot Snapshot()
    {
        lock (_gate)
        {
            return _sums.Snapshot(_since, prices.AsOf);
        }
    }

    /// <inheritdoc/>
    public ValueTask<SavingsSnapshot> SnapshotAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Snapshot());

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
