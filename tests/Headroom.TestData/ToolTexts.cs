using System.Globalization;
using System.Text;

namespace Headroom.TestData;

/// <summary>Searches, diffs, listings and builds as tools print them, of any size; the same for the same seed.</summary>
public static class ToolTexts
{
    private static readonly string[] Folders = ["src/Core", "src/Core/Storage", "src/Web", "src/Web/Handlers", "tests/Core", "tools"];
    private static readonly string[] Verbs = ["Load", "Store", "Check", "Send", "Merge", "Count"];
    private static readonly string[] Nouns = ["Order", "Customer", "Invoice", "Shipment", "Session", "Report"];

    /// <summary>Lines of <c>grep -n</c> until there are <paramref name="bytes"/>.</summary>
    public static string Search(int bytes, ulong seed = 42)
    {
        var random = new SeededRandom(seed);
        var text = new StringBuilder(bytes + 200);
        while (text.Length < bytes)
        {
            var (path, line) = (Path(random), random.Next(1, 40));
            for (var hits = random.Next(1, 12); hits > 0; hits--)
            {
                text.Append(CultureInfo.InvariantCulture, $"{path}:{line}:{Statement(random)}\n");
                line += random.Next(1, 30);
            }
        }

        return text.ToString();
    }

    /// <summary>A git diff of so many files that there are <paramref name="bytes"/>.</summary>
    public static string Diff(int bytes, ulong seed = 42)
    {
        var random = new SeededRandom(seed);
        var text = new StringBuilder(bytes + 4_000);
        while (text.Length < bytes)
        {
            var path = Path(random);
            text.Append(CultureInfo.InvariantCulture, $"diff --git a/{path} b/{path}\nindex {random.Hex(7)}..{random.Hex(7)} 100644\n--- a/{path}\n+++ b/{path}\n");
            var line = random.Next(1, 40);
            for (var hunks = random.Next(1, 5); hunks > 0; hunks--)
            {
                var (removed, added) = (random.Next(0, 4), random.Next(1, 5));
                text.Append(CultureInfo.InvariantCulture, $"@@ -{line},{6 + removed} +{line},{6 + added} @@ class {random.Pick(Nouns)}\n");
                Lines(' ', 3);
                Lines('-', removed);
                Lines('+', added);
                Lines(' ', 3);
                line += 60;
            }
        }

        return text.ToString();

        void Lines(char sign, int count)
        {
            for (; count > 0; count--)
            {
                text.Append(sign).Append(Statement(random)).Append('\n');
            }
        }
    }

    /// <summary>Lines of <c>ls -l</c> until there are <paramref name="bytes"/>.</summary>
    public static string Listing(int bytes, ulong seed = 42)
    {
        var random = new SeededRandom(seed);
        var text = new StringBuilder(bytes + 200);
        while (text.Length < bytes)
        {
            text.Append(CultureInfo.InvariantCulture, $"-rw-r--r-- 1 dev dev {random.Next(100, 99_999),8} Mar {random.Next(1, 29),2} {random.Next(24):00}:{random.Next(60):00} {random.Pick(Verbs)}{random.Pick(Nouns)}{random.Next(100_000)}.cs\n");
        }

        return text.ToString();
    }

    /// <summary>
    /// A build with its warnings and errors, and the tests that ran after it, round after round until there are <paramref name="bytes"/>. Paths,
    /// places and names differ nearly everywhere; what is said of them comes again, as it does in real builds.
    /// </summary>
    public static string Build(int bytes, ulong seed = 42)
    {
        var random = new SeededRandom(seed);
        var text = new StringBuilder(bytes + 20_000);
        while (text.Length < bytes)
        {
            var project = $"{random.Pick(Nouns)}{random.Next(1_000)}";
            text.Append(CultureInfo.InvariantCulture, $"  Determining projects to restore...\n  Restored /home/dev/app/src/{project}/{project}.csproj (in {random.Next(90, 999)} ms).\n");
            for (var diagnostics = random.Next(2, 20); diagnostics > 0; diagnostics--)
            {
                var (severity, message) = Diagnostic(random);
                text.Append(CultureInfo.InvariantCulture, $"/home/dev/app/{Path(random)}({random.Next(1, 400)},{random.Next(1, 90)}): {severity} {message} [/home/dev/app/src/{project}/{project}.csproj]\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"  {project} -> /home/dev/app/src/{project}/bin/Debug/net10.0/{project}.dll\n");
            for (var tests = random.Next(10, 60); tests > 0; tests--)
            {
                var name = $"{project}.Tests.{random.Pick(Verbs)}Tests.{random.Pick(Verbs)}_the_{random.Pick(Nouns).ToLowerInvariant()}_{random.Next(1_000)}";
                if (random.Next(60) == 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $"  Failed {name} [{random.Next(1, 90)} ms]\n  Error Message:\n   Assert.Equal() Failure: Values differ\nExpected: {random.Next(1_000)}\nActual:   {random.Next(1_000)}\n  Stack Trace:\n     at {name}() in /home/dev/app/{Path(random)}:line {random.Next(1, 400)}\n");
                }
                else
                {
                    text.Append(CultureInfo.InvariantCulture, $"  Passed {name} [{random.Next(1, 90)} ms]\n");
                }
            }
        }

        return text.Append("Build FAILED.\n").ToString();
    }

    private static (string Severity, string Message) Diagnostic(SeededRandom random) => random.Next(40) switch
    {
        0 => ("error", $"CS0103: The name '{random.Pick(Verbs)}{random.Pick(Nouns)}{random.Next(1_000)}' does not exist in the current context"),
        1 => ("error", $"CS1061: '{random.Pick(Nouns)}' does not contain a definition for '{random.Pick(Verbs)}{random.Next(1_000)}'"),
        < 10 => ("warning", $"CS0219: The variable '{random.Pick(Nouns).ToLowerInvariant()}{random.Next(100)}' is assigned but its value is never used"),
        < 20 => ("warning", "CS8602: Dereference of a possibly null reference."),
        < 30 => ("warning", $"CS0618: '{random.Pick(Nouns)}.{random.Pick(Verbs)}()' is obsolete: 'use {random.Pick(Verbs)}Async'"),
        _ => ("warning", $"CA1822: Member '{random.Pick(Verbs)}{random.Pick(Nouns)}' does not access instance data and can be marked as static"),
    };

    private static string Path(SeededRandom random) =>
        string.Create(CultureInfo.InvariantCulture, $"{random.Pick(Folders)}/{random.Pick(Verbs)}{random.Pick(Nouns)}{random.Next(1_000)}.cs");

    private static string Statement(SeededRandom random) => random.Next(4) switch
    {
        0 => string.Create(CultureInfo.InvariantCulture, $"    var {random.Pick(Nouns).ToLowerInvariant()}{random.Next(100)} = await {random.Pick(Verbs)}{random.Pick(Nouns)}Async(id, cancellationToken);"),
        1 => $"    if ({random.Pick(Nouns).ToLowerInvariant()} is null) throw new ArgumentNullException(nameof({random.Pick(Nouns).ToLowerInvariant()}));",
        2 => $"    public {random.Pick(Nouns)} {random.Pick(Verbs)}{random.Pick(Nouns)}({random.Pick(Nouns)} value) => _{random.Pick(Nouns).ToLowerInvariant()}.{random.Pick(Verbs)}(value);",
        _ => string.Create(CultureInfo.InvariantCulture, $"        // {random.Pick(Verbs)} the {random.Pick(Nouns).ToLowerInvariant()} {random.Next(1_000)} times at most"),
    };
}
