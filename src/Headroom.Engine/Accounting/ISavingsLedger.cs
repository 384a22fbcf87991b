namespace Headroom.Engine.Accounting;

/// <summary>Sums up what requests cost and were spared. Thread-safe.</summary>
public interface ISavingsLedger : IAsyncDisposable
{
    /// <summary>Adds one request. Never waits for anything outside the process and never fails.</summary>
    /// <param name="record">The request; its reason must be from a closed list, because each is counted by name.</param>
    void Add(SavingsRecord record);

    /// <summary>The sums at this moment, with all that was added here before; later records do not change them.</summary>
    ValueTask<SavingsSnapshot> SnapshotAsync(CancellationToken cancellationToken);
}
