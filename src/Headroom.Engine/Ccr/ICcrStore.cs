namespace Headroom.Engine.Ccr;

/// <summary>
/// Compress, cache, retrieve: keeps originals and pins. Thread-safe. What a completed call has acknowledged survives a kill
/// of the process, except in the memory store. Every method may throw <see cref="CcrStoreException"/>.
/// </summary>
public interface ICcrStore : IAsyncDisposable
{
    /// <summary>
    /// The hash that markers carry: the first 96 bits of HMAC-SHA-256 over the workspace name, a zero byte and the bytes, with the
    /// store's own key, as 24 lower-case hex digits. Stores nothing.
    /// </summary>
    string HashOf(ReadOnlySpan<byte> original);

    /// <summary>Stores an original durably and returns its hash.</summary>
    ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken);

    /// <summary>Makes the store ready; throws when it cannot be used. Every other method does the same at its first call.</summary>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Throws where a write would fail now.</summary>
    ValueTask CheckAsync(CancellationToken cancellationToken) => OpenAsync(cancellationToken);

    /// <summary>The exact bytes stored under a hash, or null when there are none; <see cref="HasExpiredAsync"/> then says which of the two it is.</summary>
    ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken);

    /// <summary>
    /// True when an original was stored under this hash once and has been removed since, by age, by size or by hand; false for a hash
    /// that this store never issued or still has.
    /// </summary>
    ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken);

    /// <summary>The pins that exist among <paramref name="keys"/>.</summary>
    ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken);

    /// <summary>
    /// Stores originals and pins in one transaction and returns the pins in force, in the order of the proposals: where
    /// another writer was first, its pin and not the proposed one, unless that one replaces it. Either all proposals are decided or nothing is stored.
    /// </summary>
    /// <exception cref="ArgumentException">A pin's hash is not the hash of its original.</exception>
    ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken);

    /// <summary>How much the workspace holds.</summary>
    ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken);

    /// <summary>The workspace's originals, the most recently used first.</summary>
    IAsyncEnumerable<CcrEntry> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Removes what is beyond the retention: what has not been used for too long, then the least recently used until the size is
    /// kept. An original goes with all pins that name it. Nothing that was used within <see cref="CcrRetention.Grace"/> goes.
    /// </summary>
    ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken);

    /// <summary>
    /// Removes originals, whatever their age, each with all pins that name it, and nothing else. Other processes forget what they hold of them as they
    /// do after a sweep. Hashes that lead to nothing are told in <see cref="CcrRemoval.Missing"/>; the others go all the same.
    /// </summary>
    ValueTask<CcrRemoval> RemoveAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellationToken);

    /// <summary>Removes all originals and pins of the workspace, whatever their age. The key stays, so that equal content gets equal hashes again.</summary>
    ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken);
}
