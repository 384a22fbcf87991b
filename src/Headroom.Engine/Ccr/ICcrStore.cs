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

    /// <summary>The exact bytes stored under a hash, or null when this store never had them.</summary>
    ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken);

    /// <summary>The pins that exist among <paramref name="keys"/>.</summary>
    ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken);

    /// <summary>
    /// Stores originals and pins in one transaction and returns the pins in force, in the order of the proposals: where
    /// another writer was first, its pin and not the proposed one. Either all proposals are decided or nothing is stored.
    /// </summary>
    /// <exception cref="ArgumentException">A pin's hash is not the hash of its original.</exception>
    ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken);

    /// <summary>How much is stored.</summary>
    ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken);
}

/// <summary>How much a store holds.</summary>
/// <param name="Originals">Number of originals.</param>
/// <param name="OriginalBytes">Their total length before the store's own compression.</param>
/// <param name="Pins">Number of pins.</param>
public sealed record CcrStatistics(long Originals, long OriginalBytes, long Pins);
