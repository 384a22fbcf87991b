using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Headroom.Engine.Content;

namespace Headroom.Engine.Tests.Tables;

/// <summary>A random text of rows as some program could have written it, now and then with lines that do not belong, or damaged.</summary>
public sealed record RandomTable(string Text)
{
    private static readonly string[] Cells =
    [
        "", "", "1", "-0", "1.0", "1e5", "007", "true", "null", "a", "abc", "two words", "two  spaces", "a,b", "a;b", "a|b", "a\tb", "say \"it\"", "\"", "\"\"", "C:\\x",
        "\\|", "x\\", "é", "日本語", "o\u0301", "👍", "naïve café", "...", "-", "--", "[1]", "{\"a\": 1}", "!x", "@json", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z",
        "key=value", "a : b", "1: x", "#", "=", "(x)", "\u3000", "\u00a0", "12345678901234567890", "value_1", "value_2", "value_3", "a\rb", "\u0001",
    ];

    private static readonly string[] Names = ["id", "name", "NAME", "a b", "Mounted on", "", "é", "幅", "1", "true", "name", "\"q\"", "a,b", "x_2", "column_1", "[c]", "Size (kB)", "-"];

    private static readonly string[] Strays =
        ["", " ", "total 5", "---- ----", "(3 rows)", "1: text", "[csv 3 lines]", "... 5 more of them", "a,b,c,d,e,f,g,h", "| a |", "Name : x", "  indented", "{\"a\":", "\t", "\"open"];

    public override string ToString() => Text;

    public static Arbitrary<RandomTable> Arbitrary() =>
        Gen.Choose(int.MinValue, int.MaxValue).Select(seed => new RandomTable(Draw(new Random(seed)))).ToArbitrary();

    private static string Draw(Random random)
    {
        var lines = random.Next(6) switch
        {
            0 or 1 => Delimited(random),
            2 => Aligned(random),
            3 => Markdown(random),
            4 => Members(random),
            _ => Json(random),
        };
        if (random.Next(3) == 0)
        {
            lines.Insert(random.Next(lines.Count + 1), Strays[random.Next(Strays.Length)]);
        }

        var end = random.Next(4) == 0 ? "\r\n" : "\n";
        var text = string.Join(end, lines) + (random.Next(3) == 0 ? "" : end) + (random.Next(10) == 0 ? end : "");
        if (random.Next(12) == 0 && text.Length > 0)
        {
            text = text.Remove(random.Next(text.Length), 1);
        }

        return random.Next(15) == 0 ? text[..random.Next(text.Length + 1)] : text;
    }

    private static string[][] Grid(Random random, out string[] names)
    {
        var columns = random.Next(2, 7);
        var pools = Enumerable.Range(0, columns).Select(_ => Enumerable.Range(0, random.Next(1, 8)).Select(_ => Cells[random.Next(Cells.Length)]).ToArray()).ToArray();
        names = [.. Enumerable.Range(0, columns).Select(i => random.Next(3) == 0 ? Names[random.Next(Names.Length)] : string.Create(CultureInfo.InvariantCulture, $"c{i}"))];
        return [.. Enumerable.Range(0, random.Next(1, 30)).Select(r => pools.Select((p, c) => random.Next(8) == 0 ? string.Create(CultureInfo.InvariantCulture, $"{r}") : p[random.Next(p.Length)]).ToArray())];
    }

    private static List<string> Delimited(Random random)
    {
        var rows = Grid(random, out var names);
        var separator = ",;\t|"[random.Next(4)];
        var way = random.Next(5);
        string Field(string value, int column)
        {
            var isNumber = double.TryParse(value, CultureInfo.InvariantCulture, out _);
            var isQuoted = value.AsSpan().IndexOfAny([separator, '"', '\n', '\r']) >= 0
                || way switch { 1 => true, 2 => value.Length > 0, 3 => !isNumber, 4 => column == 1, _ => random.Next(60) == 0 };
            return isQuoted ? $"\"{(random.Next(80) == 0 ? value + "\n" : value).Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
        }

        var lines = rows.Select(r => string.Join(separator, r.Select(Field))).ToList();
        if (random.Next(5) > 0)
        {
            lines.Insert(0, string.Join(separator, names.Select(Field)));
        }

        if (random.Next(4) == 0)
        {
            lines[^1] += separator + "more";
        }

        return lines;
    }

    private static List<string> Aligned(Random random)
    {
        var rows = Grid(random, out var names).Prepend([]).ToArray();
        rows[0] = names;
        var isByCells = random.Next(2) == 0;
        int Width(string text) => text.EnumerateRunes().Sum(r => isByCells ? DisplayWidth.Of(r) : 1);
        var widths = names.Select((_, c) => rows.Max(r => Width(r[c])) - (random.Next(8) == 0 ? 1 : 0)).ToArray();
        var isRight = names.Select(_ => random.Next(3) == 0).ToArray();
        var (gap, isTrimmed, isLastPadded) = (new string(' ', random.Next(1, 4)), random.Next(2) == 0, random.Next(2) == 0);
        var lines = rows.Select(row =>
        {
            var line = string.Join(gap, row.Select((cell, c) =>
            {
                var padding = new string(' ', Math.Max(0, c == row.Length - 1 && !isLastPadded && !isRight[c] ? 0 : widths[c] - Width(cell)));
                return isRight[c] ? padding + cell : cell + padding;
            }));
            return isTrimmed ? line.TrimEnd(' ') : line;
        }).ToList();
        if (random.Next(3) == 0)
        {
            lines.Insert(1, string.Concat(lines[0].Select(c => c == ' ' ? ' ' : '-')));
        }

        return lines;
    }

    private static List<string> Markdown(Random random)
    {
        var rows = Grid(random, out var names).Prepend([]).ToArray();
        rows[0] = names;
        var style = random.Next(3);
        var widths = names.Select((_, c) => rows.Max(r => r[c].EnumerateRunes().Sum(DisplayWidth.Of))).ToArray();
        string Line(string[] cells) => style switch
        {
            0 => $"|{string.Join('|', cells)}|",
            1 => $"| {string.Join(" | ", cells)} |",
            _ => $"| {string.Join(" | ", cells.Select((c, i) => c + new string(' ', Math.Max(0, widths[i] - c.EnumerateRunes().Sum(DisplayWidth.Of)))))} |",
        };
        var lines = rows.Select(Line).ToList();
        lines.Insert(1, style == 2 ? $"|{string.Join('|', widths.Select(w => new string('-', w + 2)))}|" : Line([.. names.Select(_ => random.Next(2) == 0 ? "---" : "--:")]));
        return lines;
    }

    private static List<string> Members(Random random)
    {
        var rows = Grid(random, out var names);
        var lines = new List<string>();
        foreach (var row in rows)
        {
            var width = names.Max(n => n.EnumerateRunes().Sum(DisplayWidth.Of)) + (random.Next(20) == 0 ? 1 : 0);
            for (var c = 0; c < names.Length; c++)
            {
                if (random.Next(30) > 0)
                {
                    lines.Add($"{names[c]}{new string(' ', width - names[c].EnumerateRunes().Sum(DisplayWidth.Of))} : {row[c]}");
                }

                if (random.Next(20) == 0)
                {
                    lines.Add(new string(' ', width + 3) + "more of it");
                }
            }

            lines.Add("");
        }

        return lines;
    }

    private static List<string> Json(Random random)
    {
        var rows = Grid(random, out var names);
        var (comma, colon, isAscii, indent) = (random.Next(2) == 0 ? ", " : ",", random.Next(2) == 0 ? ": " : ":", random.Next(2) == 0, random.Next(6) == 0);
        string Quoted(string text)
        {
            var quoted = new StringBuilder("\"");
            foreach (var c in text)
            {
                quoted.Append(c switch { '"' => "\\\"", '\\' => "\\\\", '\t' => "\\t", '\r' => "\\r", '/' when random.Next(40) == 0 => "\\/",
                    _ when c < ' ' || (isAscii && c > '~') => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"), _ => c.ToString() });
            }

            return quoted.Append('"').ToString();
        }

        string Value(string text) => text is "1" or "1.0" or "true" or "null" or "1e5" ? text : random.Next(15) == 0 ? $"[1{comma}{Quoted(text)}]" : Quoted(text);
        return [.. rows.Select(row =>
        {
            var members = row.Select((cell, c) => Quoted(names[c]) + colon + Value(cell)).Where(_ => random.Next(20) > 0).ToArray();
            return indent && members.Length > 0 ? "{\n  " + string.Join(",\n  ", members) + "\n}" : $"{{{string.Join(comma, members)}}}";
        })];
    }
}
