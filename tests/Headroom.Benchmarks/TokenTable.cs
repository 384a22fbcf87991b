using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Benchmarks;

/// <summary>Tokens before and after, counted exactly, over generated workloads in three spellings and over captured files.</summary>
internal static class TokenTable
{
    private static readonly ITokenCounter Counter = TokenCounters.O200kBase;

    public static void Print(TextWriter output)
    {
        output.WriteLine("## Tokens\n");
        output.WriteLine($"Exact {Counter.Name} tokens. Lossless forms decode to the same value; views keep every planted row.\n");
        output.WriteLine("| Input | Before | Lossless | off | Balanced | off | Rung | Planted rows kept |");
        output.WriteLine("|---|--:|--:|--:|--:|--:|---|--:|");
        Workload[] workloads =
        [
            SearchResults.Generate(1000, needles: 2, errors: 3),
            LogEntries.Generate(500),
            ApiItems.Generate(500),
            DatabaseRows.Generate(1000, DatabaseTable.Users),
            DatabaseRows.Generate(1000, DatabaseTable.Metrics),
            DatabaseRows.Generate(1000, DatabaseTable.Transactions),
            DatabaseRows.Generate(1000, DatabaseTable.Mixed),
        ];
        foreach (var workload in workloads)
        {
            foreach (var layout in new[] { JsonLayout.Pretty, JsonLayout.Spaced, JsonLayout.Compact })
            {
                Row(output, $"{workload.Name}, {layout.ToString().ToLowerInvariant()}", workload.Utf8(layout), workload);
            }
        }

        foreach (var fixture in Fixtures.Json)
        {
            Row(output, fixture.Name, fixture.Utf8(), null);
        }

        byte[][] inputs =
        [
            .. Fixtures.Json.Concat(Fixtures.In("text")).Select(f => f.Utf8()),
            .. workloads.SelectMany(w => Enum.GetValues<JsonLayout>().Select(w.Utf8)),
        ];
        output.WriteLine("\nError of the estimator that runs before a request leaves, against the exact count:\n");
        output.WriteLine("| Inputs | Median | 95th percentile | Largest |");
        output.WriteLine("|---|--:|--:|--:|");
        Errors(output, "whole texts", inputs, TokenEstimator.Instance.Count);
        Errors(output, "texts over 32 KB, sampled", [.. inputs.Where(i => i.Length >= 1 << 15)], TokenEstimator.Instance.Sample);
    }

    private delegate int Estimate(ReadOnlySpan<byte> utf8);

    private static void Errors(TextWriter output, string name, byte[][] inputs, Estimate estimate)
    {
        var errors = inputs.Select(i => 100 * Math.Abs(((double)estimate(i) / Counter.Count(i)) - 1)).Order().ToArray();
        output.WriteLine(FormattableString.Invariant(
            $"| {inputs.Length} {name} | {errors[errors.Length / 2]:F2} % | {errors[(int)(errors.Length * 0.95)]:F2} % | {errors[^1]:F2} % |"));
    }

    private static void Row(TextWriter output, string name, byte[] input, Workload? workload)
    {
        var before = Counter.Count(input);
        var lossless = ContentRouter.Compress(input, new CompressionOptions { Level = CompressionLevel.Lossless });
        var balanced = ContentRouter.Compress(input, new CompressionOptions { Marker = missing => Marker.Write(missing, new string('0', Marker.HashLength)) });
        var losslessTokens = Counter.Count(lossless.Output.Span);
        var balancedTokens = Counter.Count(balanced.Output.Span);
        var shown = Encoding.UTF8.GetString(balanced.Output.Span);
        var planted = workload is null ? "" : $"{workload.Planted.Count(p => shown.Contains(p.Evidence, StringComparison.Ordinal))} of {workload.Planted.Length}";
        output.WriteLine(FormattableString.Invariant(
            $"| {name} | {before:N0} | {losslessTokens:N0} | {Off(before, losslessTokens):F1} % | {balancedTokens:N0} | {Off(before, balancedTokens):F1} % | {balanced.Rung} | {planted} |"));
    }

    private static double Off(int before, int after) => before == 0 ? 0 : 100.0 * (before - after) / before;
}
