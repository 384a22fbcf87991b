namespace Headroom.Engine.Content;

/// <summary>What only compilers, package managers and test runners write. A line that has none may still be theirs.</summary>
internal static class BuildSigns
{
    // What stands here is followed by no other tool's text.
    private static readonly Beginnings Signs = new(
        // dotnet, MSBuild, vstest
        "Build succeeded", "Build FAILED", "Build started", "Determining projects to restore", "All projects are up-to-date", "Restored ", "Time Elapsed ",
        "Test run for ", "Starting test execution", "A total of ", "Passed!  -", "Failed!  -", "Passed!", "Failed!", "Test Run ", "Test run completed", "Test run summary", "Total tests:", "Results File:",
        "VSTest version", "Microsoft (R) ", "MSBuild version", "Target \"", "Task \"", "Using \"", "Done building", "Done executing task", "Project \"",
        "xUnit.net ", "Discovering:", "Discovered:", "Starting:", "Finished:", "Stack Trace:", "Error Message:", "Standard Output Messages:", "Passed ", "Failed ", "Skipped ",
        // pytest, unittest
        "============================= test session", "platform linux --", "platform win32 --", "platform darwin --", "rootdir: ", "collecting ... ", "collected ",
        "PASSED ", "FAILED ", "ERROR tests", "E   ", "Ran ", "FAIL: ", "ERROR: test",
        // Pester
        "Starting discovery in", "Discovery found", "Running tests from", "Tests completed in", "Tests Passed:", "[+] ", "[-] ", "[!] ", "Describing ", "Context ",
        // go, TAP
        "--- FAIL", "--- PASS", "--- SKIP", "=== RUN", "=== PAUSE", "=== CONT", "=== NAME", "ok  \t", "FAIL\t", "?   \t", "ok ", "not ok ", "TAP version",
        "# tests ", "# pass ", "# fail ", "# Subtest",
        // cargo, rustc
        "Compiling ", "Finished ", "Running ", "Doc-tests ", "Checking ", "Updating crates.io", "Downloading crates", "Downloaded ", "Blocking waiting",
        "running ", "test result:", "error[E", "error: ", "warning: ", "--> ", "Fresh ", "Locking ", "Adding ",
        // npm, jest, vitest, mocha, eslint, playwright, webpack
        "npm ERR!", "npm error", "npm warn", "npm WARN", "npm notice", "npm info", "npm http", "npm verb", "npm timing", "npm sill", "added ", "up to date", "PASS ", "FAIL ", "Test Suites:", "Tests:  ",
        "Snapshots: ", "Test Files ", "asset ", "webpack ", "✓ ", "✔ ", "✕ ", "✗ ", "✘ ", "× ", "● ", "❯ ", "⎯⎯", "✖ ",
        // pip, apt, docker
        "Collecting ", "Requirement already", "Using cached ", "Installing collected", "Successfully ", "Building wheel", "Preparing metadata", "Attempting uninstall",
        "Get:", "Hit:", "Ign:", "Fetched ", "Setting up ", "Unpacking ", "Preparing to unpack", "Selecting previously", "Reading package lists", "Reading state information",
        "Building dependency tree", "The following NEW", "The following additional", "Processing triggers", "Need to get", "After this operation", "(Reading database",
        "Removing ", "Step ", "---> ", "Sending build context", "[internal]", "DONE ", "CACHED",
        // make, ninja, cmake, gcc
        "make: ", "make[", "ninja: ", "-- Detecting", "-- Check", "-- Performing", "-- Looking", "-- Found", "-- Configuring", "-- Generating", "-- Build files", "-- The C", "gcc ", "g++ ", "cc ",
        "clang ", "clang++ ", "ld: ", "collect2: ", "In file included from", "from ", "Scanning dependencies", "Consolidate compiler", "Linking ", "CC ", "CXX ", "LD ", "AR ",
        // maven, gradle
        "> Task ", "BUILD SUCCESS", "BUILD FAILED", "FAILURE: Build", "Tests run: ");

    // Words that begin a sentence too: they count only where the rest looks right.
    private static readonly Beginnings Sentences = new(
        "Running ", "Passed ", "Failed ", "Skipped ", "Context ", "ok ", "running ", "Checking ", "Adding ", "Locking ", "added ", "Ran ", "asset ", "Collecting ",
        "Removing ", "Step ", "from ", "collected ", "Restored ", "Compiling ", "Finished ", "Linking ", "DONE ", "Task \"", "CC ", "LD ", "AR ", "Fresh ",
        "A total of ", "error: ", "warning: ");

    private static readonly Beginnings Verdicts = new("passed", "failed", "skipped", "flaky", "pending", "passing", "failing");

    /// <summary>The line is one that such a tool writes, and no diagnostic.</summary>
    /// <param name="line">Without white space at its ends.</param>
    public static bool IsIn(ReadOnlySpan<byte> line)
    {
        if (Signs.LengthAt(line) is > 0 and var sign)
        {
            // A sentence ends as one, or goes on in small letters only; what tools write has numbers, paths or brackets in it.
            // CC = gcc is a line of the tool's own file.
            return !line[sign..].StartsWith("= "u8) && (Sentences.LengthAt(line) != sign || line[sign..].IndexOfAny(ByteSets.Specifics) >= 0 || line[^1] == (byte)':');
        }

        return line[0] switch
        {
            (byte)'#' => IsDockerStep(line),
            (byte)'[' => IsProgress(line),
            (byte)'=' or (byte)'_' or (byte)'-' => IsTitle(line),
            _ => false,
        } || IsTestResult(line) || IsProduct(line);
    }

    /// <summary><c>path(12,5): error CS1002: text</c>, <c>path.c:12:5: warning: text</c>, <c>MSBUILD : error MSB1003: text</c>.</summary>
    public static bool IsDiagnostic(ReadOnlySpan<byte> line)
    {
        line = line[..Math.Min(line.Length, 300)];
        if (line.IndexOf(" - error TS"u8) > 0)
        {
            return true;
        }

        for (var at = 0; line[at..].IndexOf((byte)':') is >= 0 and var found && at + found + 1 < line.Length;)
        {
            at += found + 1;
            var rest = line[at..].TrimStart((byte)' ');
            if ((rest.StartsWith("error"u8) || rest.StartsWith("warning"u8) || rest.StartsWith("note:"u8) || rest.StartsWith("message :"u8) || rest.StartsWith("fatal error:"u8)
                    || rest.StartsWith("undefined reference"u8))
                && line[..(at - 1)].TrimEnd((byte)' ') is [.., var before] && (before == (byte)')' || char.IsAsciiDigit((char)before) || char.IsAsciiLetterUpper((char)before)))
            {
                rest = rest[(rest[0] == (byte)'e' ? 5 : rest[0] is (byte)'w' or (byte)'m' ? 7 : 4)..];
                return rest.Length > 0 && rest[0] is (byte)' ' or (byte)':' or (byte)'[' or (byte)'l' or (byte)'i';
            }
        }

        return false;
    }

    // test_x (m.C) ... ok; test a::b ... FAILED; tests/x.py::test_y PASSED [ 3%]; 3:5  error  text  rule
    private static bool IsTestResult(ReadOnlySpan<byte> line)
    {
        if (line.LastIndexOf(" ... "u8) is > 0 and var dots)
        {
            var word = line[(dots + 5)..];
            return word.StartsWith("ok"u8) || word.StartsWith("FAIL"u8) || word.StartsWith("ERROR"u8) || word.StartsWith("ignored"u8)
                || word.StartsWith("skipped"u8) || word.StartsWith("failed"u8);
        }

        if (line.IndexOf("::"u8) is > 0 and var colons && line[colons..].IndexOf((byte)' ') is > 0 and var blank)
        {
            var word = line[(colons + blank + 1)..];
            return word.StartsWith("PASSED"u8) || word.StartsWith("FAILED"u8) || word.StartsWith("SKIPPED"u8) || word.StartsWith("ERROR"u8) || word.StartsWith("XFAIL"u8);
        }

        if (line.EndsWith(" [FAIL]"u8) || line.EndsWith(" [SKIP]"u8))
        {
            return true;
        }

        // 1) e2e/total.spec.js:3:29 › total; the list at the end has no number before it.
        if (line.IndexOf(" › "u8) is > 0 and var angle
            && ((char.IsAsciiDigit((char)line[0]) && line.IndexOf(") "u8) is > 0 and < 5)
                || (char.IsAsciiDigit((char)line[angle - 1]) && line[..angle].Count((byte)':') == 2 && line[..angle].IndexOf((byte)' ') < 0)))
        {
            return true;
        }

        if (line.EndsWith("%]"u8) && line.IndexOf(" ["u8) > 0 && !line[0].Equals((byte)'['))
        {
            return true;
        }

        // 30 passed (2.3s), 4 failing
        var digits = line.IndexOfAnyExcept(ByteSets.Digits);
        if (digits is > 0 and < 7 && line[digits] == (byte)' ' && Verdicts.LengthAt(line[(digits + 1)..]) is > 0 and var verdict)
        {
            return line.Length == digits + 1 + verdict || line[(digits + 1 + verdict)..].StartsWith(" ("u8);
        }

        return digits is > 0 and < 7 && line[digits] == (byte)':' && line[digits..].IndexOf("  "u8) is > 1 and < 7
            && (line.IndexOf("  error  "u8) > 0 || line.IndexOf("  warning  "u8) > 0);
    }

    // App -> /home/dev/app/bin/App.dll
    private static bool IsProduct(ReadOnlySpan<byte> line) =>
        line.IndexOf(" -> "u8) is > 0 and var arrow && (line.EndsWith(".dll"u8) || line.EndsWith(".exe"u8) || line.EndsWith(".nupkg"u8)) && line[..arrow].IndexOf((byte)' ') < 0;

    // #12 [build 3/7] RUN x; #12 0.345 text; #12 DONE 3.1s
    private static bool IsDockerStep(ReadOnlySpan<byte> line)
    {
        var digits = line[1..].IndexOfAnyExcept(ByteSets.Digits);
        if (digits <= 0 || line[1 + digits] != (byte)' ')
        {
            return false;
        }

        var rest = line[(2 + digits)..];
        return rest.Length > 0 && (rest[0] == (byte)'[' || rest.StartsWith("DONE"u8) || rest.StartsWith("CACHED"u8) || rest.StartsWith("ERROR"u8)
            || rest.StartsWith("sha256:"u8) || rest.StartsWith("extracting"u8) || rest.StartsWith("exporting"u8) || rest.StartsWith("transferring"u8)
            || (char.IsAsciiDigit((char)rest[0]) && rest.IndexOf((byte)'.') is > 0 and < 6));
    }

    // [12/40] Building C object x.o; [ 12%] Linking x
    private static bool IsProgress(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf((byte)']');
        return end is > 2 and < 14 && !line[1..end].ContainsAnyExcept(ByteSets.ProgressBytes) && (line[end - 1] == (byte)'%' || line[1..end].IndexOf((byte)'/') > 0);
    }

    // ===== FAILURES =====, _____ test_x _____, ----- Captured stdout call -----
    private static bool IsTitle(ReadOnlySpan<byte> line)
    {
        var rule = line[0];
        var begin = line.IndexOfAnyExcept(rule);
        return begin is >= 3 && line[begin] == (byte)' ' && line.Length - 1 - line.LastIndexOfAnyExcept(rule) >= 3
            && line.ContainsAnyExcept(rule, (byte)' ');
    }
}
