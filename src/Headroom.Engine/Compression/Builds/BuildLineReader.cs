using System.Buffers;
using System.Text;

namespace Headroom.Engine.Compression.Builds;

/// <summary>
/// Tells the lines of a report apart by what they are made of: a verdict before or after a name, a severity after a place, a count beside a
/// verdict, a verb of work. <c>0 errors</c> and <c>no failures</c> are counts, not errors.
/// </summary>
internal static class BuildLineReader
{
    private static readonly byte[][] PassedBefore = Bytes(
        "✓ ", "✔ ", "√ ", "✅ ", "[+] ", "ok ", "ok\t", "PASS ", "PASS: ", "PASSED ", "Passed ", "passed ", "--- PASS", "[       OK ]", "[  PASSED  ]");

    private static readonly byte[][] FailedBefore = Bytes(
        "✕ ", "× ", "✗ ", "✘ ", "❌ ", "✖ ", "[-] ", "not ok ", "FAIL ", "FAIL\t", "FAIL: ", "FAILED ", "Failed ", "failed ", "--- FAIL", "[  FAILED  ]",
        "● ", "ERROR: test", "ERROR at ");

    private static readonly byte[][] SkippedBefore = Bytes(
        "↓ ", "○ ", "[!] ", "[?] ", "Skipped ", "SKIP ", "SKIPPED ", "skipped ", "--- SKIP", "[  SKIPPED ]", "- ");

    private static readonly SearchValues<byte> VerdictStarts =
        SearchValues.Create([.. new[] { PassedBefore, FailedBefore, SkippedBefore }.SelectMany(signs => signs).Select(sign => sign[0])]);

    private static readonly byte[][] PassedAfter = Bytes("... ok", "... PASSED", " PASSED", "[PASS]", " ... passed", " OK");
    private static readonly byte[][] FailedAfter = Bytes(
        "... FAIL", "... FAILED", "... ERROR", "... failed", " FAILED", " ERROR", "[FAIL]", "<<< FAILURE!", "<<< ERROR!", " stdout ----", " stderr ----");

    private static readonly byte[][] SkippedAfter = Bytes("... ignored", "... skipped", " SKIPPED", " XFAIL", "[SKIP]");

    private static readonly byte[][] Comparisons = Bytes(
        "Expected", "expected", "Actual", "actual", "Received", "received", "got:", "got ", "want:", "want ", "left:", "right:", "But was", "E  ", "E\t",
        "+ ", "- ", "+++ ", "--- ", "Diff:", "message:", "Error Message:", "Message:");

    private static readonly byte[][] Totals = Bytes(
        "Ran ", "Time Elapsed", "Build succeeded", "Build FAILED", "Build failed", "BUILD ", "Build SUCCE", "Test Run ", "Test run ", "Tests:", "Test Suites:",
        "Test Files", "Tests ", "Snapshots:", "Time:", "Total", "total:", "FAILED (", "OK (", "test result:", "Result:", "=== TEST EXECUTION",
        "Finished ", "Found ", "Exit code", "exit code", "exit status", "Done in", "Done.", "Duration", "duration", "Files:", "Errors  Files");

    private static readonly byte[][] ExitSigns = Bytes("exit code", "Exit code", "exit status", "exited with", "ExitCode", "Exited with");

    private static readonly byte[][] Verbs = Bytes(
        "compiling", "compiled", "downloading", "downloaded", "fetching", "fetched", "unpacking", "preparing", "selecting", "setting", "get", "hit", "ign",
        "building", "built", "linking", "linked", "restoring", "restored", "determining", "installing", "installed", "collecting", "using", "cached", "requirement",
        "checking", "configuring", "receiving", "resolving", "remote", "copying", "generating", "generated", "running", "run", "starting", "finished",
        "discovering", "discovered", "cc", "cxx", "ld", "ar", "gcc", "clang", "cc1", "cxxld", "entering", "leaving", "processing", "scanning", "updating", "adding", "locking",
        "blocking", "documenting", "fresh", "dirty", "extracting", "verifying", "pulling", "pushing", "writing", "reading", "counting", "compressing", "cloning",
        "describing", "context", "executing", "transforming", "rendering", "bundling", "emitting", "copied", "skipping", "exporting", "transferring", "added", "removed");

    private static readonly SearchValues<byte> Dots = SearchValues.Create(".FEsxXS"u8);

    private static readonly byte[][] Statements = Bytes(
        "undefined reference", "egmentation fault", "core dumped", "command not found", "No such file", "ermission denied", "annot find", "Unable to", "ould not ",
        "not recognized", "nresolved", "refused", "timed out", "Traceback (most", "ut of memory", "*** ", "ERR!", "cannot open", "multiple definition", "caused by", "Caused by");

    private static readonly byte[][] Library = Bytes(
        "node_modules", "node:", "/usr/lib", "site-packages", "dist-packages", "System.", "Microsoft.", "Xunit.", "NUnit.", "<frozen", "/rustc/", ".cargo/", "java.",
        "sun.", "org.junit", "jdk.", "InvokeStub_", "/lib/python", "std::", "core::", "testing.go", "runtime/");

    private enum Severity
    {
        None,
        Warning,
        Error,
    }

    /// <summary>Reads one line.</summary>
    public static BuildLine Read(ReadOnlySpan<byte> line)
    {
        // :: Step 1: what a line is by its outside.
        var start = Indent(line, 0);
        var end = line.Length;
        while (end > start && line[end - 1] is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            end--;
        }

        if (start == end)
        {
            return new BuildLine(BuildLineKind.Blank, 0, 0);
        }

        // "[xUnit.net 00:00:03.82]   name [FAIL]": a clock in front says nothing.
        if (line[start] == (byte)'[' && line[start..end].IndexOf("] "u8) is var clock and > 8 and < 40 && line.Slice(start, clock).Count((byte)':') == 2)
        {
            start = Indent(line, start + clock + 1);
            if (start >= end)
            {
                return new BuildLine(BuildLineKind.Blank, 0, 0);
            }
        }

        var text = line[start..end];
        if (IsRule(text))
        {
            return new BuildLine(BuildLineKind.Rule, start, end);
        }

        // :: Step 2: counts and verdicts of the whole.
        var words = Words(text, out var isCounted, out var message);
        if (isCounted && words != Severity.Warning)
        {
            return new BuildLine(BuildLineKind.Total, start, end);
        }

        // :: Step 3: one test's verdict.
        if (Verdict(text, out var name) is not BuildLineKind.Other and var verdict)
        {
            return new BuildLine(verdict, start + name.Start.Value, start + name.End.Value);
        }

        if (StartsWithAny(text, Totals) && words != Severity.Warning || ContainsAny(text, ExitSigns)
            || text.SequenceEqual("OK"u8) || text.SequenceEqual("PASS"u8) || text.SequenceEqual("FAIL"u8) || text.SequenceEqual("FAILED"u8))
        {
            return new BuildLine(BuildLineKind.Total, start, end);
        }

        // :: Step 4: parts of a message.
        var place = Place.EndOf(text);
        if (IsFrame(text[place..]) || (place == 0 && IsFrame(text)))
        {
            return new BuildLine(BuildLineKind.Frame, start, end);
        }

        if (IsCode(text))
        {
            return new BuildLine(BuildLineKind.Code, start, end);
        }

        // :: Step 5: severity, then steps of work.
        var begin = place > 0 ? place : message;
        if (words == Severity.Error || (words == Severity.None && ContainsAny(text, Statements)))
        {
            return new BuildLine(BuildLineKind.Error, start + begin, end);
        }

        if (StartsWithAny(text, Comparisons))
        {
            return new BuildLine(BuildLineKind.Comparison, start, end);
        }

        return words == Severity.Warning
            ? new BuildLine(BuildLineKind.Warning, start + begin, end)
            : new BuildLine(IsProgress(text) ? BuildLineKind.Progress : BuildLineKind.Other, start, end);
    }

    /// <summary>A frame in code of the reader's own: it has a place, and no library's name.</summary>
    public static bool IsOwnFrame(ReadOnlySpan<byte> line) =>
        line.ContainsAny((byte)'/', (byte)'\\', (byte)'(') && line.ContainsAnyInRange((byte)'0', (byte)'9') && !ContainsAny(line, Library);

    /// <summary>The hash of a message in which numbers and quoted words do not count.</summary>
    public static ulong Masked(ReadOnlySpan<byte> message)
    {
        var hash = 14695981039346656037UL;
        for (var i = 0; i < message.Length; i++)
        {
            var b = message[i];
            if (char.IsAsciiDigit((char)b))
            {
                while (i + 1 < message.Length && char.IsAsciiDigit((char)message[i + 1]))
                {
                    i++;
                }

                // The digits of a code (CS0219) do count.
                if (i < 12)
                {
                    hash = TextIndex.Mix(hash, b);
                }

                b = (byte)'0';
            }
            else if (b is (byte)'\'' or (byte)'"' or (byte)'`' && message[(i + 1)..].IndexOf(b) is >= 0 and var quoted)
            {
                i += quoted + 1;
            }

            hash = (hash ^ b) * 1099511628211UL;
        }

        return hash;
    }

    /// <summary>
    /// The code of a diagnostic: letters and digits before a colon or in brackets near its start (<c>error CS0103:</c>, <c>error[E0425]:</c>), an
    /// option in brackets at its end (<c>[-Wunused]</c>), or a rule's name two spaces behind the message. Empty when it has none.
    /// </summary>
    public static ReadOnlySpan<byte> CodeOf(ReadOnlySpan<byte> message)
    {
        const int Farthest = 40, Longest = 40;
        var near = message[..Math.Min(message.Length, Farthest)];
        for (var at = 0; near[at..].IndexOfAny((byte)':', (byte)']') is >= 0 and var found; at++)
        {
            at += found;
            var start = at;
            while (start > 0 && char.IsAsciiDigit((char)near[start - 1]))
            {
                start--;
            }

            var digits = at - start;
            while (start > 0 && char.IsAsciiLetterUpper((char)near[start - 1]))
            {
                start--;
            }

            if (digits > 1 && at - start > digits && (start == 0 || near[start - 1] is (byte)' ' or (byte)'['))
            {
                return near[start..at];
            }
        }

        var last = message is [.., (byte)']'] ? message[..^1] : message;
        var begin = last.LastIndexOfAny((byte)' ', (byte)'[') + 1;
        var isCode = last.Length < message.Length ? last[begin..].StartsWith("-W"u8) : begin > 1 && last[..begin].EndsWith("  "u8);
        return isCode && last.Length - begin <= Longest ? last[begin..] : default;
    }

    private static BuildLineKind Verdict(ReadOnlySpan<byte> text, out Range name)
    {
        foreach (var (signs, kind) in !VerdictStarts.Contains(text[0]) ? default : (ReadOnlySpan<(byte[][], BuildLineKind)>)
            [(PassedBefore, BuildLineKind.Passed), (FailedBefore, BuildLineKind.Failed), (SkippedBefore, BuildLineKind.Skipped)])
        {
            if (Starting(text, signs) is > 0 and var length)
            {
                // "- expected" is a part of a difference; a hyphen is a verdict only where mocha indents it, which its reader sees.
                if (kind == BuildLineKind.Skipped && text[0] == (byte)'-' && text[1] == (byte)' ')
                {
                    break;
                }

                // An arrow that points at a position is none either.
                if (kind == BuildLineKind.Skipped && text[^1] == (byte)')' && text.IndexOf(" (pos "u8) > 0)
                {
                    break;
                }

                name = Indent(text, length)..text.Length;
                return kind;
            }
        }

        // "12) suite name:" of a list of failures.
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit((char)text[digits]))
        {
            digits++;
        }

        if (digits is > 0 and < 5 && text[digits..].StartsWith(") "u8))
        {
            name = (digits + 2)..text.Length;
            return BuildLineKind.Failed;
        }

        // "____ name ____"
        if (text.StartsWith("__"u8) && text.EndsWith("__"u8) && text.Contains((byte)' ') && text.Trim("_ "u8).Length > 0)
        {
            name = text.IndexOfAnyExcept((byte)'_', (byte)' ')..(text.LastIndexOfAnyExcept((byte)'_', (byte)' ') + 1);
            return BuildLineKind.Failed;
        }

        // A share of the whole or a duration may follow the verdict.
        var bare = text;
        if (bare is [.., (byte)']'] && bare.LastIndexOf((byte)'[') is > 0 and var share && bare[share..].Contains((byte)'%'))
        {
            bare = bare[..share].TrimEnd((byte)' ');
        }

        if (bare is [.., (byte)')'] && bare.LastIndexOf(" ("u8) is > 0 and var time && bare.Length - time < 14)
        {
            bare = bare[..time];
        }

        foreach (var (signs, kind) in (ReadOnlySpan<(byte[][], BuildLineKind)>)
            [(PassedAfter, BuildLineKind.Passed), (FailedAfter, BuildLineKind.Failed), (SkippedAfter, BuildLineKind.Skipped)])
        {
            foreach (var sign in signs)
            {
                if (bare.Length > sign.Length + 1 && bare.EndsWith(sign))
                {
                    name = ..(bare.Length - sign.Length);
                    return kind;
                }
            }
        }

        var skipped = text.IndexOf(" ... skipped "u8);
        name = skipped > 0 ? ..skipped : ..text.Length;
        return skipped > 0 ? BuildLineKind.Skipped : BuildLineKind.Other;
    }

    // The first severity decides: "warning CS0168: The variable 'error' ..." is a warning.
    private static Severity Words(ReadOnlySpan<byte> text, out bool isCounted, out int message)
    {
        isCounted = false;
        message = 0;
        var severity = Severity.None;
        var (number, isZero, isNegated) = (-9, false, false);
        var words = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit((char)text[i]))
            {
                continue;
            }

            var start = i;
            while (i < text.Length && char.IsAsciiLetterOrDigit((char)text[i]))
            {
                i++;
            }

            var word = text[start..i];
            words++;
            if (char.IsAsciiDigit((char)word[0]))
            {
                // "12 failed", not "test[12] failed" or "(12,17): error".
                if (i < text.Length && text[i] == (byte)' ' && (start == 0 || text[start - 1] is (byte)' ' or (byte)'(' or (byte)'\t')
                    && !word.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
                {
                    (number, isZero) = (words, word.Length == 1 && word[0] == (byte)'0');
                }

                continue;
            }

            var found = SeverityOf(word, out var isVerdict);
            if (found == Severity.None && !isVerdict)
            {
                isNegated = word.Length <= 7 && (Same(word, "no"u8) || Same(word, "without"u8) || Same(word, "non"u8));
                continue;
            }

            var next = i < text.Length ? text[i] : (byte)' ';
            var previous = start > 0 ? text[start - 1] : (byte)' ';

            // A count: "12 failed", "3 previous errors", "Failed: 12", "failures=9", "0 Warning(s)".
            var isPlural = isVerdict || (word[^1] | 0x20) == (byte)'s';
            var after = isPlural && next is (byte)':' or (byte)'=' ? Indent(text, i + 1) : text.Length;
            if ((words - number <= 2 && previous is (byte)' ' or (byte)'(') || (after < text.Length && char.IsAsciiDigit((char)text[after])))
            {
                isCounted = true;
                isNegated = false;
                continue;
            }

            // Part of a name: "error-handler.js", "src/errors/", "on_error". A type's name may have its namespace before it.
            var isName = next is (byte)'_' or (byte)'-' or (byte)'/' or (byte)'\\'
                || (next == (byte)'.' && i + 1 < text.Length && char.IsAsciiLetter((char)text[i + 1]))
                || previous is (byte)'_' or (byte)'-' or (byte)'/' or (byte)'\\' or (byte)'$' or (byte)'@'
                || (previous == (byte)'.' && word.Length < 8);
            if (isName || isNegated || isZero && words - number <= 2)
            {
                isNegated = false;
                continue;
            }

            if (severity == Severity.None && found != Severity.None)
            {
                severity = found;
                message = start;
            }
        }

        return severity;
    }

    private static Severity SeverityOf(ReadOnlySpan<byte> word, out bool isVerdict)
    {
        isVerdict = false;
        switch (word[0] | 0x20)
        {
            case 'e' when Same(word, "error"u8) || Same(word, "errors"u8) || Same(word, "exception"u8):
            case 'p' when Same(word, "panic"u8) || Same(word, "panicked"u8):
            case 'a' when Same(word, "aborted"u8):
                return Severity.Error;
            case 'c' when Same(word, "crashed"u8) || Same(word, "critical"u8):
                return Severity.Error;
            case 'f' when Same(word, "fatal"u8) || Same(word, "failure"u8) || Same(word, "failures"u8) || Same(word, "failed"u8)
                || Same(word, "fail"u8) || Same(word, "fails"u8) || Same(word, "failing"u8):
                isVerdict = word.Length > 5 && !Same(word, "failure"u8);
                return Severity.Error;
            case 'w' when Same(word, "warning"u8) || Same(word, "warn"u8) || Same(word, "warnings"u8):
            case 'd' when Same(word, "deprecated"u8):
                return Severity.Warning;
            case 'p' when Same(word, "passed"u8) || Same(word, "passing"u8) || Same(word, "pending"u8) || Same(word, "problems"u8) || Same(word, "problem"u8):
            case 's' when Same(word, "skipped"u8) || Same(word, "succeeded"u8) || Same(word, "suites"u8):
            case 't' when Same(word, "tests"u8) || Same(word, "total"u8):
            case 'i' when Same(word, "ignored"u8):
            case 'x' when Same(word, "xfailed"u8):
                isVerdict = true;
                return Severity.None;
            default:
                return word.Length > 5 && char.IsAsciiLetterUpper((char)word[0])
                    && (word.EndsWith("Error"u8) || (word.Length > 9 && word.EndsWith("Exception"u8)))
                    ? Severity.Error
                    : Severity.None;
        }
    }

    private static bool IsFrame(ReadOnlySpan<byte> text) =>
        text.StartsWith("at "u8) || text.StartsWith("File \""u8) || text.StartsWith("from "u8) && text.Contains((byte)':')
        || text.StartsWith("❯ "u8) || (text[0] == (byte)'/' && text.IndexOf(" +0x"u8) > 0)
        || text.StartsWith("goroutine "u8) || text.StartsWith("created by "u8);

    private static bool IsCode(ReadOnlySpan<byte> text)
    {
        var at = text[0] == (byte)'>' ? Indent(text, 1) : 0;
        while (at < text.Length && char.IsAsciiDigit((char)text[at]))
        {
            at++;
        }

        at = Indent(text, at);
        return at < text.Length && text[at] == (byte)'|' || text[0] == (byte)'>' && text.Length > 3 && text[1] == (byte)' '
            || text.IndexOfAnyExcept((byte)'^', (byte)'~', (byte)' ') < 0;
    }

    private static bool IsProgress(ReadOnlySpan<byte> text)
    {
        // "[ 8%]", "[12/340]", "#12 ", "=== RUN", "name -> path", "make[1]: Entering".
        if (text[0] == (byte)'[' && text.IndexOf((byte)']') is > 1 and < 12 and var close && text[..close].ContainsAny((byte)'%', (byte)'/'))
        {
            return true;
        }

        if ((text[0] == (byte)'#' && text.Length > 1 && char.IsAsciiDigit((char)text[1])) || text.StartsWith("=== RUN"u8) || text.StartsWith("-- "u8)
            || text.IndexOf(" -> "u8) > 0 || text.IndexOf("] Entering"u8) > 0 || text.EndsWith("[STARTING]"u8) || text.IndexOf(" [FINISHED] "u8) > 0
            || text.EndsWith("done"u8) || text is [.., (byte)'%'] || text.EndsWith("..."u8))
        {
            return true;
        }

        var end = 0;
        while (end < text.Length && char.IsAsciiLetterOrDigit((char)text[end]))
        {
            end++;
        }

        var word = text[..end];
        if (end is > 0 and < 16)
        {
            foreach (var verb in Verbs)
            {
                if (Same(word, verb))
                {
                    return true;
                }
            }
        }

        // Dots, one for a test.
        return text.Length > 8 && text.IndexOfAnyExcept(Dots) < 0;
    }

    private static bool IsRule(ReadOnlySpan<byte> text)
    {
        if (text.Length < 3 || char.IsAsciiLetterOrDigit((char)text[0]) || text[0] == (byte)'.')
        {
            return false;
        }

        // A character beyond ASCII is several bytes.
        var size = text[0] < 0x80 ? 1 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : 4;
        return text.Length >= 3 * size && text.Length % size == 0 && text[size..].SequenceEqual(text[..^size]);
    }

    private static bool Same(ReadOnlySpan<byte> word, ReadOnlySpan<byte> lower)
    {
        if (word.Length != lower.Length)
        {
            return false;
        }

        for (var i = 0; i < word.Length; i++)
        {
            if ((word[i] | 0x20) != lower[i])
            {
                return false;
            }
        }

        return true;
    }

    private static int Indent(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    private static int Starting(ReadOnlySpan<byte> text, byte[][] signs)
    {
        foreach (var sign in signs)
        {
            if (text.Length > sign.Length && text[0] == sign[0] && text.StartsWith(sign))
            {
                return sign.Length;
            }
        }

        return 0;
    }

    private static bool StartsWithAny(ReadOnlySpan<byte> text, byte[][] signs) => Starting(text, signs) > 0;

    private static bool ContainsAny(ReadOnlySpan<byte> text, byte[][] signs)
    {
        foreach (var sign in signs)
        {
            if (text.IndexOf(sign) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private static byte[][] Bytes(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
