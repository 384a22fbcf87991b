using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Text;
using Headroom.TestData;

namespace Headroom.Engine.Tests.PlainText;

public sealed class TextCompressorTests
{
    [Fact]
    public void Repeats_are_counted_and_come_back()
    {
        var text = "waiting for the server\n" + string.Concat(Enumerable.Repeat("waiting for the server\n", 39)) + string.Concat(Enumerable.Repeat("GET /health\n200 OK, all is well\n", 3));
        var form = Lossless(text);
        Assert.Equal("[text 46 lines: repeats counted]\nwaiting for the server\n[line above 39 more times]\nGET /health\n200 OK, all is well\n[2 lines above 2 more times]\n", form);
        Assert.Equal(text, Decode(form!));
    }

    [Fact]
    public void A_text_with_a_line_like_a_note_has_no_form() =>
        Assert.Null(Lossless("[line above 3 more times]\n" + string.Concat(Enumerable.Repeat("the same line again and again\n", 20))));

    [Theory]
    [InlineData("[text 1 lines: repeats counted]\n[line above 3 more times]\n")]
    [InlineData("[text 1 lines: repeats counted]\na\n[2 lines above 3 more times]\n")]
    public void A_damaged_form_is_nothing(string form) => Assert.Null(ContentNotation.Decode(Encoding.UTF8.GetBytes(form)));

    [Property(MaxTest = 2_000)]
    public void What_has_a_form_comes_back(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        string[] lines = ["a line that comes again and again", "another one of some length here", "x", "", "crlf here\r", "[line above", "ünïcödé and more of it, 漢字"];
        var text = new StringBuilder();
        while (random.NextUInt64() % 12 != 0)
        {
            var block = string.Concat(Enumerable.Range(0, 1 + (int)(random.NextUInt64() % 3)).Select(_ => lines[random.NextUInt64() % (ulong)lines.Length] + "\n"));
            text.Insert(text.Length, block, 1 + (int)(random.NextUInt64() % 20));
        }

        text.Append(random.NextUInt64() % 2 == 0 ? "" : lines[0]);
        var input = text.ToString();
        if (Lossless(input) is { } form)
        {
            Assert.Equal(input, Decode(form));
        }

        var windows = input.ReplaceLineEndings("\r\n");
        if (Lossless(windows) is { } other)
        {
            Assert.Equal(windows, Decode(other));
        }
    }

    [Fact]
    public void A_view_shows_every_line_once_and_counts_the_rest()
    {
        var random = new SeededRandom(7);
        var lines = Enumerable.Range(0, 3_000).Select(_ => $"worker {random.NextUInt64() % 40} says that nothing happened here").Append("the end").ToArray();
        var text = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
        var forms = new TextCompressor().Open(text, CancellationToken.None)!;
        var view = forms.View(new ViewRequest(2_000, Relevance.None, said => $"[{said}]"), CancellationToken.None)!;
        var shown = Encoding.UTF8.GetString(view.Output).Split('\n');
        Assert.Empty(lines.Distinct().Except(shown));
        var hidden = shown.Where(line => line.StartsWith("[... ", StringComparison.Ordinal) && line.EndsWith("before]", StringComparison.Ordinal))
            .Sum(line => int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(lines.Length, hidden + 41);
        Assert.Equal($"[{hidden} of {lines.Length} lines not shown, all repeats]", shown[^1]);
        Assert.Equal(shown[^1].Length, view.MarkerBytes);
    }

    [Property(MaxTest = 200)]
    public void A_larger_budget_never_shows_less_and_every_line_is_shown_or_counted(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        string[] lines = [.. Enumerable.Range(0, 400).Select(_ => random.Next(8) == 0 ? $"only here {random.NextUInt64()}" : $"worker {random.Next(30)} says {new string('x', random.Next(40))}")];
        lines = [.. lines, .. lines, .. lines];
        var text = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        var before = new List<string>();
        foreach (var budget in (int[])[1, 50, 100, 300, 1_200, 5_000, 20_000])
        {
            var view = View(text, budget);
            var shown = view.Split('\n').Where(line => line[0] != '[').ToList();
            Assert.Empty(before.Except(shown));
            var hidden = Notes(view).Sum();
            Assert.Equal(lines.Length, shown.Count + hidden);
            Assert.Contains($"[{hidden} of {lines.Length} lines not shown, ", view, StringComparison.Ordinal);
            before = shown;
        }
    }

    [Fact]
    public void What_was_asked_for_and_what_reads_like_an_error_is_shown_whatever_the_budget()
    {
        string[] lines = [.. Enumerable.Range(0, 300).Select(i => i switch { 70 => "error: the disk is full", 90 => "needle_four is here" + new string('.', 2_000), _ => $"worker {i} says nothing" })];
        var view = View(Encoding.UTF8.GetBytes(string.Join('\n', (string[])[.. lines, .. lines])), 1, new Relevance("needle_four", []));
        Assert.Contains("\nerror: the disk is full\n", view, StringComparison.Ordinal);
        Assert.Contains($"\n{lines[90]}\n", view, StringComparison.Ordinal);
        Assert.EndsWith("worker 299 says nothing\n[596 of 600 lines not shown, 3 repeats]", view, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_line_is_cut_between_characters_and_the_rest_is_counted()
    {
        var line = "a" + string.Concat(Enumerable.Repeat("ü", 1_000));
        var view = View(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line + "\nother\n", 20))), 5_000);
        Assert.Contains($"\na{string.Concat(Enumerable.Repeat("ü", 149))}\n[... 1702 bytes of this line]\nother\n", view, StringComparison.Ordinal);
    }

    private static string View(byte[] text, int budget, Relevance? relevance = null) => Encoding.UTF8.GetString(
        new TextCompressor().Open(text, CancellationToken.None)!.View(new ViewRequest(budget, relevance ?? Relevance.None, said => $"[{said}]"), CancellationToken.None)!.Output);

    private static IEnumerable<int> Notes(string view) => view.Split('\n')
        .Where(line => line.StartsWith("[... ", StringComparison.Ordinal) && (line.EndsWith(" before]", StringComparison.Ordinal) || line.EndsWith(" shown]", StringComparison.Ordinal)))
        .Select(line => int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void Text_that_says_something_new_with_each_line_has_no_view()
    {
        var text = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 500).Select(i => $"line {i}")) + "\nline 1\n");
        Assert.Null(new TextCompressor().Open(text, CancellationToken.None)!.View(new ViewRequest(100, Relevance.None, said => said), CancellationToken.None));
    }

    private static string? Lossless(string text) =>
        new TextCompressor().Open(Encoding.UTF8.GetBytes(text), CancellationToken.None)?.Lossless(CancellationToken.None) is { } form
            ? Encoding.UTF8.GetString(form.Output)
            : null;

    private static string Decode(string form) => Encoding.UTF8.GetString(ContentNotation.Decode(Encoding.UTF8.GetBytes(form))!);
}
