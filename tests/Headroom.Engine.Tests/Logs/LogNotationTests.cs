using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Logs;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Logs;

public sealed class LogNotationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Captured() => [.. Fixtures.In("log").Concat(Fixtures.In("text")).Select(fixture => fixture.Name)];

    public static TheoryData<string> Layouts() => [.. TextLogs.Layouts, .. TextLogs.RareLayouts];

    private static byte[]? Form(byte[] text) => new LogCompressor().Open(text, Cancellation)?.Lossless(Cancellation)?.Output;

    private static void AssertRoundTrip(byte[] text)
    {
        if (Form(text) is { } form)
        {
            Assert.Equal(Encoding.Latin1.GetString(text), Encoding.Latin1.GetString(ContentNotation.Decode(form) ?? "(damaged)"u8.ToArray()));
            Assert.True(form.Length < text.Length);
        }
    }

    [Property(MaxTest = 1500, Arbitrary = [typeof(RandomLog)])]
    public void Any_log_comes_back_byte_for_byte(RandomLog log) => AssertRoundTrip(Encoding.UTF8.GetBytes(log.Text));

    [Property(MaxTest = 1500)]
    public void So_does_garbage(int seed) => AssertRoundTrip(RandomLog.Garbage(seed));

    [Theory]
    [MemberData(nameof(Captured))]
    public void Every_captured_text_comes_back_whatever_its_line_ends(string name)
    {
        var text = Encoding.UTF8.GetString(Fixtures.Named(name).Utf8());
        AssertRoundTrip(Fixtures.Named(name).Utf8());
        AssertRoundTrip(Encoding.UTF8.GetBytes(text.TrimEnd('\n')));
        AssertRoundTrip(Encoding.UTF8.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal)));
        AssertRoundTrip(Encoding.UTF8.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal).TrimEnd()));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Every_layout_is_folded_to_less_than_two_thirds_of_its_tokens(string layout)
    {
        var text = Encoding.UTF8.GetBytes(TextLogs.Generate(layout, 400, 3).Text);
        AssertRoundTrip(text);
        Assert.InRange(TokenCounters.O200kBase.Count(Form(text)!), 1, TokenCounters.O200kBase.Count(text) * 2 / 3);
    }

    [Property(MaxTest = 400, Arbitrary = [typeof(RandomLog)])]
    public void A_damaged_form_is_refused_or_read_but_never_throws(RandomLog log, int seed)
    {
        if (Form(Encoding.UTF8.GetBytes(log.Text)) is not { } form)
        {
            return;
        }

        var random = new Random(seed);
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            form[random.Next(form.Length)] = (byte)"A1 {}=\n:t\\9"[random.Next(11)];
        }

        _ = ContentNotation.Decode(form);
        _ = ContentNotation.Decode(form.AsSpan(0, random.Next(form.Length)));
    }

    [Theory]
    [MemberData(nameof(Captured))]
    public void What_is_accepted_is_smaller_by_the_exact_count_and_always_the_same(string name)
    {
        var text = Fixtures.Named(name).Utf8();
        foreach (var level in Enum.GetValues<CompressionLevel>())
        {
            var options = new CompressionOptions { Kind = ContentKind.Log, Level = level, Marker = missing => $"[{missing}]" };
            var once = ContentRouter.Compress(text, options, Cancellation);
            var again = ContentRouter.Compress(text, options, Cancellation);
            Assert.Equal(once.Output.ToArray(), again.Output.ToArray());
            Assert.True(TokenCounters.O200kBase.Count(once.Output.Span) <= TokenCounters.O200kBase.Count(text));
        }
    }

    [Fact]
    public void A_form_reads_as_its_legend_says()
    {
        var text = string.Concat(Enumerable.Range(0, 6).Select(i => $"2025-11-22 10:01:0{i / 2},{i}00 INFO worker: job 471{i} took {i + 20} ms\n"))
            + "2025-11-22 10:01:09,000 WARN disk is nearly full\n";
        Assert.Equal(
            """
            A: {t} INFO worker: job {} took {} ms
            2025-11-22 10:01:00,000 A 4710 20
            100 A 4711 21
            01,200 A 4712 22
            300 A 4713 23
            02,400 A 4714 24
            500 A 4715 25
            09,000 WARN disk is nearly full

            """.ReplaceLineEndings("\n"),
            Body(text));
    }

    [Fact]
    public void Repeated_stacks_are_written_once_and_repeated_frames_counted()
    {
        var stack = "   at Shop.Cart.Add(Item item)\n   at Shop.Api.Post(Order order)\n   at Shop.Program.Main()\n";
        var body = Body(string.Concat(Enumerable.Range(0, 5).Select(i => $"10:00:0{i} ERROR order {i} failed\n{stack}")));
        Assert.Equal(1, body.Split("Shop.Cart.Add").Length - 1);

        body = Body("System.StackOverflowException: too deep\n" + string.Concat(Enumerable.Repeat("   at Tree.Walk(Node node)\n   at Tree.Visit(Node node)\n", 300)));
        Assert.EndsWith("{last 2 lines 299 more times}\n", body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_letter_after_an_hour_is_not_taken_for_half_of_a_day()
    {
        var text = string.Concat(Enumerable.Range(0, 600).Select(i =>
            $"2025-11-22 10:{i / 60:00}:{i % 60:00} INFO {new string((char)('a' + (i % 60 / 8)), 4 + (i % 8))} has moved {i} things on to the {new string((char)('p' + (i % 60 / 8)), 4 + (i % 8))}\n"));
        Assert.Contains("\nAM: ", Body(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(100_000)]
    public void Very_long_lines_and_many_words_come_back(int length)
    {
        var words = string.Concat(Enumerable.Range(0, length / 4).Select(i => $"w{i % 10} "));
        AssertRoundTrip(Encoding.UTF8.GetBytes($"10:00:01 {words}\n10:00:02 {words}\n10:00:03 {new string('x', length)}\n10:00:04 {words}y\n"));
    }

    private static string Body(string text)
    {
        var form = Form(Encoding.UTF8.GetBytes(text));
        Assert.NotNull(form);
        Assert.True(NotationHeader.TryRead(form, out var header, out var body));
        Assert.Equal(text.Split('\n').Length - 1, header.Lines);
        Assert.Equal(text, Encoding.UTF8.GetString(ContentNotation.Decode(form)!));
        return Encoding.UTF8.GetString(body);
    }
}
