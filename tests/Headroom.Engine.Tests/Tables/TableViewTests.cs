using System.Globalization;
using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Compression.Tables;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Tables;

public sealed class TableViewTests
{
    private static readonly Dictionary<string, Func<string[][], string>> Layouts = new()
    {
        ["csv"] = rows => Lines(rows.Select(r => string.Join(',', r))),
        ["semicolon"] = rows => Lines(rows.Select(r => string.Join(';', r.Select(c => $"\"{c}\"")))),
        ["aligned"] = rows => Lines(rows.Select(r => string.Join("  ", r.Select((c, i) => c.PadRight(rows.Max(x => x[i].Length)))).TrimEnd())),
        ["markdown"] = rows => Lines(rows.Take(1).Select(Bars).Append("|---|---|---|---|---|").Concat(rows.Skip(1).Select(Bars))),
        ["records"] = rows => string.Join('\n', rows.Skip(1).Select(r => Lines(r.Select((c, i) => $"{rows[0][i].PadRight(7)} : {c}")))),
        ["jsonl"] = rows => Lines(rows.Skip(1).Select(r => $"{{{string.Join(',', r.Select((c, i) => $"\"{rows[0][i]}\":{(JsonLexeme.IsLiteral(Encoding.UTF8.GetBytes(c)) ? c : $"\"{c}\"")}"))}}}")),
    };

    private static readonly Dictionary<string, Action<string[], int>> Needles = new()
    {
        ["level"] = (row, i) => (row[2], row[4]) = ("ERROR", string.Create(CultureInfo.InvariantCulture, $"connection to shard {i} refused")),
        ["message"] = (row, i) => row[4] = string.Create(CultureInfo.InvariantCulture, $"System.IO.IOException: disk {i} is full"),
        ["rare state"] = (row, i) => row[2] = string.Create(CultureInfo.InvariantCulture, $"QUARANTINED{(char)('A' + i)}"),
        ["high number"] = (row, i) => row[3] = string.Create(CultureInfo.InvariantCulture, $"{90_000 + i}"),
    };

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (var layout in Layouts.Keys)
        {
            foreach (var count in new[] { 20, 200, 5_000 })
            {
                cases.Add(layout, count);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_needle_is_shown_at_every_tenth(string layout, int count)
    {
        foreach (var (kind, plant) in Needles)
        {
            // Of the largest tables one kind at each tenth, in turn.
            for (var tenth = 0; tenth < 10; tenth++)
            {
                if (count == 5_000 && tenth % Needles.Count != Needles.Keys.Index().First(n => n.Item == kind).Index)
                {
                    continue;
                }

                var rows = Rows(count);
                var row = rows[1 + (tenth * (count - 1) / 9)];
                plant(row, tenth);
                var shown = Shown(layout, Layouts[layout](rows), 2_000);
                var needle = kind switch { "level" or "message" => row[4], "rare state" => row[2], _ => row[3] };
                Assert.True(shown.Contains(needle, StringComparison.Ordinal), $"{kind} at {tenth}/10 of {count}: {needle} is not in\n{shown}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_larger_budget_never_shows_less(string layout, int count)
    {
        var text = Layouts[layout](Rows(count));
        string[] before = [];
        foreach (var budget in new[] { 300, 800, 2_000, 6_000, 20_000 })
        {
            if (View(layout, text, budget) is not { } view)
            {
                break;
            }

            var ids = Ids(view);
            Assert.Subset(ids.ToHashSet(), before.ToHashSet());
            before = ids;
        }
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("aligned")]
    [InlineData("jsonl")]
    public void The_first_and_the_last_rows_are_shown_though_ids_only_count_up(string layout)
    {
        // D-14
        var view = View(layout, Layouts[layout](Rows(2_000)), 2_000);
        Assert.NotNull(view);
        Assert.Contains("7000,", view, StringComparison.Ordinal);
        Assert.Contains("8999,", view, StringComparison.Ordinal);
        Assert.Contains(" of 2000 rows not shown", view, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_lines_without_an_error_are_not_emptied()
    {
        // D-8
        var text = Lines(Enumerable.Range(0, 150).Select(i => string.Create(CultureInfo.InvariantCulture, $"{{\"time\": \"2026-03-01T10:{i / 60:00}:{i % 60:00}Z\", \"level\": \"INFO\", \"msg\": \"step {i} of 150 done\"}}")));
        var result = ContentRouter.Compress(Encoding.UTF8.GetBytes(text), new CompressionOptions { Kind = ContentKind.JsonLines, Marker = m => $"[{m}]" }, TestContext.Current.CancellationToken);
        Assert.Equal(Rung.Lossless, result.Rung);
        Assert.Equal(text, Encoding.UTF8.GetString(ContentNotation.Decode(result.Output.Span)!));
    }

    [Fact]
    public void The_exceptions_of_a_captured_log_are_all_in_its_view()
    {
        foreach (var (name, needle) in new[] { ("jsonl/python-logging.jsonl", "KeyError: 'sku-"), ("jsonl/node-requests.jsonl", "TypeError") })
        {
            var text = Encoding.UTF8.GetString(Fixtures.Named(name).Utf8());
            var view = View("jsonl", text, 2_000)!;
            var lines = text.Split('\n').Where(l => l.Contains(needle, StringComparison.Ordinal)).ToArray();
            Assert.True(lines.Length > 3);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"error rows: {lines.Length}, all shown"), view, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_broken_last_line_and_a_ragged_row_are_in_the_view()
    {
        var rows = Rows(2_000);
        var csv = View("csv", Layouts["csv"](rows) + "only,three,cells\n", 2_000);
        Assert.Contains("2002: only,three,cells\n", csv, StringComparison.Ordinal);
        var json = View("jsonl", Layouts["jsonl"](rows) + "{\"id\":\"99", 2_000);
        Assert.Contains("2001: {\"id\":\"99\n", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_keep_their_spelling_and_codes_stay_text()
    {
        var rows = Rows(40);
        (rows[3][3], rows[4][3], rows[5][3]) = ("007", "1.50", "1e3");
        foreach (var (layout, write) in Layouts)
        {
            var text = write(rows);
            Assert.Equal(text, Encoding.UTF8.GetString(ContentNotation.Decode(Form(layout, text)!.Lossless(TestContext.Current.CancellationToken)!.Output)!));
        }
    }

    [Fact]
    public void Time_grows_with_the_text_for_lines_that_lead_astray()
    {
        // Linear or not, counted in work that does not depend on the machine: what is allocated.
        static long Allocated(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var layout in Layouts.Keys)
            {
                _ = Form(layout, text)?.Lossless(default);
            }

            _ = bytes;
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        foreach (var line in new[] { "\"a\",\"b\n", "{\"a\":\n", "a  b  c  \n", "|a|b|\n|-|-|\n" })
        {
            var small = Allocated(string.Concat(Enumerable.Repeat(line, 1_000)));
            var large = Allocated(string.Concat(Enumerable.Repeat(line, 10_000)));
            Assert.True(large < (small * 20) + 1_000_000, $"{small} -> {large} for {line}");
        }
    }

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(l => l + "\n"));

    private static string Bars(string[] row) => $"| {string.Join(" | ", row)} |";

    private static string[][] Rows(int count)
    {
        var random = new Random(11);
        string[] states = ["INFO", "INFO", "INFO", "DEBUG", "WARN"];
        string[] messages = ["request handled in time", "connection taken from pool", "job finished without delay", "cache entry refreshed"];
        return
        [
            ["id", "time", "level", "size", "message"],
            .. Enumerable.Range(0, count).Select(i => new[]
            {
                string.Create(CultureInfo.InvariantCulture, $"{7000 + i}"),
                string.Create(CultureInfo.InvariantCulture, $"2026-03-{1 + (i / 86400):00}T{i / 3600 % 24:00}:{i / 60 % 60:00}:{i % 60:00}Z"),
                states[random.Next(states.Length)],
                string.Create(CultureInfo.InvariantCulture, $"{random.Next(200, 400)}"),
                messages[random.Next(messages.Length)],
            }),
        ];
    }

    private static string[] Ids(string view) =>
        [.. view.Split('\n').Select(l => l.Split(',')[0]).Where(c => c.Length == 4 && c.All(char.IsAsciiDigit))];

    private static IContentForms? Form(string layout, string text)
    {
        IContentCompressor compressor = layout switch
        {
            "csv" or "semicolon" => new DelimitedTableCompressor(),
            "aligned" => new FixedWidthCompressor(),
            "markdown" => new MarkdownTableCompressor(),
            "records" => new FixedWidthCompressor(),
            _ => new JsonLinesCompressor(),
        };
        return compressor.Open(Encoding.UTF8.GetBytes(text), default);
    }

    private static string? View(string layout, string text, int budget)
    {
        var view = Form(layout, text)!.View(new ViewRequest(budget, Relevance.None, m => $"[{m}]"), default);
        return view is null ? null : Encoding.UTF8.GetString(view.Output);
    }

    private static string Shown(string layout, string text, int budget) => View(layout, text, budget) ?? text;
}
