using Headroom.Engine.Ccr;

namespace Headroom.Mcp.Tests;

/// <summary>A store in which putting goes as a test wants.</summary>
internal sealed class StubbornStore(Func<CancellationToken, Task> put) : ICcrStore
{
    private readonly MemoryCcrStore _store = new();

    public string HashOf(ReadOnlySpan<byte> original) => _store.HashOf(original);

    public async ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken)
    {
        await put(cancellationToken);
        return await _store.PutAsync(original, cancellationToken);
    }

    public ValueTask OpenAsync(CancellationToken cancellationToken) => _store.OpenAsync(cancellationToken);

    public ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken) => _store.GetAsync(hash, cancellationToken);

    public ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) => _store.HasExpiredAsync(hash, cancellationToken);

    public ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken) =>
        _store.FindPinsAsync(keys, cancellationToken);

    public ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken) =>
        _store.PinAsync(proposals, cancellationToken);

    public ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken) => _store.StatisticsAsync(cancellationToken);

    public IAsyncEnumerable<CcrEntry> ListAsync(CancellationToken cancellationToken) => _store.ListAsync(cancellationToken);

    public ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken) => _store.SweepAsync(retention, cancellationToken);

    public ValueTask<CcrRemoval> RemoveAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellationToken) => _store.RemoveAsync(hashes, cancellationToken);

    public ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken) => _store.ClearAsync(cancellationToken);

    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
