using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Requests;

/// <summary>A memory store that can be told to fail and that lets a test see and hold what is written.</summary>
internal sealed class UnreliableStore : ICcrStore
{
    private readonly MemoryCcrStore _store = new();

    public bool FailsToFind { get; set; }

    public bool FailsToHash { get; set; }

    public bool FailsToPin { get; set; }

    public Task PinGate { get; set; } = Task.CompletedTask;

    public List<PinProposal> Proposals { get; } = [];

    public string HashOf(ReadOnlySpan<byte> original) =>
        FailsToHash ? throw new CcrStoreException("The key is gone.") : _store.HashOf(original);

    public ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken) =>
        _store.PutAsync(original, cancellationToken);

    public ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken) => _store.GetAsync(hash, cancellationToken);

    public ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(
        IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken) =>
        FailsToFind ? throw new IOException("The disk is gone.") : _store.FindPinsAsync(keys, cancellationToken);

    public async ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken)
    {
        await PinGate;
        if (FailsToPin)
        {
            throw new IOException("The disk is full.");
        }

        // Requests come side by side.
        lock (Proposals)
        {
            Proposals.AddRange(proposals);
        }

        return await _store.PinAsync(proposals, cancellationToken);
    }

    public ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken) => _store.StatisticsAsync(cancellationToken);

    public ValueTask OpenAsync(CancellationToken cancellationToken) => _store.OpenAsync(cancellationToken);

    public ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) => _store.HasExpiredAsync(hash, cancellationToken);

    public IAsyncEnumerable<CcrEntry> ListAsync(CancellationToken cancellationToken) => _store.ListAsync(cancellationToken);

    public ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken) => _store.SweepAsync(retention, cancellationToken);

    public ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken) => _store.ClearAsync(cancellationToken);

    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
