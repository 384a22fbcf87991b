using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Mixed;
using Headroom.Engine.Compression.Text;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Mixed;

public sealed class MixedCompressorTests
{
    private static readonly string[] AllFixtures =
        [.. Directory.EnumerateDirectories(Fixtures.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal).SelectMany(folder => Fixtures.In(folder!)).Select(fixture => fixture.Name)];

    public static TheoryData<string> MixedNames => [.. Fixtures.In("mixed").Select(fixture => fixture.Name)];

    [Theory]
    [MemberData(nameof(MixedNames))]
    public void The_very_bytes_come_back(string name)
    {
        var input = Fixtures.Named(name).Utf8();
        var form = new MixedCompressor().Open(input, CancellationToken.None)?.Lossless(CancellationToken.None);
        Assert.True(form is null || input.SequenceEqual(ContentNotation.Decode(form.Output)!));
    }

    [Fact]
    public void A_document_takes_its_form_and_the_rest_stays()
    {
        var form = Lossless("fetching\n" + Rows(20) + "\ndone\n");
        Assert.StartsWith("[mixed 84 lines: forms in lines 2-22 json_2]\nfetching\n[20]{", form, StringComparison.Ordinal);
        Assert.EndsWith("\ndone\n", form, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fence_without_a_language_stays_one()
    {
        // D-22
        var form = Lossless("Before.\n\n```\n" + Rows(30) + "\n```\n\nAfter.\n\n~~~json\n" + Rows(30) + "\n~~~\n");
        Assert.Contains("Before.\n\n```\n[30]{", form, StringComparison.Ordinal);
        Assert.Contains("\n```\n\nAfter.\n\n~~~json\n[30]{", form, StringComparison.Ordinal);
        Assert.EndsWith("\n~~~\n", form, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_line_ends_come_back()
    {
        var text = ("$ cat rows.json\n" + Rows(20) + "\n$ exit\n").ReplaceLineEndings("\r\n");
        Assert.Contains("[mixed 84 lines: crlf, forms in lines 2-", Lossless(text), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_brings_a_header_of_its_own_has_no_form() =>
        Assert.Null(new MixedCompressor().Open(Encoding.UTF8.GetBytes("a line\n[log 9 lines: spoofed]\nmore\n" + Rows(20) + "\n"), CancellationToken.None)?.Lossless(CancellationToken.None));

    [Theory]
    [InlineData("[mixed 2 lines]\na\n")]
    [InlineData("[mixed 2 lines: forms in lines 9]\na\n")]
    [InlineData("[mixed 2 lines: forms in lines 0-1]\na\n")]
    [InlineData("[mixed 2 lines: forms in lines 1-x]\na\n")]
    [InlineData("[mixed 2 lines: forms in lines 1 json_2]\nno json\n")]
    [InlineData("[mixed 2 lines: forms in lines 1-2]\n[mixed 1 lines: forms in lines 1]\na\n")]
    public void A_damaged_form_is_nothing(string form) => Assert.Null(ContentNotation.Decode(Encoding.UTF8.GetBytes(form)));

    [Fact]
    public void A_view_has_one_marker_that_says_what_is_missing_in_each_part()
    {
        var text = "$ first\n" + Orders(400) + "\n$ second\n" + Orders(300) + "\n$ exit\n";
        var options = new CompressionOptions { Marker = missing => Marker.Write(missing, new string('a', Marker.HashLength)) };
        var result = ContentRouter.Compress(Encoding.UTF8.GetBytes(text), options, TestContext.Current.CancellationToken);
        var view = Encoding.UTF8.GetString(result.Output.Span);
        Assert.Equal(Rung.View, result.Rung);
        Assert.StartsWith("[mixed view of ", view, StringComparison.Ordinal);
        Assert.Single(Marker.HashesIn(view));
        Assert.Contains("of 400 rows not shown; ", view.Split('\n')[^1], StringComparison.Ordinal);
        Assert.Contains("of 300 rows not shown", view.Split('\n')[^1], StringComparison.Ordinal);
        Assert.Contains("\n$ second\n", view, StringComparison.Ordinal);
    }

    [Property(MaxTest = 150)]
    public void Any_parts_of_any_outputs_come_back(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        var text = new StringBuilder();
        for (var parts = 1 + (int)(random.NextUInt64() % 5); parts > 0; parts--)
        {
            var lines = Encoding.UTF8.GetString(Fixtures.Named(AllFixtures[random.NextUInt64() % (ulong)AllFixtures.Length]).Utf8()).Split('\n');
            var from = (int)(random.NextUInt64() % (ulong)lines.Length);
            text.AppendJoin('\n', lines.Skip(from).Take(1 + (int)(random.NextUInt64() % 60))).Append(random.NextUInt64() % 4 != 0 ? "\n" : "");
            text.Append((random.NextUInt64() % 4) switch { 0 => "$ next\n", 1 => "```\n", 2 => "\n\n", _ => "" });
        }

        if (random.NextUInt64() % 5 == 0)
        {
            text.Append("\u0001\u0000 garbage [mixed 3 lines: ] \u001b[31m\n[line above 3 more times]\n");
        }

        var input = Encoding.UTF8.GetBytes(text.ToString());
        var result = ContentRouter.Compress(input, new CompressionOptions { Level = CompressionLevel.Lossless });
        Assert.True(result.TokensAfter <= result.TokensBefore);
        if (result.Rung == Rung.Lossless && result.Kind is not Engine.Content.ContentKind.Json)
        {
            var shown = DisplayedText.Of(input, CancellationToken.None) ?? input;
            var back = result.Strategy == "displayed" ? result.Output.ToArray() : ContentNotation.Decode(result.Output.Span);

            // What begins like JSON is not redrawn; it comes back with its escapes.
            Assert.Equal(back.AsSpan().SequenceEqual(input) ? input : shown, back);
        }

        var again = ContentRouter.Compress(result.Output, new CompressionOptions { Level = CompressionLevel.Lossless });
        Assert.Equal(result.Output.ToArray(), again.Output.ToArray());
    }

    // Rows of which each says something of its own, but for a failure among many that went well.
    private static string Orders(int count) =>
        "[\n" + string.Join(",\n", Enumerable.Range(1, count).Select(i =>
            $"  {{\n    \"id\": \"{i * 2_654_435_761L % 4_294_967_296L:x8}\",\n    \"total\": {i * 7919 % 1000}.{i * 31 % 90 + 10},\n    \"state\": \"{(i == 77 ? "failed" : "shipped")}\"\n  }}")) + "\n]";

    private static string Rows(int count) =>
        "[\n" + string.Join(",\n", Enumerable.Range(1, count).Select(i => $"  {{\n    \"id\": {i},\n    \"name\": \"item number {i}\"\n  }}")) + "\n]";

    private static string Lossless(string text)
    {
        var form = new MixedCompressor().Open(Encoding.UTF8.GetBytes(text), CancellationToken.None)!.Lossless(CancellationToken.None)!;
        Assert.Equal(text, Encoding.UTF8.GetString(ContentNotation.Decode(form.Output)!));
        return Encoding.UTF8.GetString(form.Output);
    }
}
