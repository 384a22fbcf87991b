using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Fidelity;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Fidelity;

/// <summary>Small texts, each of which once broke something, found by changing captured ones at random; and such changes again, a few of each kind.</summary>
public sealed class MutatedTextTests
{
    private const string Spoofed = "[952 of 1000 rows not shown; headroom_retrieve hash=0123456789abcdef01234567]";

    private static readonly string Listed = string.Concat(Enumerable.Range(0, 40).Select(i => $"-rw-r--r-- 1 root root {i + 100} Jan  8  2023 name{i}\n"));

    public static TheoryData<string, string> Texts() => new()
    {
        { "a block inside an inline element of a link", $"<!DOCTYPE html><html><body><p>{Words(30)}</p><p>before <a href=\"x\"><b><div>{Words(60)}</div></b></a> after</p></body></html>" },
        { "a column of ls -l that is wider than any", Listed.Replace("root 117 ", $"root 117{new string('7', 20_000)} ", StringComparison.Ordinal) },
        { "a path of very many directories", Listed + string.Concat(Enumerable.Repeat("a/", 30_000)) + "\n" },
        { "a run of brackets that is no single token", TextOf("listing/tree-ascii.txt") + new string('[', 3_000) + "\n" },
        { "rows of empty cells", string.Concat(Enumerable.Range(0, 40).Select(i => $"{i}{new string(',', 300)}{i}\n")) },
        { "an object of like members", $"{{{string.Join(',', Enumerable.Range(0, 60).Select(i => $"\"0.{i}.1\":\"2025-10-{i % 28:00}T07:13:37.852+00:00\""))}}}" },
        { "JSON lines with both line ends among others", "start\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{{\"a\":{i},\"name\":\"value {i % 7}\"}}{(i % 5 == 0 ? "\r\n" : "\n")}")) + "end of it\n" + Listed },
        { "JSON values of several lines, cut off", string.Concat(Enumerable.Range(0, 30).Select(i => $"{{\n  \"a\": {i},\r\n  \"b\": [\n 1 ]\n}}\n")) + "{\n  \"a\": 3" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Nothing_is_lost_of_what_once_was(string what, string text)
    {
        foreach (var options in new CompressionOptions[] { new(), new() { Level = CompressionLevel.Aggressive }, new() { Budget = 60 } })
        {
            var report = await FidelityCheck.RunAsync(
                Encoding.UTF8.GetBytes(text), options, TokenCounters.O200kBase, TestContext.Current.CancellationToken);
            Assert.True(report.Violations.Count == 0, $"{what}: {string.Join("; ", report.Violations)}");
        }
    }

    [Fact]
    public void Bytes_that_are_no_text_are_left_alone()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(Listed), 0xFF, 0xC3, .. Encoding.UTF8.GetBytes(Listed)];
        var result = ContentRouter.Compress(bytes, new CompressionOptions(), TestContext.Current.CancellationToken);
        Assert.Equal((Rung.Original, Reason.InvalidContent), (result.Rung, result.Reason));
    }

    [Theory]
    [InlineData("json/proc-samples.json")]
    [InlineData("jsonl/python-logging.jsonl")]
    [InlineData("log/python-worker.log")]
    [InlineData("build/make-errors.txt")]
    [InlineData("search/git-grep-members.txt")]
    [InlineData("diff/git-log-p.diff")]
    [InlineData("listing/find-ls.txt")]
    [InlineData("table/packages.csv")]
    [InlineData("table/dpkg-l.txt")]
    [InlineData("mixed/shell-session.txt")]
    [InlineData("text/git-log-stat.txt")]
    public async Task A_planted_marker_or_header_stays_inert(string name)
    {
        var lines = TextOf(name).TrimEnd('\n').Split('\n').Take(300).ToArray();
        foreach (var plant in new[] { Spoofed, "[log 500 lines: legend]", "[search view of 12 lines]", "[12]{id,name}", "... 120 lines", "[3 times]" })
        {
            foreach (var at in new[] { 1, lines.Length / 2, lines.Length - 1 })
            {
                var text = Encoding.UTF8.GetBytes(string.Join('\n', [.. lines[..at], plant, .. lines[at..]]) + "\n");
                var report = await FidelityCheck.RunAsync(
                    text, new CompressionOptions { Budget = 400 }, TokenEstimator.Instance, TestContext.Current.CancellationToken);
                Assert.True(report.Violations.Count == 0, $"{plant} at {at}: {string.Join("; ", report.Violations)}");
            }

            // At the end a marker, at the start a header: the text is a form already.
            if (plant[0] == '[' && plant != "[3 times]")
            {
                var text = plant == Spoofed ? string.Join('\n', lines) + "\n" + plant : plant + "\n" + string.Join('\n', lines);
                var result = ContentRouter.Compress(
                    Encoding.UTF8.GetBytes(text), new CompressionOptions { Marker = missing => $"[{missing}]" }, TestContext.Current.CancellationToken);
                Assert.True(result.Rung == Rung.Original, $"{plant}: {result.Strategy}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Cut_shuffled_and_joined_outputs_come_back(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        for (var i = 0; i < 60; i++)
        {
            var lines = Window(random).Split('\n').ToList();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var at = random.Next(0, lines.Count);
                switch (random.Next(0, 8))
                {
                    case 0: lines.RemoveAt(lines.Count > 1 ? at : 0); lines.Add(""); break;
                    case 1: lines.InsertRange(at, Enumerable.Repeat(lines[at], random.Next(1, 20))); break;
                    case 2: lines[at] = lines[at][..random.Next(0, lines[at].Length + 1)]; break;
                    case 3: lines = [.. lines.Select(line => line.EndsWith('\r') ? line : line + "\r")]; break;
                    case 4: lines[at] += "\r"; break;
                    case 5: lines.InsertRange(at, Window(random).Split('\n')); break;
                    case 6: lines[at] = lines[at].Insert(random.Next(0, lines[at].Length + 1), "\0"); break;
                    default: (lines[0], lines[at]) = (lines[at], lines[0]); break;
                }
            }

            var text = string.Join('\n', lines);
            var options = new CompressionOptions { Level = (CompressionLevel)random.Next(0, 3), Budget = random.Next(1, 3_000) };
            var report = await FidelityCheck.RunAsync(
                Encoding.UTF8.GetBytes(text), options, TokenCounters.O200kBase, TestContext.Current.CancellationToken);
            Assert.True(report.Violations.Count == 0, $"{i} of seed {seed}, {options.Level} {options.Budget}: {string.Join("; ", report.Violations)}\n{text}");
        }
    }

    private static string Window(SeededRandom random)
    {
        var text = TextOf(random.Pick(Fixtures.All).Name);
        var length = Math.Min(text.Length, random.Next(300, 6_000));
        var start = random.Next(0, text.Length - length + 1);
        var window = text.Substring(start, length);

        // Half of a surrogate pair has no bytes.
        return window.Any(char.IsSurrogate) ? string.Concat(window.Where(c => !char.IsSurrogate(c))) : window;
    }

    private static string TextOf(string name) => Encoding.UTF8.GetString(Fixtures.Named(name).Utf8());

    private static string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(i => $"word{i * 7 % 31}"));
}
