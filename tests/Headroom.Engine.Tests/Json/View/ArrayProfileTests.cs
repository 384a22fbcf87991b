using System.Globalization;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Json.View;

public sealed class ArrayProfileTests
{
    [Property(MaxTest = 50)]
    public Property Numbers_and_counts_are_those_of_all_rows() =>
        Prop.ForAll(Gen.Choose(1, 100_000).ToArbitrary(), Gen.Choose(60, 400).ToArbitrary(), (seed, count) =>
        {
            var random = new SeededRandom((ulong)seed);
            var rows = Views.Rows(count, i => new JsonObject
            {
                ["at"] = Invariant($"2025-01-{1 + random.Next(28):00}"),
                ["load"] = random.Next(-500, 500),
                ["ratio"] = random.Next(10_000) / 100m,
                ["state"] = random.Pick(["up", "down", "draining"]),
                ["zone"] = "north",
            });
            var profile = Views.Profile(rows, 400);
            var loads = rows.Select(r => r!["load"]!.GetValue<int>()).ToArray();
            var ratios = rows.Select(r => r!["ratio"]!.GetValue<decimal>()).ToArray();
            var days = rows.Select(r => r!["at"]!.GetValue<string>()).Order(StringComparer.Ordinal).ToArray();
            Assert.Contains(Invariant($"load: {loads.Min()}..{loads.Max()} mean {Math.Round(loads.Sum() / (double)count, 1)}"), profile);
            Assert.Contains(profile, line => line.StartsWith("ratio: ", StringComparison.Ordinal)
                && Math.Abs(decimal.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture) - ratios.Average()) <= 0.00501m
                && line.Contains(Invariant($"{Lexeme(ratios.Min())}..{Lexeme(ratios.Max())}"), StringComparison.Ordinal));
            Assert.Contains("in every row: zone=north", profile);
            Assert.Contains($"at: {days[0]}..{days[^1]}", profile);
            var states = profile.Single(line => line.StartsWith("state: ", StringComparison.Ordinal));
            Assert.All(rows.CountBy(r => r!["state"]!.GetValue<string>()), s => Assert.Contains(Invariant($"{s.Key}={s.Value}"), states));
            string Lexeme(decimal value) => JsonValue.Create(value).ToJsonString();
        });

    [Fact]
    public void The_first_line_names_the_rows_from_one()
    {
        var rows = DatabaseRows.Generate(300, DatabaseTable.Metrics).Rows;
        var plan = Assert.Single(Views.Plan(JsonLayouts.Write(rows, JsonLayout.Compact), 600)!);
        Assert.StartsWith("rows 1-3,", plan.Profile[0]);
        Assert.EndsWith(" of 300 shown; of all 300 rows:", plan.Profile[0]);
        var named = plan.Profile[0].Split(' ')[1].Split(',').Select(r => r.Split('-')).SelectMany(r =>
            Enumerable.Range(int.Parse(r[0], CultureInfo.InvariantCulture), 1 + int.Parse(r[^1], CultureInfo.InvariantCulture) - int.Parse(r[0], CultureInfo.InvariantCulture)));
        Assert.Equal(plan.Rows.Select(r => r + 1), named);
    }

    [Fact]
    public void Null_and_absent_are_told_apart()
    {
        var rows = Views.Rows(200, i =>
        {
            var row = new JsonObject { ["t"] = 1_735_732_800 + i, ["kind"] = i % 2 == 0 ? "a" : "b" };
            if (i % 4 != 0)
            {
                row["load"] = i % 5 == 0 ? null : i * 37 % 101;
            }

            return row;
        });
        var loads = rows.Select(r => r!["load"]).OfType<JsonValue>().Select(v => v.GetValue<int>()).ToArray();
        Assert.Contains(Invariant($"load: 0..100 mean {Math.Round(loads.Average(), 1)}, null 30; in 150 rows"), Views.Profile(rows, 300));
    }

    [Fact]
    public void Templates_are_counted()
    {
        var rows = Views.Rows(400, i => new JsonObject
        {
            ["time"] = Invariant($"2025-01-01T00:{i / 60:00}:{i % 60:00}Z"),
            ["message"] = i % 4 == 0 ? Invariant($"Cache miss for key {i * 7919:x8}a1") : Invariant($"User {i} logged in from 10.0.0.{i % 250}"),
        });
        Assert.Contains("message: User # logged in from #.#.#.#=300; Cache miss for key #=100", Views.Profile(rows, 400));
    }

    [Fact]
    public void Strings_that_could_be_read_as_something_else_are_quoted()
    {
        var rows = Views.Rows(120, i => new JsonObject { ["v"] = (i % 4) switch { 0 => "1", 1 => JsonValue.Create(1), 2 => "true", _ => true }, ["t"] = 1_735_732_800 + i });
        Assert.Contains("""v: "1"=30, 1=30, "true"=30, true=30""", Views.Profile(rows, 200));
    }

    [Fact]
    public void A_line_is_one_line_whatever_the_values_hold()
    {
        var rows = Views.Rows(200, i => new JsonObject { ["a\nb"] = i % 2 == 0 ? "x\ny" : "p\r\u2028q", ["nested"] = new JsonObject { ["c.d"] = i % 3 }, ["t"] = 1_735_732_800 + i });
        Assert.All(Views.Profile(rows, 300), line => Assert.Equal(-1, line.AsSpan().IndexOfAny('\n', '\r')));
    }

    [Fact]
    public void The_profile_keeps_to_its_part_of_the_budget()
    {
        var rows = Views.Rows(300, i => new JsonObject(Enumerable.Range(0, 60).Select(c => KeyValuePair.Create(Invariant($"column_{c}"), (JsonNode?)JsonValue.Create((i * (c + 3)) % 17)))));
        var lines = Views.Profile(rows, 1500)[1..];
        Assert.InRange(lines.Sum(l => l.Length), 1, 4 * 1500 / 4);
        Assert.True(Views.Profile(rows, 6000).Length > lines.Length + 1);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
