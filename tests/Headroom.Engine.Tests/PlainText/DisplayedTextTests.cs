using System.Text;
using Headroom.Engine.Compression.Text;
using Headroom.TestData;

namespace Headroom.Engine.Tests.PlainText;

public sealed class DisplayedTextTests
{
    [Theory]
    [InlineData("plain\ntext\n", null)]
    [InlineData("windows\r\nlines\r\n", null)]
    [InlineData("", null)]
    [InlineData("old\rmac\rtext\r", null)]
    [InlineData("\0binary\u001b[1m\n", null)]
    [InlineData("\u001b[31mred\u001b[0m and \u001b[1;38;5;12mbold\u001b[m\n", "red and bold\n")]
    [InlineData("\u001b]0;title\u0007text\n", "text\n")]
    [InlineData("\u001b]8;;https://site.example\u001b\\link\u001b]8;;\u001b\\\n", "link\n")]
    [InlineData("\u001b(Bascii\u001b[?25l\u001b7\u001b8\n", "ascii\n")]
    [InlineData("bell\u0007\n", "bell\n")]
    [InlineData("10%\r50%\r100%\n", "100%\n")]
    [InlineData("downloading 10%\rdone\u001b[K\n", "done\n")]
    [InlineData("downloading\rdone       \n", "done\n")]
    [InlineData("long text\rnew\n", "newg text\n")]
    [InlineData("kept\n10%\r20%\nkept  \n", "kept\n20%\nkept  \n")]
    [InlineData("10%\r20%\r\nnext\r\n", "20%\r\nnext\r\n")]
    [InlineData("a\r\r\nb\n", "a\r\nb\n")]
    [InlineData("N\bNA\bAM\bM\b\b\b\bx\n", "xAM\n")]
    [InlineData("_\bu_\bn\n", "un\n")]
    [InlineData("one\ntwo\n\u001b[2A\u001b[2KONE\n\u001b[2Ktwo\n", "ONE\ntwo\n")]
    [InlineData("abc\u001b[2Dx\n", "axc\n")]
    [InlineData("abc\u001b[1Kd\n", "   d\n")]
    [InlineData("abc\u001b[1Gx\u001b[3Cy\n", "xbc y\n")]
    [InlineData("über\r50 ü\u0301%\n", "50 ü\u0301%\n")]
    [InlineData("escape \u001b at the end\u001b", "escape t the end")]
    [InlineData("no end \u001b]0;title\nnext\n", "no end ]0;title\nnext\n")]
    [InlineData("a\n\u001b[", "a\n[")]
    public void What_a_terminal_shows_is_left(string text, string? shown) =>
        Assert.Equal(shown, Of(Encoding.UTF8.GetBytes(text)) is { } bytes ? Encoding.UTF8.GetString(bytes) : null);

    [Fact]
    public void A_captured_clone_ends_with_its_last_states()
    {
        var shown = Encoding.UTF8.GetString(Of(Fixtures.Named("text/git-clone-progress.txt").Utf8())!);
        Assert.Contains("Receiving objects: 100%", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("Receiving objects:  50%", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_coloured_page_is_the_plain_one()
    {
        var coloured = Fixtures.Named("text/git-show-color.txt").Utf8();
        var plain = Encoding.UTF8.GetString(Of(coloured)!);
        Assert.DoesNotContain('\u001b', plain);
        Assert.Equal(System.Text.RegularExpressions.Regex.Replace(Encoding.UTF8.GetString(coloured), "\u001b\\[[0-9;]*m", ""), plain);
    }

    [Property(MaxTest = 2_000)]
    public void Nothing_is_left_to_do(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        string[] pieces = ["a", "bc ", "ü", "漢", "\u0301", "\n", "\r", "\r\n", "\b", "\a", "\u001b", "\u001b[", "\u001b[K", "\u001b[1K", "\u001b[2K", "\u001b[A", "\u001b[2B", "\u001b[3C", "\u001b[D", "\u001b[5G", "\u001b[31m", "\u001b]0;", "\u001b\\", "\u001b(", "B", "m", "[", "0"];
        var text = string.Concat(Enumerable.Range(0, (int)(random.NextUInt64() % 40)).Select(_ => pieces[random.NextUInt64() % (ulong)pieces.Length]));
        var once = Of(Encoding.UTF8.GetBytes(text));
        if (once is not null)
        {
            Assert.True(Of(once) is not { } twice || once.SequenceEqual(twice), text);
            Assert.True(System.Text.Unicode.Utf8.IsValid(once));
        }
    }

    [Property(MaxTest = 1_000)]
    public void Any_bytes_can_be_shown(byte[] bytes) => _ = Of([0x1B, 0x5B, .. bytes, 0x0A, 0x08]);

    private static byte[]? Of(byte[] utf8) => DisplayedText.Of(utf8, CancellationToken.None);
}
