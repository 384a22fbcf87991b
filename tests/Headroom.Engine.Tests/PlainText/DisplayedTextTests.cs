using System.Text;
using Headroom.Engine.Compression.Text;
using Headroom.Engine.Fidelity;
using Headroom.TestData;

namespace Headroom.Engine.Tests.PlainText;

public sealed class DisplayedTextTests
{
    [Theory]
    [InlineData("plain\ntext\n", null)]
    [InlineData("windows\r\nlines\r\n", null)]
    [InlineData("", null)]
    [InlineData("old\rmac\rtext\r", null)]
    [InlineData("10%\r50%\r100%\n", null)]
    [InlineData("a\r\r\nb\n", null)]
    [InlineData("\0binary\u001b[1m\n", null)]
    [InlineData("\u001b[31mred\u001b[0m and \u001b[1;38;5;12mbold\u001b[m\n", "red and bold\n")]
    [InlineData("\u001b]0;title\u0007text\n", "text\n")]
    [InlineData("\u001b]8;;https://site.example\u001b\\link\u001b]8;;\u001b\\\n", "link\n")]
    [InlineData("\u001b(Bascii\u001b[?25l\u001b[?2004h\n", "ascii\n")]
    [InlineData("bell\u0007\n", "bell\n")]
    [InlineData("\u001b[01;31m\u001b[Kmatch\u001b[m\u001b[K\n", "match\n")]
    [InlineData("downloading\r\u001b[K\u001b[1mdone\u001b[m\n", "downloading\r\u001b[Kdone\n")]
    [InlineData("\u001b[1mone\u001b[m\n\u001b[A\u001b[Ktwo\n", "one\n\u001b[A\u001b[Ktwo\n")]
    [InlineData("N\bNA\bAM\bM\n", "NAM\n")]
    [InlineData("_\bu_\bn b\bb\r\n", "un b\r\n")]
    [InlineData("N\bNx\by\n", null)]
    [InlineData("x\b_\bx\n", null)]
    [InlineData("+\bo\n", null)]
    [InlineData("\u001b[1mx\u001b[m\u001b7y\u001b8\n", "x\u001b7y\u001b8\n")]
    [InlineData("\u001b[2J\u001b[H\u001b[1mtop\u001b[m\n", "\u001b[2J\u001b[Htop\n")]
    [InlineData("\u001b(0lqqk\u001b(B\n", null)]
    [InlineData("\u001b\u001b[1m[31mx\n", null)]
    [InlineData("no end \u001b]0;title\n\u001b[1mnext\n", null)]
    [InlineData("\u001b[1mcut off\u001b[", "cut off\u001b[")]
    public void Styles_go_and_all_else_stays(string text, string? shown) =>
        Assert.Equal(shown, Of(Encoding.UTF8.GetBytes(text)) is { } bytes ? Encoding.UTF8.GetString(bytes) : null);

    [Fact]
    public void A_coloured_page_is_the_plain_one()
    {
        var coloured = Fixtures.Named("text/git-show-color.txt").Utf8();
        var plain = Encoding.UTF8.GetString(Of(coloured)!);
        Assert.DoesNotContain('\u001b', plain);
        Assert.Equal(System.Text.RegularExpressions.Regex.Replace(Encoding.UTF8.GetString(coloured), "\u001b\\[[0-9;]*m", ""), plain);
    }

    [Fact]
    public void A_terminal_prints_the_same_characters_and_there_is_nothing_left_to_do()
    {
        for (var seed = 0UL; seed < 4_000; seed++)
        {
            var text = RandomOutput.Any(seed);
            if (Of(Encoding.UTF8.GetBytes(text)) is not { } shown)
            {
                continue;
            }

            var (before, after) = (Print(Encoding.UTF8.GetBytes(text)), Print(shown));
            Assert.True(before.Written == after.Written && before.Shown == after.Shown, $"{seed}: {text.Replace("\u001b", "ESC", StringComparison.Ordinal)}");
            Assert.Null(Of(shown));
            Assert.True(System.Text.Unicode.Utf8.IsValid(shown));
            Assert.True(shown.Length < Encoding.UTF8.GetByteCount(text));
        }
    }

    [Fact]
    public void Any_bytes_can_be_shown()
    {
        var random = new SeededRandom(3);
        for (var i = 0; i < 1_000; i++)
        {
            byte[] bytes = [0x1B, 0x5B, .. Enumerable.Range(0, 30).Select(_ => (byte)(random.NextUInt64() % 256)), 0x0A, 0x08];
            _ = Of(bytes);
            _ = RedrawnText.Of(bytes, CancellationToken.None);
            _ = Print(bytes);
        }
    }

    private static Terminal Print(byte[] utf8) => Terminal.Print(utf8, TestContext.Current.CancellationToken);

    private static byte[]? Of(byte[] utf8) => DisplayedText.Of(utf8, TestContext.Current.CancellationToken);
}
