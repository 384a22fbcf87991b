using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Listings;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Listings;

public sealed class ListingCompressorTests
{
    private const string Missing = "[missing: ";

    public static TheoryData<string> Fixture() => [.. Fixtures.In("listing").Select(f => f.Name).Concat(["search/grep-l.txt", "search/grep-count.txt", "text/git-ls-files.txt", "text/ls-l.txt"])];

    public static TheoryData<string> AnyFixture() => [.. Fixtures.In(".").Where(f => !f.Name.EndsWith(".md", StringComparison.Ordinal)).Select(f => f.Name)];

    private static CompressionOptions Options(CompressionLevel level) =>
        new() { Kind = ContentKind.Listing, Level = level, Marker = missing => Missing + missing + "]" };

    private static IContentForms? Open(string text) => new ListingCompressor().Open(Encoding.UTF8.GetBytes(text), CancellationToken.None);

    private static string[] Lossless(string text, ListingForm form) =>
        Encoding.UTF8.GetString(ListingNotation.Write(TextLines.Read(Encoding.UTF8.GetBytes(text)), form, CancellationToken.None)!).Split('\n');

    private static string? View(string text, int budget, string? query = null, params Regex[] keep) =>
        Open(text)?.View(new ViewRequest(budget, new Relevance(query, keep), missing => Missing + missing + "]"), CancellationToken.None) is { } form
            ? Encoding.UTF8.GetString(form.Output)
            : null;

    // Every form, larger than the text or not.
    private static void AssertExactInEveryForm(byte[] text)
    {
        var lines = TextLines.Read(text);
        foreach (var form in Enum.GetValues<ListingForm>())
        {
            if (ListingNotation.Write(lines, form, CancellationToken.None) is { } written)
            {
                Assert.Equal(text, ContentNotation.Decode(written));
            }
        }
    }

    // :: Lossless

    [Theory]
    [MemberData(nameof(AnyFixture))]
    public void Any_captured_output_comes_back_byte_for_byte_in_every_form_that_takes_it(string name) => AssertExactInEveryForm(Fixtures.Named(name).Utf8());

    [Property(MaxTest = 2_000)]
    public void Random_listings_come_back_byte_for_byte(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        var end = random.Chance(0.2) ? "\r\n" : "\n";
        string[] names = ["a.cs", "b", "c d.txt", "x", "Jan 2 10:00 y", " lead", "2025-01-02 10:00 z", "e/", "\u00E9.md", ">q", "\\r", "a:3", "[n]", ".", "-rwxr-xr-x 1 a b 3", "|1 2", "12", "=x", "a \"b\"", "M.:"];
        string[] directories = ["", "src/", "src/app/", "src/app/deep/", "./", "/usr/", " odd/", "my docs/", "C:\\a\\"];
        string[] modes = ["-rw-r--r--", "drwxr-xr-x", "lrwxrwxrwx", "-rw-r--r--."];
        string[] owners = ["root", "dev", "1000"];
        string[] dates = ["Jan  2 10:00", "Jan  2  2024", "Nov 22 16:27", "2025-01-02 10:00", "janv. 2 10:00"];
        string[] others = ["", "total 12", "./a:", "\\", "12", "ls: x: Permission denied", "|", "=", "drwxr-xr-x ", "  x", "3 directories, 4 files", " M a", "├── ", "M.:", ">"];
        var text = new StringBuilder();
        var kind = random.Next(5);
        var (links, size) = (random.Next(4) + 1, random.Next(8) + 1);
        for (var lines = random.Next(30); lines > 0; lines--)
        {
            var name = random.Pick(names);
            text.Append(random.Chance(0.1) ? random.Pick(others) : kind switch
            {
                0 => random.Pick(directories) + name,
                1 => $"{random.Next(100)}{random.Pick((string[])["", "K", "M"])}\t{random.Pick(directories)}{name}",
                2 => $"{random.Pick((string[])[" M", "M ", "??", "A ", "R "])} {random.Pick(directories)}{name}",
                3 => $"{random.Pick(modes)} {random.Next(20).ToString(CultureInfo.InvariantCulture).PadLeft(links)} {random.Pick(owners).PadRight(4)} {random.Pick(owners).PadRight(4)} {random.Next(100_000).ToString(CultureInfo.InvariantCulture).PadLeft(size)} {random.Pick(dates)} {name}",
                _ => string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => random.Pick((string[])["│\u00A0\u00A0 ", "    "]))) + random.Pick((string[])["├── ", "└── "]) + name,
            }).Append(end);
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        AssertExactInEveryForm(bytes);
        AssertExactInEveryForm(bytes.Length > 2 ? bytes[..^end.Length] : bytes);
    }

    [Property(MaxTest = 500)]
    public void Random_trees_come_back_byte_for_byte(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        var text = new StringBuilder("root\n");
        Grow("", 0);
        var bytes = Encoding.UTF8.GetBytes(text.Append("\n1 directory, 2 files\n").ToString());
        Assert.NotNull(ListingNotation.Write(TextLines.Read(bytes), ListingForm.Tree, CancellationToken.None));
        AssertExactInEveryForm(bytes);

        void Grow(string before, int depth)
        {
            for (var left = random.Next(4) + (depth == 0 ? 3 : 0); left > 0; left--)
            {
                text.Append(before).Append(left == 1 ? "└── " : "├── ").Append(random.Pick((string[])["a", "b.cs", "c d", ">", "link -> a"])).Append('\n');
                if (depth < 4 && random.Chance(0.4))
                {
                    Grow(before + (left == 1 ? "    " : "│\u00A0\u00A0 "), depth + 1);
                }
            }
        }
    }

    [Property(MaxTest = 2_000)]
    public void Anything_comes_back_byte_for_byte_or_has_no_form(byte[] bytes) => AssertExactInEveryForm(bytes);

    [Property(MaxTest = 1_000)]
    public void A_damaged_form_never_throws(string body, int form)
    {
        string[] legends = [.. ListingNotation.PathLegends, .. TreeNotation.Legends, "ls -l, -rw-r--r-- 1 root root and the date above unless given", "ls -l, "];
        new ListingCompressor().Decode(new NotationHeader("list", 3, false, legends[(form & 0xFFFF) % legends.Length]), Encoding.UTF8.GetBytes(body ?? ""), DecodeLimit.OfOwnForm(TestContext.Current.CancellationToken));
    }

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

    [Theory]
    [InlineData("listing/find-cs.txt", 0.4)]
    [InlineData("listing/find-ls.txt", 0.42)]
    [InlineData("listing/find-zoneinfo.txt", 0.25)]
    [InlineData("listing/git-ls-files.txt", 0.43)]
    [InlineData("listing/git-status-short.txt", 0.4)]
    [InlineData("listing/ls-l-git-core.txt", 0.62)]
    [InlineData("listing/ls-lR-perl5.txt", 0.47)]
    [InlineData("listing/ls-la-include.txt", 0.65)]
    [InlineData("listing/tree-src.txt", 0.42)]
    [InlineData("listing/du-a.txt", 0.53)]
    [InlineData("search/grep-count.txt", 0.49)]
    public void Captured_listings_take_this_share_of_their_tokens_without_loss(string name, double share)
    {
        var input = Fixtures.Named(name).Utf8();
        var output = ContentRouter.Compress(input, Options(CompressionLevel.Lossless), TestContext.Current.CancellationToken).Output;
        Assert.InRange(TokenCounters.O200kBase.Count(output.Span), 1, TokenCounters.O200kBase.Count(input) * share);
    }

    [Fact]
    public void Names_of_a_directory_share_a_line() =>
        Assert.Equal(
            ["src/app/a.cs b.cs", "  deep/c.cs", ">   d e.cs", " x.md", ""],
            Lossless("src/app/a.cs\nsrc/app/b.cs\nsrc/app/deep/c.cs\nsrc/app/deep/d e.cs\nsrc/x.md\n", ListingForm.Paths)[1..]);

    [Fact]
    public void What_rows_share_is_said_once()
    {
        var text = "total 12\n-rw-r--r-- 1 dev dev  120 Jan  2 10:00 a.cs\n-rw-r--r-- 1 dev dev 4096 Jan  2 10:00 b.cs\ndrwxr-xr-x 2 dev dev 4096 Nov 22 16:27 c\n";
        Assert.Equal(
            ["[list 4 lines: ls -l, -rw-r--r-- 1 dev dev and the date above unless given]", "total 12", "120 Jan 2 10:00 a.cs", "4096 b.cs", "drwxr-xr-x 2 4096 Nov 22 16:27 c", ""],
            Lossless(text, ListingForm.Long));
    }

    private static string ChildItems(bool isTwelveHours) => string.Concat(Enumerable.Range(0, 12).Select(d =>
        $"\n    Directory: C:\\src\\app\\part{d}\n\nMode                 LastWriteTime         Length Name\n----                 -------------         ------ ----\n"
        + string.Concat(Enumerable.Range(0, 9).Select(i => (i == 0 ? "d----  " : "-a---  ")
            + $" {(isTwelveHours ? $"{i + 1}/{d + 1}/2025  {i + 1}:05 AM" : $"2025-01-02    {(i < 4 ? "10:00" : " 9:30")}"),26}"
            + $" {(i == 0 ? "" : ((i * 977) + d).ToString(CultureInfo.InvariantCulture)),14} file {i}.cs\n"))));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tables_of_child_items_lose_their_padding_only(bool isTwelveHours)
    {
        var input = Encoding.UTF8.GetBytes(ChildItems(isTwelveHours));
        AssertExactInEveryForm(input);
        var result = ContentRouter.Compress(input, Options(CompressionLevel.Lossless), TestContext.Current.CancellationToken);
        Assert.Equal(Rung.Lossless, result.Rung);
        Assert.InRange(TokenCounters.O200kBase.Count(result.Output.Span), 1, TokenCounters.O200kBase.Count(input) * (isTwelveHours ? 0.92 : 0.85));
        var view = View(ChildItems(isTwelveHours), 600)!;
        Assert.All(Enumerable.Range(0, 12), d => Assert.Contains($"part{d}\\ (9, ", view, StringComparison.Ordinal));
    }

    // :: Views

    [Fact]
    public void A_long_recursive_listing_keeps_directories_extremes_and_errors()
    {
        // D-8: nothing of ls -lR was kept.
        var text = new StringBuilder("ls: cannot open directory './secret': Permission denied\n");
        for (var directory = 0; directory < 60; directory++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(directory > 0 ? "\n" : "")}./part{directory}:\ntotal 40\n");
            for (var file = 0; file < 40; file++)
            {
                var (size, date) = (directory, file) switch { (31, 7) => (99_999, "Mar  3  2024"), (44, 12) => (512, "Nov 22 16:27"), _ => (10_000 + file, "Mar  3  2024") };
                text.Append(CultureInfo.InvariantCulture, $"-rw-r--r-- 1 dev dev {size,6} {date} file{file}.cs\n");
            }
        }

        var view = View(text.ToString(), 2_000)!;
        Assert.Contains("Permission denied", view, StringComparison.Ordinal);
        Assert.Contains(" 99999 Mar 3 2024 file7.cs\n", view, StringComparison.Ordinal);
        Assert.Contains(" Nov 22 16:27 file12.cs\n", view, StringComparison.Ordinal);
        Assert.All(Enumerable.Range(0, 60), directory => Assert.Contains($"part{directory}/ (40, ", view, StringComparison.Ordinal));
        Assert.Contains("[2400 entries in ", view, StringComparison.Ordinal);
        Assert.Contains(".cs 2400", view, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_of_nothing_but_separators_is_no_directory()
    {
        var text = string.Concat(Enumerable.Range(0, 3_000).Select(i => $"src/part{i / 300}/file{i}.cs\n")) + new string('/', 500_000) + "x\n";
        var view = View(text, 600)!;
        Assert.Contains("[3000 entries in 11 directories", view, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(500)]
    [InlineData(5_000)]
    public void A_needle_is_shown_wherever_it_stands(int count)
    {
        for (var decile = 0; decile < 10; decile++)
        {
            var at = (count * decile / 10) + (count / 20);
            var text = string.Concat(Enumerable.Range(0, count).Select(i =>
                $"src/part{i / 500}/folder{i / 25}/{(i == at ? "leaked-credentials.pem" : $"file{i}.cs")}\n"));
            Assert.Contains("leaked-credentials.pem", View(text, count == 100 ? 300 : 2_000)!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_was_asked_for_is_shown()
    {
        var text = string.Concat(Enumerable.Range(0, 3_000).Select(i => $"src/part{i / 300}/file{i}.cs\n"));
        var view = View(text, 600, query: "file1234.cs", keep: new Regex("file77[78]\\.cs", RegexOptions.CultureInvariant))!;
        Assert.All((string[])["file0.cs", "file777.cs", "file778.cs", "file1234.cs", "file2999.cs"], sought => Assert.Contains(sought, view, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("listing/find-zoneinfo.txt")]
    [InlineData("listing/ls-l-git-core.txt")]
    [InlineData("listing/ls-lR-perl5.txt")]
    [InlineData("listing/tree-src.txt")]
    [InlineData("listing/du-a.txt")]
    [InlineData("listing/git-status-short.txt")]
    public void A_larger_budget_never_shows_less(string name)
    {
        var text = Encoding.UTF8.GetString(Fixtures.Named(name).Utf8());
        var (before, least) = ((HashSet<string>)[], int.MaxValue);
        foreach (var budget in (int[])[250, 400, 800, 1_200, 2_000])
        {
            if (View(text, budget) is not { } view)
            {
                continue;
            }

            var words = view.Split('\n')[1..^2].SelectMany(l => l.Split(' ')).Select(w => w.TrimEnd('/').Split('/')[^1]).ToHashSet(StringComparer.Ordinal);
            Assert.Superset(before, words);
            before = words;
            var missing = int.Parse(view[(view.LastIndexOf(Missing, StringComparison.Ordinal) + Missing.Length)..].Split(' ')[0], CultureInfo.InvariantCulture);
            Assert.True(missing <= least);
            least = missing;
        }

        Assert.NotEqual(int.MaxValue, least);
    }

    [Fact]
    public void The_line_behind_one_that_is_too_long_is_read_for_itself()
    {
        var tree = TextLines.Read(Encoding.UTF8.GetBytes($"root\n|-- a\n|   |-- {new string('x', 5_000)}\n|-- b\n`-- c\n"));
        var files = ListedFiles.Read(tree, ListingForm.Tree, CancellationToken.None);
        Assert.Equal(["a", "b", "c"], new[] { 1, 3, 4 }.Select(line => Encoding.UTF8.GetString(files.Name(line).Span)));
        Assert.Equal(-1, files.DirectoryOf[2]);
    }
}
