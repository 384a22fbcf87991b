using System.Diagnostics;
using System.Globalization;
using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Benchmarks;

/// <summary>
/// Time and memory from 10 KB to 50 MB. Each measurement runs in a process of its own, with the runtime's dynamic profile settled on smaller inputs, so that one's
/// garbage is not another's memory.
/// </summary>
internal static class ScaleTable
{
    private static readonly string[] Kinds = ["json", "json lines", "log", "search", "diff", "listing", "build"];
    private static readonly int[] Sizes = [10_000, 100_000, 1_000_000, 10_000_000, 50_000_000];

    public static async Task PrintAsync(TextWriter output)
    {
        await output.WriteLineAsync("\n## Time and memory by size\n").ConfigureAwait(false);
        await output.WriteLineAsync("""
            MB/s of the whole way at level Balanced on one core: detection, lossless form, view, estimates of tokens. Memory is the most that the process's
            heap held beyond the input, as a multiple of the input, at the largest size.

            """).ConfigureAwait(false);
        await output.WriteLineAsync($"| Kind | {string.Join(" | ", Sizes.Select(s => s >= 1_000_000 ? $"{s / 1_000_000} MB" : $"{s / 1_000} KB"))} | Memory |").ConfigureAwait(false);
        await output.WriteLineAsync($"|---|{string.Concat(Sizes.Select(_ => "--:|"))}--:|").ConfigureAwait(false);
        foreach (var kind in Kinds)
        {
            var cells = new List<string>();
            var memory = "";
            foreach (var size in Sizes)
            {
                var (rate, multiple) = await MeasureApartAsync(kind, size).ConfigureAwait(false);
                cells.Add(rate);
                memory = multiple;
            }

            await output.WriteLineAsync($"| {kind} | {string.Join(" | ", cells)} | {memory}x |").ConfigureAwait(false);
        }
    }

    /// <summary>Measures one kind at one size in this process and prints the two numbers.</summary>
    public static void MeasureHere(TextWriter output, string kind, int size)
    {
        var options = new CompressionOptions { Marker = missing => missing };
        var warm = Input(kind, 200_000);
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(2);)
        {
            _ = ContentRouter.Compress(warm, options);
        }

        var input = Input(kind, size);
        if (ContentDetector.Detect(input) == ContentKind.Text)
        {
            throw new InvalidOperationException($"The {kind} was taken for text.");
        }

        // Small inputs come in batches, as a clock and a collector see them.
        var batch = Math.Max(1, 2_000_000 / size);
        var times = new double[size > 5_000_000 ? 3 : 9];
        for (var round = 0; round < times.Length; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < batch; i++)
            {
                _ = ContentRouter.Compress(input, options);
            }

            times[round] = Stopwatch.GetElapsedTime(start).TotalSeconds / batch;
        }

        // Garbage is collected often here, so that the peak is what is held and not what has not been swept yet.
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = before;
        using var done = new CancellationTokenSource();
        var watcher = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(1, GCCollectionMode.Forced, blocking: false);
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
            }
        });
        watcher.Start();
        _ = ContentRouter.Compress(input, options);
        done.Cancel();
        watcher.Join();
        output.WriteLine(FormattableString.Invariant(
            $"{input.Length / 1e6 / times.Order().ElementAt(times.Length / 2):F0} {(peak - before) / (double)input.Length:F1}"));
    }

    private static async Task<(string Rate, string Memory)> MeasureApartAsync(string kind, int size)
    {
        var words = (await RunApartAsync("scale-of", kind, size.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words is [var rate, var memory] ? (rate, memory) : throw new InvalidOperationException($"{kind} at {size} bytes failed.");
    }

    /// <summary>Runs a command of this program in a process of its own, and gives what it wrote.</summary>
    internal static async Task<string> RunApartAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ScaleTable).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var written = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return written;
    }

    private static byte[] Input(string kind, int size) => kind switch
    {
        "json" => SearchResults.Generate(Math.Max(20, size / 148), needles: 2, errors: 3).Utf8(JsonLayout.Spaced),
        "json lines" => Encoding.UTF8.GetBytes(string.Concat(
            DatabaseRows.Generate(Math.Max(20, size / 130), DatabaseTable.Transactions).Rows.Select(row => row!.ToJsonString() + "\n"))),
        "log" => Encoding.UTF8.GetBytes(TextLogs.Generate("iso", Math.Max(20, size / 85), 42, "error").Text),
        "search" => Encoding.UTF8.GetBytes(ToolTexts.Search(size)),
        "build" => Encoding.UTF8.GetBytes(ToolTexts.Build(size)),
        "diff" => Encoding.UTF8.GetBytes(ToolTexts.Diff(size)),
        _ => Encoding.UTF8.GetBytes(ToolTexts.Listing(size)),
    };
}
