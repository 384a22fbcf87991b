using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Text;
using Headroom.Engine.Fidelity;
using Headroom.Engine.Tokens;
using Headroom.Engine.Tests.PlainText;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Compression;

/// <summary>What becomes of outputs with controls on the ladder: styles go, redraws go with a marker, everything else stays.</summary>
public sealed class TerminalOutputTests
{
    private const string Hash = "0123456789abcdef01234567";
    private const string Planted = "76543210fedcba9876543210";

    [Theory]
    [InlineData("cr-minimal.csv")]
    [InlineData("cr-in-csv-cells.csv")]
    [InlineData("mixed-line-ends.txt")]
    [InlineData("cr-in-tool-result.json")]
    [InlineData("displayed-looks-like-notation-1.bin")]
    public async Task A_return_in_data_and_a_text_that_reads_like_a_form_come_back_as_they_were(string name)
    {
        var utf8 = File.ReadAllBytes(Path.Combine(Fixtures.Root, "..", "cases", "displayed", name));
        await KeepsAllAsync(utf8);
        if (name == "cr-in-tool-result.json")
        {
            var content = System.Text.Json.Nodes.JsonNode.Parse(utf8)!["messages"]![2]!["content"]![0]!["content"]!.GetValue<string>();
            await KeepsAllAsync(Encoding.UTF8.GetBytes(content));
        }
    }

    [Fact]
    public async Task Whatever_stands_in_colours_or_behind_redraws_is_taken_for_no_form()
    {
        string[] begins =
        [
            .. ContentRouter.FormNames.Select(form => $"[{form} 30 lines: legend]"), .. ContentRouter.FormNames.Select(form => $"[{form} view of 30 lines]"),
            "[30]{a,b}", "[30 of 40]{a,b}", "[{},{},{},", "{\"a\":1}", "[1,2,3]", "[[1,2],[3,4]]", "{total:3,items:[3]{id=1..3,name}", "[0 x40]", "[text 2 lines: repeats counted]\na\n[line above 100 more times]",
            "plain",
        ];
        string[] styles = ["\u001b[31m{0}\u001b[m\n", "{0}\u001b[m\n", "loading 10%\rloading 20%\n\u001b[1m{0}\n", "10%\r\u001b[K{0}\n", "\r\u001b[2K{0}\n", "\u0007{0}\n"];
        string[] ends = ["", $"\u001b[1m{Marker.Write("9 of 40 lines not shown", Planted)}\u001b[m", $"10%\r\u001b[K{Marker.Write("9 of 40 lines not shown", Planted)}"];
        foreach (var begin in begins)
        {
            foreach (var style in styles)
            {
                foreach (var end in ends)
                {
                    await KeepsAllAsync(Encoding.UTF8.GetBytes(
                        style.Replace("{0}", begin, StringComparison.Ordinal) + string.Concat(Enumerable.Repeat("\u001b[32m1,x\u001b[m\u001b[31m\u001b[m\n", 30)) + end));
                }
            }
        }
    }

    [Fact]
    public async Task Colours_around_a_document_hide_no_value()
    {
        for (var seed = 0UL; seed < 40; seed++)
        {
            var random = new SeededRandom(seed);
            var json = "{\"items\":[" + string.Join(',', Enumerable.Range(0, 20).Select(i => $"{{\"id\":{i},\"name\":\"item {random.NextUInt64() % 7}\"}}")) + "]}";
            var coloured = string.Concat(json.Select(c => random.NextUInt64() % 5 == 0 ? $"\u001b[3{random.NextUInt64() % 8}m{c}\u001b[0m" : c.ToString()));
            var lossless = ContentRouter.Compress(Encoding.UTF8.GetBytes(coloured), Options(CompressionLevel.Lossless), TestContext.Current.CancellationToken);
            Assert.Equal(json, Encoding.UTF8.GetString(ContentNotation.Decode(lossless.Output.Span)!));
            await KeepsAllAsync(Encoding.UTF8.GetBytes(coloured));
        }
    }

    [Fact]
    public async Task Nothing_that_was_printed_goes_without_a_marker()
    {
        var views = 0;
        for (var seed = 0UL; seed < 600; seed++)
        {
            var part = seed % 3 == 0 ? RandomOutput.Any(seed) : RandomOutput.OfDrawing(seed);
            views += await KeepsAllAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 14).Select(i => $"{part}\n{i % 3} of them\n")))) ? 1 : 0;
        }

        Assert.True(views > 2, $"{views}");
    }

    [Fact]
    public void Without_escapes_backspaces_and_progress_every_byte_stays()
    {
        string[] pieces = ["a", "b c", "1", "12,", ";", "\"", "\r", "\n", "\r\n", "\r\r\n", "ü", "\t", "=", "x: "];
        for (var seed = 0UL; seed < 3_000; seed++)
        {
            var random = new SeededRandom(seed);
            var utf8 = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 60).Select(_ => pieces[random.NextUInt64() % (ulong)pieces.Length])));
            Assert.Null(DisplayedText.Of(utf8, TestContext.Current.CancellationToken));
            Assert.Null(RedrawnText.Of(utf8, TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("text/git-clone-progress.txt")]
    [InlineData("build/git-progress.txt")]
    public void Progress_goes_only_where_a_marker_says_so(string name)
    {
        var utf8 = Fixtures.Named(name).Utf8();
        foreach (var level in Enum.GetValues<CompressionLevel>())
        {
            var silent = ContentRouter.Compress(utf8, new CompressionOptions { Level = level }, TestContext.Current.CancellationToken);
            Assert.Equal(Equality.Displayed, silent.Rung == Rung.Original ? Equality.Displayed : FidelityCheck.EqualityOf(utf8, silent.Output.Span, TestContext.Current.CancellationToken));
            Assert.Contains("Receiving objects:  50%", Encoding.UTF8.GetString(silent.Output.Span), StringComparison.Ordinal);
            var told = ContentRouter.Compress(utf8, Options(level), TestContext.Current.CancellationToken);
            if (level != CompressionLevel.Lossless)
            {
                Assert.Equal(Rung.View, told.Rung);
                Assert.Equal([Hash], Marker.HashesIn(Encoding.UTF8.GetString(told.Output.Span)));
                Assert.DoesNotContain("Receiving objects:  50%", Encoding.UTF8.GetString(told.Output.Span), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_check_is_no_echo_of_what_it_checks()
    {
        var csv = "id,name\n1000,\"Main street 0\rFloor 0\"\n"u8;
        Assert.Equal(Equality.Different, FidelityCheck.EqualityOf(csv, "id,name\nFloor 0\"ain street 0\n"u8, TestContext.Current.CancellationToken));
        Assert.Equal(Equality.Different, FidelityCheck.EqualityOf("10%\r20%\n"u8, "20%\n"u8, TestContext.Current.CancellationToken));
        Assert.Equal(Equality.Different, FidelityCheck.EqualityOf("\u001b[1mone\u001b[m\n"u8, "on\n"u8, TestContext.Current.CancellationToken));
        Assert.Equal(Equality.Displayed, FidelityCheck.EqualityOf("\u001b[1mone\u001b[m\n"u8, "one\n"u8, TestContext.Current.CancellationToken));
    }

    // True for a view.
    private static async Task<bool> KeepsAllAsync(byte[] utf8)
    {
        var text = Encoding.UTF8.GetString(utf8).Replace("\u001b", "ESC", StringComparison.Ordinal);
        foreach (var level in Enum.GetValues<CompressionLevel>())
        {
            var report = await FidelityCheck.RunAsync(utf8, new CompressionOptions { Level = level }, TokenEstimator.Instance, TestContext.Current.CancellationToken);
            Assert.True(report.Violations.Count == 0, string.Join('\n', report.Violations) + "\n" + text);
        }

        var result = ContentRouter.Compress(utf8, Options(CompressionLevel.Balanced), TestContext.Current.CancellationToken);
        Assert.Equal(result.Rung == Rung.View, Marker.HashesIn(Encoding.UTF8.GetString(result.Output.Span)).Contains(Hash) && result.Rung != Rung.Original);
        return result.Rung == Rung.View;
    }

    private static CompressionOptions Options(CompressionLevel level) => new() { Level = level, Marker = missing => Marker.Write(missing, Hash) };
}
