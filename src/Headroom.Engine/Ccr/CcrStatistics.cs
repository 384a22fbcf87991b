namespace Headroom.Engine.Ccr;

/// <summary>How much a workspace holds.</summary>
/// <param name="Originals">Number of originals.</param>
/// <param name="OriginalBytes">Their total length before the store's own compression.</param>
/// <param name="Pins">Number of pins.</param>
public sealed record CcrStatistics(long Originals, long OriginalBytes, long Pins)
{
    /// <summary>The length of what is kept of the originals and the pins, as the store compresses it.</summary>
    public long StoredBytes { get; init; }

    /// <summary>When the oldest original was stored; null while there is none.</summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>When the least recently used original was used; null while there is none. At most an hour too early.</summary>
    public DateTimeOffset? LeastRecentlyUsed { get; init; }

    /// <summary>Number of hashes whose originals were removed and are still told apart from those never stored.</summary>
    public long Expired { get; init; }
}

/// <summary>One original in a store.</summary>
/// <param name="Hash">24 lower-case hex digits.</param>
/// <param name="Length">Length of the original in bytes.</param>
/// <param name="StoredLength">Length as the store keeps it.</param>
/// <param name="Created">When it was stored.</param>
/// <param name="Used">When it was last used, at most an hour too early.</param>
public sealed record CcrEntry(string Hash, long Length, long StoredLength, DateTimeOffset Created, DateTimeOffset Used);

/// <summary>What was removed from a store.</summary>
/// <param name="Originals">Number of originals.</param>
/// <param name="StoredBytes">The length that they and their pins took as kept.</param>
/// <param name="Pins">Number of pins.</param>
public sealed record CcrRemoval(long Originals, long StoredBytes, long Pins)
{
    /// <summary>The hashes that were to be removed and under which nothing is stored, each once.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    internal static CcrRemoval Sum(IReadOnlyCollection<CcrRemoval> removed) =>
        new(removed.Sum(r => r.Originals), removed.Sum(r => r.StoredBytes), removed.Sum(r => r.Pins));
}
