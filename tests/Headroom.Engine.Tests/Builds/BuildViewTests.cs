using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Builds;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Builds;

public sealed class BuildViewTests
{
    public static TheoryData<string> Captured() => [.. Fixtures.In("build").Select(fixture => fixture.Name)];

    private static string Marker(string statement) => $"[{statement}, hash=0123456789abcdef01234567, headroom_retrieve]";

    private static string? View(string text, int budget = 2_000, Relevance? relevance = null, Func<string, string>? marker = null) =>
        new BuildCompressor().Open(Encoding.UTF8.GetBytes(text), CancellationToken.None)
            ?.View(new ViewRequest(budget, relevance ?? Relevance.None, marker ?? Marker), CancellationToken.None) is { } form
            ? Encoding.UTF8.GetString(form.Output)
            : null;

    private static string Text(string fixture) => Encoding.UTF8.GetString(Fixtures.Named("build/" + fixture).Utf8());

    private static string[] Lines(string text) => text.Split('\n');

    // The lines of a view that are not its own: header, notes, marker.
    private static string[] Shown(string view) => [.. Lines(view)[1..^1].Where(line => !line.StartsWith("[... ", StringComparison.Ordinal))];

    private static bool IsSubsequence(string[] part, string[] whole)
    {
        var lines = whole.AsEnumerable().GetEnumerator();
        return part.All(line =>
        {
            while (lines.MoveNext())
            {
                if (lines.Current == line)
                {
                    return true;
                }
            }

            return false;
        });
    }

    [Property(Arbitrary = [typeof(RandomReport)], MaxTest = 1_000)]
    public void What_a_view_shows_is_verbatim_and_in_order_and_the_rest_is_counted(RandomReport report)
    {
        // Notes are told apart by more dots where the text has such lines.
        var text = report.Text.Replace("[... ", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);
        if (View(text, 200) is not { } view)
        {
            return;
        }

        var shown = Shown(view).Where(line => line.Length > 0).ToArray();
        Assert.True(IsSubsequence(shown, Lines(text)), view);
        var total = TextLines.Read(Encoding.UTF8.GetBytes(text)).Count;
        var hidden = int.Parse(Regex.Match(Lines(view)[^1], @"^\[(\d+) of ").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.EndsWith($"of {total} lines not shown, hash=0123456789abcdef01234567, headroom_retrieve]", view, StringComparison.Ordinal);
        Assert.True(hidden > 0 && shown.Length <= total - hidden);
        Assert.Equal(view, View(text, 200));
    }

    // Blank lines are left out, as a gap of them is written as one.
    private static void AssertEveryLineIsShownOrCounted(string text)
    {
        text = string.Concat(Lines(text).Where(line => line.Trim().Length > 0 && !line.StartsWith("[... ", StringComparison.Ordinal)).Select(line => line + "\n"));
        if (View(text, 200) is not { } view)
        {
            return;
        }

        var (lines, at, hidden) = (Lines(text), 0, 0);
        foreach (var line in Lines(view)[1..^2])
        {
            var gap = Regex.Match(line, @"^\[\.\.\. (\d+)(?:-(\d+))?[:\]]");
            if (!gap.Success)
            {
                Assert.True(line.StartsWith("[... ", StringComparison.Ordinal) || line == lines[at++], $"{line}\nin\n{view}");
                continue;
            }

            int Number(int group) => int.Parse(gap.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(at + 1, Number(1));
            var end = gap.Groups[2].Success ? Number(2) : Number(1);
            var counted = Regex.Matches(line, @"(\d+) (?:passed|skipped|steps|warnings|errors|frames)").Sum(count => int.Parse(count.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
            Assert.InRange(counted, 0, end - at);
            hidden += end - at;
            at = end;
        }

        Assert.Equal(lines.Length - 1, at);
        Assert.StartsWith($"[{hidden} of {lines.Length - 1} lines not shown", Lines(view)[^1], StringComparison.Ordinal);
        var profile = Regex.Match(Lines(view)[^2], @"^\[\.\.\. not shown: (?:(\d+) (?:passed|skipped|steps|warnings|errors|frames|other lines)(?:, )?)+");
        Assert.Equal(hidden, profile.Groups[1].Captures.Sum(count => int.Parse(count.Value, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Property(Arbitrary = [typeof(RandomReport)], MaxTest = 500)]
    public void Every_line_of_a_random_report_is_shown_or_counted(RandomReport report) =>
        AssertEveryLineIsShownOrCounted(report.Text.Replace("\r", "", StringComparison.Ordinal));

    [Theory, MemberData(nameof(Captured))]
    public void Every_line_of_a_captured_report_is_shown_or_counted(string name) =>
        AssertEveryLineIsShownOrCounted(Encoding.UTF8.GetString(Fixtures.Named(name).Utf8()).Replace("\r", "", StringComparison.Ordinal));

    [Fact]
    public void Thousands_of_different_errors_show_one_of_each_code_the_last_one_and_totals_by_code()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i =>
                $"src/file{i % 997}.cs({i % 401},{i % 83}): error CS{1000 + (i % 30)}: The name 'missing{i}' does not exist in the context of {(char)('a' + (i % 26))}{i}\n"))
            + "src/rare.cs(1,2): error CS7777: Something that happens once\n"
            + string.Concat(Enumerable.Range(0, 100).Select(i => $"  Compiling part{i}\n")) + "    20001 Error(s)\n";
        foreach (var budget in (int[])[0, 2_000])
        {
            var view = View(text, budget)!;
            Assert.InRange(TokenCounters.O200kBase.Count(Encoding.UTF8.GetBytes(view)), 1, 6_000);
            Assert.All(Enumerable.Range(0, 30), code => Assert.Contains($": error CS{1000 + code}: ", view, StringComparison.Ordinal));
            Assert.Contains("src/rare.cs(1,2): error CS7777: Something that happens once\n", view, StringComparison.Ordinal);
            Assert.Contains("'missing0'", view, StringComparison.Ordinal);
            Assert.Contains("    20001 Error(s)\n", view, StringComparison.Ordinal);
            Assert.Contains("; errors by code: CS1000 667, CS1001 667", view, StringComparison.Ordinal);
            Assert.Contains(", CS7777 1", view, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("dotnet-build-errors.txt")]
    [InlineData("dotnet-build-warnings.txt")]
    [InlineData("dotnet-build-color.txt")]
    public void Warnings_by_code_save_a_view_and_what_a_summary_repeats_counts_once(string fixture)
    {
        var text = Fixtures.Named("build/" + fixture).Utf8();
        var result = ContentRouter.Compress(text, new CompressionOptions { Marker = Marker }, TestContext.Current.CancellationToken);
        Assert.Equal(Rung.View, result.Rung);
        Assert.InRange(TokenCounters.O200kBase.Count(result.Output.Span), 1, 2_600);
        Assert.Contains(" warnings by code: CS8618 24, ", Encoding.UTF8.GetString(result.Output.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Thousands_of_errors_without_codes_stay_within_a_few_thousand_tokens_too()
    {
        string Word(int i) => string.Concat(Enumerable.Range(0, 4).Select(at => (char)('a' + ((i >> (at * 3)) % 8))));
        var text = string.Concat(Enumerable.Range(0, 4_000).Select(i => $"error: {Word(i)} is wrong with {Word(i * 7)}\n")) + "4000 errors\n";
        var view = View(text, 2_000)!;
        Assert.InRange(TokenCounters.O200kBase.Count(Encoding.UTF8.GetBytes(view)), 1, 6_000);
        Assert.Contains(Lines(text)[3_999], view, StringComparison.Ordinal);
        Assert.Contains(Lines(text)[0], view, StringComparison.Ordinal);
    }

    [Fact]
    public void Thousands_of_failing_tests_show_the_kinds_of_their_messages_and_the_last_of_them()
    {
        string[] messages = ["Expected 3, but got 4.", "KeyError: 'price'", "connection refused by host", "timed out after 30 s"];
        var text = string.Concat(Enumerable.Range(0, 6_000).Select(i => $"FAIL: test_number_{i}\n    {messages[i % 4]} in step {i}\n")) + "Ran 6000 tests\n";
        var view = View(text, 2_000)!;
        Assert.InRange(TokenCounters.O200kBase.Count(Encoding.UTF8.GetBytes(view)), 1, 6_000);
        Assert.All(messages, message => Assert.Contains(message, view, StringComparison.Ordinal));
        Assert.Contains("FAIL: test_number_5999", view, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("=== 12 passed, 3 failed in 4.2s ===")]
    [InlineData("Tests:       3 failed, 12 passed, 15 total")]
    [InlineData("Passed!  - Failed:     0, Passed:    46, Skipped:     1, Total:    47")]
    [InlineData("    3 Warning(s)")]
    [InlineData("Process finished with exit code 3")]
    public void A_total_is_shown_wherever_it_stands(string total) => Assert.Contains(
        total + "\n",
        View(string.Concat(Enumerable.Range(0, 400).Select(i => (i == 200 ? total + "\n" : "") + $"PASS src/part_{i}.test.js\n")), 0)!, StringComparison.Ordinal);

    [Theory]
    [InlineData("error CS0103: The name 'x' does not exist", "CS0103")]
    [InlineData("error TS2304: Cannot find name 'Missing'.", "TS2304")]
    [InlineData("error[E0425]: cannot find value `itm` in this scope", "E0425")]
    [InlineData("warning: unused variable 'x' [-Wunused-variable]", "-Wunused-variable")]
    [InlineData("error  'x' is not defined  no-undef", "no-undef")]
    [InlineData("fatal error LNK1120: 3 unresolved externals", "LNK1120")]
    [InlineData("npm error code E404", "")]
    [InlineData("error: 'struct point' has no member named 'z'", "")]
    public void A_diagnostic_has_the_code_that_its_tool_gives_it(string message, string code) =>
        Assert.Equal(code, Encoding.UTF8.GetString(BuildLineReader.CodeOf(Encoding.UTF8.GetBytes(message))));

    [Theory, MemberData(nameof(Captured))]
    public void A_larger_budget_never_shows_less(string name)
    {
        var text = Encoding.UTF8.GetString(Fixtures.Named(name).Utf8());
        string[] before = [];
        foreach (var budget in (int[])[0, 300, 800, 2_000, 8_000, 50_000])
        {
            if (View(text, budget) is { } view)
            {
                var shown = Shown(view).Where(line => line.Length > 0).ToArray();
                Assert.True(IsSubsequence(before, shown), $"{name} at {budget}");
                before = shown;
            }
        }
    }

    [Theory, MemberData(nameof(Captured))]
    public void The_choice_does_not_depend_on_the_marker_and_the_end_is_always_shown(string name)
    {
        var text = Encoding.UTF8.GetString(Fixtures.Named(name).Utf8());
        if (View(text, 0) is not { } view)
        {
            return;
        }

        Assert.Equal(Lines(view)[..^1], Lines(View(text, 0, marker: _ => "another")!)[..^1]);
        var shown = Lines(view).Select(line => line.TrimEnd('\r')).ToArray();
        Assert.Contains(Lines(text.TrimEnd())[^1], shown);
        Assert.Contains(Lines(text)[0].TrimEnd('\r'), shown);
    }

    [Fact]
    public void What_a_failing_go_test_wrote_is_shown_though_its_verdict_stands_far_below()
    {
        var text = string.Concat(Enumerable.Range(0, 200).Select(i => $"=== RUN   TestSum/{i}\n    sum_test.go:9: some words about case {i}\n"))
            + "--- FAIL: TestSum (0.02s)\n"
            + string.Concat(Enumerable.Range(0, 200).Select(i => $"    --- {(i == 77 ? "FAIL" : "PASS")}: TestSum/{i} (0.00s)\n")) + "FAIL\n";
        var view = View(text, 0)!;
        Assert.Contains("some words about case 77\n", view, StringComparison.Ordinal);
        Assert.DoesNotContain("some words about case 78\n", view, StringComparison.Ordinal);
    }

    [Fact]
    public void Notes_are_told_apart_from_lines_of_the_text_that_look_like_them()
    {
        var text = "[... 3-9: 4 passed]\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"Compiling part{i} v1.0\n")) + "error: broken\n1 failed\n";
        var view = View(text, 100)!;
        Assert.Contains("\n[.... ", view, StringComparison.Ordinal);
        Assert.Contains("\n[... 3-9: 4 passed]\n", view, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Failures() => new()
    {
        // The name of a failing test, and the message below it, in each tool's words.
        { "unittest-failures.txt", @"^(?:FAIL|ERROR): (test_\w+)", @"^(?:AssertionError|KeyError|FileNotFoundError|json\.decoder\.JSONDecodeError): .*$" },
        { "unittest-verbose.txt", @"^(?:FAIL|ERROR): (test_\w+)", @"^(?:AssertionError|KeyError|FileNotFoundError|json\.decoder\.JSONDecodeError): .*$" },
        { "pytest-failures.txt", @"^_+ (.*?) _+$", @"^E {7}\w*(?:Error|assert).*$" },
        { "pytest-verbose.txt", @"^_+ (.*?) _+$", @"^E {7}\w*(?:Error|assert).*$" },
        { "dotnet-test-vstest.txt", @"^  Failed (.*) \[", @"^(?:Expected|Actual): .*$|tax of 7 was 7|FileNotFoundException : .*" },
        { "dotnet-test-vstest-normal.txt", @"^  Failed (.*) \[", @"^(?:Expected|Actual): .*$|^   tax of 7 was 7|^   System.IO.FileNotFoundException : .*" },
        { "dotnet-test-mtp.txt", @"^ +(\S.*) \[FAIL\]", @"^ +(?:Expected|Actual): .*$|tax of 7 was 7|FileNotFoundException : .*" },
        { "dotnet-test-mtp-verbose.txt", @"^ +(\S.*) \[FAIL\]", @"^ +(?:Expected|Actual): .*$|tax of 7 was 7|FileNotFoundException : .*" },
        { "dotnet-test-platform.txt", @"^failed (.*) \(", @"^ +(?:Expected|Actual): .*$|tax of 7 was 7|FileNotFoundException : .*" },
        { "go-test.txt", @"--- FAIL: (\S+)", @"Discount\(100, \d+\) = .*|^panic: .*" },
        { "go-test-verbose.txt", @"--- FAIL: (\S+)", @"Discount\(100, \d+\) = .*|^panic: .*" },
        { "cargo-test.txt", @"^---- (.*) stdout ----", @"^  left: .*|^ right: .*|^assertion .*|^index out of bounds.*" },
        { "jest-failures.txt", @"^  ● (.*)$", @"^    (?:Expected|Received): .*$|^    SyntaxError.*|^    [-+] .*" },
        { "jest-verbose.txt", @"^  ● (.*)$", @"^    (?:Expected|Received): .*$|^    SyntaxError.*|^    [-+] .*" },
        { "vitest-failures.txt", @"^ FAIL  (.*)$", @"^(?:AssertionError|SyntaxError): .*$|^[-+] .*$" },
        { "mocha-failures.txt", @"^  \d+\) (.*)", @"^ +(?:AssertionError|SyntaxError).*" },
        { "playwright.txt", @"^  \d+\) (.*)", @"^    Error: .*|^    [-+] .*" },
        { "pester-failures.txt", @"^ *\[-\] (.*?) \d+m?s", @"^ *(?:Expected .*, but got .*|RuntimeException: .*)" },
        { "pester-detailed.txt", @"^ *\[-\] (.*?) \d+m?s", @"^ *(?:Expected .*, but got .*|RuntimeException: .*)" },
    };

    [Theory, MemberData(nameof(Failures))]
    public void Every_failing_test_shows_its_name_and_its_message_at_any_budget(string fixture, string name, string message)
    {
        var text = Text(fixture);
        var names = Regex.Matches(text, name, RegexOptions.Multiline);
        var messages = Regex.Matches(text, message, RegexOptions.Multiline);
        Assert.True(names.Count >= 2 && messages.Count >= 2);
        var view = View(text, 0);
        foreach (Match match in view is null ? [] : names.Concat(messages))
        {
            Assert.True(view!.Contains(match.Value, StringComparison.Ordinal), $"{match.Value}\nnot in\n{view}");
        }
    }

    // D-9: twelve headers came through, but three messages.
    [Fact]
    public void Twelve_failing_cases_show_twelve_names_and_twelve_messages_between_many_that_pass()
    {
        var passing = string.Concat(Enumerable.Range(0, 600).Select(i => $"test_ok_{i:000} (tests.test_shop.ShopTest.test_ok_{i:000}) ... ok\n"));
        var text = passing + Text("unittest-failures.txt");
        var result = ContentRouter.Compress(
            Encoding.UTF8.GetBytes(text), new CompressionOptions { Kind = Engine.Content.ContentKind.BuildOutput, Marker = Marker, Budget = 1_000 },
            TestContext.Current.CancellationToken);
        var view = Encoding.UTF8.GetString(result.Output.Span);
        Assert.Equal(12, Regex.Count(view, @"^(?:FAIL|ERROR): test_\w+", RegexOptions.Multiline));
        Assert.Equal(12, Regex.Count(view, @"^[\w.]+Error: .+$", RegexOptions.Multiline));
        Assert.Contains("FAILED (failures=9, errors=3, skipped=1)", view, StringComparison.Ordinal);
        Assert.True(TokenCounters.O200kBase.Count(result.Output.Span) * 4 < TokenCounters.O200kBase.Count(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData("dotnet-build-errors.txt", @": error (CS\d+: [^\[\r\n]*)")]
    [InlineData("dotnet-build-normal.txt", @": error (CS\d+: [^\[\r\n]*)")]
    [InlineData("tsc.txt", @": error (TS\d+: .*)")]
    [InlineData("tsc-pretty.txt", @"error (TS\d+: .*)")]
    [InlineData("make-errors.txt", @": error: (.*)")]
    [InlineData("cmake.txt", @": error: (.*)")]
    [InlineData("cargo-errors.txt", @"^(error(?:\[E\d+\])?: .*)")]
    [InlineData("eslint.txt", @"^ +\d+:\d+ +error +(.*)")]
    public void Every_error_is_shown_at_any_budget(string fixture, string error)
    {
        var text = Text(fixture);
        var errors = Regex.Matches(text, error, RegexOptions.Multiline).Select(match => match.Groups[1].Value.TrimEnd()).Distinct().ToList();
        Assert.True(errors.Count >= 2);
        if (View(text, 0) is { } view)
        {
            Assert.All(errors, expected => Assert.Contains(expected, view, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("dotnet-build-warnings.txt", @"warning (CA?S?\d+)")]
    [InlineData("make-errors.txt", @"\[(-W[\w-]+)\]")]
    public void Every_code_of_a_warning_is_shown(string fixture, string code)
    {
        var text = Text(fixture);
        var view = View(text)!;
        Assert.All(
            Regex.Matches(text, code).Select(match => match.Groups[1].Value).Distinct(),
            expected => Assert.Contains(expected, view, StringComparison.Ordinal));
    }

    [Fact]
    public void The_places_of_a_repeated_error_are_listed_with_it()
    {
        var text = string.Concat(Enumerable.Range(0, 100).Select(i => $"  Restored project{i}\n"))
            + string.Concat(Enumerable.Range(1, 5).Select(i => $"src/file{i}.ts({i},3): error TS2304: Cannot find name 'Missing'.\n"));
        Assert.Contains(
            "src/file1.ts(1,3): error TS2304: Cannot find name 'Missing'.\n[... 4 more like it: file2.ts(2,3), file3.ts(3,3), file4.ts(4,3), file5.ts(5,3)]\n",
            View(text + "\n5 errors\n" + string.Concat(Enumerable.Repeat("Done with a step...\n", 12)), 0), StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Needles() => new()
    {
        { "PASS src/part_{0}.test.js ({1} ms)", "FAIL src/cart.test.js\n  ● cart › adds up\n\n    Expected: 3\n    Received: 4", "cart › adds up|Expected: 3|Received: 4" },
        { "test_ok_{0} (tests.Case.test_ok_{0}) ... ok", "test_sum (tests.Case.test_sum) ... FAIL", "test_sum (tests.Case.test_sum) ... FAIL" },
        { "tests/test_a.py::test_{0} PASSED      [ 12%]", "tests/test_a.py::test_sum FAILED      [ 12%]", "test_sum FAILED" },
        { "--- PASS: TestOk{0} (0.0{1}s)", "--- FAIL: TestSum (0.01s)\n    sum_test.go:12: got 4, want 3", "--- FAIL: TestSum|got 4, want 3" },
        { "test tests::ok_{0} ... ok", "test tests::sum ... FAILED", "test tests::sum ... FAILED" },
        { "  Passed Shop.Tests.Ok{0} [{1} ms]", "  Failed Shop.Tests.Sum [3 ms]\n  Error Message:\n   Assert.Equal() Failure\nExpected: 3\nActual:   4", "Failed Shop.Tests.Sum|Expected: 3|Actual:   4" },
        { "  [+] keeps price {0} {1}ms", "  [-] adds up 12ms\n   Expected 3, but got 4.", "[-] adds up|Expected 3, but got 4." },
        { "   Compiling part{0} v1.0.{1}", "error[E0425]: cannot find value `itm` in this scope\n --> src/lib.rs:2:87", "error[E0425]: cannot find value `itm` in this scope" },
        { "  part{0} -> /home/dev/app/bin/part{0}.dll", "/home/dev/app/A.cs(1,2): error CS0103: The name 'x' does not exist [/home/dev/app/a.csproj]", "error CS0103: The name 'x' does not exist" },
        { "cc -c part{0}.c -o part{0}.o", "part.c:3:40: error: 'struct point' has no member named 'z'", "part.c:3:40: error: 'struct point' has no member named 'z'" },
        { "[{1}/9000] Building C object part{0}.c.o", "main.c:(.text+0x14): undefined reference to `nowhere'", "undefined reference to `nowhere'" },
        { "widget {0} processed in {1} ticks", "widget 17 processing failed: disk is full", "processing failed: disk is full" },
    };

    [Theory, MemberData(nameof(Needles))]
    public void One_failure_is_shown_wherever_it_stands(string noise, string needle, string expected)
    {
        foreach (var count in (int[])[20, 100, 1_000, 5_000])
        {
            for (var decile = 0; decile <= 10; decile++)
            {
                var lines = Enumerable.Range(0, count)
                    .Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, noise, i, i * 7 % 13)).ToList();
                lines.Insert(count * decile / 10, needle);
                var text = string.Join('\n', lines) + "\n";
                if (View(text, 0) is not { } view)
                {
                    Assert.True(count == 20, $"no view of {count} lines");
                    continue;
                }

                Assert.All(expected.Split('|'), part => Assert.Contains(part, view, StringComparison.Ordinal));
                Assert.True(count < 1_000 || view.Length * 5 < text.Length, view);
            }
        }
    }

    [Theory]
    [InlineData("    0 Error(s)")]
    [InlineData("0 errors, 0 warnings")]
    [InlineData("Errors: 0, Failed: 0")]
    [InlineData("12 passed, 0 failed")]
    [InlineData("no failures were found today")]
    [InlineData("Compiling error-chain v0.12.4")]
    [InlineData("  ✓ returns an error: for bad input 3ms")]
    [InlineData("test_error_handling (tests.Case) ... ok")]
    [InlineData("cc -Werror -c src/error.c -o error.o")]
    public void What_says_that_nothing_failed_is_no_error(string line) =>
        Assert.DoesNotContain(BuildLineReader.Read(Encoding.UTF8.GetBytes(line)).Kind.ToString(), (string[])["Error", "Failed", "Warning"]);

    [Theory]
    [InlineData("a.cs(1,2): error CS0103: The name 'x' does not exist", "Error")]
    [InlineData("a.cs(1,2): warning CS0168: The variable 'error' is never used", "Warning")]
    [InlineData("npm ERR! code E404", "Error")]
    [InlineData("npm error code E404", "Error")]
    [InlineData("make: *** [Makefile:3: app] Error 1", "Error")]
    [InlineData("collect2: error: ld returned 1 exit status", "Total")]
    [InlineData("error: could not compile `pricing` (lib) due to 4 previous errors; 1 warning emitted", "Total")]
    [InlineData("json.decoder.JSONDecodeError: Expecting value", "Error")]
    [InlineData("thread 'main' panicked at src/lib.rs:3:5:", "Error")]
    [InlineData("bash: foo: command not found", "Error")]
    [InlineData("Process finished with exit code 3", "Total")]
    [InlineData("FAILED (failures=9, errors=3)", "Total")]
    [InlineData("Failed!  - Failed:    12, Passed:    46, Skipped:     1, Total:    59", "Total")]
    [InlineData("[xUnit.net 00:00:03.82]     Shop.Tests.Sum [FAIL]", "Failed")]
    [InlineData("tests/test_a.py::test_even[96] FAILED      [ 39%]", "Failed")]
    [InlineData("tests/test_a.py::test_even[95] PASSED      [ 39%]", "Passed")]
    [InlineData("   Compiling serde v1.0.219", "Progress")]
    public void Lines_are_told_apart_by_what_they_are_made_of(string line, string kind) =>
        Assert.Equal(kind, BuildLineReader.Read(Encoding.UTF8.GetBytes(line)).Kind.ToString());

    [Fact]
    public void What_the_caller_keeps_is_shown()
    {
        var text = string.Concat(Enumerable.Range(0, 500).Select(i => $"PASS src/part_{i}.test.js\n")) + "500 passed\n";
        Assert.DoesNotContain("part_77.", View(text, 0)!, StringComparison.Ordinal);
        Assert.Contains("part_77.", View(text, 0, new Relevance(null, [new Regex("part_77\\.")]))!, StringComparison.Ordinal);
        Assert.Contains("part_78.", View(text, 400, new Relevance("part_78.", []))!, StringComparison.Ordinal);
        Assert.Contains("500 passed", View(text, 0)!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_whose_message_is_shown_already_says_where()
    {
        var message = string.Concat(Enumerable.Range(0, 6).Select(i => $"  File \"/srv/shop/part_{i}.py\", line {i}, in call_{i}\n    return total(basket, {i})\n")) + "ValueError: no price for apples\n\n";
        var text = string.Concat(Enumerable.Range(0, 200).Select(i => $"test_ok_{i:000} (tests.ShopTest.test_ok_{i:000}) ... ok\n"))
            + string.Concat(((string[])["sum", "tax", "net"]).Select(n => $"{new string('=', 70)}\nERROR: test_{n} (tests.ShopTest.test_{n})\n{new string('-', 70)}\nTraceback (most recent call last):\n{message}"))
            + "Ran 203 tests in 1.2s\n\nFAILED (errors=3)\n";
        var view = View(text)!;
        var first = Array.FindIndex(Lines(text), line => line.StartsWith("ERROR: test_sum", StringComparison.Ordinal)) + 1;
        Assert.Matches($@"ERROR: test_tax [^\n]*\n\[\.\.\. message as below line {first}\]", view);
    }

    [Fact]
    public void Text_that_is_no_report_has_no_view() =>
        Assert.Null(View(string.Concat(Enumerable.Range(0, 300).Select(i => $"The {i}th sentence of a longer story goes on\n"))));
}
