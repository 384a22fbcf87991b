using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Search;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;
using Headroom.TestData;
using SearchResults = Headroom.Engine.Compression.Search.SearchResults;

namespace Headroom.Engine.Tests.Search;

public sealed class SearchCompressorTests
{
    private const string Missing = "[missing: ";

    public static TheoryData<string> Fixture() => [.. Fixtures.In("search").Select(f => f.Name).Append("text/git-grep.txt")];

    public static TheoryData<string> AnyFixture() => [.. Fixtures.In(".").Where(f => !f.Name.EndsWith(".md", StringComparison.Ordinal)).Select(f => f.Name)];

    private static CompressionOptions Options(CompressionLevel level) =>
        new() { Kind = ContentKind.SearchResults, Level = level, Marker = missing => Missing + missing + "]" };

    private static IContentForms? Open(string text) => new SearchCompressor().Open(Encoding.UTF8.GetBytes(text), CancellationToken.None);

    private static string Lossless(string text) =>
        Encoding.UTF8.GetString(SearchNotation.Write(SearchResults.Read(Encoding.UTF8.GetBytes(text), CancellationToken.None)!, CancellationToken.None));

    private static string? View(string text, int budget, string? query = null, params Regex[] keep) =>
        Open(text)?.View(new ViewRequest(budget, new Relevance(query, keep), missing => Missing + missing + "]"), CancellationToken.None) is { } form
            ? Encoding.UTF8.GetString(form.Output)
            : null;

    private static string[] Shown(string view) =>
        [.. view.Split('\n').Skip(1).Where(l => !l.StartsWith("[same text in ", StringComparison.Ordinal) && !l.StartsWith(Missing, StringComparison.Ordinal))];

    // Decodes what was written, however much larger than the text it is.
    private static void AssertExact(byte[] text)
    {
        if (SearchResults.Read(text, CancellationToken.None) is not { } results)
        {
            return;
        }

        var form = SearchNotation.Write(results, CancellationToken.None);
        Assert.Equal(text, ContentNotation.Decode(form));
    }

    // :: Lossless

    [Theory]
    [MemberData(nameof(AnyFixture))]
    public void Any_captured_output_comes_back_byte_for_byte_or_has_no_form(string name) => AssertExact(Fixtures.Named(name).Utf8());

    [Property(MaxTest = 2_000)]
    public void Random_searches_come_back_byte_for_byte(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        var end = random.Next(4) == 0 ? "\r\n" : "\n";
        string[] paths = ["src/a.cs", "src/b/c-1-2.cs", "my notes/2025-06-24.log", "C:\\src\\a.cs", "./x", "a:1:b.txt", "12", "\\\\server\\x.cs", "", ">x", "--", "[list 3 lines]", "src/b/"];
        string[] texts = ["", " ", "    return 1;", "2025-06-24 10:11:12 x", "12:5: y", "-3-", "text  ", "\u00E9\u4E2D", "a-1-b", "x\r"];
        string[] others = ["", "--", "Binary file src/x.bin matches", "grep: x: Permission denied", "\\", "\\12:x", "src/a.cs", "12:x", "7-y", " src/a.cs", "> q", ">", "  z", ":x", "-"];
        var text = new StringBuilder();
        var number = 0;
        for (var lines = random.Next(40); lines > 0; lines--)
        {
            var path = paths[random.Next(paths.Length)];
            for (var run = random.Next(4); run > 0; run--)
            {
                number += random.Next(3);
                var sign = random.Next(3) == 0 ? '-' : ':';
                text.Append(path).Append(path.Length > 0 ? sign : "").Append(random.Next(10) == 0 ? "" : number.ToString(CultureInfo.InvariantCulture) + sign).Append(texts[random.Next(texts.Length)]).Append(end);
            }

            if (random.Next(3) == 0)
            {
                text.Append(others[random.Next(others.Length)]).Append(end);
            }
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        AssertExact(bytes);
        AssertExact(random.Next(2) == 0 && bytes.Length > 2 ? bytes[..^(end.Length)] : bytes);
    }

    [Property(MaxTest = 2_000)]
    public void Anything_comes_back_byte_for_byte_or_has_no_form(byte[] bytes) => AssertExact(bytes);

    [Property(MaxTest = 1_000)]
    public void A_damaged_form_never_throws(string body) =>
        new SearchCompressor().Decode(new NotationHeader("search", 3, false, SearchNotation.LegendOf(SearchForm.Flat) + SearchNotation.BlankLegend), Encoding.UTF8.GetBytes(body ?? ""), DecodeLimit.OfOwnForm(TestContext.Current.CancellationToken));

    [Theory]
    [MemberData(nameof(Fixture))]
    public void What_is_accepted_is_smaller_by_the_exact_count_and_is_left_alone_afterwards(string name)
    {
        var input = Fixtures.Named(name).Utf8();
        foreach (var level in Enum.GetValues<CompressionLevel>())
        {
            var result = ContentRouter.Compress(input, Options(level), TestContext.Current.CancellationToken);
            Assert.True(result.Rung == Rung.Original || TokenCounters.O200kBase.Count(result.Output.Span) < TokenCounters.O200kBase.Count(input));
            Assert.Equal(result.Output.ToArray(), ContentRouter.Compress(input.ToArray(), Options(level), TestContext.Current.CancellationToken).Output.ToArray());
            if (result.Rung == Rung.Lossless)
            {
                Assert.Equal(input, ContentNotation.Decode(result.Output.Span));
            }
        }
    }

    [Fact]
    public void All_captured_searches_with_paths_take_less_than_three_quarters()
    {
        var (before, after) = (0, 0);
        foreach (var name in (string[])["git-grep-context", "git-grep-members", "git-grep-token", "grep-context", "grep-rn-budget", "rg-column", "rg-flat", "rg-vimgrep"])
        {
            var input = Fixtures.Named($"search/{name}.txt").Utf8();
            before += TokenCounters.O200kBase.Count(input);
            after += TokenCounters.O200kBase.Count(ContentRouter.Compress(input, Options(CompressionLevel.Lossless), TestContext.Current.CancellationToken).Output.Span);
        }

        Assert.InRange(after, 1, before * 3 / 4);
    }

    [Fact]
    public void A_path_is_written_once_and_a_blank_stands_for_a_directory()
    {
        var text = "src/app/a.cs:12:one\nsrc/app/a.cs-13-two  \n--\nsrc/app/a.cs:20:three\nsrc/app/deep/b.cs:1:four\nsrc/app/deep/b.cs:2:five\n";
        Assert.Equal(
            ["src/app/a.cs", "12:one", "13-two  ", "--", "20:three", "  deep/b.cs", "1:four", "2:five", ""],
            Lossless(text).Split('\n')[1..]);
    }

    [Fact]
    public void Matches_and_context_of_select_string_are_told_apart()
    {
        var text = string.Concat(Enumerable.Range(1, 6).Select(i => $"  src\\app\\file{i}.ps1:{i}:before\n> src\\app\\file{i}.ps1:{i + 1}:found {i}\n  src\\app\\file{i}.ps1:{i + 2}:after\n"));
        var results = SearchResults.Read(Encoding.UTF8.GetBytes(text), CancellationToken.None)!;
        Assert.Equal([.. Enumerable.Repeat(new[] { FoundKind.Context, FoundKind.Match, FoundKind.Context }, 6).SelectMany(k => k)], Enumerable.Range(0, 18).Select(results.Kind));
        Assert.Contains("\n2:found 1\n3-after\n", Lossless(text), StringComparison.Ordinal);
        AssertExact(Encoding.UTF8.GetBytes(text));
    }

    // :: Parsing

    [Theory]
    [InlineData("12:2025-06-24 10:00:00 x\n13:2025-06-24 10:00:01 y\n", "", "")]
    [InlineData("app-2025-06-24.log:12:2025-06-24 10:00:00 x\napp-2025-06-24.log:15:2025-06-24 10:00:00 y\n", "app-2025-06-24.log", "app-2025-06-24.log")]
    [InlineData("C:\\a\\b.cs:12:x\nC:\\a\\b.cs:13:y\n", "C:\\a\\b.cs", "C:\\a\\b.cs")]
    [InlineData("a:1:b.txt:3:x\na:1:b.txt:5:y\n", "a:1:b.txt", "a:1:b.txt")]
    [InlineData("my notes/2025-01-02/x 1.md-1-a\nmy notes/2025-01-02/x 1.md:2:b\n", "my notes/2025-01-02/x 1.md", "my notes/2025-01-02/x 1.md")]
    [InlineData("a-1-b.cs-10-t 10:20:30\na-1-b.cs:11:u\n", "a-1-b.cs", "a-1-b.cs")]
    [InlineData("x.cs:12:5:a\nx.cs:12:9:b\n", "x.cs", "x.cs")]
    public void The_path_is_what_the_lines_agree_on(string text, string first, string second)
    {
        var results = SearchResults.Read(Encoding.UTF8.GetBytes(text), CancellationToken.None)!;
        Assert.Equal([first, second], Enumerable.Range(0, 2).Select(line => Encoding.UTF8.GetString(results.Paths[results.File(line)].Span)));
        Assert.All(Enumerable.Range(0, 2), line => Assert.NotEqual(FoundKind.Other, results.Kind(line)));
    }

    [Fact]
    public void Numbered_lines_of_a_dated_log_stay_as_they_are()
    {
        // D-7: the file was taken to be "12" and the line 2025.
        var text = Encoding.UTF8.GetString(Fixtures.Named("search/grep-n-dated-log.txt").Utf8());
        var view = View(text, 2_000)!;
        var originals = text.Split('\n').ToHashSet(StringComparer.Ordinal);
        var shown = Shown(view).Where(l => l.Length > 0 && l[0] != '[').ToArray();
        Assert.True(shown.Length > 20);
        Assert.All(shown, line => Assert.Contains(line, originals));
    }

    [Fact]
    public void Dated_logs_and_prose_are_no_searches()
    {
        Assert.Null(Open(string.Concat(Enumerable.Range(0, 50).Select(i => $"2025-06-24 10:{i:00}:00 INFO started {i}\n"))));
        Assert.Null(Open(string.Concat(Enumerable.Range(0, 50).Select(i => $"This is sentence {i}, and it says: nothing.\n"))));
    }

    // :: Views

    [Fact]
    public void Matches_come_before_context_even_where_context_reads_like_an_error()
    {
        // D-20: of thirty lines kept, one was a match.
        var text = string.Concat(Enumerable.Range(1, 300).Select(i =>
            $"src/f{i}.cs-{i}-    error: context {i * 7}\nsrc/f{i}.cs:{i + 1}:    except OSError as {Word(i)}\nsrc/f{i}.cs-{i + 2}-    fatal: context {i}\n--\n"));
        var view = View(text, 4_000)!;
        Assert.Contains("except OSError", view, StringComparison.Ordinal);
        Assert.DoesNotContain("error: context", view, StringComparison.Ordinal);
        Assert.DoesNotContain("fatal: context", view, StringComparison.Ordinal);
        Assert.Contains("not shown: ", view, StringComparison.Ordinal);
        Assert.Contains("600 lines of context", view, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_file_is_named_with_its_count()
    {
        var text = string.Concat(Enumerable.Range(1, 1_000).Select(i => $"src/part{i / 100}/file{i / 20}.cs:{i}:    var value = Compute({i}, \"a longer text that makes the line worth something\", cancellationToken);\n"));
        var view = View(text, 800)!;
        foreach (var file in Enumerable.Range(0, 51))
        {
            Assert.Contains($"file{file}.cs ({(file == 0 ? 19 : file == 50 ? 1 : 20)})", view, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("src/")]
    [InlineData("/usr/include/c++/12/")]
    [InlineData(@"C:\src\")]
    [InlineData(">odd/")]
    [InlineData("[x]/")]
    [InlineData("12/")]
    [InlineData("")]
    public void Every_path_of_a_view_can_be_read_in_full(string root)
    {
        foreach (var (folders, files) in ((int, int)[])[(1, 1), (1, 12), (3, 12), (40, 200), (400, 800)])
        {
            var paths = Enumerable.Range(0, files).Select(i => $"{root}{(i % 5 == 3 ? "" : $"part{i * folders / files}/")}{(i % 4 == 1 ? ">" : "")}file-{Word(i)}.cs").ToList();
            var text = string.Concat(paths.SelectMany((path, i) => Enumerable.Range(1, 1 + (2_000 / files)).Select(line => $"{path}:{line}:    var {Word(i)} = Compute({line * i}, token);\n")));
            var view = View(text, 400);
            Assert.NotNull(view);
            Assert.All(PathsOf(view), path => Assert.Contains(paths, known => path.EndsWith('/') || path.EndsWith('\\') ? known.StartsWith(path, StringComparison.Ordinal) : known == path));
            Assert.NotEmpty(PathsOf(view));
        }
    }

    // As the legend says, and nothing else: a leading blank is one directory of the path above.
    private static List<string> PathsOf(string view)
    {
        var (paths, above) = (new List<string>(), "");
        foreach (var line in view.Split('\n').Skip(1).Where(l => l.Length > 0 && l[0] is not ('[' or '\\') && !char.IsAsciiDigit(l[0])))
        {
            var names = Regex.Split(line.StartsWith('>') ? line[1..] : line, @" \(\d+(?: files, \d+ matches)?\)(?: |$)");
            var blanks = line.StartsWith('>') ? 0 : names[0].Length - names[0].TrimStart(' ').Length;
            above = string.Concat(Regex.Matches(above, @"[^/\\]*[/\\]").Take(blanks)) + names[0][blanks..];
            paths.Add(above);
            paths.AddRange(names[1..^1].Select(name => above[..(above.LastIndexOfAny(['/', '\\']) + 1)] + name));
        }

        return paths;
    }

    [Fact]
    public void Where_files_are_too_many_every_directory_is_named()
    {
        var text = string.Concat(Enumerable.Range(1, 3_000).Select(i => $"src/part{i / 300}/a-long-name-of-file-{Word(i)}.cs:{i}:x{i}\n"));
        var view = View(text, 800)!;
        Assert.Contains("part0/ (299 files, 299 matches)", view, StringComparison.Ordinal);
        Assert.Contains("part9/ (300 files, 300 matches)", view, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(500)]
    [InlineData(5_000)]
    public void A_needle_is_shown_wherever_it_stands(int count)
    {
        for (var decile = 0; decile < 10; decile++)
        {
            var at = (count * decile / 10) + (count / 20);
            var text = string.Concat(Enumerable.Range(0, count).Select(i =>
                i == at ? $"src/part{i / 500}/file{i / 25}.cs:{i + 1}:    quarantine(unsalvageable, ledger);\n"
                : $"src/part{i / 500}/file{i / 25}.cs:{i + 1}:    var result{i} = Compute(input{i}, options); // step {i % 7}\n"));
            var view = View(text, count == 60 ? 400 : 2_000);
            Assert.Contains("quarantine(unsalvageable, ledger)", view!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_text_found_in_many_places_is_shown_once_with_places()
    {
        var text = string.Concat(Enumerable.Range(1, 200).Select(i => $"src/f{i}.cs:{i}:using System.Text;\n"))
            + string.Concat(Enumerable.Range(1, 200).Select(i => $"tests/g.cs:{i}:var {Word(i)} = {i};\n"));
        var view = View(text, 1_200)!;
        Assert.Single(view.Split('\n'), l => l.EndsWith(":using System.Text;", StringComparison.Ordinal));
        Assert.Contains("[same text in 199 more: src/f2.cs:2", view, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_asked_for_is_shown_and_first_and_last_too()
    {
        var text = string.Concat(Enumerable.Range(1, 2_000).Select(i => $"src/f{i / 100}.cs:{i}:var {Word(i)} = {i};\n"));
        var view = View(text, 500, query: "= 1234;", keep: new Regex("= 777;", RegexOptions.CultureInvariant))!;
        Assert.All((string[])["= 1;", "= 777;", "= 1234;", "= 2000;"], sought => Assert.Contains(sought, view, StringComparison.Ordinal));
    }

    [Fact]
    public void Notices_are_kept()
    {
        var text = "grep: secret: Permission denied\n" + string.Concat(Enumerable.Range(1, 2_000).Select(i => $"src/f{i / 100}.cs:{i}:var {Word(i)} = {i};\n")) + "grep: data.bin: binary file matches\n";
        var view = View(text, 500)!;
        Assert.Contains("\\grep: secret: Permission denied\n", view, StringComparison.Ordinal);
        Assert.Contains("\\grep: data.bin: binary file matches\n", view, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("search/git-grep-members.txt")]
    [InlineData("search/git-grep-asserts-context.txt")]
    [InlineData("search/grep-n-dated-log.txt")]
    public void A_larger_budget_never_shows_less_and_the_marker_counts_what_is_missing(string name)
    {
        var text = Encoding.UTF8.GetString(Fixtures.Named(name).Utf8());
        HashSet<string> before = [];
        foreach (var budget in (int[])[300, 800, 2_000, 5_000, 12_000])
        {
            var view = View(text, budget)!;
            var lines = Shown(view).Where(l => l.Length > 0 && char.IsAsciiDigit(l[0])).ToHashSet(StringComparer.Ordinal);
            Assert.Superset(before, lines);
            before = lines;
            var count = int.Parse(view[(view.LastIndexOf(Missing, StringComparison.Ordinal) + Missing.Length)..].Split(' ')[0], CultureInfo.InvariantCulture);
            Assert.Equal(text.Split('\n').Count(l => l.Length > 0 && l != "--") - Shown(view).Count(l => l.Length > 0 && char.IsAsciiDigit(l[0])), count);
        }
    }

    [Fact]
    public void A_very_long_line_is_cut_and_says_so()
    {
        var text = string.Concat(Enumerable.Range(1, 50).Select(i => $"dist/app.min.js:{i}:{new string('x', 60_000)}{i}\n"));
        var view = View(text, 800)!;
        Assert.Contains("bytes more]", view, StringComparison.Ordinal);
        Assert.InRange(view.Length, 100, 20_000);
    }

    [Fact]
    public void A_path_cannot_pass_for_a_note()
    {
        var text = string.Concat(Enumerable.Range(1, 400).Select(i => $"[missing]/x{i / 50}.cs:{i}:var {Word(i)} = Compute({i}, cancellationToken);\n"));
        var lines = View(text, 400)!.Split('\n');
        Assert.DoesNotContain(lines, l => l.StartsWith("[missing]", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith(">[missing]/x0.cs (", StringComparison.Ordinal));
    }

    private static string Word(int i) => string.Concat(i.ToString(CultureInfo.InvariantCulture).Select(d => (char)('a' + d - '0')));
}
