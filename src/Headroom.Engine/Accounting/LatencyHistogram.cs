using System.Numerics;

namespace Headroom.Engine.Accounting;

/// <summary>
/// Counts durations in buckets whose width grows with the value, so that memory stays fixed (about 6 KB) and a percentile is at
/// most 1/32 too high. The layout is that of HdrHistogram (G. Tene, hdrhistogram.org) with five bits of precision. Not
/// thread-safe.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int PrecisionBits = 5;
    private const int SubBuckets = 1 << PrecisionBits;

    // Microseconds up to 2^30 (18 minutes); longer ones share the last bucket.
    private const int MaximumBits = 30;

    private readonly long[] _counts = new long[(MaximumBits - PrecisionBits + 1) * SubBuckets];
    private long _total;
    private long _maximum = long.MaxValue;

    /// <summary>Adds measurements.</summary>
    /// <param name="bucket">Their <see cref="Bucket"/>; one that this layout does not have counts as the last.</param>
    /// <param name="count">How many.</param>
    public void Add(int bucket, long count)
    {
        _counts[Math.Min(bucket, _counts.Length - 1)] += count;
        _total += count;
    }

    /// <summary>Says how long the longest measurement was: no percentile is above it.</summary>
    public void Cap(long micros) => _maximum = micros;

    /// <summary>A duration as it is counted. NaN and negative values come from a clock that was set back; they count as no time.</summary>
    public static long Micros(double milliseconds) =>
        milliseconds > 0 ? (long)Math.Min(Math.Ceiling(milliseconds * 1000), (1L << MaximumBits) - 1) : 0;

    /// <summary>The bucket of a duration.</summary>
    public static int Bucket(long micros)
    {
        if (micros < SubBuckets)
        {
            return (int)micros;
        }

        var shift = BitOperations.Log2((ulong)micros) - PrecisionBits;
        return ((shift + 1) * SubBuckets) + (int)((micros >> shift) - SubBuckets);
    }

    /// <summary>The value that at least <paramref name="percent"/> % of the measurements do not exceed, in milliseconds; 0 while there are none.</summary>
    public double Percentile(double percent)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(percent / 100 * _total));
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                return Math.Min(UpperBound(i), _maximum) / 1000.0;
            }
        }

        return 0;
    }

    private static long UpperBound(int index)
    {
        if (index < SubBuckets)
        {
            return index;
        }

        var shift = (index / SubBuckets) - 1;
        return ((SubBuckets + (long)(index % SubBuckets) + 1) << shift) - 1;
    }
}
