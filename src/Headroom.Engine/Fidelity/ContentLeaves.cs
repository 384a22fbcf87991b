using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Headroom.Engine.Fidelity;

/// <summary>The parts of a content that can be seen or missed: distinct scalar values of JSON, distinct lines of anything else.</summary>
internal static partial class ContentLeaves
{
    private static readonly JsonReaderOptions Options = new() { AllowMultipleValues = true, MaxDepth = 1024 };

    /// <summary>Reads a content; lines lose the white space around them.</summary>
    public static HashSet<string> Of(ReadOnlySpan<byte> utf8)
    {
        var leaves = new HashSet<string>(StringComparer.Ordinal);
        return TryReadJson(utf8, leaves) ? leaves : Lines(Encoding.UTF8.GetString(utf8));
    }

    /// <summary>The leaf speaks of something that went wrong. Written for this measure alone, so that it does not share the engine's blind spots.</summary>
    public static bool IsError(string leaf) => Failure().IsMatch(leaf) && !NoFailure().IsMatch(leaf);

    /// <summary>The names of files that stand behind a directory in one of the leaves.</summary>
    public static HashSet<string> FilesIn(IEnumerable<string> leaves)
    {
        var files = new HashSet<string>(StringComparer.Ordinal);
        foreach (var leaf in leaves)
        {
            foreach (Match match in FileBehindDirectory().Matches(leaf))
            {
                files.Add(match.Groups[1].Value);
            }
        }

        return files;
    }

    private static bool TryReadJson(ReadOnlySpan<byte> utf8, HashSet<string> leaves)
    {
        var json = new Utf8JsonReader(utf8, Options);
        try
        {
            while (json.Read())
            {
                switch (json.TokenType)
                {
                    case JsonTokenType.String when !json.ValueIsEscaped:
                    case JsonTokenType.Number:
                        leaves.Add(Encoding.UTF8.GetString(json.ValueSpan));
                        break;
                    case JsonTokenType.String:
                        // A string of several lines may be shown line by line.
                        leaves.UnionWith(Lines(Text(ref json)));
                        break;
                }
            }
        }
        catch (JsonException)
        {
            leaves.Clear();
            return false;
        }

        leaves.Remove("");
        return true;
    }

    private static string Text(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(json.ValueSpan);
        }
    }

    private static HashSet<string> Lines(string text)
    {
        var lines = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            lines.Add(line.Trim().ToString());
        }

        lines.Remove("");
        return lines;
    }

    [GeneratedRegex(@"(?i:\b(?:error|fatal|critical|panic|exception|traceback|segfault)\b|\b\w+(?:Error|Exception)\b)|\bFAIL(?:ED|URE)?\b", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Failure();

    [GeneratedRegex(@"\w[/\\]([\w.+-]*\w\.[A-Za-z]\w{0,7})\b", RegexOptions.CultureInvariant)]
    private static partial Regex FileBehindDirectory();

    [GeneratedRegex(@"(?i:\b(?:0|no|without) (?:errors?|exceptions?|failures?)\b|\berrors?[=: ]+(?:0|null|none|nil|false)\b)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex NoFailure();
}
