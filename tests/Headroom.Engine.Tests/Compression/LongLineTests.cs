using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Fidelity;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Compression;

/// <summary>A line that is too long for what its kind reads of lines spoils neither those around it nor the whole.</summary>
public sealed class LongLineTests
{
    private static readonly string Long = new('x', 5_000);

    public static TheoryData<string> Names => [.. Fixtures.All.Where(f => f.Utf8().Length < 200_000).Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_may_stand_anywhere(string name)
    {
        var lines = Encoding.UTF8.GetString(Fixtures.Named(name).Utf8()).Split('\n');
        var random = new SeededRandom((ulong)lines.Length);
        for (var i = 0; i < 6; i++)
        {
            var changed = lines.ToList();
            var at = random.Next(0, lines.Length);
            if (i % 2 == 0)
            {
                changed.Insert(at, Long);
            }
            else
            {
                // A line of the kind itself that goes on.
                changed[at] += Long;
            }

            var options = new CompressionOptions { Budget = random.Next(50, 800) };
            var report = await FidelityCheck.RunAsync(
                Encoding.UTF8.GetBytes(string.Join('\n', changed)), options, TokenEstimator.Instance, TestContext.Current.CancellationToken);
            Assert.True(report.Violations.Count == 0, $"line {at}: {string.Join("; ", report.Violations)}");
        }
    }
}
