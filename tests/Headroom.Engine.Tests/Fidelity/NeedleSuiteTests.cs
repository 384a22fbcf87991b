using System.Globalization;
using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Fidelity;

namespace Headroom.Engine.Tests.Fidelity;

/// <summary>
/// One odd piece in a haystack of each kind, at each tenth, found out and compressed as a caller would have it. What says that something went
/// wrong, is rare, lies far outside or has another shape is seen; everything else is seen or comes back with the marker.
/// </summary>
public sealed class NeedleSuiteTests
{
    private static readonly int[] Sizes = [20, 300, 5_000];

    // What must be seen and what may have to be fetched, by kind.
    private static readonly Dictionary<string, string[]> Needles = new(StringComparer.Ordinal)
    {
        ["json"] = ["error", "rare", "outlier", "key", "length", "id"],
        ["json spaced"] = ["error", "rare", "outlier", "key", "length", "id"],
        ["keyed"] = ["error", "rare", "outlier", "key", "length", "id"],
        ["jsonl"] = ["error", "rare", "outlier", "key", "length", "id"],
        ["csv"] = ["error", "rare", "outlier", "length", "id"],
        ["aligned"] = ["error", "rare", "outlier", "length", "id"],
        ["log"] = ["error", "rare", "outlier", "length", "id"],
        ["search"] = ["error", "rare", "length", "id"],
        ["diff"] = ["error", "rare", "length", "id"],
        ["build"] = ["error", "rare", "length", "id"],
        ["listing"] = ["error", "rare", "outlier", "length", "id"],
    };

    private static readonly HashSet<string> MayHaveToBeFetched = new(StringComparer.Ordinal) { "id", "length" };

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var (kind, needles) in Needles)
        {
            foreach (var needle in needles)
            {
                cases.Add(kind, needle);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_needle_is_seen_at_every_tenth_or_comes_back(string kind, string needle)
    {
        var turn = Needles.Keys.Index().First(k => k.Item == kind).Index + Array.IndexOf(Needles[kind], needle);
        foreach (var size in Sizes)
        {
            for (var tenth = 0; tenth <= 10; tenth++)
            {
                // Of the largest two places, in turn.
                if (size == Sizes[^1] && tenth != turn % 11 && tenth != (turn + 5) % 11)
                {
                    continue;
                }

                var level = (tenth + turn) % 2 == 0 ? CompressionLevel.Balanced : CompressionLevel.Aggressive;
                var (text, evidence) = Haystack(kind, needle, size, Math.Min(size - 1, tenth * size / 10));
                Assert.Contains(evidence, text, StringComparison.Ordinal);
                await AssertFound(text, evidence, level, isCertain: !MayHaveToBeFetched.Contains(needle), $"{needle} at {tenth}/10 of {size} {kind}, {level}");
            }
        }
    }

    private static async Task AssertFound(string text, string evidence, CompressionLevel level, bool isCertain, string what)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var utf8 = Encoding.UTF8.GetBytes(text);
        await using var store = new MemoryCcrStore();
        var hash = await store.PutAsync(utf8, cancellation);
        var result = ContentRouter.Compress(
            utf8, new CompressionOptions { Level = level, Marker = missing => Marker.Write(missing, hash) }, cancellation);
        var output = Encoding.UTF8.GetString(result.Output.Span);
        switch (result.Rung)
        {
            case Rung.Lossless:
                var decoded = ContentNotation.Decode(result.Output.Span);
                Assert.True(decoded is not null && (decoded.AsSpan().SequenceEqual(utf8) || JsonValueEquality.AreEqual(utf8, decoded)), $"{what}: decodes to something else");
                break;
            case Rung.View:
                Assert.True(!isCertain || output.Contains(evidence, StringComparison.Ordinal), $"{what}: {evidence} is not in\n{output}");
                var last = output[(output.LastIndexOf('\n') + 1)..];
                Assert.Equal(hash, Assert.Single(Marker.HashesIn(last)));
                Assert.Equal(utf8, await store.GetAsync(hash, cancellation));
                break;
            default:
                Assert.Equal(utf8, result.Output.ToArray());
                break;
        }
    }

    private static (string Text, string Evidence) Haystack(string kind, string needle, int size, int at)
    {
        var evidence = needle switch
        {
            "error" => "connection to shard 7741 refused by peer",
            "rare" => "quarantined",
            "outlier" => "987654",
            "key" => "rollbackHint",
            "length" => string.Join(kind == "listing" ? '-' : ' ', Enumerable.Range(0, 40).Select(i => "clause" + Text(i * 37 % 23))),
            _ => "b7e1-77c2-zq",
        };
        var text = new StringBuilder();
        switch (kind)
        {
            case "json" or "json spaced":
                var indent = kind == "json" ? "" : "  ";
                text.Append('[').AppendJoin("," + (indent.Length > 0 ? "\n" + indent : ""), Enumerable.Range(0, size).Select(i => JsonRow(i, i == at ? needle : "", evidence, indent.Length > 0))).Append(']');
                break;
            case "keyed":
                text.Append('{').AppendJoin(",", Enumerable.Range(0, size).Select(i => $"\"node-{Text(i)}\":{JsonRow(i, i == at ? needle : "", evidence, false)}")).Append('}');
                break;
            case "jsonl":
                text.AppendJoin('\n', Enumerable.Range(0, size).Select(i => JsonRow(i, i == at ? needle : "", evidence, false))).Append('\n');
                break;
            case "csv":
                text.Append("id,service,state,ms,message\n").AppendJoin('\n', Enumerable.Range(0, size).Select(i => string.Join(',', Cells(i, i == at ? needle : "", evidence)))).Append('\n');
                break;
            case "aligned":
                var rows = Enumerable.Range(0, size).Select(i => Cells(i, i == at ? needle : "", evidence)).Prepend(["ID", "SERVICE", "STATE", "MS", "MESSAGE"]).ToArray();
                var widths = Enumerable.Range(0, 5).Select(c => rows.Max(row => row[c].Length)).ToArray();
                text.AppendJoin('\n', rows.Select(row => string.Join("  ", row.Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd())).Append('\n');
                break;
            default:
                for (var i = 0; i < size; i++)
                {
                    Append(text, kind, i, i == at ? needle : "", evidence);
                }

                break;
        }

        return (text.ToString(), evidence);
    }

    private static string[] Cells(int i, string needle, string evidence) =>
    [
        needle == "id" ? evidence : $"req-{Text(1000 + (i * 7919 % 100_003))}",
        Service(i),
        needle switch { "error" => "failed", "rare" => evidence, _ => i % 3 == 0 ? "cached" : "done" },
        needle == "outlier" ? evidence : Text(20 + (i * 31 % 17)),
        needle is "error" or "length" ? evidence : $"order {Text(i * 13 % 977)} stored",
    ];

    private static string JsonRow(int i, string needle, string evidence, bool isSpaced)
    {
        var cells = Cells(i, needle, evidence);
        var row = $$"""{"id":"{{cells[0]}}","service":"{{cells[1]}}","state":"{{cells[2]}}","ms":{{cells[3]}},"message":"{{cells[4]}}"{{(needle == "key" ? $",\"{evidence}\":true" : "")}}}""";
        return isSpaced ? row.Replace("\":", "\": ", StringComparison.Ordinal).Replace(",\"", ", \"", StringComparison.Ordinal) : row;
    }

    private static void Append(StringBuilder text, string kind, int i, string needle, string evidence)
    {
        var path = $"src/{Service(i / 6)}/{Service(i / 18)}{Text(i / 6 % 40)}.cs";
        _ = (kind, needle) switch
        {
            ("log", "error") => text.Append(Stamp(i)).Append($" ERROR {Service(i)}: {evidence}\n"),
            ("log", "rare") => text.Append(Stamp(i)).Append($" INFO  disk 3 was {evidence} for good\n"),
            ("log", "outlier") => text.Append(Stamp(i)).Append($" INFO  {Service(i)}: order {Text(i * 13 % 977)} stored in {evidence} ms\n"),
            ("log", "length") => text.Append(Stamp(i)).Append($" INFO  {Service(i)}: {evidence}\n"),
            ("log", "id") => text.Append(Stamp(i)).Append($" INFO  {Service(i)}: order {evidence} stored in 31 ms\n"),
            ("log", _) => text.Append(Stamp(i)).Append($" INFO  {Service(i)}: order {Text(i * 13 % 977)} stored in {Text(20 + (i * 31 % 17))} ms\n"),

            ("search", "error") => text.Append($"{path}:{Text(3 + (i % 6 * 9))}:        throw new IOException(\"{evidence}\");\n"),
            ("search", "rare") => text.Append($"src/{evidence}/Door.cs:12:        var order = Load(12);\n"),
            ("search", "length" or "id") => text.Append($"{path}:{Text(3 + (i % 6 * 9))}:        var order = \"{evidence}\";\n"),
            ("search", _) => text.Append($"{path}:{Text(3 + (i % 6 * 9))}:        var order = Load({Text(i * 13 % 977)});\n"),

            ("diff", "rare") => text.Append($"diff --git a/src/{evidence}.cs b/src/{evidence}.cs\n--- a/src/{evidence}.cs\n+++ b/src/{evidence}.cs\n@@ -1,2 +1,3 @@\n var a = 1;\n+var b = 2;\n var c = 3;\n"),
            ("diff", _) => text.Append($"diff --git a/{path}{Text(i)} b/{path}{Text(i)}\n--- a/{path}{Text(i)}\n+++ b/{path}{Text(i)}\n@@ -{Text(i + 1)},2 +{Text(i + 1)},3 @@\n var a = {Text(i)};\n+var b = {(needle.Length > 0 ? $"Fail(\"{evidence}\")" : $"Load({Text(i * 13 % 977)})")};\n var c = {Text(i)};\n"),

            ("build", "error") => text.Append($"/home/dev/app/{path}({Text(i + 1)},9): error CS0103: {evidence} [/home/dev/app/app.csproj]\n"),
            ("build", "rare") => text.Append($"/home/dev/app/{path}({Text(i + 1)},9): warning CS4014: the file is {evidence} [/home/dev/app/app.csproj]\n"),
            ("build", "length" or "id") => text.Append($"  copied {evidence} to out\n"),
            ("build", _) => text.Append($"/home/dev/app/{path}({Text(i + 1)},9): warning CS0168: the variable 'v{Text(i * 13 % 977)}' is declared but never used [/home/dev/app/app.csproj]\n"),

            ("listing", "error") => text.Append($"ls: cannot open directory '/srv/data': {evidence}\n"),
            ("listing", "length") => text.Append(Listed(900 + (i * 31 % 97), evidence)),
            ("listing", "outlier") => text.Append(Listed(987_654, $"chunk-{Text(10_000 + i)}.bin")),
            ("listing", "rare") => text.Append(Listed(950, $"{evidence}.lock")),
            ("listing", "id") => text.Append(Listed(950, $"chunk-{evidence}.bin")),
            _ => text.Append(Listed(900 + (i * 31 % 97), $"chunk-{Text(10_000 + i)}.bin")),
        };
    }

    private static string Listed(int size, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"-rw-r--r-- 1 dev dev {size,8} Mar  3 10:21 {name}\n");

    private static string Stamp(int i) => new DateTime(2026, 3, 1, 8, 0, 0, DateTimeKind.Utc).AddSeconds(i).ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture);

    private static string Service(int i) => (i % 4) switch { 0 => "orders", 1 => "mail", 2 => "billing", _ => "search" };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
