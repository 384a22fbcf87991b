using System.Diagnostics;
using Headroom.Engine.Compression;
using Headroom.Engine.Fidelity;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Benchmarks;

/// <summary>Every captured file by kind: tokens, what is still to be seen, and how fast.</summary>
internal static class KindTable
{
    private const int Rounds = 15;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.3);
    private static readonly ITokenCounter Counter = TokenCounters.O200kBase;

    public static async Task PrintAsync(TextWriter output)
    {
        await output.WriteLineAsync("\n## Captured outputs by kind\n").ConfigureAwait(false);
        await output.WriteLineAsync("""
            Exact o200k_base tokens. Lossless forms decode to the same bytes, the same JSON value, or the text without its styles. A value is a distinct line, or a distinct scalar
            of JSON; what is not visible comes back with the original that the marker names. Gone is what would not: it has to be none. Speed is that of the whole way at level Balanced, on one core.

            """).ConfigureAwait(false);
        await output.WriteLineAsync("| Kind | Files | KB | Before | Lossless | off | Balanced | off | Values visible | Error lines visible | File names visible | Gone | MB/s |").ConfigureAwait(false);
        await output.WriteLineAsync("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|").ConfigureAwait(false);
        var all = new List<Measured>();
        foreach (var folder in Directory.EnumerateDirectories(Fixtures.Root).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal))
        {
            var files = new List<Measured>();
            foreach (var fixture in Fixtures.In(folder))
            {
                files.Add(await MeasureAsync(fixture).ConfigureAwait(false));
            }

            await output.WriteLineAsync(Row(folder, files)).ConfigureAwait(false);
            all.AddRange(files);
        }

        await output.WriteLineAsync(Row("**all**", all)).ConfigureAwait(false);
        await output.WriteLineAsync("\n| File | Before | Lossless | off | Balanced | off | Form | Values visible | Error lines visible |").ConfigureAwait(false);
        await output.WriteLineAsync("|---|--:|--:|--:|--:|--:|---|--:|--:|").ConfigureAwait(false);
        foreach (var (name, _, _, report) in all)
        {
            await output.WriteLineAsync(FormattableString.Invariant(
                $"| {name} | {report.Tokens:N0} | {report.Lossless.Tokens:N0} | {Off(report.Tokens, report.Lossless.Tokens)} | {report.Best.Tokens:N0} | {Off(report.Tokens, report.Best.Tokens)} | {report.Kind}: {report.Best.Strategy} | {Share([report.Leaves])} | {Share([report.Errors])} |")).ConfigureAwait(false);
        }
    }

    private static async Task<Measured> MeasureAsync(Fixture fixture)
    {
        var utf8 = fixture.Utf8();
        var options = new CompressionOptions();
        var report = await FidelityCheck.RunAsync(utf8, options, Counter).ConfigureAwait(false);
        if (report.Violations.Count > 0)
        {
            throw new InvalidOperationException($"{fixture.Name}: {string.Join("; ", report.Violations)}");
        }

        options = options with { Marker = missing => missing };
        var times = new double[Rounds];
        for (var (round, begun) = (0, Stopwatch.GetTimestamp()); round < Rounds;)
        {
            var start = Stopwatch.GetTimestamp();
            _ = ContentRouter.Compress(utf8, options);
            times[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;

            // The compiler needs a while to see what is hot.
            round += Stopwatch.GetElapsedTime(begun) > WarmUp ? 1 : 0;
        }

        return new Measured(fixture.Name, utf8.Length, times.Order().ElementAt(times.Length / 2), report);
    }

    private static string Row(string name, List<Measured> files)
    {
        var before = files.Sum(f => f.Report.Tokens);
        var lossless = files.Sum(f => f.Report.Lossless.Tokens);
        var best = files.Sum(f => f.Report.Best.Tokens);
        return FormattableString.Invariant(
            $"| {name} | {files.Count} | {files.Sum(f => (long)f.Bytes) / 1024:N0} | {before:N0} | {lossless:N0} | {Off(before, lossless)} | {best:N0} | {Off(before, best)} | {Share(files.Select(f => f.Report.Leaves))} | {Share(files.Select(f => f.Report.Errors))} | {Share(files.Select(f => f.Report.Files))} | {files.Sum(f => f.Report.Leaves.Gone)} | {files.Sum(f => (double)f.Bytes) / 1e6 / files.Sum(f => f.Seconds):F0} |");
    }

    private static string Share(IEnumerable<LeafRecall> recalls)
    {
        var list = recalls.ToList();
        return FormattableString.Invariant($"{list.Sum(r => r.Visible):N0} of {list.Sum(r => r.Total):N0}");
    }

    private static string Off(int before, int after) => FormattableString.Invariant($"{(before == 0 ? 0 : 100.0 * (before - after) / before):F1} %");

    private sealed record Measured(string Name, int Bytes, double Seconds, FidelityReport Report);
}
