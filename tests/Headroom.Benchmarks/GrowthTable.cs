using System.Diagnostics;
using System.Globalization;
using Headroom.Engine.Compression;
using Headroom.TestData;

namespace Headroom.Benchmarks;

/// <summary>
/// How time grows with the input from 512 KB to 8 MB on inputs made to be bad, and what memory the largest takes. Each measurement has a process of its own.
/// </summary>
internal static class GrowthTable
{
    // Below, fixed costs and limits that are reached on the way say more than the loop.
    private const int Smallest = 512 * 1024;
    private const double Steepest = 1.1;

    // What is over sooner says more of the clock and the first run than of the loop.
    private static readonly TimeSpan Measurable = TimeSpan.FromMilliseconds(4);

    // An input that takes so long at one size needs no larger one to show what it is.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    // The first round of a way that smaller inputs do not take is the runtime's compiler's.
    private const int Rounds = 5;
    private const double Enough = 4;

    private static readonly int[] Sizes = [Smallest, 2 * Smallest, 4 * Smallest, 8 * Smallest, 16 * Smallest];

    /// <summary>The table of all inputs, or of those whose name holds <paramref name="named"/>.</summary>
    public static async Task PrintAsync(TextWriter output, string named = "")
    {
        await output.WriteLineAsync("\n## Growth on bad inputs\n").ConfigureAwait(false);
        await output.WriteLineAsync("""
            Inputs made to be bad for one of the engine's loops, at level Balanced; the processor's time, the least of several rounds. The exponent is the slope of time over
            size on logarithmic scales: 1 is linear, 2 quadratic; over the sizes that take the same way, since a small input may need no view. Memory is the largest working set of a process that reads the largest input from a file and compresses it once.

            """).ConfigureAwait(false);
        await output.WriteLineAsync($"| Input | Exponent | {string.Join(" | ", Sizes.Select(s => s >= 1 << 20 ? $"{s >> 20} MB" : $"{s >> 10} KB"))} | Memory |").ConfigureAwait(false);
        await output.WriteLineAsync($"|---|--:|{string.Concat(Sizes.Select(_ => "--:|"))}--:|").ConfigureAwait(false);
        foreach (var input in GrowthInputs.All.Where(i => i.Name.Contains(named, StringComparison.OrdinalIgnoreCase)))
        {
            var words = (await ScaleTable.RunApartAsync("growth-of", input.Name).ConfigureAwait(false)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var peak = await PeakApartAsync(input).ConfigureAwait(false);
            var numbers = words.Select(w => double.Parse(w, CultureInfo.InvariantCulture)).ToArray();
            var slope = numbers.Length > 0 ? numbers[0] : double.NaN;
            var times = Sizes.Select((_, i) => i + 1 < numbers.Length ? FormattableString.Invariant($"{numbers[i + 1] * 1000:F1} ms") : "");
            await output.WriteLineAsync(FormattableString.Invariant(
                $"| {input.Name} | {slope:F2}{(slope > Steepest ? " !" : "")} | {string.Join(" | ", times)} | {peak / 1e6:F0} MB |")).ConfigureAwait(false);
        }
    }

    /// <summary>Measures one input in this process: the exponent and the seconds at each size.</summary>
    public static void MeasureHere(TextWriter output, string name)
    {
        var input = GrowthInputs.All.Single(i => i.Name == name);
        var options = new CompressionOptions { Marker = missing => missing };
        var warm = input.Make(Smallest / 8);
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(0.7);)
        {
            _ = ContentRouter.Compress(warm, options);
        }

        var times = new List<(double Size, double Seconds)>();
        var ways = new List<string>();
        foreach (var size in Sizes)
        {
            var bytes = input.Make(size);
            var best = double.MaxValue;
            var (spent, strategy) = (0.0, "");
            for (var round = 0; round < Rounds && spent < Enough; round++)
            {
                var start = Environment.CpuUsage.TotalTime;
                strategy = ContentRouter.Compress(bytes, options).Strategy;
                var seconds = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
                best = Math.Min(best, seconds);
                spent += seconds;
            }

            times.Add((bytes.Length, best));
            ways.Add(strategy);
            if (best > Longest.TotalSeconds)
            {
                break;
            }
        }

        var alike = times.Skip(ways.FindLastIndex(way => way != ways[^1]) + 1).ToList();
        output.WriteLine(times.Aggregate(FormattableString.Invariant($"{Slope(alike.Count > 1 ? alike : times)}"), (all, t) => FormattableString.Invariant($"{all} {t.Seconds}")));
    }

    /// <summary>Compresses a file in this process, and prints the largest working set that it had.</summary>
    public static void MeasurePeakHere(TextWriter output, string path)
    {
        _ = ContentRouter.Compress(File.ReadAllBytes(path), new CompressionOptions { Marker = missing => missing });
        using var process = Process.GetCurrentProcess();
        output.WriteLine(process.PeakWorkingSet64);
    }

    private static async Task<double> PeakApartAsync(GrowthInput input)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, input.Make(Sizes[^1])).ConfigureAwait(false);
            return double.TryParse(await ScaleTable.RunApartAsync("growth-peak", path).ConfigureAwait(false), CultureInfo.InvariantCulture, out var peak) ? peak : double.NaN;
        }
        finally
        {
            File.Delete(path);
        }
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
