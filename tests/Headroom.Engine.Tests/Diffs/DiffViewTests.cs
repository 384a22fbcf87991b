using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Diffs;

public sealed partial class DiffViewTests
{
    private static string[] Lines(string text) => text.Split('\n');

    private static bool IsChange(string line) => line is ['+' or '-', ..];

    [Fact]
    public void Every_file_of_captured_diffs_is_named()
    {
        foreach (var fixture in Diff.Captured)
        {
            var view = Diff.View(fixture.Utf8(), 9_000)!;
            foreach (Match path in NewPath().Matches(Encoding.UTF8.GetString(fixture.Utf8())).Where(match => match.Groups[1].Value != "/dev/null"))
            {
                Assert.Contains(path.Groups[1].Value, view, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void All_of_42_files_are_listed_with_their_counts()
    {
        var text = string.Concat(Enumerable.Range(0, 42).Select(i =>
            Diff.File($"src/Part{i}/File{i}.cs", string.Join('\n', Enumerable.Range(0, 20 + i).Select(l => $"+    var value{i} = Compute({l}, {i * l}, \"{i}-{l}\");").Prepend($"-    old{i}();").Prepend(" {")))));
        var view = Diff.View(text);
        for (var i = 0; i < 42; i++)
        {
            Assert.Contains($"diff src/Part{i}/File{i}.cs +{20 + i} -1", view, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void All_commits_of_a_log_keep_their_headers_and_messages()
    {
        var text = Encoding.UTF8.GetString(Fixtures.Named("diff/git-log-p.diff").Utf8());
        var view = Lines(Diff.View(Encoding.UTF8.GetBytes(text), 9_000)!);
        var commits = Lines(text).Where(line => line.StartsWith("commit ", StringComparison.Ordinal)).ToList();
        Assert.True(commits.Count >= 20);
        Assert.Equal(commits, view.Where(line => line.StartsWith("commit ", StringComparison.Ordinal)));
        var subjects = Subject().Matches(text).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(commits.Count, subjects.Count);
        Assert.All(subjects, subject => Assert.Contains(subject, view));
    }

    [Fact]
    public void A_larger_budget_never_shows_less()
    {
        foreach (var fixture in Diff.Captured)
        {
            var last = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var budget in (int[])[50, 300, 600, 1000, 2000, 4000, 9000])
            {
                var shown = Lines(Diff.View(fixture.Utf8(), budget)!).Where(IsChange).GroupBy(line => line).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
                Assert.All(last, line => Assert.True(shown.GetValueOrDefault(line.Key) >= line.Value, $"{fixture.Name} {budget}: {line.Key}"));
                last = shown;
            }
        }
    }

    [Fact]
    public void Shown_lines_are_those_of_the_text_with_their_numbers_and_what_is_left_out_is_counted()
    {
        foreach (var fixture in Diff.Captured.Where(f => !f.Name.Contains("cc", StringComparison.Ordinal) && !f.Name.Contains("conflict", StringComparison.Ordinal)))
        {
            var text = Encoding.UTF8.GetString(fixture.Utf8());
            var numbered = Numbered(text);
            foreach (var budget in (int[])[100, 1000, 2000, 8000, 100_000])
            {
                AssertTrue(fixture.Name, Diff.View(fixture.Utf8(), budget)!, numbered);
            }
        }
    }

    // File, side and number of every line, from git's own headers.
    private static HashSet<(string File, int Number, string Line)> Numbered(string text)
    {
        var numbered = new HashSet<(string, int, string)>();
        var (path, old, now, oldLeft, newLeft) = ("", 0, 0, 0, 0);
        foreach (var line in Lines(text))
        {
            if (oldLeft + newLeft > 0)
            {
                // A removed line stands at the number that the next line has.
                numbered.Add((path, now, line));
                numbered.Add((path, -old, line));
                old += line[0] is ' ' or '-' ? 1 : 0;
                now += line[0] is ' ' or '+' ? 1 : 0;
                oldLeft -= line[0] is ' ' or '-' ? 1 : 0;
                newLeft -= line[0] is ' ' or '+' ? 1 : 0;
            }
            else if (OldPath().Match(line) is { Success: true } from)
            {
                path = from.Groups[1].Value;
            }
            else if (NewPath().Match(line) is { Success: true } to && to.Groups[1].Value != "/dev/null")
            {
                path = to.Groups[1].Value;
            }
            else if (HunkHeader().Match(line) is { Success: true } hunk)
            {
                int Number(int group, int missing) => hunk.Groups[group].Success ? int.Parse(hunk.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : missing;
                (old, oldLeft, now, newLeft) = (Number(1, 0), Number(2, 1), Number(3, 0), Number(4, 1));
                old += oldLeft == 0 ? 1 : 0;
                now += newLeft == 0 ? 1 : 0;
            }
        }

        return numbered;
    }

    private static void AssertTrue(string name, string view, HashSet<(string File, int Number, string Line)> numbered)
    {
        var (path, number, counted) = ("", 0, 0);
        var left = new Dictionary<char, int>();
        foreach (var line in Lines(view).SkipLast(1).Append("diff end"))
        {
            if (FileLine().Match(line) is { Success: true } file)
            {
                Assert.All(left, side => Assert.True(side.Value == 0, $"{name} {path} {side.Key} {side.Value}"));
                path = file.Groups[1].Value;
                var isWhole = line.EndsWith(']');
                left = new() { ['+'] = isWhole ? 0 : Count(file.Groups[2].Value), ['-'] = isWhole ? 0 : Count(file.Groups[3].Value) };
            }
            else if (ViewHunk().Match(line) is { Success: true } hunk)
            {
                number = int.Parse(hunk.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            }
            else if (line is ['+' or '-' or ' ', ..] && left.Count > 0 && number != 0)
            {
                Assert.True(numbered.Contains((path, number, line)), $"{name}: {path} {number} {line}");
                left[line[0]] = left.GetValueOrDefault(line[0]) - (line[0] == ' ' ? 0 : 1);
                number += number < 0 ? -1 : line[0] is ' ' or '+' ? 1 : 0;
                counted++;
            }
            else if (NoteLine().Match(line) is { Success: true } note)
            {
                left['+'] -= Count(note.Groups[1].Value);
                left['-'] -= Count(note.Groups[2].Value);
            }
            else if (line.Length == 0 || line[0] is not (' ' or '\\'))
            {
                (number, left) = (0, []);
            }
        }

        static int Count(string digits) => digits.Length == 0 ? 0 : int.Parse(digits, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void The_marker_counts_every_line_that_is_not_shown()
    {
        foreach (var fixture in Diff.Captured)
        {
            var text = Encoding.UTF8.GetString(fixture.Utf8()).TrimEnd('\n');
            var view = Diff.View(fixture.Utf8(), 600)!;
            var said = Regex.Match(view, @"\[(\d+) of (\d+) lines not shown\]$");
            Assert.Equal(Lines(text).Length.ToString(CultureInfo.InvariantCulture), said.Groups[2].Value);
            var ours = Lines(view).SkipLast(1).Count(line => line.StartsWith("diff ", StringComparison.Ordinal) || line.StartsWith("@@", StringComparison.Ordinal) || line.StartsWith('['));
            Assert.Equal(Lines(text).Length - int.Parse(said.Groups[1].ValueSpan, CultureInfo.InvariantCulture), Lines(view).Length - 1 - ours);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void One_changed_line_is_seen_at_each_tenth_of_a_large_diff(int noise)
    {
        for (var tenth = 0; tenth < 10; tenth++)
        {
            var text = new StringBuilder();
            for (var i = 0; i < 100; i++)
            {
                // Many unchanged lines; a lock file; large new files.
                var lines = Enumerable.Range(0, 30).Select(l => $"{(noise == 0 ? ' ' : '+')}    \"line{i}-{l}\": \"{i * l}\",");
                text.Append(Diff.File(noise == 1 ? $"part{i}/package-lock.json" : $"src/part{i}.cs", string.Join('\n', lines)));
                if (i == (tenth * 10) + 5)
                {
                    text.Append(Diff.File("src/needle.cs", " {\n-    retries = 3;\n+    retries = 30;\n }"));
                }
            }

            var view = Diff.View(text.ToString());
            Assert.Contains("\n-    retries = 3;\n+    retries = 30;\n", view, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(50)]
    [InlineData(500)]
    [InlineData(3_000)]
    [InlineData(20_000)]
    public void Files_that_do_not_fit_are_counted_by_their_folders(int budget)
    {
        var text = string.Concat(Enumerable.Range(0, 300).Select(i =>
            Diff.File($"{(i % 3 == 0 ? "tests" : "src/app")}/part{i}.cs", string.Join('\n', Enumerable.Range(0, 20).Select(l => $" unchanged line {l} of the file")) + $"\n-old{i}\n+new{i}")));
        var view = Lines(Diff.View(text, budget));
        var named = view.Count(line => line.StartsWith("diff ", StringComparison.Ordinal));
        var inTests = view.Count(line => line.StartsWith("diff tests/", StringComparison.Ordinal));
        Assert.Equal(budget == 20_000, named == 300);
        Assert.True(named >= Math.Min(300, budget / 60), $"{named} files are named");
        Assert.Equal(named < 300, view.Any(line => line.StartsWith($"[{300 - named} other files +{300 - named} -{300 - named}: ", StringComparison.Ordinal)
            && line.Contains($"src/app/ {200 - named + inTests}", StringComparison.Ordinal) && line.Contains($"tests/ {100 - inTests}", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_lock_file_is_told_by_its_packages()
    {
        var view = Diff.View(Fixtures.Named("diff/app-lock-file.diff").Utf8())!;
        Assert.Contains("diff package-lock.json +67 -70 [lock file, lines not shown: ", view, StringComparison.Ordinal);
        Assert.Contains("app-queue 4.8.11 -> 4.9.0", view, StringComparison.Ordinal);
        Assert.Contains("app-limiter 1.6.13 -> 1.7.0", view, StringComparison.Ordinal);
        Assert.Contains("app-upload 4.4.13 removed", view, StringComparison.Ordinal);
        Assert.Contains("app-images 0.3.1 added", view, StringComparison.Ordinal);
        Assert.DoesNotContain("integrity", view, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cargo.lock", " [[package]]\n name = \"serde\"\n-version = \"1.0.1\"\n+version = \"1.0.2\"\n source = \"x\"", "serde 1.0.1 -> 1.0.2")]
    [InlineData("go.sum", "-example.com/a v1.2.3 h1:abc=\n-example.com/a v1.2.3/go.mod h1:def=\n+example.com/a v1.3.0 h1:abd=\n+example.com/a v1.3.0/go.mod h1:deg=", "example.com/a v1.2.3 -> v1.3.0")]
    [InlineData("yarn.lock", " \n-\"@scope/a@^1.0.0\":\n-  version \"1.0.0\"\n+\"@scope/a@^1.1.0\":\n+  version \"1.1.0\"\n   resolved \"x\"", "@scope/a 1.0.0 -> 1.1.0")]
    public void Lock_files_of_other_package_managers_are_read(string name, string hunk, string said) =>
        Assert.Contains($"[lock file, lines not shown: {said}]", Diff.View(Diff.File(name, hunk) + Diff.File("src/a.cs", "-a\n+b")), StringComparison.Ordinal);

    [Fact]
    public void Moved_lines_are_told_in_one_line_at_either_end()
    {
        var view = Diff.View(Fixtures.Named("diff/app-moved.diff").Utf8())!;
        Assert.Contains("[-25 at 13: moved to src/steps.js 3, from \"function step2(state) {\"]", view, StringComparison.Ordinal);
        Assert.Contains("[+25 at 3: moved from src/main.js 13]", view, StringComparison.Ordinal);
        Assert.Contains("+module.exports = ", view, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_of_another_commit_are_not_moved_ones()
    {
        var block = string.Join('\n', Enumerable.Range(0, 9).Select(i => $"?    a line of some length, number {i}"));
        var removed = Diff.File("src/a.cs", block.Replace('?', '-'));
        var added = Diff.File("src/b.cs", block.Replace('?', '+'));
        Assert.Contains(": moved to src/b.cs 1", Diff.View(removed + added), StringComparison.Ordinal);
        Assert.DoesNotContain(": moved", Diff.View(removed + "\ncommit 1111111\n\n" + added) ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void White_space_alone_is_told_in_one_line_and_nothing_else_is_taken_for_it()
    {
        Assert.Contains("[+1 -1 at 8: only white space]", Diff.View(Fixtures.Named("diff/app-kinds.diff").Utf8())!, StringComparison.Ordinal);
        Assert.Contains("-ab\n+a c", Diff.View(Diff.File("src/a.cs", " x\n-ab\n+a c\n y", " z\n-a\n+  a\n z")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_change_in_many_files_is_shown_once_with_their_names()
    {
        var view = Diff.View(Fixtures.Named("diff/app-mass-edit.diff").Utf8())!;
        Assert.Single(Lines(view), line => line == "+const log = require('../log').child(module);");
        Assert.Contains("src/users/tracer.js: each +1 -1 [as in src/orders/cache.js]", view, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_asked_for_is_shown_even_of_a_lock_file()
    {
        var utf8 = Fixtures.Named("diff/app-lock-file.diff").Utf8();
        Assert.Contains("\n+      \"resolved\": \"https://registry.example/app-tracer/-/app-tracer-5.5.0.tgz\",\n", Diff.View(utf8, keep: "app-tracer-5")!, StringComparison.Ordinal);
        Assert.DoesNotContain("app-tracer-5.5.0.tgz", Diff.View(utf8)!, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_query_asks_for_is_shown_where_the_budget_alone_would_not()
    {
        const string Sought = "AllocateUninitializedArray";
        var log = Fixtures.Named("diff/git-log-p.diff").Utf8();
        Assert.Contains(Sought, Encoding.UTF8.GetString(log), StringComparison.Ordinal);
        Assert.DoesNotContain(Sought, Diff.View(log, 300)!, StringComparison.Ordinal);
        Assert.Contains(Sought, Diff.View(log, 300, query: Sought)!, StringComparison.Ordinal);
    }

    [Fact]
    public void Source_comes_before_tests_docs_and_data()
    {
        string Body(string word) => string.Join('\n', Enumerable.Range(0, 3).Select(i => $"+{word} {i} with some more words behind it"));
        var text = string.Concat(Enumerable.Range(0, 20).Select(i =>
            Diff.File($"data/d{i}.json", Body($"data{i}")) + Diff.File($"docs/d{i}.md", Body($"docs{i}")) + Diff.File($"tests/t{i}.cs", Body($"tests{i}")) + Diff.File($"src/s{i}.cs", Body($"source{i}"))));
        var view = Diff.View(text, 2600);
        Assert.Contains("+source19 0", view, StringComparison.Ordinal);
        Assert.DoesNotContain("+data", view, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_looks_like_a_note_is_moved_in()
    {
        var view = Diff.View("Subject: x\n[500 lines not shown]\n@@ +7\ndiff y +1\n" + Diff.File("src/a.cs", " x\n-a\n+b\n y\n z"));
        Assert.Contains("\n [500 lines not shown]\n @@ +7\n diff y +1\n", view, StringComparison.Ordinal);
    }

    [Fact]
    public void The_choice_does_not_depend_on_the_marker()
    {
        var utf8 = Fixtures.Named("diff/git-diff-files.diff").Utf8();
        var (first, second) = (Diff.View(utf8, marker: "[{0}: a]")!, Diff.View(utf8, marker: "[{0}: a much longer marker with a hash]")!);
        Assert.Equal(Lines(first).SkipLast(1), Lines(second).SkipLast(1));
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(RandomDiff)])]
    public void Any_diff_has_a_view_or_none_and_always_the_same(RandomDiff diff)
    {
        if (Diff.Open(diff.Utf8) is not null && Diff.View(diff.Utf8, 200) is { } view)
        {
            Assert.Equal(view, Diff.View(diff.Utf8, 200));
            Assert.True(NotationHeader.TryRead(Encoding.UTF8.GetBytes(view), out var header, out _) && header.IsView);
            Assert.EndsWith("lines not shown]", view, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Views_of_captured_diffs_keep_to_the_budget_and_pay()
    {
        foreach (var fixture in Diff.Captured)
        {
            var before = TokenCounters.O200kBase.Count(fixture.Utf8());
            var result = ContentRouter.Compress(fixture.Utf8(), new CompressionOptions { Kind = ContentKind.Diff, Marker = said => $"[{said}: headroom 0123456789abcdef]" }, TestContext.Current.CancellationToken);
            var after = TokenCounters.O200kBase.Count(result.Output.Span);
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {fixture.Name} | {before} | {TokenCounters.O200kBase.Count(Diff.Lossless(fixture.Utf8()) ?? fixture.Utf8())} | {after} | {result.Rung} |"));
            Assert.True(after <= before, fixture.Name);
            Assert.True(before < 5000 || after < 3000, fixture.Name);
        }
    }

    [GeneratedRegex(@"^Date: .*\n\n(    .*)$", RegexOptions.Multiline)]
    private static partial Regex Subject();

    [GeneratedRegex(@"^\+\+\+ (?:b/)?([^\t\n]+)", RegexOptions.Multiline)]
    private static partial Regex NewPath();

    [GeneratedRegex(@"^--- (?:a/)?([^\t\n]+)")]
    private static partial Regex OldPath();

    [GeneratedRegex(@"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")]
    private static partial Regex HunkHeader();

    [GeneratedRegex(@"^diff (\S+?)(?: \+(\d+))?(?: -(\d+))?(?: .*)?$")]
    private static partial Regex FileLine();

    [GeneratedRegex(@"^@@ \+?(-?\d+)")]
    private static partial Regex ViewHunk();

    [GeneratedRegex(@"^\[(?:\+(\d+))? ?(?:-(\d+))? (?:not shown|at )")]
    private static partial Regex NoteLine();
}
