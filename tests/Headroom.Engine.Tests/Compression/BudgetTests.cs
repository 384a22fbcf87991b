using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Compression;

/// <summary>
/// One rule for all kinds: what must be shown is what a budget of one token shows; a view takes no more than that or its budget, and two
/// fifths of the budget for what it cannot know before it is written.
/// </summary>
public sealed class BudgetTests
{
    private static readonly int[] Budgets = [50, 100, 300, 1_200, 5_000];

    public static TheoryData<string> Names => [.. Fixtures.All.Select(f => f.Name)];

    public static TheoryData<string> Kinds => [.. Generated.Keys];

    private static readonly Dictionary<string, Func<SeededRandom, string>> Generated = new(StringComparer.Ordinal)
    {
        ["repeated text"] = random => Text(random, _ => $"line {random.NextUInt64() % 60} of what comes again and again"),
        ["text of long lines"] = random => Text(random, _ => $"{random.NextUInt64() % 40} {new string('x', (int)(random.NextUInt64() % 4_000))}".PadRight(1_200)[..1_200]),
        ["text of errors"] = random => Text(random, _ => $"error: step {random.NextUInt64() % 200} failed"),
        ["xml of rows that are all different"] = random => Xml(random, i => $"<item id=\"{i}\" name=\"{Name(random)}\">{Name(random)}</item>"),
        ["xml of deep rows"] = random => Xml(random, i => $"<item><id>{i}</id><part><name>{Name(random)}</name><state>{(i % 40 == 0 ? "failed" : "ok")}</state></part></item>"),
        ["xml of different names"] = random => Xml(random, i => $"<item{i}><a b=\"{Name(random)}\"/></item{i}>"),
        ["build of failing tests"] = random => Text(random, i => $"FAIL: test_number_{i}\n    Expected {Name(random)} in step {i}"),
        ["build of errors"] = random => Text(random, i => $"src/file{i}.cs({i},3): error CS{1000 + (random.NextUInt64() % 300)}: The name '{Name(random)}' does not exist"),
        ["build of warnings"] = random => Text(random, i => $"src/file{i}.cs({i},3): warning CS{1000 + (random.NextUInt64() % 300)}: The name '{Name(random)}' does not exist"),
        ["log of errors"] = random => Text(random, i => $"2026-01-02T03:{i / 60 % 60:00}:{i % 60:00}Z ERROR {Name(random)} said {Name(random)}"),
        ["log"] = random => Text(random, i => $"2026-01-02T03:{i / 60 % 60:00}:{i % 60:00}Z INFO worker {random.NextUInt64() % 9} took {random.NextUInt64() % 900} ms"),
        ["search"] = random => Text(random, i => $"src/part{random.NextUInt64() % 30}/file{random.NextUInt64() % 90}.cs:{i}:    var {Name(random)} = {Name(random)};"),
        ["listing"] = random => Text(random, i => $"src/part{random.NextUInt64() % 30}/{Name(random)}/file{i}.cs"),
        ["rows"] = random => "[" + string.Join(',', Enumerable.Range(0, Size(random)).Select(i => $"{{\"id\":{i},\"state\":\"{(random.NextUInt64() % 50 == 0 ? "failed" : "ok")}\",\"ms\":{random.NextUInt64() % 1_000}}}")) + "]",
        ["page"] = random => "<html><body>" + string.Concat(Enumerable.Range(0, Size(random)).Select(i => $"<h2>{Name(random)}</h2><p>{Name(random)} and {Name(random)} {i}</p>")) + "</body></html>",
        ["base64 of text"] = random => Convert.ToBase64String(Encoding.UTF8.GetBytes(Text(random, _ => Name(random)))),
        ["mixed"] = random => "# What was found\n\n```\n" + Text(random, i => $"2026-01-02T03:{i / 60 % 60:00}:{i % 60:00}Z INFO worker {random.NextUInt64() % 9} took {random.NextUInt64() % 900} ms")
            + "```\n\nand then\n\n```json\n[" + string.Join(",\n", Enumerable.Range(0, 400).Select(i => $"{{\"id\":{i},\"state\":\"ok\",\"ms\":{random.NextUInt64() % 1_000}}}")) + "]\n```\n",
    };

    // Nothing of these must be shown for what it says: all that a view has to say of them is how much there is and where.
    private static readonly Dictionary<string, Func<SeededRandom, string>> Structured = new(StringComparer.Ordinal)
    {
        ["diff of many files"] = random => Diff(random, _ => $"{Name(random)}.py"),
        ["diff of many directories"] = random => Diff(random, i => $"src/part{i}/{Name(random)}/file{i}.cs"),
        ["diff of files with the same change"] = random => Diff(random, i => $"src/part{i / 9}/file{i}.cs", _ => "x"),
        ["diff of lock files"] = random => Diff(random, i => $"part{i}/package-lock.json"),
        ["diff of commits"] = random => Text(random, i => $"{Commit(random, i)}\n{Change($"src/file{random.NextUInt64() % 90}.cs", Name(random), i)}"),
        ["diff of long messages"] = random => Text(random, i => $"{Commit(random, i)}\n{Lines(20, _ => $"    {Words(random)}")}\n{Change($"src/file{random.NextUInt64() % 90}.cs", Name(random), i)}"),
        ["changed files of commits"] = random => Text(random, i =>
            $"{Commit(random, i)}\n{Lines(5, f => $" src/part{i % 30}/{Name(random)}{f}.cs | 4 ++--")} 5 files changed, 10 insertions(+), 10 deletions(-)\n"),
        ["listing with long lines"] = random => Text(random, i => i % 40 == 3 ? $"./{new string('x', 6_000)}{i}" : $"./part{random.NextUInt64() % 30}/{Name(random)}.cs"),
        ["matches in many files"] = random => Text(random, i => $"src/part{random.NextUInt64() % 30}/file{i}.cs:{i}:    var {Name(random)} = {Name(random)};"),
        ["matches in one directory"] = random => Text(random, i => $"include/{Name(random)}.h:{i}:#define {Name(random)} 1"),
        ["rows of very many keys"] = random => Rows(random, 40, row => Keys(600 + Size(random), key => key % 2 == 0 ? $"{random.NextUInt64() % 4}" : $"\"{(char)('a' + (random.NextUInt64() % 3))}\"")),
        ["equal rows of very many keys"] = random => Rows(random, 40, row => Keys(3_000, key => $"{key}")),
        ["rows of many keys in an object"] = random => Rows(random, 60, row => $"{{\"id\":{row},\"state\":\"{(row == 30 ? "failed" : "ok")}\",\"spec\":{Keys(500, key => $"\"{Name(random)}\"")}}}"),
        ["entries of very many keys"] = random => "{" + string.Join(',', Enumerable.Range(0, 40).Select(row => $"\"{Name(random)}\":{Keys(900, key => $"{random.NextUInt64() % 4}")}")) + "}",
        ["rows of a key each"] = random => Rows(random, 30_000, row => $"{{\"k{row}\":{row}}}"),
        ["rows with a key of their own"] = random => Rows(random, 9_000, row => $"{{\"id\":{row},\"state\":\"ok\"{(row % 20 == 0 ? $",\"{Name(random)}\":1" : "")}}}"),
        ["columns side by side, very many"] = random => Keys(1_000 + Size(random), _ => $"[{string.Join(',', Enumerable.Range(0, 40).Select(_ => random.NextUInt64() % 90))}]"),
        ["rows beside very many settings"] = random => $"{{\"settings\":{Keys(1_000 + Size(random), _ => $"\"{Name(random)}\"")},\"rows\":{States(random)}}}",
        ["rows beside a list of names"] = random => $"{{\"names\":[{string.Join(',', Enumerable.Range(0, 1_000 + Size(random)).Select(_ => $"\"{Name(random)}\""))}],\"rows\":{States(random)}}}",
        ["rows beside objects of any keys"] = random => $"{{\"parts\":{Keys(400 + Size(random), _ => $"{{\"{Name(random)}\":1,\"{Name(random)}\":\"{Name(random)}\"}}")},\"rows\":{States(random)}}}",
        ["matches in many directories"] = random => Text(random, i => $"{Name(random)}/{Name(random)}/a.h:{i}:#define {Name(random)} 1"),
    };

    public static TheoryData<string> StructuredKinds => [.. Structured.Keys];

    [Theory]
    [MemberData(nameof(StructuredKinds))]
    public void What_is_shown_for_structure_alone_shrinks_with_the_budget(string kind)
    {
        for (var seed = 1UL; seed <= 3; seed++)
        {
            var utf8 = Encoding.UTF8.GetBytes(Structured[kind](new SeededRandom(seed)));
            foreach (var budget in Budgets)
            {
                var view = View(utf8, budget);
                var most = view.Kind == ContentKind.Json ? Math.Max(budget, 200) * 1.4 : Math.Max(budget, 150) * 1.35;
                Assert.True(view.Rung != Rung.View || view.TokensAfter <= most, string.Create(
                    CultureInfo.InvariantCulture, $"{view.TokensAfter} of {view.TokensBefore} tokens for a budget of {budget}, as {view.Kind} {view.Strategy}"));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_captured_output_is_shown_within_its_budget(string name) => AssertKept(Fixtures.Named(name).Utf8());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_generated_output_is_shown_within_its_budget(string kind)
    {
        for (var seed = 1UL; seed <= 6; seed++)
        {
            AssertKept(Encoding.UTF8.GetBytes(Generated[kind](new SeededRandom(seed))));
        }
    }

    [Theory]
    [MemberData(nameof(FloodedKinds))]
    public void What_must_be_shown_takes_at_most_three_tenths_of_the_content(string kind)
    {
        // Nine lines of twenty must be shown.
        var random = new SeededRandom(17);
        var text = Encoding.UTF8.GetBytes(Flooded[kind](random, i => i % 20 < 9));
        var result = ContentRouter.Compress(text, new CompressionOptions { Budget = 1, Keep = [Asked], Marker = missing => $"[{missing}]" }, TestContext.Current.CancellationToken);
        Assert.InRange(result.TokensBefore, 8_000, 26_000);
        Assert.True(result.Rung != Rung.View || result.TokensAfter <= (result.TokensBefore * 0.3) + 500, string.Create(
            CultureInfo.InvariantCulture, $"{result.TokensAfter} of {result.TokensBefore} tokens as {result.Kind} {result.Strategy}"));
    }

    public static TheoryData<string> FloodedKinds => [.. Flooded.Keys];

    private static readonly Regex Asked = new("asked for");

    private static readonly Dictionary<string, Func<SeededRandom, Func<int, bool>, string>> Flooded = new(StringComparer.Ordinal)
    {
        ["text"] = (random, _) => string.Concat(Enumerable.Repeat(Lines(300, _ => $"error: {Words(random)}"), 2)),
        ["page"] = (random, isMust) => "<html><body>" + Lines(400, i => isMust(i) ? $"<p>error: {Words(random)}</p>" : $"<p>{Words(random)}</p>") + "</body></html>",
        ["rows"] = (random, isMust) => "[" + string.Join(',', Enumerable.Range(0, 400).Select(i => $"{{\"n\":{i},\"state\":\"{(isMust(i) ? "failed" : "ok")}\",\"said\":\"{Words(random)}\"}}")) + "]",
        ["search"] = (random, isMust) => Lines(400, i => $"a.cs:{i}:{(isMust(i) ? "asked for " : "")}{Words(random)}"),
        ["listing"] = (random, isMust) => Lines(400, i => $"src/{Words(random).Replace(' ', '-')}{(isMust(i) ? "-asked for" : "")}.cs"),
        ["log"] = (random, isMust) => Lines(400, i => $"2026-01-02T03:{i / 60:00}:{i % 60:00}Z {(isMust(i) ? $"ERROR {Words(random)}" : $"INFO worker {i % 9} of {Words(new SeededRandom(5))} took {i} ms")}"),
        ["stack trace"] = (random, isMust) => Lines(400, i => isMust(i) ? $"Caused by: com.example.{Name(random)}Exception: {Words(random)}" : $"\tat com.example.{Name(random)}.{Name(random)}.call({Name(random)}.java:{i})"),
        ["diff"] = (random, isMust) => "diff --git a/a.cs b/a.cs\n--- a/a.cs\n+++ b/a.cs\n@@ -1,220 +1,400 @@\n" + Lines(400, i => (i % 2 == 0 ? "+" : " ") + (isMust(i) ? "asked for " : "") + Words(random)),
    };

    private static string Words(SeededRandom random) => string.Join(' ', Enumerable.Range(0, 6).Select(_ => Name(random)));

    private static string Lines(int count, Func<int, string> line) =>
        string.Concat(Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{line(i)}\n")));

    private static void AssertKept(byte[] utf8)
    {
        var least = View(utf8, 1);
        var lossless = ContentRouter.Compress(utf8, new CompressionOptions { Level = CompressionLevel.Lossless }, TestContext.Current.CancellationToken);
        foreach (var budget in Budgets)
        {
            if (View(utf8, budget) is { Rung: Rung.View } view)
            {
                Assert.Equal(Rung.View, least.Rung);
                Assert.InRange(view.TokensAfter, 1, lossless.TokensAfter * 0.7);
                Assert.True(view.TokensAfter <= Math.Max(least.TokensAfter, budget) + (budget * 0.4), string.Create(
                    CultureInfo.InvariantCulture, $"{view.TokensAfter} tokens for a budget of {budget} where {least.TokensAfter} must be shown, as {view.Kind}"));
            }
        }
    }

    private static CompressionResult View(byte[] utf8, int budget) => ContentRouter.Compress(
        utf8, new CompressionOptions { Budget = budget, Marker = missing => $"[{missing}]" }, TestContext.Current.CancellationToken);

    private static int Size(SeededRandom random) => 40 + (int)(random.NextUInt64() % 1_500);

    private static string Name(SeededRandom random) => string.Concat(Enumerable.Range(0, 9).Select(_ => (char)('a' + (random.NextUInt64() % 26))));

    private static string Text(SeededRandom random, Func<int, string> line) =>
        Lines(Size(random), line);

    private static string Diff(SeededRandom random, Func<int, string> path, Func<int, string>? text = null) =>
        Text(random, i => Change(path(i), text?.Invoke(i) ?? Name(random), i));

    private static string Change(string path, string text, int i) =>
        $"diff --git a/{path} b/{path}\nindex 1234567..89abcde 100644\n--- a/{path}\n+++ b/{path}\n@@ -1,4 +1,4 @@\n import os\n-x = {text}(old)\n+x = {text}(new)\n y = {i}\n z = 2";

    private static string Commit(SeededRandom random, int i) =>
        $"commit {random.NextUInt64():x16}{random.NextUInt64():x16}01234567\nAuthor: A <a@example.com>\nDate:   Tue Dec 1 05:{i % 60:00}:12 2026 +0000\n\n    {Words(random)}\n";

    private static string Rows(SeededRandom random, int least, Func<int, string> row) =>
        "[" + string.Join(',', Enumerable.Range(0, least + (int)(random.NextUInt64() % 30)).Select(row)) + "]";

    private static string Keys(int count, Func<int, string> value) => "{" + string.Join(',', Enumerable.Range(0, count).Select(key => $"\"key{key}\":{value(key)}")) + "}";

    private static string States(SeededRandom random) =>
        Rows(random, 2_000, row => $"{{\"id\":{row},\"state\":\"{(row % 900 == 7 ? "failed" : "ok")}\",\"ms\":{random.NextUInt64() % 1_000},\"said\":\"step {random.NextUInt64() % 9} done\"}}");

    private static string Xml(SeededRandom random, Func<int, string> element) => $"<all>\n{Text(random, element)}</all>\n";
}
