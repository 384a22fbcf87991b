using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Compression;

/// <summary>A form may ask for any size: what decoding it takes is decided by the limit, and no form throws anything else than that it is over.</summary>
public sealed partial class DecodeLimitTests
{
    private const int Limit = 1 << 20;

    // Buffers double, are copied out, and tables are read twice over.
    private const long MostAllocated = 24L * Limit;

    private static readonly string[] Numbers = ["0", "1", "2", "-1", "00", "65536", "1000000", "2000000000", "2147483647", "2147483648", "9007199254740992", "99999999999999999999", ""];

    // Each stands for far more than the limit.
    public static TheoryData<string, string> Bombs() => new()
    {
        { "wide columns", "[table 61 lines: columns at 0 60000 61000 65000]\n[4000]{NAME:web-*,READY=1/1,STATUS=Running,AGE:*d}\n" + Lines(4_000, i => $"{i % 60:00},{i % 9 + 1}") },
        { "wide lines", "[table 61 lines: columns at 0 5, width 65000]\n[400]{a,b}\n" + Lines(400, i => $"{i},x") },
        { "wide Markdown", "[markdown 61 lines: widths 60000 60000]\n[400]{a,b}\n" + Lines(400, i => $"{i},x") },
        { "long names of a list", "[records 61 lines]\n[400]{" + new string('n', 4_000) + ",b}\n" + Lines(400, i => $"{i},x") },
        { "a constant in every row", "[1000]{a=" + new string('x', 4_000) + ",b}\n" + Lines(1_000, i => $"{i}") },
        { "words of a column", "[4000]{a:(a=" + new string('x', 4_000) + ";b=y)}\n" + Lines(4_000, _ => "a") },
        { "a pattern", "[4000]{a:" + new string('x', 4_000) + "*}\n" + Lines(4_000, i => $"{i}") },
        { "long names of members", "[4000]{" + new string('n', 4_000) + "}\n" + Lines(4_000, i => $"{i}") },
        { "a run", "[0 x2000000000]" },
        { "runs", "[" + string.Join(',', Enumerable.Repeat("0 x1000000", 40)) + "]" },
        { "a run of strings", "[\"" + new string('x', 1_000) + "\" x2000000]" },
        { "a sequence", "[0..9007199254740992]" },
        { "sequences in headers", "[1]{" + string.Join(',', Enumerable.Range(0, 60).Select(i => $"c{i}=[0 x400000]")) + "}\n" },
        { "sequences in words", "[1]{a:(" + string.Join(';', "abcdefghijklm".Select(c => $"{c}=@json[0 x400000]")) + ")}\na" },
        { "strings that begin alike", "[" + new string('x', 8_000) + "{" + string.Join(',', Enumerable.Repeat("a", 8_000)) + "}]" },
        { "documents in strings", string.Concat(Enumerable.Repeat("[@json", 60)) + "{\"a\":\"\\\"\"}" + new string(']', 60) },
        { "a large document in many strings", string.Concat(Enumerable.Repeat("[@json", 60)) + "[0 x400000]" + new string(']', 60) },
        { "a log's line", "[log 2000000001 lines: x]\na\n{last line 2000000000 more times}\n" },
        { "a log's lines", "[log 4000000 lines: x]\na\nb\n" + string.Concat(Enumerable.Repeat("{last 2 lines 1000000 more times}\n", 4)) },
        { "a log's blocks", "[log 2000000 lines: x]\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{(char)('A' + i)}: {{2000000000 lines}}\n")) },
        { "a log's template", "[log 4000 lines: x]\nA: " + new string('x', 4_000) + "{}\n" + Lines(4_000, i => $"A {i}") },
        { "a log's values", "[log 4000 lines: A: = text of lines A, {} values in order; = as above]\nA: a {} {}\nA " + new string('x', 4_000) + " 0\n" + Lines(4_000, i => $"A = {i}") },
        { "alike lines", "[build 40000 lines: @9: 9 lines alike, {} from the row below, {0..8} counting, {=1} as in slot 1]\n" + Lines(40, _ => "@1000: " + new string('x', 4_000) + " {0..999}") },
        { "lines above", "[text 3 lines]\nabc\n[line above 2000000000 more times]\n" },
        { "lines above, again and again", "[text 3 lines]\n" + new string('x', 1_000) + "\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"[line above {i + 1000} more times]\n")) },
        { "empty lines above", "[text 3 lines]\n\n[line above 2147483647 more times]\n" },
        { "a folder", "[build 2000 lines: $ is " + new string('f', 4_000) + "]\n" + Lines(2_000, _ => "$") },
        { "names that double", "[build 2000000000 lines: $1= names the rest of a line, $2:3= 3 lines]\n$1:2=" + new string('x', 1_000) + "\nx\n" + string.Concat(Enumerable.Range(2, 58).Select(i => $"${i}:2=${i - 1}\n${i - 1}\n")) },
        { "a path for every match", "[search 4000 lines: " + SearchLegend() + "]\n" + new string('p', 4_000) + "\n" + Lines(4_000, i => $"{i}:x") },
        { "a directory for every name", "[list 4000 lines: directory/name name ...; a leading blank = one directory of the path above]\n" + new string('d', 4_000) + "/" + string.Join(' ', Enumerable.Repeat("n", 4_000)) + "\n" },
        { "mixed", "[mixed 9 lines: forms in lines 1-3]\n[text 3 lines]\nabc\n[line above 2000000000 more times]\n" },
        { "a document in mixed text", "[mixed 9 lines: forms in lines 1 json]\n[0 x2000000000]\n" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_form_that_stands_for_too_much_says_so_and_takes_no_more_than_the_limit(string what, string form)
    {
        var (decoded, isTooLarge, allocated) = Decode(Encoding.UTF8.GetBytes(form));
        Assert.True(decoded is null, what);
        Assert.True(isTooLarge || what is "a log's blocks", $"{what}: nothing was said");
        Assert.True(allocated <= MostAllocated, $"{what}: {allocated:#,0} bytes");
    }

    [Fact]
    public void The_limit_is_exact_and_says_itself()
    {
        var form = "[text 4 lines]\nabc\n[line above 3 more times]\n"u8.ToArray();
        Assert.Equal(16, ContentNotation.Decode(form, 16, TestContext.Current.CancellationToken)!.Length);
        var failure = Assert.Throws<ContentTooLargeException>(() => ContentNotation.Decode(form, 15, TestContext.Current.CancellationToken));
        Assert.Equal(15, failure.Limit);
        Assert.Contains("15 bytes", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[0 x2000000000]")]
    [InlineData("[text 3 lines]\nabc\n[line above 2000000000 more times]\n")]
    [InlineData("[log 2000000001 lines: x]\na\n{last line 2000000000 more times}\n")]
    public void Decoding_looks_at_the_token_while_it_writes(string form)
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<OperationCanceledException>(() => ContentNotation.Decode(Encoding.UTF8.GetBytes(form), Array.MaxLength, cancelled.Token));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    // What a terminal's or client's content says must not make detection dear.
    [Fact]
    public void Telling_a_form_from_other_text_takes_a_few_times_the_text()
    {
        var text = "[a,0..9007199254740992]"u8.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(JsonNotation.IsNotation(text));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void A_budget_takes_no_memory()
    {
        var text = Fixtures.Named("log/python-worker.log").Utf8();
        var options = new CompressionOptions { Budget = 250_000_000, Level = CompressionLevel.Aggressive, Marker = missing => $"[{missing}]" };
        var before = GC.GetAllocatedBytesForCurrentThread();
        ContentRouter.Compress(text, options, TestContext.Current.CancellationToken);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200L * text.Length);
    }

    public static TheoryData<string> Folders() => [.. Fixtures.All.Select(f => f.Name[..f.Name.IndexOf('/')]).Distinct()];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_changed_form_is_decoded_within_the_limit_or_refused(string folder)
    {
        var random = new SeededRandom(9);
        foreach (var fixture in Fixtures.In(folder))
        {
            foreach (var form in Forms(Start(fixture.Utf8())))
            {
                for (var change = 0; change < 40; change++)
                {
                    var changed = Changed(form, random);
                    var utf8 = Encoding.UTF8.GetBytes(changed);
                    try
                    {
                        var (decoded, _, allocated) = Decode(utf8);
                        Assert.True((decoded?.Length ?? 0) <= Limit);
                        Assert.True(allocated <= MostAllocated + (200L * utf8.Length), $"{allocated:#,0} bytes");
                    }
                    catch (Exception e)
                    {
                        throw new InvalidOperationException($"{fixture.Name}, change {change}: {e.Message}\n{changed}", e);
                    }
                }
            }
        }
    }

    private static (byte[]? Decoded, bool IsTooLarge, long Allocated) Decode(byte[] form)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            return (ContentNotation.Decode(form, Limit, TestContext.Current.CancellationToken), false, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        catch (ContentTooLargeException)
        {
            return (null, true, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static IEnumerable<string> Forms(byte[] content)
    {
        foreach (var kind in (ContentKind?[])[null, ContentKind.Text, ContentKind.Mixed])
        {
            var result = ContentRouter.Compress(
                content, new CompressionOptions { Kind = kind, Level = CompressionLevel.Lossless }, TestContext.Current.CancellationToken);
            if (result.Rung == Rung.Lossless)
            {
                yield return Encoding.UTF8.GetString(result.Output.Span);
            }
        }
    }

    private static string Changed(string form, SeededRandom random)
    {
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var lines = form.Split('\n').ToList();
            var (at, other) = (random.Next(0, lines.Count), random.Next(0, lines.Count));
            switch (random.Next(0, 8))
            {
                case 0: lines.RemoveAt(at); break;
                case 1: lines.InsertRange(at, Enumerable.Repeat(lines[at], random.Next(1, 20))); break;
                case 2: lines[at] = lines[at][..random.Next(0, lines[at].Length + 1)]; break;
                case 3: (lines[at], lines[other]) = (lines[other], lines[at]); break;
                case 4: lines = lines[..at]; break;
                case 5: lines[0] = WithNumber(lines[0], random); break;
                case 6: lines[Math.Min(1, lines.Count - 1)] = WithNumber(lines[Math.Min(1, lines.Count - 1)], random); break;
                default: lines[at] = WithNumber(lines[at], random); break;
            }

            form = string.Join('\n', lines);
        }

        return form;
    }

    private static string WithNumber(string line, SeededRandom random)
    {
        var numbers = Number().Matches(line);
        if (numbers.Count == 0)
        {
            return line;
        }

        var number = numbers[random.Next(0, numbers.Count)];
        return line[..number.Index] + random.Pick(Numbers) + line[(number.Index + number.Length)..];
    }

    private static byte[] Start(byte[] utf8) =>
        utf8.Length <= 8 << 10 || utf8[0] is (byte)'{' or (byte)'[' ? utf8 : utf8[..(utf8.AsSpan(0, 8 << 10).LastIndexOf((byte)'\n') + 1)];

    private static string Lines(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(i => line(i) + "\n"));

    private static string SearchLegend() =>
        Engine.Compression.Search.SearchNotation.LegendOf(Engine.Compression.Search.SearchForm.Flat) + Engine.Compression.Search.SearchNotation.BlankLegend;

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
