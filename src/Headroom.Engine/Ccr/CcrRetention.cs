namespace Headroom.Engine.Ccr;

/// <summary>How long and how much a store keeps.</summary>
/// <param name="MaxAge">What was not used for longer may go; at least <see cref="Grace"/>.</param>
/// <param name="MaxBytes">The most bytes, as kept, of all originals and pins; the least recently used go first.</param>
public sealed record CcrRetention(TimeSpan MaxAge, long MaxBytes)
{
    /// <summary>Seven days and 1 GiB.</summary>
    public static CcrRetention Default { get; } = new(TimeSpan.FromDays(7), 1L << 30);

    /// <summary>What was used within this time never goes, however full the store is: a conversation may come back to it.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromDays(1);

    /// <summary>The most hashes whose originals are gone that a workspace remembers; the oldest are forgotten first.</summary>
    internal const long MostExpired = 1_000_000;
}
