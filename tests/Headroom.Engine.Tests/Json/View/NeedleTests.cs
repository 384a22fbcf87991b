using System.Globalization;
using System.Text.Json.Nodes;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Json.View;

/// <summary>Rows that stand out, at every tenth of arrays of every size, are always shown.</summary>
public sealed class NeedleTests
{
    private static readonly Dictionary<string, (string Category, string? Number, string Text, Func<int, JsonArray> Rows)> Hay = new()
    {
        ["search"] = ("source", "score", "snippet", n => SearchResults.Generate(n, 0, 0, seed: 7).Rows),
        ["search with metadata"] = ("source", "score", "title", n => SearchResults.Generate(n, 0, 0, seed: 8, metadata: true).Rows),
        ["logs"] = ("level", null, "message", n => LogEntries.Generate(n, 0, 0, seed: 9).Rows),
        ["readings"] = ("state", "temperature", "note", Readings),
        ["nested"] = ("state", "temperature", "note", n =>
        {
            var readings = Readings(n);
            return Views.Rows(n, i => new JsonObject { ["id"] = i, ["device"] = new JsonObject { ["reading"] = readings[i]!.DeepClone() } });
        }),
    };

    private static readonly Dictionary<string, Func<JsonObject, (string Category, string? Number, string Text), int, bool>> Needles = new()
    {
        ["error message"] = (row, _, i) => Set(row, "error", Invariant($"Connection to shard {i} refused")),
        ["error object"] = (row, _, i) => Set(row, "failure", new JsonObject { ["code"] = 500 + i, ["reason"] = "disk full" }),
        ["severity"] = (row, hay, _) => Set(row, hay.Category, "ERROR"),
        ["state"] = (row, hay, _) => Set(row, hay.Category, "Failed"),
        ["rare value"] = (row, hay, i) => Set(row, hay.Category, Invariant($"quarantined{(char)('a' + i)}")),
        ["high number"] = (row, hay, i) => hay.Number is { } name && Set(row, name, Math.Round(Median(name) + (Spread(name) * (8 + i)), 3)),
        ["low number"] = (row, hay, i) => hay.Number is { } name && Set(row, name, Math.Round(Median(name) - (Spread(name) * (8 + i)), 3)),
        ["unusual key"] = (row, _, i) => Set(row, "checksum", Invariant($"c0ffee{i}")),
        ["boolean key"] = (row, _, _) => Set(row, "is_needle", true),
        ["missing key"] = (row, hay, _) => row.Remove(hay.Text),
        ["long text"] = (row, hay, i) => Set(row, hay.Text, string.Join(' ', Enumerable.Repeat("The index is built once a night.", 6 + i))),
        ["unusual text"] = (row, hay, i) => Set(row, hay.Text, Invariant($"Zeppelin moored near harbour {i} overnight")),
        ["string for a number"] = (row, hay, _) => hay.Number is { } name && Set(row, name, "n/a"),
        ["null"] = (row, hay, _) => Set(row, hay.Category, null),
        ["exception"] = (row, hay, i) => Set(row, hay.Text, Invariant($"Unhandled System.IO.IOException: line {i}\n   at Disk.Write()")),
    };

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (var hay in Hay.Keys)
        {
            foreach (var count in new[] { 20, 100, 1000, 5000 })
            {
                cases.Add(hay, count);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_needle_is_shown_at_every_tenth(string hay, int count)
    {
        var source = Hay[hay];
        var rows = source.Rows(count);
        var budget = Math.Min(Views.Balanced, JsonLayouts.WriteUtf8(rows, JsonLayout.Compact).Length / (count <= 20 ? 6 : 8));
        var missed = new List<string>();
        foreach (var (name, plant) in Needles)
        {
            foreach (var needles in count <= 20 ? new[] { 1, 2 } : count <= 100 ? [1, 3, 8] : [1, 8])
            {
                // A text of words that stand nowhere else is unusual only where the others repeat theirs.
                if (name == "unusual text" && (count <= 20 || (count <= 100 && needles > 1)))
                {
                    continue;
                }

                foreach (var tenth in count <= 100 || (count == 1000 && needles == 1) ? Enumerable.Range(0, 10) : needles == 1 ? [0, 4, 9] : [0, 5])
                {
                    // In a single place, or the needles spread over the tenths from there on.
                    var places = Enumerable.Range(0, needles).Select(i => ((tenth * count / 10) + (i * count / needles) + (count / 20)) % count).ToArray();
                    var saved = places.Select(p => rows[p]!.DeepClone()).ToArray();
                    var isPlanted = places.Select((p, i) => plant(Target(rows[p]!), (source.Category, source.Number, source.Text), i)).All(p => p);
                    if (isPlanted)
                    {
                        var shown = Views.Shown(rows, budget);
                        missed.AddRange(places.Where(p => !shown.Contains(p)).Select(p => Invariant($"{name}, {needles} of {count}, row {p}")));
                    }

                    for (var i = 0; i < places.Length; i++)
                    {
                        rows[places[i]] = saved[i];
                    }
                }
            }
        }

        Assert.Empty(missed);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(500)]
    public void The_view_leaves_most_rows_out_while_it_shows_the_needles(int count)
    {
        foreach (var workload in new[] { SearchResults.Generate(count), SearchResults.Generate(count, metadata: true), LogEntries.Generate(count), DatabaseRows.Generate(count, DatabaseTable.Metrics) })
        {
            var shown = Views.Shown(workload.Rows);
            Assert.True(shown.Count < count / 4, workload.Name);
            Assert.All(workload.Planted, planted => Assert.Contains(planted.Index, shown));
        }
    }

    private static JsonObject Target(JsonNode row) => (row["device"]?["reading"] ?? row).AsObject();

    private static JsonArray Readings(int count)
    {
        var random = new SeededRandom(11);
        return Views.Rows(count, i => new JsonObject
        {
            ["at"] = Invariant($"2025-03-{1 + (i / 1440):00}T{i / 60 % 24:00}:{i % 60:00}:00Z"),
            ["sensor"] = Invariant($"sensor-{random.Next(8)}"),
            ["temperature"] = Math.Round(random.NextGaussian(20, 2), 2),
            ["state"] = random.Pick(["idle", "running", "cooling"]),
            ["note"] = Invariant($"Cycle {i} of pump {random.Next(4)} finished after {random.Next(90)} seconds"),
            ["error"] = null,
            ["error_count"] = 0,
        });
    }

    private static double Median(string name) => name == "score" ? 0.6 : 20;

    private static double Spread(string name) => name == "score" ? 0.2 : 1.35;

    private static bool Set(JsonObject row, string name, JsonNode? value)
    {
        row[name] = value;
        return true;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
