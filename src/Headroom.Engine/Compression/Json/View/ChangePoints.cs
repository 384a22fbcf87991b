namespace Headroom.Engine.Compression.Json.View;

/// <summary>Where the level of a series steps: medians of the windows before and after, against the median step between neighbours.</summary>
internal static class ChangePoints
{
    private const int Window = 7;

    /// <summary>How many typical deviations the level must move. Noise alone moves a median of seven by about half of one.</summary>
    private const double Threshold = 4;

    /// <summary>At most this many; where there are more the series wanders, and the widest steps stand for it.</summary>
    private const int Most = 4;

    /// <summary>The first positions of a new level, ascending.</summary>
    public static int[] Find(ReadOnlySpan<double> series)
    {
        if (series.Length < 2 * Window)
        {
            return [];
        }

        // For independent normal noise the median step between neighbours is 0.954 deviations.
        var noise = NumberSample.MedianStep(series, isSize: true) / 0.954;
        var found = new List<(int At, double Shift)>();
        Span<double> levels = stackalloc double[Window];
        for (var at = Window; at + Window <= series.Length; at++)
        {
            // Any four of seven numbers reach their median from either side: where the nearest four do not lie apart, the medians do not.
            if (!MayShift(series, at, Threshold * noise))
            {
                continue;
            }

            var shift = Math.Abs(Median(series.Slice(at, Window), levels) - Median(series.Slice(at - Window, Window), levels));
            if (shift <= Threshold * noise)
            {
                continue;
            }

            if (found.Count > 0 && at - found[^1].At < 2 * Window)
            {
                if (shift > found[^1].Shift)
                {
                    found[^1] = (at, shift);
                }
            }
            else
            {
                found.Add((at, shift));
            }
        }

        var edges = new SortedSet<int>();
        foreach (var (at, _) in found.OrderByDescending(f => f.Shift).ThenBy(f => f.At).Take(Most))
        {
            edges.Add(Edge(series, at));
        }

        return [.. edges];
    }

    private static bool MayShift(ReadOnlySpan<double> series, int at, double least)
    {
        var (a, b, c, d) = (series[at - 4], series[at - 3], series[at - 2], series[at - 1]);
        var (e, f, g, h) = (series[at], series[at + 1], series[at + 2], series[at + 3]);
        return Math.Max(Math.Max(e, f), Math.Max(g, h)) - Math.Min(Math.Min(a, b), Math.Min(c, d)) > least
            || Math.Max(Math.Max(a, b), Math.Max(c, d)) - Math.Min(Math.Min(e, f), Math.Min(g, h)) > least;
    }

    // The medians see a step from a few places off; the widest step between neighbours close by is where it is.
    private static int Edge(ReadOnlySpan<double> series, int at)
    {
        var rising = Median(series.Slice(at, Window)) > Median(series.Slice(at - Window, Window));
        var edge = at;
        var widest = double.NegativeInfinity;
        for (var i = at - (Window / 2); i <= at + (Window / 2); i++)
        {
            var step = rising ? series[i] - series[i - 1] : series[i - 1] - series[i];
            if (step > widest)
            {
                (edge, widest) = (i, step);
            }
        }

        return edge;
    }

    private static double Median(ReadOnlySpan<double> window)
    {
        Span<double> scratch = stackalloc double[Window];
        return Median(window, scratch);
    }

    private static double Median(ReadOnlySpan<double> window, Span<double> scratch)
    {
        window.CopyTo(scratch);
        scratch.Sort();
        return scratch[Window / 2];
    }
}
