using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Benchmarks;

/// <summary>Tokens before and after, counted exactly, over generated workloads in three spellings.</summary>
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

        foreach (var layout in new[] { JsonLayout.Spaced, JsonLayout.Compact })
        {
            Conversation(output, layout);
        }

        byte[][] inputs =
        [
            .. Fixtures.All.Select(f => f.Utf8()),
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

    // The last request of an agent's session: what is no tool result stays and counts on both sides.
    private static void Conversation(TextWriter output, JsonLayout layout)
    {
        const int Turns = 50;
        var session = AgentSession.Generate(Turns, callsPerTurn: 2, items: 50, layout: layout);
        var body = session.OpenAIChat[^1];
        var blocks = new OpenAIChatFormat().Locate(body)!.Blocks;
        var rest = Counter.Count(body) - blocks.Sum(b => Counter.Count(body.AsSpan(b.Start, b.Length)));
        var (before, lossless, balanced) = (rest, rest, rest);
        foreach (var result in session.ToolResults)
        {
            var text = Encoding.UTF8.GetBytes(result.Text);
            before += Counter.Count(text);
            lossless += Counter.Count(ContentRouter.Compress(text, new CompressionOptions { Level = CompressionLevel.Lossless }).Output.Span);
            balanced += Counter.Count(ContentRouter.Compress(text, new CompressionOptions { Marker = missing => Marker.Write(missing, new string('0', Marker.HashLength)) }).Output.Span);
        }

        output.WriteLine(FormattableString.Invariant(
            $"| conversation of {Turns} turns, {session.ToolResults.Length} results, {layout.ToString().ToLowerInvariant()} | {before:N0} | {lossless:N0} | {Off(before, lossless):F1} % | {balanced:N0} | {Off(before, balanced):F1} % |  |  |"));
    }

    private static double Off(int before, int after) => before == 0 ? 0 : 100.0 * (before - after) / before;
}
