namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// Order statistics of very many numbers from an even sample: what a sample of 65,536 says of a median is within half a percent of the
/// distribution. The ends are exact, because that is where what stands out is.
/// </summary>
internal static class NumberSample
{
    /// <summary>Up to so many numbers are looked at all.</summary>
    public const int Most = 1 << 17;

    private const int Size = 1 << 16;
    private const int Tail = 256;

    /// <summary>The numbers in ascending order; of more than <see cref="Most"/> an even sample with the least and greatest of all.</summary>
    public static double[] Sorted(ReadOnlySpan<double> numbers)
    {
        if (numbers.Length <= Most)
        {
            var all = numbers.ToArray();
            Array.Sort(all);
            return all;
        }

        var step = (numbers.Length + Size - 1) / Size;
        var sample = new double[((numbers.Length + step - 1) / step) + (2 * Tail)];
        Span<double> low = stackalloc double[2 * Tail];
        Span<double> high = stackalloc double[2 * Tail];
        var (taken, lows, highs) = (0, 0, 0);
        var (below, above) = (double.PositiveInfinity, double.PositiveInfinity);
        var next = 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            var number = numbers[i];
            if (i == next)
            {
                sample[taken++] = number;
                next += step;
                continue;
            }

            if (number < below)
            {
                Keep(low, ref lows, number, ref below);
            }

            if (-number < above)
            {
                Keep(high, ref highs, -number, ref above);
            }
        }

        low[..lows].Sort();
        high[..highs].Sort();
        for (var i = 0; i < Tail; i++)
        {
            sample[taken++] = low[i];
            sample[taken++] = -high[i];
        }

        Array.Sort(sample);
        return sample;
    }

    /// <summary>The median of the steps from each number to the next, or of their sizes; from an even sample of very many.</summary>
    public static double MedianStep(ReadOnlySpan<double> numbers, bool isSize)
    {
        var every = numbers.Length <= Most ? 1 : (numbers.Length + Size - 1) / Size;
        var steps = new double[(numbers.Length - 2 + every) / every];
        for (var i = 0; i < steps.Length; i++)
        {
            var step = numbers[(i * every) + 1] - numbers[i * every];
            steps[i] = isSize ? Math.Abs(step) : step;
        }

        Array.Sort(steps);
        return steps[steps.Length / 2];
    }

    // The least so far; of twice as many the greater half is forgotten.
    private static void Keep(Span<double> least, ref int count, double number, ref double limit)
    {
        least[count++] = number;
        if (count == least.Length)
        {
            least.Sort();
            count = Tail;
            limit = least[Tail - 1];
        }
    }
}
