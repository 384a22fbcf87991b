using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Diffs;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Diffs;

/// <summary>Forms of test diffs.</summary>
internal static class Diff
{
    public const int Balanced = 2000;

    public static IEnumerable<Fixture> Captured => Fixtures.In("diff").Append(Fixtures.Named("text/git-show.diff"));

    public static IContentForms? Open(byte[] utf8) => new DiffCompressor().Open(utf8, TestContext.Current.CancellationToken);

    public static byte[]? Lossless(byte[] utf8) => Open(utf8)?.Lossless(TestContext.Current.CancellationToken)?.Output;

    public static string? View(byte[] utf8, int budget = Balanced, string? query = null, string? keep = null, string marker = "[{0}]")
    {
        var relevance = new Relevance(query, keep is null ? [] : [new Regex(keep, RegexOptions.CultureInvariant)]);
        var form = Open(utf8)!.View(new ViewRequest(budget, relevance, said => marker.Replace("{0}", said, StringComparison.Ordinal)), TestContext.Current.CancellationToken);
        return form is null ? null : Encoding.UTF8.GetString(form.Output);
    }

    public static string View(string text, int budget = Balanced) => View(Encoding.UTF8.GetBytes(text), budget)!;

    /// <summary>A git diff of one file with unchanged lines around.</summary>
    public static string File(string path, params string[] hunks)
    {
        var text = new StringBuilder($"diff --git a/{path} b/{path}\nindex 1111111..2222222 100644\n--- a/{path}\n+++ b/{path}\n");
        var growth = 0;
        for (var i = 0; i < hunks.Length; i++)
        {
            var lines = hunks[i].Split('\n');
            var (old, now) = (lines.Count(line => line[0] is ' ' or '-'), lines.Count(line => line[0] is ' ' or '+'));
            var start = (100 * i) + 1;
            text.Append($"@@ -{Range(start, old)} +{Range(start + growth, now)} @@\n{hunks[i]}\n");
            growth += now - old;
        }

        return text.ToString();
    }

    private static string Range(int start, int count) => count == 1 ? $"{start}" : count == 0 ? $"{start - 1},0" : $"{start},{count}";
}
