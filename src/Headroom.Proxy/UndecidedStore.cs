using Headroom.Engine.Ccr;

namespace Headroom.Proxy;

/// <summary>
/// A store as one sees it who only wants to know what would be sent: what was decided holds, and what is proposed holds for this once and is
/// forgotten. Nothing is written.
/// </summary>
/// <param name="store">The store; not disposed here.</param>
internal sealed class UndecidedStore(ICcrStore store) : ICcrStore
{
    public string HashOf(ReadOnlySpan<byte> original) => store.HashOf(original);

    public ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken) => new(store.HashOf(original.Span));

    public ValueTask OpenAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    public ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken) => store.GetAsync(hash, cancellationToken);

    public ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) => store.HasExpiredAsync(hash, cancellationToken);

    public ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken) =>
        store.FindPinsAsync(keys, cancellationToken);

    public ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken) =>
        new([.. proposals.Select(p => p.Pin)]);

    public ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken) => store.StatisticsAsync(cancellationToken);

    public IAsyncEnumerable<CcrEntry> ListAsync(CancellationToken cancellationToken) => store.ListAsync(cancellationToken);

    public ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<CcrRemoval> RemoveAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => default;
}
