namespace Headroom.PowerShell;

/// <summary>How much a workspace of a store keeps.</summary>
public sealed record HeadroomCache
{
    /// <summary>Where it is kept: a directory, or a server without its password.</summary>
    public required string Store { get; init; }

    /// <summary>Whose it is.</summary>
    public required string Workspace { get; init; }

    /// <summary>Number of originals.</summary>
    public required long Originals { get; init; }

    /// <summary>Their bytes.</summary>
    public required long OriginalBytes { get; init; }

    /// <summary>Number of decisions that are replayed, a few for each original.</summary>
    public required long Decisions { get; init; }

    /// <summary>Bytes of all this as the store compresses it.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Number of originals that were removed and are still told apart from those never stored.</summary>
    public required long Expired { get; init; }

    /// <summary>When the oldest original was stored, in local time; null while there is none.</summary>
    public required DateTime? Oldest { get; init; }

    /// <summary>When the original that was not used for longest was last used, in local time; null while there is none.</summary>
    public required DateTime? LeastRecentlyUsed { get; init; }
}

/// <summary>One original in a store.</summary>
public sealed record HeadroomCacheEntry
{
    /// <summary>Its name, 24 hex digits.</summary>
    public required string Hash { get; init; }

    /// <summary>Its bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Its bytes as the store compresses it.</summary>
    public required long StoredLength { get; init; }

    /// <summary>When it was stored, in local time.</summary>
    public required DateTime Created { get; init; }

    /// <summary>When it was last used, in local time, at most an hour too early.</summary>
    public required DateTime LastUsed { get; init; }
}

/// <summary>What was removed from a store.</summary>
public sealed record HeadroomCacheRemoval
{
    /// <summary>Number of originals.</summary>
    public required long Originals { get; init; }

    /// <summary>Number of decisions.</summary>
    public required long Decisions { get; init; }

    /// <summary>The bytes that they took as kept.</summary>
    public required long StoredBytes { get; init; }
}
