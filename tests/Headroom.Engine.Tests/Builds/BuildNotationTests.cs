using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Builds;
using Headroom.Engine.Compression.Text;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Builds;

public sealed class BuildNotationTests
{
    public static TheoryData<string> Captured() => [.. Fixtures.In("build").Select(fixture => fixture.Name)];

    private static byte[]? Encode(byte[] text) => new BuildCompressor().Open(text, CancellationToken.None)?.Lossless(CancellationToken.None)?.Output;

    private static string? Encode(string text) => Encode(Encoding.UTF8.GetBytes(text)) is { } form ? Encoding.UTF8.GetString(form) : null;

    private static void AssertRoundTrip(byte[] text)
    {
        if (Encode(text) is not { } form)
        {
            return;
        }

        Assert.True(form.Length < text.Length);
        Assert.Equal(text, ContentNotation.Decode(form));
        Assert.Equal(form, Encode(text));
        Assert.True(NotationHeader.TryRead(form, out var header, out _));
        Assert.Equal(TextLines.Read(text).Count, header.Lines);
    }

    [Property(Arbitrary = [typeof(RandomReport)], MaxTest = 4_000)]
    public void Any_report_comes_back_byte_for_byte(RandomReport report) => AssertRoundTrip(Encoding.UTF8.GetBytes(report.Text));

    [Property(MaxTest = 1_000)]
    public void Any_bytes_come_back_byte_for_byte(byte[] bytes, int times) =>
        AssertRoundTrip([.. Enumerable.Repeat(bytes.Append((byte)'\n').ToArray(), (int)((uint)times % 30)).SelectMany(part => part)]);

    [Property(Arbitrary = [typeof(RandomReport)], MaxTest = 4_000)]
    public void A_damaged_form_is_refused_or_decoded_but_never_breaks_the_reader(RandomReport report, int at, byte with)
    {
        if (Encode(Encoding.UTF8.GetBytes(report.Text)) is { } form)
        {
            form[(int)((uint)at % form.Length)] = with;
            ContentNotation.Decode(form);
        }
    }

    // A name that stands for itself, blocks that double, counts and rows beyond what the header says, a missing line.
    [Theory]
    [InlineData("[build 2 lines: $1= names the rest of a line]\na $1=b$1\nc\n")]
    [InlineData("[build 2 lines: $1= names the rest of a line]\na $1=abc$2=\nb $1\n")]
    [InlineData("[build 3 lines: $1= names the rest of a line, $2:3= 3 lines]\n$1:2=aaaa\n$1\nb\n")]
    [InlineData("[build 9 lines: $1= names the rest of a line, $2:3= 3 lines]\n$1:2=a\nb\n$2:2=$1\n$1\n$3:2=$2\n$2\n$4:2=$3\n$3\n$4\n")]
    [InlineData("[build 5 lines: @9: 9 lines alike, {} from the row below, {0..8} counting, {=1} as in slot 1]\n@1000: a{0..2000000000}b\n")]
    [InlineData("[build 5 lines: @9: 9 lines alike, {} from the row below, {0..8} counting, {=1} as in slot 1]\n@2000000000: a{0..2}b\n")]
    [InlineData("[build 4 lines: crlf]\na\nb\nc\n")]
    public void A_form_that_cannot_be_is_refused(string form) => Assert.Null(ContentNotation.Decode(Encoding.UTF8.GetBytes(form)));

    [Fact]
    public void A_form_that_doubles_what_it_names_is_refused_before_it_writes_more_lines_than_it_says()
    {
        var form = new StringBuilder("[build 9 lines: $1= names the rest of a line, $2:3= 3 lines]\n$1:2=").Append('x', 1_000).Append("\nx\n");
        for (var name = 2; name < 60; name++)
        {
            form.Append(System.Globalization.CultureInfo.InvariantCulture, $"${name}:2=${name - 1}\n${name - 1}\n");
        }

        var utf8 = Encoding.UTF8.GetBytes(form.ToString());
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(ContentNotation.Decode(utf8));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void A_long_build_comes_back_and_loses_a_third_of_its_bytes()
    {
        var text = Encoding.UTF8.GetBytes(ToolTexts.Build(300_000));
        Assert.Equal(ContentKind.BuildOutput, ContentDetector.Detect(text));
        AssertRoundTrip(text);
        Assert.InRange(Encode(text)!.Length, 1, text.Length * 2 / 3);
    }

    [Theory, MemberData(nameof(Captured))]
    public void A_captured_report_comes_back_byte_for_byte_and_is_smaller_in_tokens(string name)
    {
        var text = Fixtures.Named(name).Utf8();
        AssertRoundTrip(text);
        if (Encode(text) is { } form)
        {
            Assert.True(TokenCounters.O200kBase.Count(form) <= TokenCounters.O200kBase.Count(text));
        }
    }

    [Theory, MemberData(nameof(Captured))]
    public void A_captured_report_with_other_line_ends_comes_back_too(string name) =>
        AssertRoundTrip(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Fixtures.Named(name).Utf8()).Replace("\n", "\r\n", StringComparison.Ordinal)));

    [Fact]
    public void Captured_reports_lose_half_of_their_tokens_without_losing_a_byte()
    {
        // As a terminal would show them, which is what the compressor gets to see.
        var texts = Fixtures.In("build").Select(fixture => DisplayedText.Of(fixture.Utf8(), CancellationToken.None) ?? fixture.Utf8()).ToList();
        var before = texts.Sum(text => TokenCounters.O200kBase.Count(text));
        var after = texts.Sum(text => TokenCounters.O200kBase.Count(Encode(text) ?? text));
        Assert.InRange(after, 1, before / 2);
    }

    [Fact]
    public void A_message_is_named_where_it_stands_first_and_its_folder_and_project_are_said_once() => Assert.Equal(
        """
        [build 5 lines: ~ is /home/dev/app/; @+ ends lines with a place; $1= names the rest of a line]
        @+ [~app.csproj]
        ~Order.cs(12,17): $1=warning CS0219: The variable 'rounded' is assigned but its value is never used
        ~Basket.cs(12,17): $1
        ~Basket.cs(14,1): error CS0103: The name 'missing' does not exist in the current context
        ~Stock.cs(12,17): $1
            1 Error(s)

        """,
        Encode("""
        /home/dev/app/Order.cs(12,17): warning CS0219: The variable 'rounded' is assigned but its value is never used [/home/dev/app/app.csproj]
        /home/dev/app/Basket.cs(12,17): warning CS0219: The variable 'rounded' is assigned but its value is never used [/home/dev/app/app.csproj]
        /home/dev/app/Basket.cs(14,1): error CS0103: The name 'missing' does not exist in the current context [/home/dev/app/app.csproj]
        /home/dev/app/Stock.cs(12,17): warning CS0219: The variable 'rounded' is assigned but its value is never used [/home/dev/app/app.csproj]
            1 Error(s)

        """));

    [Fact]
    public void Lines_alike_fold_to_a_shape_and_what_differs()
    {
        var text = string.Concat(Enumerable.Range(0, 20).Select(i => $"PASS src/components/part_{i}.test.js ({i * 7 % 11} ms)\n"));
        Assert.Equal(
            "[build 20 lines: @9: 9 lines alike, {} from the row below, {0..8} counting, {=1} as in slot 1]\n"
            + "@20: PASS src/components/part_{0..19}.test.js ({} ms)\n0, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0, 7, 3, 10, 6, 2, 9, 5, 1\n",
            Encode(text));
    }

    [Fact]
    public void Lines_that_take_turns_fold_together()
    {
        var text = string.Concat(Enumerable.Range(0, 12).Select(i => $"=== RUN   TestOk{i:00}\n--- PASS: TestOk{i:00} (0.00s)\n"));
        Assert.EndsWith("\n@12:2: === RUN   TestOk{00..11}\n--- PASS: TestOk{=1} (0.00s)\n", Encode(text), StringComparison.Ordinal);
    }
}
