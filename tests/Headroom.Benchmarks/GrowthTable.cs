using System.Diagnostics;
using System.Globalization;
using Headroom.Engine.Compression;
using Headroom.TestData;

namespace Headroom.Benchmarks;

/// <summary>
/// How time grows with the input from 64 KB to 8 MB on inputs made to be bad, and what memory the largest takes. Each input has a process of its own.
/// </summary>
internal static class GrowthTable
{
    private const int Smallest = 64 * 1024;
    private const double Steepest = 1.1;

    // What is over sooner says more of the clock and the first run than of the loop.
    private static readonly TimeSpan Measurable = TimeSpan.FromMilliseconds(4);

    // An input that takes so long at one size needs no larger one to show what it is.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private static readonly int[] Sizes = [Smallest, 4 * Smallest, 16 * Smallest, 64 * Smallest, 128 * Smallest];

    /// <summary>The table of all inputs, or of those whose name holds <paramref name="named"/>.</summary>
    public static async Task PrintAsync(TextWriter output, string named = "")
    {
        await output.WriteLineAsync("\n## Growth on bad inputs\n").ConfigureAwait(false);
        await output.WriteLineAsync("""
            Inputs made to be bad for one of the engine's loops, at level Balanced on one core. The exponent is the slope of time over size on logarithmic scales: 1 is
            linear, 2 quadratic. Memory is the most that the process's heap held beyond the input, with what has not been swept yet, at the largest size.

            """).ConfigureAwait(false);
        await output.WriteLineAsync($"| Input | Exponent | {string.Join(" | ", Sizes.Select(s => s >= 1 << 20 ? $"{s >> 20} MB" : $"{s >> 10} KB"))} | Memory |").ConfigureAwait(false);
        await output.WriteLineAsync($"|---|--:|{string.Concat(Sizes.Select(_ => "--:|"))}--:|").ConfigureAwait(false);
        foreach (var input in GrowthInputs.All.Where(i => i.Name.Contains(named, StringComparison.OrdinalIgnoreCase)))
        {
            var words = (await ScaleTable.RunApartAsync("growth-of", input.Name).ConfigureAwait(false)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var numbers = words.Select(w => double.Parse(w, CultureInfo.InvariantCulture)).ToArray();
            var slope = numbers.Length > 0 ? numbers[0] : double.NaN;
            var times = Sizes.Select((_, i) => i + 2 < numbers.Length ? FormattableString.Invariant($"{numbers[i + 2] * 1000:F1} ms") : "");
            await output.WriteLineAsync(FormattableString.Invariant(
                $"| {input.Name} | {slope:F2}{(slope > Steepest ? " !" : "")} | {string.Join(" | ", times)} | {(numbers.Length > 1 ? numbers[1] / 1e6 : double.NaN):F0} MB |")).ConfigureAwait(false);
        }
    }

    /// <summary>Measures one input in this process: the exponent, the memory in bytes, and the seconds at each size.</summary>
    public static void MeasureHere(TextWriter output, string name)
    {
        var input = GrowthInputs.All.Single(i => i.Name == name);
        var options = new CompressionOptions { Marker = missing => missing };
        var warm = input.Make(Smallest / 4);
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(0.7);)
        {
            _ = ContentRouter.Compress(warm, options);
        }

        var times = new List<(double Size, double Seconds)>();
        foreach (var size in Sizes)
        {
            var bytes = input.Make(size);
            var best = double.MaxValue;
            for (var round = 0; round < (size > 1 << 20 ? 2 : 4) && best > 0; round++)
            {
                var start = Stopwatch.GetTimestamp();
                _ = ContentRouter.Compress(bytes, options);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
                if (best > 1)
                {
                    break;
                }
            }

            times.Add((bytes.Length, best));
            if (best > Longest.TotalSeconds)
            {
                break;
            }
        }

        var largest = input.Make((int)times[^1].Size);
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = before;
        using var done = new CancellationTokenSource();
        var watcher = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
                Thread.Sleep(1);
            }
        });
        watcher.Start();
        _ = ContentRouter.Compress(largest, options);
        done.Cancel();
        watcher.Join();
        output.WriteLine(times.Aggregate(FormattableString.Invariant($"{Slope(times)} {peak - before}"), (all, t) => FormattableString.Invariant($"{all} {t.Seconds}")));
    }

    /// <summary>Least squares over the logarithms of what took long enough to be measured; 0 where hardly anything did.</summary>
    private static double Slope(List<(double Size, double Seconds)> times)
    {
        var points = times.Where(t => t.Seconds >= Measurable.TotalSeconds).Select(t => (X: Math.Log(t.Size), Y: Math.Log(t.Seconds))).ToList();
        if (points.Count < 2)
        {
            return 0;
        }

        var (x, y) = (points.Average(p => p.X), points.Average(p => p.Y));
        return points.Sum(p => (p.X - x) * (p.Y - y)) / points.Sum(p => (p.X - x) * (p.X - x));
    }
}
