using Headroom.Engine.Accounting;

namespace Headroom.Engine.Tests.Accounting;

public sealed class LatencyHistogramTests
{
    [Property(MaxTest = 300)]
    public void A_percentile_is_never_below_the_nearest_rank_and_at_most_one_thirty_second_above(
        uint[] parts, byte shift, byte percent)
    {
        // Scaled up, because generated numbers are small and small ones have buckets of their own.
        var p = Math.Clamp((int)percent, 1, 100);
        var values = parts.Select(part => (double)(part * ((1UL << (shift % 24)) + 1) % 1_000_000_000)).DefaultIfEmpty(0).Order().ToArray();
        var histogram = new LatencyHistogram();
        foreach (var value in values)
        {
            Add(histogram, value / 1000);
        }

        var exact = values[(int)Math.Ceiling(p / 100.0 * values.Length) - 1];
        // One microsecond for the division and multiplication by 1000.
        Assert.InRange(histogram.Percentile(p) * 1000, exact - 0.001, (exact * 33 / 32) + 1.001);
    }

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(-5, 0)]
    [InlineData(0.0001, 0.001)]
    [InlineData(double.PositiveInfinity, 1073741.823)]
    [InlineData(1e300, 1073741.823)]
    public void Impossible_and_extreme_durations_find_a_bucket(double milliseconds, double expected)
    {
        var histogram = new LatencyHistogram();
        Add(histogram, milliseconds);
        Assert.Equal(expected, histogram.Percentile(50));
    }

    private static void Add(LatencyHistogram histogram, double milliseconds)
    {
        var micros = LatencyHistogram.Micros(milliseconds);
        histogram.Add(LatencyHistogram.Bucket(micros), 1);
        histogram.Cap(micros);
    }
}
