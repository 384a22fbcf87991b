namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// Between which bounds the bulk of a column's numbers lies. By the modified z-score of Iglewicz and Hoaglin ("How to Detect and Handle
/// Outliers", 1993): 0.6745 |x - median| / MAD above 3.5 is an outlier. Where that marks more than a few values the distribution has
/// heavy tails: it is tried again on logarithms, and then only the extremes count.
/// </summary>
/// <param name="Low">Smaller numbers are outliers.</param>
/// <param name="High">Greater numbers are outliers.</param>
/// <param name="Scale">The robust standard deviation (1.4826 MAD); 0 when more than half of the numbers are equal.</param>
internal readonly record struct RobustFences(double Low, double High, double Scale)
{
    private const double Threshold = 3.5 / 0.6745;
    private const double Sigma = 1.4826;

    /// <summary>Fewer numbers have no bulk to speak of.</summary>
    public const int MinimumCount = 12;

    private static readonly RobustFences Open = new(double.NegativeInfinity, double.PositiveInfinity, 0);

    /// <summary>Fences around <paramref name="sorted"/> that leave at most about <paramref name="most"/> numbers outside.</summary>
    public static RobustFences Around(ReadOnlySpan<double> sorted, int most)
    {
        if (sorted.Length < MinimumCount || sorted[0] == sorted[^1])
        {
            return Open;
        }

        var median = sorted[sorted.Length / 2];
        var deviation = MedianDeviation(sorted, median);
        if (deviation == 0)
        {
            return AroundMode(sorted, median, most);
        }

        var scale = Sigma * deviation;
        var fences = new RobustFences(median - (Threshold * deviation), median + (Threshold * deviation), scale);
        if (Outside(sorted, fences) > most)
        {
            return sorted[0] > 0 ? AroundLogarithms(sorted, most) : Extremes(sorted);
        }

        return Isolated(sorted, fences, most);
    }

    /// <summary>True for a number outside.</summary>
    public bool Excludes(double value) => value < Low || value > High;

    private static RobustFences AroundMode(ReadOnlySpan<double> sorted, double mode, int most)
    {
        var from = sorted.IndexOf(mode);
        var to = from;
        while (to < sorted.Length && sorted[to] == mode)
        {
            to++;
        }

        if (sorted.Length - (to - from) <= most)
        {
            return new RobustFences(mode, mode, 0);
        }

        // More than half of the numbers are equal (often zeros): the others are judged among themselves.
        double[] others = [.. sorted[..from], .. sorted[to..]];
        var fences = others.Length * 2 > sorted.Length ? Extremes(sorted) : Around(others, most);
        return fences with { Low = Math.Min(fences.Low, mode), High = Math.Max(fences.High, mode) };
    }

    private static RobustFences AroundLogarithms(ReadOnlySpan<double> sorted, int most)
    {
        var logarithms = new double[sorted.Length];
        for (var i = 0; i < logarithms.Length; i++)
        {
            logarithms[i] = Math.Log(sorted[i]);
        }

        var median = logarithms[logarithms.Length / 2];
        var deviation = MedianDeviation(logarithms, median);
        var fences = new RobustFences(median - (Threshold * deviation), median + (Threshold * deviation), Sigma * deviation);
        if (deviation == 0 || Outside(logarithms, fences) > most)
        {
            return Extremes(sorted);
        }

        fences = Isolated(logarithms, fences, most);

        // Back by index, so that rounding in the exponential cannot move a number across a fence.
        var low = 0;
        while (logarithms[low] < fences.Low)
        {
            low++;
        }

        var high = logarithms.Length - 1;
        while (logarithms[high] > fences.High)
        {
            high--;
        }

        return new RobustFences(sorted[low], sorted[high], Sigma * MedianDeviation(sorted, sorted[sorted.Length / 2]));
    }

    // Only the least and the greatest, where they stand alone.
    private static RobustFences Extremes(ReadOnlySpan<double> sorted) => new(sorted[1], sorted[^2], 0);

    // A flat distribution ends within two deviations of its median; a number beyond a gap of a whole deviation is outside all the same.
    private static RobustFences Isolated(ReadOnlySpan<double> sorted, RobustFences fences, int most)
    {
        var (low, high) = (fences.Low, fences.High);
        for (var i = 1; i <= most && i < sorted.Length; i++)
        {
            if (sorted[^i] - sorted[^(i + 1)] > fences.Scale && sorted[^(i + 1)] > sorted[sorted.Length / 2])
            {
                high = Math.Min(high, sorted[^(i + 1)]);
            }

            if (sorted[i] - sorted[i - 1] > fences.Scale && sorted[i] < sorted[sorted.Length / 2])
            {
                low = Math.Max(low, sorted[i]);
            }
        }

        return fences with { Low = low, High = high };
    }

    private static int Outside(ReadOnlySpan<double> sorted, RobustFences fences)
    {
        var outside = 0;
        for (var i = 0; i < sorted.Length && sorted[i] < fences.Low; i++)
        {
            outside++;
        }

        for (var i = sorted.Length - 1; i >= 0 && sorted[i] > fences.High; i--)
        {
            outside++;
        }

        return outside;
    }

    // The deviations of sorted numbers grow in both directions from the median, so their median is met by walking outwards.
    private static double MedianDeviation(ReadOnlySpan<double> sorted, double median)
    {
        var right = sorted.Length / 2;
        var left = right - 1;
        var deviation = 0.0;
        for (var taken = 0; taken <= sorted.Length / 2; taken++)
        {
            if (left < 0 || (right < sorted.Length && sorted[right] - median <= median - sorted[left]))
            {
                deviation = sorted[right++] - median;
            }
            else
            {
                deviation = median - sorted[left--];
            }
        }

        return deviation;
    }
}
