using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Diffs;

public sealed class DiffNotationTests
{
    private static void AssertComesBack(byte[] utf8)
    {
        if (Diff.Lossless(utf8) is { } form)
        {
            Assert.True(form.Length < utf8.Length);
            Assert.Equal(form, Diff.Lossless(utf8));
            Assert.Equal(Encoding.UTF8.GetString(utf8), Encoding.UTF8.GetString(ContentNotation.Decode(form) ?? []));
            Assert.Equal(utf8, ContentNotation.Decode(form));
        }
    }

    [Property(MaxTest = 3000, Arbitrary = [typeof(RandomDiff)])]
    public void Texts_of_the_lines_of_diffs_come_back(RandomDiff diff) => AssertComesBack(Long(diff.Utf8));

    [Property(MaxTest = 500)]
    public void Anything_comes_back(byte[] bytes) => AssertComesBack([.. bytes, .. Encoding.UTF8.GetBytes("\n" + Diff.File("x", "-a\n+b")), .. bytes]);

    [Fact]
    public void Captured_diffs_come_back_whole_cut_off_and_with_the_line_ends_of_windows()
    {
        var random = new SeededRandom(3);
        foreach (var fixture in Diff.Captured)
        {
            var utf8 = fixture.Utf8();
            AssertComesBack(utf8);
            AssertComesBack(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8).Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal)));
            for (var i = 0; i < 40; i++)
            {
                var from = random.Next(utf8.Length);
                AssertComesBack(utf8[from..random.Next(from, utf8.Length)]);
            }
        }
    }

    [Fact]
    public void Most_captured_diffs_get_shorter_in_tokens()
    {
        var (before, after) = (0, 0);
        foreach (var fixture in Diff.Captured)
        {
            var form = Diff.Lossless(fixture.Utf8()) ?? fixture.Utf8();
            var (tokens, shorter) = (TokenCounters.O200kBase.Count(fixture.Utf8()), TokenCounters.O200kBase.Count(form));
            Assert.True(shorter <= tokens, fixture.Name);
            (before, after) = (before + tokens, after + shorter);
        }

        Assert.InRange(after, 0, before * 0.93);
    }

    [Fact]
    public void The_header_of_a_file_is_one_line_and_hunks_have_no_counts()
    {
        var text = string.Concat(Enumerable.Range(0, 9).Select(i => Diff.File($"src/File{i}.cs", " a\n-b\n+c\n d", " e\n+f\n g")));
        var form = Encoding.UTF8.GetString(Diff.Lossless(Encoding.UTF8.GetBytes(text))!);
        Assert.StartsWith("[diff 117 lines: ", form, StringComparison.Ordinal);
        Assert.Contains("\ndiff src/File3.cs 1111111..2222222\n@@ +1\n a\n-b\n+c\n d\n@@ +101\n e\n+f\n g\ndiff src/File4.cs ", form, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("diff x 1a..2b")]
    [InlineData("diff -u x y\t1\t2")]
    [InlineData("@@ +5 x")]
    public void A_line_of_the_text_that_looks_like_ours_forbids_the_form(string line)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 9).Select(i => Diff.File($"src/File{i}.cs", " a\n-b\n+c\n d"))) + "\n" + line + "\n");
        Assert.NotNull(Diff.Open(text));
        Assert.Null(Diff.Lossless(text));
    }

    [Property(MaxTest = 500)]
    public bool A_damaged_form_never_throws(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        var form = Diff.Lossless(Fixtures.Named("diff/app-kinds.diff").Utf8())!;
        var header = form.AsSpan().IndexOf((byte)'\n') + 1;
        for (var i = 0; i < 4; i++)
        {
            form[random.Next(header, form.Length)] = (byte)random.Pick("\n @+-,.0d\t".ToCharArray());
        }

        _ = ContentNotation.Decode(form.AsSpan(0, random.Next(header, form.Length)));
        return true;
    }

    [Fact]
    public void The_router_takes_the_form_where_a_reader_could_not_retrieve_the_rest()
    {
        var utf8 = Fixtures.Named("diff/app-mass-edit.diff").Utf8();
        var result = ContentRouter.Compress(utf8, new CompressionOptions { Kind = ContentKind.Diff }, TestContext.Current.CancellationToken);
        Assert.Equal(Rung.Lossless, result.Rung);
        Assert.Equal(utf8, ContentNotation.Decode(result.Output.Span));
        var again = ContentRouter.Compress(result.Output, new CompressionOptions { Kind = ContentKind.Diff }, TestContext.Current.CancellationToken);
        Assert.Equal(result.Output, again.Output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--- a\n+++ b\n")]
    [InlineData("A text with a rule\n---\nand +++ nothing\n")]
    [InlineData(" src/x.cs | 12 ++--\n 1 file changed\n")]
    public void What_has_no_hunk_is_no_diff(string text) => Assert.Null(Diff.Open(Encoding.UTF8.GetBytes(text)));

    // Long enough that the header pays.
    private static byte[] Long(byte[] utf8) => [.. utf8, .. Encoding.UTF8.GetBytes(utf8 is [.., (byte)'\n'] ? string.Concat(Enumerable.Range(0, 6).Select(i => Diff.File($"src/File{i}.cs", " a\n-b"))) : "")];
}
