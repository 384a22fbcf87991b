using System.Globalization;
using System.Text.RegularExpressions;
using Headroom.Cli.Demo;

namespace Headroom.Cli.Tests;

public sealed partial class DemoTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_demo_shows_smaller_requests_with_unchanged_prefixes()
    {
        var outcome = await HeadroomProcess.RunAsync(_home, "demo");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        var turns = AgentSession.Load().Turns.Count;
        var rows = TurnRow().Matches(outcome.Text);
        Assert.Equal(2 * turns, rows.Count);
        Assert.Equal(2, Count(outcome.Text, $"Prefix unchanged   {turns - 1} of {turns - 1} turns"));
        Assert.Equal(2, Count(outcome.Text, $"Answers unchanged  {turns} of {turns}, byte for byte"));
        Assert.DoesNotContain("CHANGED", outcome.Text, StringComparison.Ordinal);
        foreach (Match row in rows)
        {
            var (sent, got) = (Number(row, "sent"), Number(row, "got"));

            // The retrieve tool costs a little until the first result is shortened.
            Assert.True(got <= sent || row.Groups["turn"].Value == "1");
            Assert.Equal(100.0 * (sent - got) / sent, double.Parse(row.Groups["saved"].Value, CultureInfo.InvariantCulture), 0.051);
        }

        // The last request of each session carries it whole.
        Assert.All([rows[turns - 1], rows[^1]], row => Assert.True(Number(row, "got") < 0.6 * Number(row, "sent")));
    }

    [Fact]
    public async Task The_demo_is_the_same_each_time_apart_from_the_times()
    {
        var first = await HeadroomProcess.RunAsync(_home, "demo");
        var second = await HeadroomProcess.RunAsync(_home, "demo");
        Assert.Equal(WithoutTimes(first.Text), WithoutTimes(second.Text));
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static int Number(Match row, string name) =>
        int.Parse(row.Groups[name].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static string WithoutTimes(string text) => Times().Replace(Hash().Replace(text, "hash"), "time");

    [GeneratedRegex(@"^ +(?<turn>\d+) +(?<sent>[\d,]+) +[\d,]+ +(?<got>[\d,]+) +[\d,]+ +(?<saved>-?[\d.]+)% +(-|same) +-?[\d.]+ ms ", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex TurnRow();

    [GeneratedRegex(@" *-?[\d.]+ ms", RegexOptions.CultureInvariant)]
    private static partial Regex Times();

    [GeneratedRegex("hash=[0-9a-f]{24}", RegexOptions.CultureInvariant)]
    private static partial Regex Hash();
}
