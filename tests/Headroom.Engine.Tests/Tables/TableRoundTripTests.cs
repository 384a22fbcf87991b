using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Compression.Tables;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Tables;

public sealed class TableRoundTripTests
{
    private static readonly IContentCompressor[] Compressors =
        [new DelimitedTableCompressor(), new AlignedTableCompressor(), new MarkdownTableCompressor(), new RecordListCompressor(), new JsonLinesCompressor()];

    private static readonly string[] Texts = ["table", "jsonl", "text", "html", "xml", "json"];

    [Property(Arbitrary = [typeof(RandomTable)], MaxTest = 4_000)]
    public void Any_table_comes_back_byte_for_byte_from_every_form_it_has(RandomTable table) => AssertRoundTrip(Encoding.UTF8.GetBytes(table.Text));

    [Property(MaxTest = 1_000)]
    public void Garbage_has_no_form_or_comes_back_byte_for_byte(byte[] garbage) => AssertRoundTrip(garbage ?? []);

    [Property(MaxTest = 2_000)]
    public void Garbage_of_the_characters_that_tables_are_made_of_comes_back_byte_for_byte(uint[] draws)
    {
        const string Alphabet = "ab1,;|\t\"\"\\ \n\n\r :-{}[]é幅";
        AssertRoundTrip(Encoding.UTF8.GetBytes(string.Concat((draws ?? []).SelectMany(d => new[] { d, d >> 5, d >> 10, d >> 15 }).Select(d => Alphabet[(int)(d % (uint)Alphabet.Length)]))));
    }

    [Fact]
    public void Every_captured_text_comes_back_byte_for_byte_whatever_it_is_taken_for()
    {
        var forms = 0;
        foreach (var fixture in Texts.SelectMany(folder => Fixtures.In(folder)))
        {
            var text = fixture.Utf8();
            forms += AssertRoundTrip(text);
            forms += AssertRoundTrip(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text).ReplaceLineEndings("\r\n")));
        }

        Assert.True(forms > 60, $"only {forms} forms were tried");
    }

    [Theory]
    [InlineData("table/ps.txt", "table", 0.35)]
    [InlineData("table/pwsh-format-table.txt", "table", 0.7)]
    [InlineData("table/pwsh-get-childitem.txt", "table", 0.5)]
    [InlineData("table/netstat.txt", "table", 0.25)]
    [InlineData("table/column-t.txt", "table", 0.1)]
    [InlineData("table/dpkg-l.txt", "table", 0.1)]
    [InlineData("table/pwsh-format-list.txt", "records", 0.4)]
    [InlineData("table/unicode.md", "markdown", 0.25)]
    [InlineData("table/packages.csv", "csv", 0.15)]
    [InlineData("table/packages-semicolon.csv", "csv", 0.14)]
    [InlineData("text/python-stat.csv", "csv", 0.3)]
    [InlineData("jsonl/python-logging.jsonl", "jsonl", 0.6)]
    [InlineData("jsonl/node-requests.jsonl", "jsonl", 0.6)]
    [InlineData("jsonl/stat-indented.json", "jsonl", 0.7)]
    [InlineData("jsonl/cargo-messages.jsonl", "jsonl", 0.45)]
    public void A_captured_text_loses_this_share_of_its_tokens_without_loss(string name, string header, double share)
    {
        var text = Fixtures.Named(name).Utf8();
        var form = Compressors.Select(c => c.Open(text, default)?.Lossless(default)).First(f => f?.Strategy == header)!;
        var (before, after) = (Headroom.Engine.Tokens.TokenCounters.O200kBase.Count(text), Headroom.Engine.Tokens.TokenCounters.O200kBase.Count(form.Output));
        Assert.True(after <= before * (1 - share), $"{before} -> {after}");
    }

    [Theory]
    [InlineData("a,b\n1,2\n3,4\n5,6\n", "[csv 4 lines]\n[3]{a,b}\n1,2\n3,4\n5,6\n")]
    [InlineData("a;b\r\n\"x\";\"007\"\r\n\"x\";\"\"\r\n\"x\";\"1\"", "[csv 4 lines: semicolon, quoted, bare header, crlf]\n[3]{a=x,b}\n007\n\n1")]
    [InlineData("NAME   SIZE\nalpha     7\nbeta    007\ngamma  1000\n", "[table 4 lines: columns at 0 >11]\n[3]{NAME,SIZE}\nalpha,7\nbeta,007\ngamma,1000\n")]
    [InlineData("| a | b |\n|---|---|\n| x | 1 |\n| y | 2 |\n| z |  |\n", "[markdown 5 lines: 1 other lines first]\n2: |---|---|\n[3]{a,b}\nx,1\ny,2\nz\n")]
    [InlineData("Name : a\nSize : 1\n\nName : b\nSize : \n\nName : c\nSize : 3\n", "[records 8 lines]\n[3]{Name,Size}\na,1\nb,\"\"\nc,3\n")]
    [InlineData("{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2, \"b\": \"y\"}\n\n{\"a\": 3, \"b\": \"z\"}\n{\"a\": 4, \"b\": \"x\"}\n{\"a\": 5,", "[jsonl 6 lines: spaced, 2 other lines first]\n3:\n6: {\"a\": 5,\n[4]{a,b}\n1,x\n2,y\n3,z\n4,x")]
    public void A_form_reads_like_this(string text, string form)
    {
        var output = Compressors.Select(c => c.Open(Encoding.UTF8.GetBytes(text), default)?.Lossless(default)).First(f => f is not null && form.StartsWith($"[{f.Strategy} ", StringComparison.Ordinal))!.Output;
        Assert.Equal(form, Encoding.UTF8.GetString(output));
        AssertRoundTrip(Encoding.UTF8.GetBytes(text));
    }

    // As docs/forms.md says: values that do not stand on lines of their own come back by value, each on a line.
    [Theory]
    [InlineData("", "")]
    [InlineData(" ", "")]
    [InlineData("\n\n", "\n")]
    [InlineData("\n\n\n", "\n\n")]
    [InlineData("\n \n", "\n")]
    public void Json_values_with_anything_but_a_line_end_between_them_come_back_by_value(string between, string end)
    {
        var values = Enumerable.Range(0, 90).Select(i => $$"""{"id":{{i}},"name":"value {{i % 7}}","size":{{i * 13 % 50}}}""").ToArray();
        foreach (var kind in (ContentKind?[])[null, ContentKind.JsonLines])
        {
            var text = string.Join(between, values) + end;
            var result = ContentRouter.Compress(
                Encoding.UTF8.GetBytes(text), new CompressionOptions { Kind = kind, Level = CompressionLevel.Lossless }, TestContext.Current.CancellationToken);
            Assert.Equal((Rung.Lossless, ContentKind.JsonLines), (result.Rung, result.Kind));
            Assert.Matches(@"^\[jsonl \d+ lines: values", Encoding.UTF8.GetString(result.Output.Span));
            Assert.Equal(string.Join('\n', values), Encoding.UTF8.GetString(ContentNotation.Decode(result.Output.Span)!).TrimEnd('\n'));
        }
    }

    // Single blank lines are lines, and come back with all the others.
    [Fact]
    public void Json_lines_with_a_blank_line_here_and_there_come_back_to_the_byte()
    {
        var text = string.Concat(Enumerable.Range(0, 90).Select(i => $$"""{"id":{{i}},"name":"value {{i % 7}}"}""" + (i % 10 == 3 ? "\n\n" : "\n")));
        var result = ContentRouter.Compress(Encoding.UTF8.GetBytes(text), new CompressionOptions { Level = CompressionLevel.Lossless }, TestContext.Current.CancellationToken);
        Assert.Equal((Rung.Lossless, ContentKind.JsonLines), (result.Rung, result.Kind));
        Assert.Equal(text, Encoding.UTF8.GetString(ContentNotation.Decode(result.Output.Span)!));
    }

    [Property(Arbitrary = [typeof(RandomTable)], MaxTest = 1_000)]
    public void A_damaged_form_is_refused_or_decoded_but_never_breaks_the_reader(RandomTable table, int at, byte with)
    {
        foreach (var compressor in Compressors)
        {
            if (compressor.Open(Encoding.UTF8.GetBytes(table.Text), default)?.Lossless(default) is { } form)
            {
                form.Output[(int)((uint)at % form.Output.Length)] = with;
                ContentNotation.Decode(form.Output);
            }
        }
    }

    private static int AssertRoundTrip(byte[] text)
    {
        var forms = 0;
        foreach (var compressor in Compressors)
        {
            if (compressor.Open(text, default)?.Lossless(default) is not { } form)
            {
                continue;
            }

            forms++;
            var decoded = ContentNotation.Decode(form.Output);
            Assert.True(decoded is not null, $"not decoded:\n{Encoding.UTF8.GetString(form.Output)}\nfrom\n{Encoding.UTF8.GetString(text)}");
            if (NotationHeader.TryRead(form.Output, out var header, out _) && header.Name == "jsonl" && header.Legend?.Contains("values", StringComparison.Ordinal) == true)
            {
                Assert.Equal(JsonValues.Of(text), JsonValues.Of(decoded));
            }
            else
            {
                Assert.Equal(Encoding.UTF8.GetString(text), Encoding.UTF8.GetString(decoded));
                Assert.Equal(text, decoded);
            }
        }

        return forms;
    }
}
