using System.Globalization;
using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Diffs;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Diffs;

public sealed class StatLogTests
{
    private static readonly byte[] Captured = Fixtures.Named("text/git-log-stat.txt").Utf8();

    private static string? Lossless(string text) =>
        StatLog.Read(Encoding.UTF8.GetBytes(text), CancellationToken.None) is { } log ? Encoding.UTF8.GetString(StatNotation.Write(log, CancellationToken.None)) : null;

    private static void AssertExact(string text)
    {
        if (Lossless(text) is { } form)
        {
            Assert.Equal(text, Encoding.UTF8.GetString(ContentNotation.Decode(Encoding.UTF8.GetBytes(form))!));
        }
    }

    [Fact]
    public void A_captured_log_takes_three_quarters_of_its_tokens_and_comes_back()
    {
        var result = ContentRouter.Compress(Captured, new CompressionOptions { Level = CompressionLevel.Lossless }, TestContext.Current.CancellationToken);
        Assert.Equal(Rung.Lossless, result.Rung);
        Assert.Equal(Captured, ContentNotation.Decode(result.Output.Span));
        Assert.InRange(TokenCounters.O200kBase.Count(result.Output.Span), 1, TokenCounters.O200kBase.Count(Captured) * 0.75);
    }

    [Fact]
    public void Rows_keep_their_counts_and_lose_what_follows_from_them()
    {
        const string Head = "commit 1\nAuthor: A <a@b.example>\nDate:   1\n\n    first\n\n";
        var text = Head + " src/app/a.cs  | 12 +++++++++---\n src/app/bc.cs |  1 -\n 2 files changed, 9 insertions(+), 4 deletions(-)\n\n"
            + Head + " src/app/a.cs | 400 ++++--\n b.png        | Bin 0 -> 12 bytes\n 2 files changed, 300 insertions(+), 100 deletions(-)\n";
        Assert.Equal(
            ["commit 1", "Author: A <a@b.example>", "Date:   1", "", "    first", "", "+9-3 src/app/a.cs", "-1   bc.cs", "",
             "commit 1", "Date:   1", "", "    first", "", "400 +4-2   a.cs", "Bin 0 -> 12 bytes b.png", " 2 files changed, 300 insertions(+), 100 deletions(-)", ""],
            Lossless(text)!.Split('\n')[1..]);
        AssertExact(text);
    }

    [Property(MaxTest = 2_000)]
    public void Random_logs_come_back_byte_for_byte(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        string[] names = ["a.cs", "src/a.cs", "src/app/b.cs", "src/{a => b}/c.cs", ".../x.cs", "a | b", " lead", "Bin 1 bytes x", "é.cs"];
        string[] others = ["", "commit 1", "Author: A", "Author: B", "Date:   1", "    text", "+3 x", "-", "7", "Bin x", "\\", " 1 file changed, 1 insertion(+)", "commit 2\nAuthor: A\nDate:   2", "commit 2\nDate:   2", " create mode 100644 x", "[diff 3 lines]", " x | y"];
        var text = new StringBuilder();
        for (var parts = random.Next(12); parts > 0; parts--)
        {
            if (random.Chance(0.6))
            {
                text.Append(random.Pick(others)).Append('\n');
                continue;
            }

            var rows = new List<StatRow>();
            for (var left = random.Next(1, 5); left > 0; left--)
            {
                var (plus, minus) = (random.Next(4), random.Next(4));
                var count = plus + minus == 0 ? 0 : plus + minus + (random.Chance(0.1) ? 1_000 : 0);
                rows.Add(random.Chance(0.1)
                    ? new StatRow(Encoding.UTF8.GetBytes(random.Pick(names)), -1, 0, 0, Encoding.UTF8.GetBytes("0 -> 5 bytes"))
                    : new StatRow(Encoding.UTF8.GetBytes(random.Pick(names)), count, plus, minus, default));
            }

            var drawn = new ByteBuffer(256);
            StatRow.Draw(rows, drawn);
            text.Append(Encoding.UTF8.GetString(drawn.Written));
        }

        AssertExact(text.ToString());
        AssertExact(text.ToString().TrimEnd('\n'));
    }

    [Property(MaxTest = 1_000)]
    public void A_damaged_form_never_throws(string body) => StatNotation.Read(Encoding.UTF8.GetBytes(body ?? ""), DecodeLimit.OfOwnForm(TestContext.Current.CancellationToken));

    [Fact]
    public void A_view_keeps_the_first_commits_with_their_subjects_and_counts_what_it_leaves_out()
    {
        var text = Encoding.UTF8.GetString(Captured).Split('\n');
        var (before, least) = ((HashSet<string>)[], int.MaxValue);
        foreach (var budget in (int[])[100, 2_000, 5_000])
        {
            var view = Diff.View(Captured, budget)!.Split('\n');
            var shown = view.ToHashSet(StringComparer.Ordinal);
            var commits = text.Where(line => line.StartsWith("commit ", StringComparison.Ordinal)).ToArray();
            var shownCommits = view.Where(line => line.StartsWith("commit ", StringComparison.Ordinal)).ToArray();
            Assert.Equal(commits[..shownCommits.Length], shownCommits);
            Assert.InRange(shownCommits.Length, Math.Min(commits.Length, budget / 80), commits.Length);
            var subjects = Enumerable.Range(0, text.Length).Where(i => text[i].StartsWith("Date:", StringComparison.Ordinal)).Select(i => text[i + 2]);
            Assert.All(subjects.Take(shownCommits.Length - 1), subject => Assert.Contains(subject, shown));

            // Empty lines are not worth a word where they were, but count as lines.
            var (hidden, noted) = (int.Parse(view[^1][1..].Split(' ')[0], CultureInfo.InvariantCulture), text.Count(line => line.Length == 0) - 1);
            Assert.Equal(text.Length - 1, int.Parse(view[^1].Split(' ')[2], CultureInfo.InvariantCulture));
            foreach (var line in view[1..^1].Where(line => line.StartsWith('[')))
            {
                noted += line.Split('[', ' ').Sum(word => int.TryParse(word, CultureInfo.InvariantCulture, out var count) ? count : 0);
            }

            Assert.Equal(hidden, noted);
            Assert.True(hidden <= least);
            shown.RemoveWhere(line => line.StartsWith('['));
            Assert.Superset(before, shown);
            (before, least) = (shown, hidden);
        }
    }

    [Fact]
    public void A_file_that_was_asked_for_is_shown()
    {
        const string Sought = "ByteFaithfulnessTests.cs";
        Assert.DoesNotContain(Sought, Diff.View(Captured, 100)!, StringComparison.Ordinal);
        Assert.Contains(Sought, Diff.View(Captured, 100, keep: "ByteFaithfulness")!, StringComparison.Ordinal);
    }
}
