using System.Globalization;
using Headroom.Engine.Compression;
using Headroom.Engine.Fidelity;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Fidelity;

/// <summary>What every captured output must live through, whatever its kind.</summary>
public sealed class FixtureFidelityTests
{
    public static TheoryData<string> Names => [.. Fixtures.All.Select(f => f.Name)];

    [Fact]
    public void There_are_sixty_captured_outputs_and_more() => Assert.InRange(Fixtures.All.Length, 60, int.MaxValue);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Nothing_is_lost_nothing_grows_and_a_form_is_left_alone(string name)
    {
        foreach (var options in new[]
        {
            new CompressionOptions(),
            new CompressionOptions { Level = CompressionLevel.Aggressive },
            new CompressionOptions { Budget = 200, Query = "error the failed" },
        })
        {
            var report = await FidelityCheck.RunAsync(
                Fixtures.Named(name).Utf8(), options, TokenCounters.O200kBase, TestContext.Current.CancellationToken);
            Assert.Empty(report.Violations);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_larger_budget_never_shows_fewer_values(string name)
    {
        var utf8 = Fixtures.Named(name).Utf8();
        var leaves = ContentLeaves.Of(utf8);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var budget in new[] { 300, 800, 2_000, 5_000 })
        {
            var result = ContentRouter.Compress(
                utf8, new CompressionOptions { Budget = budget, Marker = missing => $"[{missing}; hash]" }, TestContext.Current.CancellationToken);
            if (result.Rung != Rung.View)
            {
                continue;
            }

            // What is shown whole; a profile may say with less what a larger view shows itself.
            var shown = Shown(result, leaves);
            Assert.True(shown.Count >= seen.Count * 0.98, $"{budget}: {shown.Count} values after {seen.Count}");
            seen = shown;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_output_does_not_hang_on_the_culture(string name)
    {
        var utf8 = Fixtures.Named(name).Utf8();
        var options = new CompressionOptions { Level = CompressionLevel.Aggressive, Marker = missing => $"[{missing}; hash]" };
        var expected = ContentRouter.Compress(utf8, options, TestContext.Current.CancellationToken);
        var (before, odd) = (CultureInfo.CurrentCulture, (CultureInfo)CultureInfo.InvariantCulture.Clone());
        (odd.NumberFormat.NumberDecimalSeparator, odd.NumberFormat.NegativeSign, odd.NumberFormat.NumberGroupSeparator) = (";", "minus", " ");
        odd.DateTimeFormat.DateSeparator = "~";
        try
        {
            CultureInfo.CurrentCulture = odd;
            var actual = ContentRouter.Compress(utf8, options, TestContext.Current.CancellationToken);
            Assert.Equal(expected.Output.ToArray(), actual.Output.ToArray());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static HashSet<string> Shown(CompressionResult result, HashSet<string> leaves)
    {
        var text = System.Text.Encoding.UTF8.GetString(result.Output.Span);
        return [.. leaves.Where(leaf => text.Contains(leaf, StringComparison.Ordinal))];
    }
}
