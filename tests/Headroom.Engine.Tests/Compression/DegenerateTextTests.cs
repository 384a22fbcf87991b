using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Compression;

/// <summary>Whatever a content is taken for, and however little of it is there, no step of the engine throws.</summary>
public sealed class DegenerateTextTests
{
    // Beginnings with nothing behind them, and what stands between things with nothing there.
    private static readonly string[] Pieces =
    [
        "", " ", "\t", "\r", "\n", "\r\n", "\0", "\uFEFF", "a", "1", "-", "--", "---", "--- ", "+", "+++ ", "@@", "@@ ", "@@ -", "@@ -1,1 +1,1 @@", "@@ -1 +1 @@", "@@ +1", "@@@ -1 -1 +1 @@@",
        "diff --git ", "diff --git a", "diff --git a/ b/", "diff --git a/f b/f", "diff --cc ", "diff -r ", "index ", "old mode ", "new mode ", "rename from ", "rename to ", "Binary files ", "GIT binary patch",
        "commit ", "commit a", "Author: ", "Date:", " | 1 +", " a | 1 +", " 1 file changed", "{", "}", "[", "]", "{}", "[]", "\"", "\\", "/", ":", "::", ":1:", "1:", "a:1:", "a:1:1: error: ", ",", ",,", ";", "|", "||", "| |", "|-|",
        "|---|", "| a |", "a  b", "=", "==", "===", "####", "#", "```", "```json", "~~~", "<", "</", "<a", "<a>", "</a>", "<!--", "<!DOCTYPE html>", "<?xml", "<?xml version=\"1.0\"?>", "<![CDATA[", "&", "&#;", "data:", "data:image/png;base64,",
        "2025-06-24 10:20:30", "2025-06-24T10:20:30Z", "10:20:30", "[2025-06-24 10:20:30] ", "ERROR", "WARN ", "Traceback (most recent call last):", "  File \"\", line 1, in ", "   at ", "\tat ", "Caused by: ", "Exception: ",
        "total 0", "total", "drwxr-xr-x", "drwxr-xr-x 2 root root 4096 Jan  8  2023 ", "-rw-r--r-- 1 a b 1 Jan 1 00:00 x", "d-----", "Mode                 LastWriteTime         Length Name", "├── ", "└── ", "│   ", "|-- ", "`-- ", "4.0K\t", "4.0K\t.", " M ", "?? ",
        "Name : ", "Name : x", "     : ", "----", "---- ----", "Name Value", "error", "warning: ", "error CS0000: ", "FAILED", "Passed!  - Failed: 0", "[100%]", "make: ***", "$ ", "PS> ", "> ", ">", "\u001b[0m", "\u001b[", "\u001b", "\b", "é", "日本", "😀", "e\u0301",
        "[log 1 lines: x]", "[text 1 lines]", "[1]{a}", "[1 of 2]{a}", "{1}{key}", "@json{}", "... 3 lines", "null", "true", "-0", "1e400", "{\"a\":", "{\"a\":1}", "[1,", "[{}]", "[{\"a\":1},{\"a\":2}]", "\"\\ud800\"", "\"\\u0000\"",
    ];

    public static TheoryData<ContentKind> Kinds() => [.. Enum.GetValues<ContentKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_piece_alone_or_again_and_again_breaks_nothing(ContentKind kind)
    {
        foreach (var piece in Pieces)
        {
            foreach (var text in (string[])[piece, piece + "\n", Repeated(piece, "\n"), Repeated(piece, "\r\n"), Repeated(piece, ""), Repeated(piece, "\n\n") + "end"])
            {
                Run(kind, text);
            }
        }
    }

    [Fact]
    public void Nothing_but_styles_is_not_made_nothing()
    {
        // Providers refuse empty content, and nobody could tell that there was something.
        var styles = Encoding.UTF8.GetBytes(Repeated("\u001b[31m\u001b[0m", ""));
        Assert.Equal(styles, ContentRouter.Compress(styles, new CompressionOptions { Marker = missing => $"[{missing}]" }, TestContext.Current.CancellationToken).Output.ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Pieces_in_any_order_break_nothing(ContentKind kind)
    {
        var random = new SeededRandom(17 + (ulong)kind);
        for (var i = 0; i < 400; i++)
        {
            var text = new StringBuilder();
            var most = random.Next(1, 60);

            // Few different pieces, so that some are seen often enough to be taken for a format.
            var pieces = Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Pick(Pieces)).ToArray();
            for (var piece = 0; piece < most; piece++)
            {
                text.Append(random.Pick(pieces)).Append(random.Next(0, 4) switch { 0 => "", 1 => " ", _ => "\n" });
            }

            Run(kind, text.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Captured_text_with_pieces_cut_out_and_put_in_breaks_nothing(ContentKind kind)
    {
        var random = new SeededRandom(71 + (ulong)kind);
        for (var i = 0; i < 150; i++)
        {
            var utf8 = random.Pick(Fixtures.All).Utf8();
            var length = Math.Min(utf8.Length, random.Next(200, 4_000));
            var start = random.Next(0, utf8.Length - length + 1);
            var lines = Encoding.UTF8.GetString(utf8.AsSpan(start, length)).Split('\n').ToList();
            for (var change = random.Next(1, 8); change > 0; change--)
            {
                var at = random.Next(0, lines.Count);
                var cut = random.Next(0, lines[at].Length + 1);
                lines[at] = random.Next(0, 3) switch { 0 => lines[at][..cut], 1 => lines[at][cut..], _ => lines[at][..cut] + random.Pick(Pieces) + lines[at][cut..] };
                lines.Insert(random.Next(0, lines.Count + 1), random.Pick(Pieces));
            }

            Run(kind, string.Join('\n', lines));
        }
    }

    // Captured by mutation: the last line has the name of no file behind its keyword.
    [Fact]
    public void A_diff_whose_last_file_has_no_name_has_a_view()
    {
        var text = File.ReadAllBytes(Path.Combine(Fixtures.Root, "..", "cases", "hostile", "diff-view-exception.txt"));
        Run(ContentKind.Diff, Encoding.UTF8.GetString(text));
    }

    private static string Repeated(string piece, string between) => string.Join(between, Enumerable.Repeat(piece, 80));

    private static void Run(ContentKind kind, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        try
        {
            // The ladder, and each rung whether or not the one below it pays; content below the least size is part of something larger.
            foreach (var level in Enum.GetValues<CompressionLevel>())
            {
                var result = ContentRouter.Compress(
                    utf8, new CompressionOptions { Kind = kind, Level = level, Budget = 20, Marker = missing => Marker.Write(missing, new string('a', Marker.HashLength)) },
                    TestContext.Current.CancellationToken);
                Assert.True(result.TokensAfter <= result.TokensBefore);
            }

            if (ContentRouter.CompressorOf(kind)?.Open(utf8, TestContext.Current.CancellationToken) is { } forms)
            {
                var lossless = forms.Lossless(TestContext.Current.CancellationToken);
                foreach (var budget in (int[])[1, 300, int.MaxValue])
                {
                    forms.View(new ViewRequest(budget, Relevance.None, missing => $"[{missing}]"), TestContext.Current.CancellationToken);
                }

                if (lossless is not null)
                {
                    ContentNotation.Decode(lossless.Output);
                }
            }

            ContentNotation.Decode(utf8, 1 << 20, TestContext.Current.CancellationToken);
        }
        catch (Exception e) when (e is not ContentTooLargeException)
        {
            throw new InvalidOperationException($"{kind}: {e.Message}\n{text.ReplaceLineEndings("\\n\n")}", e);
        }
    }
}
