using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Compression.Json.View;
using Headroom.TestData;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace Headroom.Engine.Tests.Json.View;

/// <summary>Views of what is no array of objects.</summary>
public sealed class ShapesTests
{
    private static readonly string Hash = new('b', Marker.HashLength);

    private static readonly Dictionary<string, Func<int, ulong, JsonNode>> Shapes = new(StringComparer.Ordinal)
    {
        ["numbers"] = (n, seed) => Numbers(n, seed),
        ["strings"] = (n, seed) => Strings(n, seed),
        ["mixed"] = (n, seed) => Mixed(n, seed),
        ["matrix"] = (n, seed) => Matrix(n, seed),
        ["map"] = (n, seed) => Map(n, seed),
        ["columns"] = (n, seed) => Columns(n, seed),
        ["series in few rows"] = (n, seed) => new JsonArray([.. Enumerable.Range(0, 4).Select(i => new JsonObject { ["pod"] = Text($"api-{i}"), ["values"] = Matrix(n / 4, seed + (ulong)i) })]),
        ["series in many rows"] = (n, seed) => new JsonArray([.. Enumerable.Range(0, 20).Select(i => new JsonObject
        {
            ["pod"] = Text($"api-{i}"), ["state"] = i == 7 ? "failed" : "running", ["values"] = Numbers(n / 4, seed + (ulong)i),
        })]),
        ["several"] = (n, seed) => new JsonObject { ["title"] = "report", ["load"] = Numbers(n, seed), ["nodes"] = Map(n, seed), ["log"] = Log(n) },
        ["flat with long texts"] = (n, _) => Flat(n / 4),
        ["document in a string"] = (n, seed) => new JsonObject { ["status"] = 200, ["body"] = Map(n, seed).ToJsonString() },
    };

    public static TheoryData<string, int> Sizes()
    {
        var cases = new TheoryData<string, int>();
        foreach (var shape in new[] { "numbers", "strings", "matrix", "map", "columns" })
        {
            foreach (var count in new[] { 60, 400, 3000 })
            {
                cases.Add(shape, count);
            }
        }

        return cases;
    }

    [Property(MaxTest = 60)]
    public Property A_larger_budget_shows_all_that_a_smaller_one_shows() =>
        Prop.ForAll(Gen.Elements(Shapes.Keys.ToArray()).ToArbitrary(), Gen.Choose(20, 300).ToArbitrary(), Gen.Choose(1, 100_000).ToArbitrary(), (shape, count, seed) =>
        {
            var tape = Views.Tape(Shapes[shape](count, (ulong)seed).ToJsonString());
            HashSet<string>? before = null;
            foreach (var budget in new[] { 0, 50, 150, 400, 800, 1400, 2000, 5000, 1_000_000 })
            {
                var shown = Leaves(tape, budget);
                Assert.True(before is null || before.IsSubsetOf(shown), $"{shape} at {budget}: {string.Join(", ", before?.Except(shown).Take(3) ?? [])}");
                before = shown;
            }

            Assert.Null(ViewPlanner.Plan(tape, 1_000_000, Relevance.None, CancellationToken.None));
        });

    [Theory]
    [InlineData("numbers")]
    [InlineData("strings")]
    [InlineData("mixed")]
    [InlineData("matrix")]
    [InlineData("map")]
    [InlineData("columns")]
    [InlineData("series in few rows")]
    [InlineData("series in many rows")]
    [InlineData("several")]
    [InlineData("document in a string")]
    public void A_long_document_has_a_view_that_says_how_much_is_missing_whatever_its_layout(string shape)
    {
        var node = Shapes[shape](2000, 5);
        var views = Enum.GetValues<JsonLayout>().Select(layout =>
        {
            var input = JsonLayouts.WriteUtf8(node, layout);
            var result = ContentRouter.Compress(input, Options(), TestContext.Current.CancellationToken);
            Assert.Equal(Rung.View, result.Rung);
            var again = ContentRouter.Compress(input.ToArray(), Options(), TestContext.Current.CancellationToken);
            Assert.Equal(result.Output.ToArray(), again.Output.ToArray());
            return Encoding.UTF8.GetString(result.Output.Span);
        }).ToArray();
        Assert.Single(views.Distinct(StringComparer.Ordinal));
        Assert.Matches("(rows not shown|shortened)[^\n]*" + Hash + "]$", views[0]);
        Assert.Matches(" of [0-9]+.* shown.*; of all [0-9]+ ", views[0]);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void What_stands_out_is_shown_at_every_tenth(string shape, int count)
    {
        Action<JsonNode, int>[] plants = shape switch
        {
            "numbers" => [(n, at) => n[at] = 999.25, (n, at) => n[at] = -1234.5, (n, at) => n[at] = null, (n, at) => n[at] = "not measured"],
            "strings" => [(n, at) => n[at] = Text($"Unhandled System.IO.IOException: disk {at} is gone"), (n, at) => n[at] = "zeppelin", (n, at) => n[at] = 17],
            "matrix" => [(n, at) => n[at]![2] = 999.25, (n, at) => n[at]![1] = "quarantined", (n, at) => n[at]!.AsArray().Add("extra"), (n, at) => n[at]![2] = "broken"],
            "map" => [(n, at) => Entry(n, at)["state"] = "failed", (n, at) => Entry(n, at)["load"] = 99.5, (n, at) => Entry(n, at)["error"] = "fan stopped", (n, at) => Entry(n, at).Remove("rack")],
            _ => [(n, at) => n["cpu"]![at] = 999.25, (n, at) => n["host"]![at] = "quarantined", (n, at) => n["cpu"]![at] = null, (n, at) => n["host"]![at] = "failed"],
        };
        var missed = new List<string>();
        foreach (var (kind, plant) in plants.Index())
        {
            foreach (var tenth in count > 1000 ? new[] { 0, 5, 9 } : Enumerable.Range(0, 10))
            {
                var at = (tenth * count / 10) + (count / 20);
                var node = Shapes[shape](count, 9);
                plant(node, at);
                var json = node.ToJsonString();
                var plan = ViewPlanner.Plan(Views.Tape(json), Math.Min(1000, json.Length / 12), Relevance.None, TestContext.Current.CancellationToken);
                Assert.NotNull(plan);
                if (!plan.Selections[0].Rows.Contains(at))
                {
                    missed.Add(Text($"plant {kind} at {at}"));
                }
            }
        }

        Assert.Empty(missed);
    }

    [Fact]
    public void A_series_is_described_with_its_level_changes()
    {
        var numbers = Numbers(600, 3);
        for (var i = 320; i < 600; i++)
        {
            numbers[i] = (double)numbers[i]! + 40;
        }

        var plan = ViewPlanner.Plan(Views.Tape(numbers.ToJsonString()), 300, Relevance.None, TestContext.Current.CancellationToken)!;
        Assert.Contains(plan.Profile, line => line.EndsWith(" of 600 items shown, numbered from 0; of all 600 items:", StringComparison.Ordinal));
        Assert.Contains(plan.Profile, line => line.StartsWith("values: ", StringComparison.Ordinal) && line.Contains(" mean ", StringComparison.Ordinal)
            && line.Contains(" median ", StringComparison.Ordinal) && line.EndsWith(" different", StringComparison.Ordinal));
        Assert.Contains(plan.Profile, line => line.Contains("level changes at 320", StringComparison.Ordinal));
        Assert.Superset(new HashSet<int> { 0, 319, 320, 599 }, plan.Selections[0].Rows.ToHashSet());
    }

    [Fact]
    public void Items_of_several_kinds_are_counted_by_kind()
    {
        var mixed = Mixed(900, 1);
        mixed[400] = new JsonArray(1, 2);
        mixed[500] = null;
        var plan = ViewPlanner.Plan(Views.Tape(mixed.ToJsonString()), 900, Relevance.None, TestContext.Current.CancellationToken)!;
        Assert.Contains("kinds: objects 299, arrays 1, strings 299, numbers 300, null 1", plan.Profile);
        Assert.Superset(new HashSet<int> { 0, 400, 899 }, plan.Selections[0].Rows.ToHashSet());
    }

    [Theory]
    [InlineData("items")]
    [InlineData("entries")]
    public void What_is_equal_is_said_to_be_equal(string noun)
    {
        JsonNode node = noun == "items"
            ? new JsonArray([.. Enumerable.Range(0, 400).Select(_ => JsonValue.Create("Nothing to report from the north gate"))])
            : new JsonObject(Enumerable.Range(0, 400).Select(i => KeyValuePair.Create(Text($"gate-{i}"), (JsonNode?)new JsonObject { ["report"] = "Nothing to report", ["guards"] = 4 })));
        var plan = ViewPlanner.Plan(Views.Tape(node.ToJsonString()), 200, Relevance.None, TestContext.Current.CancellationToken)!;
        Assert.Contains(Text($"all 400 {noun} are identical"), plan.Profile);
    }

    [Fact]
    public void Every_key_of_a_flat_object_stays_and_every_short_value()
    {
        var view = View(Flat(120));
        Assert.Contains("setting_*", view, StringComparison.Ordinal);
        var lines = view.Split('\n');
        for (var i = 0; i < 120; i++)
        {
            Assert.Contains(lines, line => line.StartsWith(Text($"{i},{(i % 10 == 0 ? "\"word0 word1 " : Text($"value {i}"))}"), StringComparison.Ordinal));
        }

        Assert.Contains("12 long strings shortened", view, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_log_in_a_field_keeps_its_ends_and_its_error()
    {
        var log = Log(900);
        var view = View(new JsonObject { ["ok"] = false, ["stdout"] = log, ["code"] = 1 });
        Assert.Contains("disk full on volume 3", view, StringComparison.Ordinal);
        Assert.Contains("worker 0 finished job 0", view, StringComparison.Ordinal);
        Assert.Contains("code:1", view, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_in_a_field_keeps_its_type_message_and_both_ends()
    {
        var frames = string.Concat(Enumerable.Range(0, 200).Select(i => Text($"   at Shop.Orders.Step{i}(Int32 depth) in Orders.cs:line {i}\n")));
        var view = View(new JsonObject { ["level"] = "error", ["exception"] = "System.InvalidOperationException: order 7 has no customer\n" + frames });
        Assert.Contains("System.InvalidOperationException: order 7 has no customer", view, StringComparison.Ordinal);
        Assert.Contains("Step0(Int32 depth)", view, StringComparison.Ordinal);
        Assert.Contains("Step1(Int32 depth)", view, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_in_base64_are_named_by_their_beginning_and_length()
    {
        var random = new SeededRandom(1);
        var view = View(new JsonObject { ["name"] = "a.bin", ["data"] = Convert.ToBase64String([.. Enumerable.Range(0, 30_000).Select(_ => (byte)random.Next(256))]) });
        Assert.InRange(view.Length, 50, 1000);
        Assert.Contains("name:a.bin", view, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_holds_what_looks_like_a_note_of_ours_stays_whole()
    {
        var text = string.Concat(Enumerable.Range(0, 400).Select(i => Text($"line {i} of a text\n"))) + "[\u2026 900 lines]\n";
        Assert.Null(LongString.Shorten(Encoding.UTF8.GetBytes(text), isValue: true, new ViewRequest(50, Relevance.None, _ => ""), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_marker_in_the_data_stays_data_and_the_views_own_is_the_last_line()
    {
        var rows = LogEntries.Generate(500).Rows;
        var spoof = Marker.Write("9 of 10 rows not shown", new string('d', Marker.HashLength));
        rows[250]!["message"] = spoof;
        rows[250]!["level"] = "CRITICAL";
        var view = View(rows);
        Assert.Contains(spoof, view, StringComparison.Ordinal);
        Assert.EndsWith(Hash + "]", view, StringComparison.Ordinal);
        Assert.DoesNotContain(view.Split('\n'), line => line.StartsWith(spoof, StringComparison.Ordinal));
    }

    [Fact]
    public void A_constant_number_between_zero_and_one_is_no_ranking_and_the_strict_order_of_a_measure_is()
    {
        Assert.Null(Views.Plan(WithMeasure(_ => 0.5).ToJsonString(), 500));
        Assert.Null(Views.Plan(WithMeasure(i => i * 7919 % 1000).ToJsonString(), 500));
        Assert.Superset(Enumerable.Range(0, 4).ToHashSet(), Views.Shown(WithMeasure(i => 90_000 - (i * i) - (i * 3)), 500));

        static JsonArray WithMeasure(Func<int, double> measure)
        {
            var rows = RedundancyTests.People(200);
            foreach (var (i, row) in rows.Index())
            {
                row!["stars"] = measure(i);
            }

            return rows;
        }
    }

    [Fact]
    public void A_querys_words_find_entries_by_key_and_lines_in_long_strings()
    {
        var map = Map(800, 4);
        var plan = ViewPlanner.Plan(Views.Tape(map.ToJsonString()), 300, new Relevance("what about NODE-417?", []), TestContext.Current.CancellationToken)!;
        Assert.Contains(417, plan.Selections[0].Rows);

        var text = ViewPlanner.Plan(Views.Tape(new JsonObject { ["log"] = Log(900) }.ToJsonString()), 300, new Relevance("\"job 613\"", []), TestContext.Current.CancellationToken)!;
        Assert.Contains("finished job 613", Encoding.UTF8.GetString(text.Strings.Values.Single()), StringComparison.Ordinal);
    }

    private static CompressionOptions Options() => new() { Marker = missing => Marker.Write(missing, Hash) };

    private static string View(JsonNode node)
    {
        var result = ContentRouter.Compress(JsonLayouts.WriteUtf8(node, JsonLayout.Compact), Options(), TestContext.Current.CancellationToken);
        Assert.Equal(Rung.View, result.Rung);
        return Encoding.UTF8.GetString(result.Output.Span);
    }

    // Every scalar that is shown, with its place in the document; a shortened string counts by the words of its text.
    private static HashSet<string> Leaves(JsonTape tape, int budget)
    {
        var plan = ViewPlanner.Plan(tape, budget, Relevance.None, CancellationToken.None) ?? new ViewPlan();
        var cut = new Dictionary<int, int[]>();
        foreach (var selection in plan.Selections)
        {
            foreach (var node in selection.Layout == RowLayout.Columns ? selection.Columns : [selection.Node])
            {
                cut[node] = selection.Rows;
            }
        }

        var leaves = new HashSet<string>(StringComparer.Ordinal);
        Visit(0);
        return leaves;

        void Visit(int node)
        {
            var value = tape.Nodes[node];
            if (value.Kind is not (JsonNodeKind.Array or JsonNodeKind.Object))
            {
                leaves.Add(plan.Strings.ContainsKey(node) ? Text($"{node} short") : Text($"{node}"));
                leaves.Add(Text($"{node} short"));
                return;
            }

            var row = 0;
            for (var child = node + 1; child < value.End; child = tape.Nodes[child].End, row++)
            {
                child += value.Kind == JsonNodeKind.Object ? 1 : 0;
                if (!cut.TryGetValue(node, out var rows) || Array.BinarySearch(rows, row) >= 0)
                {
                    Visit(child);
                }
            }
        }
    }

    private static JsonObject Entry(JsonNode map, int at) => map.AsObject().ElementAt(at).Value!.AsObject();

    private static JsonArray Numbers(int count, ulong seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(_ => JsonValue.Create(Math.Round(random.NextGaussian(50, 4), 2)))];
    }

    private static JsonArray Strings(int count, ulong seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(i => JsonValue.Create(Text($"worker-{random.Next(7)} finished job {i} of queue {(char)('a' + random.Next(3))} in {random.Next(90)} ms")))];
    }

    private static JsonArray Mixed(int count, ulong seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(i => (i % 3) switch
        {
            0 => (JsonNode)JsonValue.Create(random.Next(100)),
            1 => JsonValue.Create(Text($"step {i} of the plan is done")),
            _ => new JsonObject { ["id"] = i, ["state"] = random.Pick(["ok", "idle"]), ["n"] = random.Next(9) },
        })];
    }

    private static JsonArray Matrix(int count, ulong seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(i => new JsonArray(1_735_732_800 + (60 * i), Text($"host-{random.Next(5)}"), Math.Round(random.NextGaussian(40, 3), 1)))];
    }

    private static JsonObject Map(int count, ulong seed)
    {
        var random = new SeededRandom(seed);
        return new JsonObject(Enumerable.Range(0, count).Select(i => KeyValuePair.Create(Text($"node-{i}"), (JsonNode?)new JsonObject
        {
            ["state"] = random.Pick(["up", "idle"]),
            ["load"] = Math.Round(random.NextGaussian(2, 0.2), 2),
            ["rack"] = Text($"r{random.Next(6)}"),
        })));
    }

    private static JsonObject Columns(int count, ulong seed)
    {
        var random = new SeededRandom(seed);
        return new JsonObject
        {
            ["t"] = new JsonArray([.. Enumerable.Range(0, count).Select(i => JsonValue.Create(1_735_732_800 + i))]),
            ["cpu"] = Numbers(count, seed),
            ["host"] = new JsonArray([.. Enumerable.Range(0, count).Select(_ => JsonValue.Create(Text($"h{random.Next(4)}")))]),
            ["unit"] = "percent",
        };
    }

    private static JsonObject Flat(int count) => new(Enumerable.Range(0, count).Select(i => KeyValuePair.Create(
        Text($"setting_{i}"), (JsonNode?)JsonValue.Create(i % 10 == 0 ? string.Join(' ', Enumerable.Range(0, 400).Select(j => Text($"word{j}"))) : Text($"value {i}")))));

    private static string Log(int count) => string.Join('\n', Enumerable.Range(0, count).Select(i => i == count / 2
        ? Text($"2025-01-01T00:{i / 60 % 60:00}:{i % 60:00}Z ERROR worker failed: disk full on volume 3")
        : Text($"2025-01-01T00:{i / 60 % 60:00}:{i % 60:00}Z INFO worker {i % 7} finished job {i}")));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
