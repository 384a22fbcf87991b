namespace Headroom.Engine.Accounting;

/// <summary>What a provider asks for input, in US dollars per million tokens.</summary>
/// <param name="Model">The model's name without date suffix, as requests spell it.</param>
/// <param name="Input">Input that is neither read from nor written to the cache.</param>
/// <param name="CachedRead">Input that is read from the cache.</param>
/// <param name="CacheWrite">Input that is written to the cache for five minutes at a client's mark; null where writing costs no more than input.</param>
public sealed record ModelPrice(string Model, decimal Input, decimal CachedRead, decimal? CacheWrite)
{
    /// <summary>
    /// What the saved tokens of one request would have cost in the state in which the provider would have met them: those of
    /// newly replaced blocks as input, or as a cache write where the client marked them; those of replayed blocks as a read
    /// from the cache, because the turn before would have put them there. So a saving is never priced above what it was worth.
    /// </summary>
    /// <param name="record">The request.</param>
    /// <returns>US dollars.</returns>
    public decimal SavingsOf(SavingsRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var replayed = record.TokensSavedByReplay;
        var fresh = record.TokensSaved - replayed;
        var freshPrice = record.IsCacheMarked ? CacheWrite ?? Input : Input;
        return ((fresh * freshPrice) + (replayed * CachedRead)) / 1_000_000m;
    }
}
