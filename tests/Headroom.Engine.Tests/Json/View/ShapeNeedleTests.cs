using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Compression;
using Headroom.TestData;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace Headroom.Engine.Tests.Json.View;

/// <summary>What stands out in keyed objects, series and columns is in the written view, with its place, wherever it stands.</summary>
public sealed class ShapeNeedleTests
{
    private static readonly string LongNote = string.Concat(Enumerable.Repeat("Checked again and again. ", 12)).Trim();

    private sealed record Needle(string Name, Action<JsonObject> Plant, string Column, string Evidence);

    private static readonly Needle[] Needles =
    [
        new("error", row => row["state"] = "failed", "state", "failed"),
        new("rare status", row => row["state"] = "quarantined", "state", "quarantined"),
        new("number three deviations off", row => row["cpu"] = 49.3, "cpu", "49.3"),
        new("unusual key", row => row["drained"] = "by hand", "", "by hand"),
        new("unusual length", row => row["note"] = LongNote, "note", LongNote),
    ];

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (var shape in new[] { "keyed", "columns", "numbers", "strings" })
        {
            foreach (var count in new[] { 20, 200, 5000 })
            {
                cases.Add(shape, count);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_stands_out_is_written_with_its_place_at_every_tenth(string shape, int count)
    {
        var hay = Rows(count);
        var missed = new List<string>();
        for (var tenth = 0; tenth < 10; tenth++)
        {
            // One of each kind, each in a tenth of its own.
            var rows = hay.ConvertAll(row => row.DeepClone().AsObject());
            var planted = Needles
                .Where(n => shape switch { "columns" => n.Column.Length > 0, "numbers" => n.Name is "error" or "number three deviations off", "strings" => n.Column != "cpu" && n.Name != "rare status", _ => true })
                .Select((needle, i) => (Needle: needle, Row: (((tenth + (2 * i)) % 10 * count / 10) + (count / 20)) % count)).ToArray();
            foreach (var (needle, row) in planted)
            {
                needle.Plant(rows[row]);
            }

            var form = Form(Write(shape, rows), count <= 20 ? 120 : null);
            Assert.True(count <= 20 || form.Rung == Rung.View, $"{shape} of {count} has no view");
            var lines = Encoding.UTF8.GetString(form.Output.Span).Split('\n');
            missed.AddRange(planted.Where(p => !Shows(shape, lines, p.Row, p.Needle, form.Rung)).Select(p => Text($"{p.Needle.Name} in row {p.Row}")));
        }

        Assert.Empty(missed);
    }

    [Theory]
    [InlineData("keyed", 200)]
    [InlineData("keyed", 5000)]
    [InlineData("columns", 200)]
    [InlineData("columns", 5000)]
    [InlineData("strings", 5000)]
    public void What_only_one_row_holds_is_shown_when_it_is_asked_for(string shape, int count)
    {
        for (var tenth = 0; tenth < 10; tenth += 3)
        {
            var row = (tenth * count / 10) + (count / 20);
            var form = Form(Write(shape, Rows(count)), null, Id(row));
            Assert.Equal(Rung.View, form.Rung);
            Assert.Contains(Id(row), Encoding.UTF8.GetString(form.Output.Span), StringComparison.Ordinal);
        }
    }

    private static bool Shows(string shape, string[] lines, int row, Needle needle, Rung rung) => lines.Any(line => (shape, rung) switch
    {
        (_, Rung.Lossless) => line.Contains(needle.Evidence, StringComparison.Ordinal),
        ("keyed", _) => line.Contains(Text($"{row:00000}"), StringComparison.Ordinal) && line.Contains(needle.Evidence, StringComparison.Ordinal),
        ("numbers", _) => line.Contains(needle.Name == "error" ? Text($"{row}:failed") : Text($"{row}:49.3"), StringComparison.Ordinal),
        ("strings", _) => line.Contains(Text($"{row}:"), StringComparison.Ordinal) && line.Contains(needle.Evidence, StringComparison.Ordinal),
        _ => line.Contains(Text($"{row}:{needle.Evidence}"), StringComparison.Ordinal),
    });

    private static JsonNode Write(string shape, List<JsonObject> rows)
    {
        switch (shape)
        {
            case "keyed":
                return new JsonObject(rows.Select((row, i) => KeyValuePair.Create<string, JsonNode?>(Text($"host-{i:00000}"), row.DeepClone())));
            case "columns":
                var columns = new JsonObject();
                foreach (var key in new[] { "id", "state", "cpu", "note" })
                {
                    columns[key] = new JsonArray([.. rows.Select(row => row[key]!.DeepClone())]);
                }

                return columns;
            case "numbers":
                return new JsonArray([.. rows.Select(row => (string?)row["state"] is "failed" ? "failed" : row["cpu"]!.DeepClone())]);
            default:
                return new JsonArray([.. rows.Select((row, i) => JsonValue.Create(
                    row.ContainsKey("drained") ? "Drained by hand, nobody knows why" : Text($"{Id(i)} {(string?)row["state"]}: {(string?)row["note"]}")))]);
        }
    }

    private static List<JsonObject> Rows(int count)
    {
        var random = new SeededRandom(19);
        return [.. Enumerable.Range(0, count).Select(i => new JsonObject
        {
            ["id"] = Id(i),
            ["state"] = random.Pick(["running", "idle", "draining"]),
            ["cpu"] = Math.Round(35 + (random.Next(1001) / 100.0), 1),
            ["note"] = Text($"Checked by agent {random.Next(5)} after {random.Next(90)} seconds"),
        })];
    }

    private static string Id(int row) => Text($"{(uint)(row + 1) * 2654435761u:x8}");

    private static CompressionResult Form(JsonNode document, int? budget, string? query = null) => ContentRouter.Compress(
        Encoding.UTF8.GetBytes(document.ToJsonString()),
        new CompressionOptions { Budget = budget, Query = query, Marker = missing => $"<<ccr:{new string('b', 24)} {missing}>>" },
        TestContext.Current.CancellationToken);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
