using System.Diagnostics;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Benchmarks;

/// <summary>
/// Engine speed as a multiple of one <see cref="JsonDocument.Parse(ReadOnlyMemory{byte}, JsonDocumentOptions)"/> of the same bytes.
/// Both sides are run in turn in the same process and their medians compared, so that a busy machine disturbs both alike.
/// </summary>
internal static class EngineSpeed
{
    private const int Rounds = 200;

    // Enough for the compiler to have seen which paths are hot, and to have compiled them again.
    private const int WarmUpRounds = 600;

    public static void Print(TextWriter output)
    {
        output.WriteLine("\n## Engine speed\n");
        output.WriteLine("Medians on one core; the multiple is of one `JsonDocument.Parse` of the same bytes in the same run.\n");
        output.WriteLine("| Input | KB | Parse ms | Lossless ms | multiple | MB/s | Balanced ms | multiple | MB/s | Estimate of tokens MB/s |");
        output.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var workload in new[] { SearchResults.Generate(1000, needles: 2, errors: 3), LogEntries.Generate(500), DatabaseRows.Generate(1000, DatabaseTable.Mixed) })
        {
            Row(output, workload.Name + ", spaced", workload.Utf8(JsonLayout.Spaced));
        }
    }

    private static void Row(TextWriter output, string name, byte[] input)
    {
        var lossless = new CompressionOptions { Level = CompressionLevel.Lossless };
        var balanced = new CompressionOptions { Marker = missing => Marker.Write(missing, new string('0', Marker.HashLength)) };
        Action[] subjects =
        [
            () => JsonDocument.Parse(input).Dispose(),
            () => ContentRouter.Compress(input, lossless),
            () => ContentRouter.Compress(input, balanced),
            () => TokenEstimator.Instance.Count(input),
        ];
        var times = subjects.Select(_ => new double[Rounds]).ToArray();
        for (var round = -WarmUpRounds; round < Rounds; round++)
        {
            for (var s = 0; s < subjects.Length; s++)
            {
                var start = Stopwatch.GetTimestamp();
                subjects[s]();
                if (round >= 0)
                {
                    times[s][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                }
            }
        }

        var medians = times.Select(t => t.Order().ElementAt(Rounds / 2)).ToArray();
        var mb = input.Length / 1e6;
        output.WriteLine(FormattableString.Invariant(
            $"| {name} | {input.Length / 1024.0:F0} | {medians[0]:F2} | {medians[1]:F2} | {medians[1] / medians[0]:F1} | {mb / medians[1] * 1e3:F0} | {medians[2]:F2} | {medians[2] / medians[0]:F1} | {mb / medians[2] * 1e3:F0} | {mb / medians[3] * 1e3:F0} |"));
    }
}
