using System.Globalization;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json.View;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Json.View;

public sealed class ViewPlannerTests
{
    private static readonly Func<int, ulong, JsonArray>[] Sources =
    [
        (n, seed) => SearchResults.Generate(n, Math.Min(2, n / 4), Math.Min(1, n / 4), seed).Rows,
        (n, seed) => LogEntries.Generate(n, Math.Min(5, n / 4), Math.Min(1, n / 4), seed).Rows,
        (n, seed) => DatabaseRows.Generate(n, DatabaseTable.Metrics, seed).Rows,
        (n, seed) => DatabaseRows.Generate(n, DatabaseTable.Transactions, seed).Rows,
        (n, seed) => DatabaseRows.Generate(n, DatabaseTable.Mixed, seed).Rows,
        (n, seed) => ApiItems.Generate(n, seed).Rows,
    ];

    [Property(MaxTest = 60)]
    public Property A_larger_budget_shows_all_that_a_smaller_one_shows() =>
        Prop.ForAll(Documents().ToArbitrary(), json =>
        {
            var tape = Views.Tape(json);
            var before = new Dictionary<int, HashSet<int>>();
            foreach (var budget in new[] { 0, 10, 100, 200, 400, 800, 1500, 2000, 2100, 4000, 20_000 })
            {
                var plan = ViewPlanner.Plan(tape, budget, Relevance.None, CancellationToken.None)?.Selections ?? [];
                foreach (var (array, rows) in before)
                {
                    var now = plan.FirstOrDefault(s => s.Node == array);
                    Assert.True(now is null || rows.IsSubsetOf(now.Rows), $"budget {budget}");
                }

                // What is whole at one budget stays whole.
                Assert.True(budget == 0 || plan.All(s => before.ContainsKey(s.Node)));
                before = plan.ToDictionary(s => s.Node, s => s.Rows.ToHashSet());
            }
        });

    [Property(MaxTest = 60)]
    public Property A_plan_names_rows_that_exist_in_order_with_both_ends_and_is_repeatable() =>
        Prop.ForAll(Documents().ToArbitrary(), Gen.Choose(0, 6000).ToArbitrary(), (json, budget) =>
        {
            var tape = Views.Tape(json);
            var plan = ViewPlanner.Plan(tape, budget, Relevance.None, CancellationToken.None)?.Selections;
            var again = ViewPlanner.Plan(Views.Tape(json), budget, Relevance.None, CancellationToken.None)?.Selections;
            Assert.Equal(plan is null, again is null);
            foreach (var (selection, same) in (plan ?? []).Zip(again ?? []))
            {
                var count = tape.Nodes[selection.Node].Count;
                Assert.Equal(selection.Rows, selection.Rows.Order().Distinct());
                Assert.Equal(0, selection.Rows[0]);
                Assert.Equal(count - 1, selection.Rows[^1]);
                Assert.InRange(selection.Rows.Length, 2, count - 1);
                Assert.Equal(selection.Node, same.Node);
                Assert.Equal(selection.Rows, same.Rows);
                Assert.Equal(selection.Profile, same.Profile);
                Assert.All(selection.Profile, line => Assert.DoesNotContain('\n', line));
            }
        });

    [Property(MaxTest = 200)]
    public Property Any_array_of_objects_can_be_planned() =>
        Prop.ForAll(OddRows().ToArbitrary(), Gen.Choose(0, 500).ToArbitrary(), (json, budget) =>
        {
            var plan = ViewPlanner.Plan(Views.Tape(json), budget, new Relevance("a 1 \"\" x", []), CancellationToken.None)?.Selections;
            Assert.All(plan ?? [], s => Assert.NotEmpty(s.Profile));
        });

    [Fact]
    public void White_space_changes_nothing()
    {
        var rows = SearchResults.Generate(300).Rows;
        var plans = Enum.GetValues<JsonLayout>().Select(layout => Assert.Single(Views.Plan(JsonLayouts.Write(rows, layout))!)).ToArray();
        Assert.All(plans, plan => Assert.Equal(plans[0].Rows, plan.Rows));
        Assert.All(plans, plan => Assert.Equal(plans[0].Profile, plan.Profile));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(11)]
    public void Short_arrays_stay_whole(int count) => Assert.Null(Views.Plan(JsonLayouts.Write(LogEntries.Generate(count, 0, 0).Rows, JsonLayout.Compact), 0));

    [Fact]
    public void Arrays_anywhere_in_a_document_share_the_budget_and_nested_ones_belong_to_their_rows()
    {
        var events = LogEntries.Generate(200).Rows;
        foreach (var row in events)
        {
            row!["parts"] = DatabaseRows.Generate(12, DatabaseTable.Metrics).Rows;
        }

        var document = new JsonObject { ["total"] = 400, ["pages"] = new JsonArray(new JsonObject { ["events"] = events }), ["metrics"] = DatabaseRows.Generate(200, DatabaseTable.Metrics).Rows };
        var plan = Views.Plan(JsonLayouts.Write(document, JsonLayout.Compact), 4000)!;
        Assert.Equal(2, plan.Count);
        Assert.All(plan, s => Assert.InRange(s.Rows.Length, 2, 199));

        Assert.StartsWith("pages[0].events: rows 1", plan[0].Profile[0]);
        Assert.StartsWith("metrics: rows 1", plan[1].Profile[0]);

        // The events are many times the size of the metrics, so most of the budget is theirs.
        Assert.True(plan[0].Profile.Sum(l => l.Length) > plan[1].Profile.Sum(l => l.Length));
    }

    [Fact]
    public void An_array_in_an_array_that_is_too_short_to_plan_is_planned()
    {
        var series = new JsonArray(new JsonArray(LogEntries.Generate(100).Rows), new JsonObject { ["values"] = LogEntries.Generate(100, seed: 2).Rows });
        Assert.Equal(2, Views.Plan(JsonLayouts.Write(series, JsonLayout.Compact), 500)!.Count);
    }

    [Fact]
    public void What_fits_stays_whole()
    {
        var json = JsonLayouts.Write(LogEntries.Generate(200).Rows, JsonLayout.Compact);
        Assert.NotNull(Views.Plan(json, 2000));
        Assert.Null(Views.Plan(json, json.Length));
    }

    [Fact]
    public void Empty_errors_in_every_row_select_nothing()
    {
        JsonArray Rows(bool withErrors) => Views.Rows(1000, i =>
        {
            var row = new JsonObject { ["at"] = 1_735_732_800 + i, ["host"] = Invariant($"web-{i * 7 % 5}"), ["state"] = i % 3 == 0 ? "up" : "ready" };
            if (withErrors)
            {
                row["error"] = null;
                row["error_count"] = 0;
                row["errors"] = new JsonArray();
                row["last_error"] = "none";
                row["exception"] = "";
                row["failed"] = false;
                row["message"] = "completed with no errors";
                row["result"] = new JsonObject { ["error"] = new JsonObject { ["code"] = 0, ["message"] = null } };
                row["error_rate"] = i % 10 / 100.0;
            }

            return row;
        });

        Assert.DoesNotContain(Views.Profile(Rows(withErrors: true), 500), line => line.StartsWith("error rows", StringComparison.Ordinal));
        Assert.InRange(Views.Shown(Rows(withErrors: true), 500).Count, 2, 40);

        // The rows that stand out are the same with and without the empty errors.
        Assert.DoesNotContain(Signals(Rows(withErrors: true)), s => s.Kind is SignalKind.Error or SignalKind.CommonError or SignalKind.Text);
    }

    [Fact]
    public void Errors_in_every_row_are_sampled_by_value_and_counted()
    {
        var rows = Views.Rows(600, i => new JsonObject
        {
            ["job"] = Invariant($"job_{i}"),
            ["status"] = "failed",
            ["reason"] = i switch { 300 => "disk full", 301 => "quota exceeded", _ => i % 2 == 0 ? "timeout" : "connection refused" },
        });
        var shown = Views.Shown(rows, 400);
        Assert.InRange(shown.Count, 10, 100);
        Assert.Superset(new HashSet<int> { 300, 301 }, shown);
        var profile = Views.Profile(rows, 400);
        Assert.Contains(profile, line => line == Invariant($"error rows: 600, {shown.Count} shown"));
        Assert.Contains("reason: timeout=299, connection refused=299, disk full=1, quota exceeded=1", profile);
    }

    [Fact]
    public void Numbers_under_a_name_like_error_are_measures_when_most_rows_have_them()
    {
        var rows = DatabaseRows.Generate(500, DatabaseTable.Metrics).Rows;
        foreach (var (i, row) in rows.Index())
        {
            row!["errors"] = 1 + (i % 17);
        }

        Assert.DoesNotContain(Views.Profile(rows), line => line.StartsWith("error rows", StringComparison.Ordinal));
    }

    [Fact]
    public void Server_errors_and_rare_client_errors_are_errors()
    {
        var rows = Views.Rows(1000, i => new JsonObject
        {
            ["at"] = 1_735_732_800 + i,
            ["path"] = Invariant($"/api/{"abcd"[i % 4]}"),
            ["status_code"] = i switch { 77 => 503, 404 => 404, 888 => 500, _ => i % 9 == 0 ? 201 : 200 },
        });
        Assert.Superset(new HashSet<int> { 77, 404, 888 }, Views.Shown(rows, 300));
        Assert.Contains("error rows: 3, all shown", Views.Profile(rows, 300));
    }

    [Fact]
    public void A_rare_refusal_is_an_error_and_a_common_one_is_not()
    {
        JsonArray Rows(int refused) => Views.Rows(400, i => new JsonObject { ["check"] = Invariant($"c{i % 6}"), ["ok"] = i >= refused, ["ms"] = i * 37 % 91 });
        Assert.Contains("error rows: 3, all shown", Views.Profile(Rows(3), 300));
        Assert.DoesNotContain(Views.Profile(Rows(200), 300), line => line.StartsWith("error rows", StringComparison.Ordinal));
    }

    [Fact]
    public void The_last_row_is_shown_when_ids_run_in_sequence()
    {
        var rows = Views.Rows(100, i => new JsonObject { ["id"] = i, ["state"] = i % 2 == 0 ? "on" : "off", ["level"] = i % 7 });
        var shown = Views.Shown(rows, 250);
        Assert.Contains(0, shown);
        Assert.Contains(99, shown);
        Assert.True(shown.Count < 60);
    }

    [Fact]
    public void Identical_rows_are_said_to_be_identical()
    {
        var rows = Views.Rows(40, _ => new JsonObject { ["id"] = "8f14e45f", ["text"] = "Nothing to report from the north gate, all is quiet and in order", ["n"] = 1.50 });
        var plan = Assert.Single(Views.Plan(JsonLayouts.Write(rows, JsonLayout.Spaced), 100)!);
        Assert.Contains("all 40 rows are identical", plan.Profile);

        rows[20]!["n"] = 2;
        rows[30]!["n"] = 3;
        plan = Assert.Single(Views.Plan(JsonLayouts.Write(rows, JsonLayout.Compact), 200)!);
        Assert.Contains("38 identical rows, the first is 1", plan.Profile);
        Assert.Superset(new HashSet<int> { 20, 30 }, plan.Rows.ToHashSet());
    }

    [Fact]
    public void Rows_that_repeat_a_key_can_be_planned_and_are_unusual()
    {
        var json = JsonLayouts.Write(LogEntries.Generate(300, 0, 0).Rows, JsonLayout.Compact);
        var at = json.IndexOf("{\"timestamp\"", json.Length / 2, StringComparison.Ordinal) + 1;
        json = json.Insert(at, "\"timestamp\":\"2020-01-01T00:00:00.000Z\",\"level\":\"INFO\",");
        var plan = Assert.Single(Views.Plan(json)!);
        var tape = Views.Tape(json);
        var rows = RowColumns.Read(tape, plan.Node, RowLayout.Items, [], CancellationToken.None);
        var doubled = Array.FindIndex(rows.RowNodes, node => tape.HasDuplicateKeys(tape.Nodes[node].Shape));
        Assert.Contains(doubled, plan.Rows);
    }

    [Fact]
    public void A_huge_row_does_not_keep_the_others_out()
    {
        var rows = LogEntries.Generate(300, 0, 0).Rows;
        rows[150]!["message"] = string.Join(' ', Enumerable.Range(0, 20_000).Select(i => Invariant($"w{i}")));
        var shown = Views.Shown(rows);
        Assert.InRange(shown.Count, 4, 100);

        // It is the one thing that stands out: it is shown with its long text shortened, or whole where that fits.
        Assert.Contains(150, shown);
        Assert.Single(ViewPlanner.Plan(Views.Tape(JsonLayouts.Write(rows, JsonLayout.Compact)), 2000, Relevance.None, TestContext.Current.CancellationToken)!.Strings);
    }

    [Fact]
    public void A_change_of_level_is_shown_from_both_sides()
    {
        var random = new SeededRandom(3);
        var rows = Views.Rows(1000, i => new JsonObject
        {
            ["t"] = 1_735_732_800 + (60 * i),
            ["host"] = "web-1",
            ["cpu"] = Math.Round(random.NextGaussian(i < 640 ? 46 : 61, 1.5), 1),
        });
        Assert.Superset(new HashSet<int> { 639, 640 }, Views.Shown(rows, 400));
    }

    [Fact]
    public void A_change_of_version_is_shown_from_both_sides()
    {
        var rows = Views.Rows(900, i => new JsonObject { ["t"] = 1_735_732_800 + i, ["version"] = i < 512 ? "1.4.0" : "1.5.0", ["load"] = i * 31 % 17 });
        Assert.Superset(new HashSet<int> { 511, 512 }, Views.Shown(rows, 300));
    }

    [Fact]
    public void Nulls_before_an_outlier_do_not_shift_it()
    {
        var random = new SeededRandom(4);
        var rows = Views.Rows(400, i => new JsonObject
        {
            ["t"] = 1_735_732_800 + i,
            ["probe"] = Invariant($"p{i % 3}"),
            ["ms"] = i < 60 ? null : i == 333 ? 900 : Math.Round(random.NextGaussian(50, 4), 1),
        });
        Assert.Contains(333, Views.Shown(rows, 250));
    }

    [Fact]
    public void The_head_of_a_ranking_fills_the_view()
    {
        var shown = Views.Shown(SearchResults.Generate(1000, 0, 0).Rows);
        Assert.Superset(Enumerable.Range(0, 20).ToHashSet(), shown);
    }

    [Fact]
    public void Rows_that_the_query_names_are_shown_first()
    {
        var rows = SearchResults.Generate(1000, 0, 0, metadata: true).Rows;
        rows[777]!["title"] = "Why Zanzibar is quiet";
        rows[412]!["metadata"]!["author"] = "Ola Nordmann";
        Assert.Superset(new HashSet<int> { 412, 777, 931 }, Views.Shown(rows, 400, "find owner zanzibar or \"ola nordmann\" or doc_931, title"));

        // A part of a word is no match.
        Assert.DoesNotContain(931, Views.Shown(rows, 400, "doc_93 nord"));
    }

    [Fact]
    public void A_query_that_names_rows_licenses_a_view()
    {
        var json = JsonLayouts.Write(RedundancyTests.People(200), JsonLayout.Compact);
        Assert.Null(Views.Plan(json, 500));
        Assert.Null(Views.Plan(json, 500, "unheard"));
        Assert.Contains(120, Assert.Single(Views.Plan(json, 500, "P-120")!).Rows);
    }

    private static IReadOnlyList<Signal> Signals(JsonArray rows)
    {
        var tape = Views.Tape(JsonLayouts.Write(rows, JsonLayout.Compact));
        var columns = RowColumns.Read(tape, 0, RowLayout.Items, [], CancellationToken.None);
        var index = new ValueIndex();
        foreach (var column in columns.Columns)
        {
            column.Facts = ColumnFacts.Of(tape, column, columns.Count, index);
        }

        return RowSignals.Find(tape, columns, Relevance.None, CancellationToken.None).Found;
    }

    private static Gen<string> Documents() =>
        from source in Gen.Choose(0, Sources.Length - 1)
        from count in Gen.Frequency((3, Gen.Choose(12, 60)), (1, Gen.Choose(60, 600)))
        from seed in Gen.Choose(1, 1_000_000)
        from second in Gen.Choose(-2, Sources.Length - 1)
        select JsonLayouts.Write(
            second < 0 ? Sources[source](count, (ulong)seed)
                : new JsonObject { ["a"] = Sources[source](count, (ulong)seed), ["note"] = "between the arrays", ["b"] = Sources[second]((count / 2) + 12, (ulong)seed + 1) },
            JsonLayout.Compact);

    // Few keys and few odd values, so that all kinds of coincidences happen.
    private static Gen<string> OddRows()
    {
        var scalar = Gen.Elements("null", "true", "false", "0", "-1", "1e999", "-1e-400", "0.10", "12345678901234567890", "\"\"", "\"a\"", "\"1\"", "\"error\"", "\"2024-01-01\"",
            "\"2024-01-01T00:00\"", "\"\\ud800\"", "\"\\n  at x\"", "\"x y z\"", "\"ü, ö; ä=1\"", "[]", "{}", "[1,2]", "[\"a\",\"b\"]", "[[]]", "[{}]");
        var key = Gen.Elements("a", "b", "error", "status", "\\u0061", "", "ok", "a.b");
        var value = Gen.Frequency(
            (5, scalar),
            (1, from k in key from v in scalar select $"{{\"{k}\":{v}}}"),
            (1, from k in key from v in scalar from w in scalar select $"[{{\"{k}\":{v}}},{w}]"));
        var row = from size in Gen.Choose(0, 4)
                  from members in (from k in key from v in value select $"\"{k}\":{v}").ListOf(size)
                  select $"{{{string.Join(',', members)}}}";
        return from count in Gen.Choose(12, 40) from rows in row.ListOf(count) select $"[{string.Join(',', rows)}]";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
