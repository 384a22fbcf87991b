using System.Globalization;
using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Content;
using Headroom.Engine.Retrieval;

namespace Headroom.Engine.Tests.Content;

public sealed class SourceTextTests
{
    private static readonly byte[] Tag = [0xFE, .. "headroom code page "u8];

    private static readonly string[] Names =
    [
        "ascii", "latin1", "utf8", "unicode", "bigendianunicode", "utf32", "bigendianutf32", "windows-1251", "1252", "ibm850", "shift_jis", "euc-jp", "gb18030", "big5", "IBM037",
    ];

    public static TheoryData<string> Encodings => [.. Names];

    public static TheoryData<int> CodePages =>
        [.. CodePagesEncodingProvider.Instance.GetEncodings().Concat(Encoding.GetEncodings()).Select(e => e.CodePage).Where(page => page != 65000).Distinct()];

    [Property(MaxTest = 300)]
    public void A_file_comes_back_as_its_own_bytes_and_its_parts_are_cut_from_its_text(string?[]? parts, byte name, bool isMarked)
    {
        var encoding = EncodingName.Find(Names[name % Names.Length], out _)!;

        // What the encoding has characters for; the first is none of a byte order mark.
        var text = encoding.GetString(encoding.GetBytes("x" + string.Join("\n", parts ?? []) + "\nÄ end"));
        var content = encoding.GetBytes(text);
        if (encoding.GetString(content) != text)
        {
            return;
        }

        isMarked &= !encoding.Preamble.IsEmpty;
        byte[] file = [.. isMarked ? encoding.Preamble : default, .. content];
        var source = SourceText.Read(file, isMarked ? null : encoding);
        Assert.Equal(text, Encoding.UTF8.GetString(source.Utf8!.Value.Span));

        var whole = Ask(source, new RetrievalRequest { Hash = "" });
        Assert.True(whole.IsWhole);
        Assert.Equal(file, whole.Bytes.ToArray());
        Assert.Equal(text, whole.ToText());

        var lines = text.Split('\n');
        var last = Ask(source, new RetrievalRequest { Hash = "", Lines = new(lines.Length, lines.Length) });
        Assert.Equal(lines[^1], Encoding.UTF8.GetString(last.Content.Span));
        Assert.Equal(last.Content.ToArray(), last.Bytes.ToArray());
    }

    [Theory, MemberData(nameof(CodePages))]
    public void Every_code_page_can_be_named(int page)
    {
        var encoding = EncodingName.Find(page.ToString(CultureInfo.InvariantCulture), out var problem);
        Assert.Null(problem);
        Assert.Equal(page, encoding!.CodePage);
        var file = encoding.GetBytes("{\"id\": 1}\n");
        var source = SourceText.ReadStored(SourceText.Read(file, encoding).Stored);
        Assert.Equal(file, source.Bytes.ToArray());
        Assert.Equal(encoding.GetString(file), Encoding.UTF8.GetString(source.Utf8!.Value.Span));
    }

    [Fact]
    public void Equal_bytes_that_were_read_differently_are_different_originals()
    {
        byte[] file = [(byte)'a', 0xE4];
        Assert.Distinct(Encodings.Where(n => n.Data is "latin1" or "1252" or "windows-1251").Select(n => Convert.ToHexString(SourceText.Read(file, EncodingName.Find(n.Data, out _)).Stored.Span)));
    }

    [Fact]
    public void What_says_itself_how_to_read_it_is_stored_as_it_is()
    {
        foreach (var encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, new UTF32Encoding(true, true)])
        {
            byte[] file = [.. encoding.Preamble, .. encoding.GetBytes("text")];
            Assert.Equal(file, SourceText.Read(file).Stored.ToArray());
            Assert.Equal(file, SourceText.Read(file, encoding).Stored.ToArray());

            // The mark says more than a name.
            Assert.Equal("text"u8, SourceText.Read(file, Encoding.Latin1).Utf8!.Value.Span);
        }

        Assert.Equal("text"u8, SourceText.Read("text"u8.ToArray(), Encoding.UTF8).Stored.Span);
    }

    [Theory]
    [InlineData(null, "FFFE00", "utf-16")]
    [InlineData(null, "FFFE410000D84200", "utf-16")]
    [InlineData(null, "FFFE00DC", "utf-16")]
    [InlineData(null, "FEFFD800", "utf-16BE")]
    [InlineData(null, "FFFE000041000000000D", "utf-32")]
    [InlineData(null, "FFFE000000D80000", "utf-32")]
    [InlineData(null, "0000FEFF00110000", "utf-32BE")]
    [InlineData(null, "EFBBBFC3", "utf-8")]
    [InlineData("utf8", "C3", "utf-8")]
    [InlineData("unicode", "410042", "utf-16")]
    [InlineData("ascii", "4180", "us-ascii")]
    [InlineData("shift_jis", "4181", "shift_jis")]
    [InlineData("gb18030", "41FF", "gb18030")]
    [InlineData("latin1", "FFFE00", "utf-16")]
    public void What_is_not_what_it_is_said_to_be_is_refused(string? name, string hex, string said)
    {
        var named = name is null ? null : EncodingName.Find(name, out _);
        var failure = Assert.Throws<SourceTextException>(() => SourceText.Read(Convert.FromHexString(hex), named));
        Assert.Contains($"not valid {said},", failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Theory]
    [InlineData("utf7")]
    [InlineData("65000")]
    [InlineData("byte")]
    [InlineData("")]
    [InlineData("99999")]
    public void What_is_no_encoding_is_said(string name)
    {
        Assert.Null(EncodingName.Find(name, out var problem));
        Assert.StartsWith($"'{name}' is n", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void All_names_that_are_offered_are_taken() =>
        Assert.All(EncodingName.Common, name => Assert.NotNull(EncodingName.Find(name, out _)));

    [Fact]
    public void Utf16_without_a_mark_is_known_where_it_is_certain()
    {
        const string Text = "{\"name\": \"Zürich\", \"state\": \"done\"}\n";
        foreach (var encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            var file = encoding.GetBytes(Text);
            var source = SourceText.Read(file);
            Assert.Equal(Text, Encoding.UTF8.GetString(source.Utf8!.Value.Span));
            var stored = SourceText.ReadStored(source.Stored);
            Assert.Equal(file, stored.Bytes.ToArray());
            Assert.Equal(source.Utf8!.Value.ToArray(), stored.Utf8!.Value.ToArray());
        }

        // Names that end with zeros, and UTF-32 and numbers, are what they were.
        foreach (var text in (string[])[string.Concat(Enumerable.Repeat("a\0b\0", 50)), string.Concat(Enumerable.Repeat("a b\0\0", 50)), string.Concat(Enumerable.Repeat(" \0\0\0", 50)), "a\0 \0", new('\0', 100)])
        {
            Assert.Equal(text, Encoding.UTF8.GetString(SourceText.Read(Encoding.UTF8.GetBytes(text)).Utf8!.Value.Span));
        }
    }

    [Fact]
    public void Bytes_that_nothing_is_known_of_are_no_text()
    {
        var source = SourceText.Read(new byte[] { 0xC3, 0x41 });
        Assert.Null(source.Utf8);
        Assert.Equal(source.Bytes, source.Stored);
    }

    [Property(MaxTest = 300)]
    public void Whatever_is_in_a_store_comes_back(byte[]? some, byte beginning)
    {
        byte[] original = [.. (byte[])((beginning % 6) switch { 0 => [], 1 => [0xFF, 0xFE], 2 => [0xFE, 0xFF], 3 => [0xFF, 0xFE, 0, 0], 4 => [0xEF, 0xBB, 0xBF], _ => [0xFE, .. "headroom code pa"u8] }), .. some ?? []];
        var source = SourceText.ReadStored(original);
        Assert.Equal(original, source.Bytes.ToArray());
        byte[] tagged = [.. Tag, .. "28591\n"u8, .. original];
        Assert.Equal(original, SourceText.ReadStored(tagged).Bytes.ToArray());
    }

    private static RetrievalResult Ask(SourceText source, RetrievalRequest request)
    {
        var store = new MemoryCcrStore();
        var hash = store.PutAsync(source.Stored, CancellationToken.None).AsTask().Result;
        return Retriever.RetrieveAsync(store, request with { Hash = hash }, CancellationToken.None).AsTask().Result;
    }
}
