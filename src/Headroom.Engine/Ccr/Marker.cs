using System.Buffers;

namespace Headroom.Engine.Ccr;

/// <summary>The bracketed line in a view that says what is missing and how to get it back.</summary>
public static class Marker
{
    /// <summary>The tool that gives originals back to a model.</summary>
    public const string ToolName = "headroom_retrieve";

    /// <summary>The tool that compresses what a model gives it.</summary>
    public const string CompressToolName = "headroom_compress";

    /// <summary>The tool that tells what was saved.</summary>
    public const string StatsToolName = "headroom_stats";

    /// <summary>Length of a hash in hex digits.</summary>
    public const int HashLength = 24;

    private const string HashLabel = "hash=";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>Writes a marker: constant for a block, without counters or dates of its own.</summary>
    /// <param name="missing">
    /// A short statement of what is missing, for example <c>952 of 1000 rows not shown</c>; a line break in it becomes a space.
    /// </param>
    /// <param name="hash">24 lower-case hex digits.</param>
    public static string Write(string missing, string hash)
    {
        ArgumentNullException.ThrowIfNull(missing);
        return $"[{missing.ReplaceLineEndings(" ")}; {ToolName} {HashLabel}{hash}]";
    }

    /// <summary>
    /// All hashes in a text that stand in the form that markers have: on one line an opening bracket, then the tool's name,
    /// then the hash and at once the closing bracket. Anybody can write such a line; whether a store issued the hash is for
    /// the store to say. Takes time in proportion to the text's length, whatever it holds.
    /// </summary>
    public static IReadOnlyList<string> HashesIn(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var hashes = new List<string>();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            AddHashes(line, hashes);
        }

        return hashes;
    }

    /// <summary>True for 24 lower-case hex digits.</summary>
    public static bool IsHash(ReadOnlySpan<char> text) => text.Length == HashLength && !text.ContainsAnyExcept(HexDigits);

    /// <summary>
    /// True for the retrieve tool under its own name or behind the prefix that a client puts before a server's tools:
    /// <c>mcp__x__headroom_retrieve</c>, <c>x-headroom_retrieve</c>, <c>functions.headroom_retrieve</c>.
    /// </summary>
    public static bool IsRetrieveTool(ReadOnlySpan<char> toolName) => IsTool(toolName, ToolName);

    /// <summary>True for each of this product's tools, with or without a prefix: what they answer is never compressed.</summary>
    public static bool IsOwnTool(ReadOnlySpan<char> toolName) =>
        IsTool(toolName, ToolName) || IsTool(toolName, CompressToolName) || IsTool(toolName, StatsToolName);

    // Every step moves forward only; a pattern that could look back would be quadratic on a text made to hurt it.
    private static void AddHashes(ReadOnlySpan<char> line, List<string> hashes)
    {
        while (Skip(ref line, "[") && Skip(ref line, ToolName))
        {
            while (Skip(ref line, HashLabel))
            {
                if (line.Length > HashLength && line[HashLength] == ']' && IsHash(line[..HashLength]))
                {
                    hashes.Add(line[..HashLength].ToString());
                    break;
                }
            }
        }
    }

    private static bool IsTool(ReadOnlySpan<char> name, ReadOnlySpan<char> tool) =>
        name.EndsWith(tool, StringComparison.Ordinal) && (name.Length == tool.Length || !char.IsAsciiLetterOrDigit(name[^(tool.Length + 1)]));

    private static bool Skip(ref ReadOnlySpan<char> line, ReadOnlySpan<char> word)
    {
        var at = line.IndexOf(word);
        line = at < 0 ? [] : line[(at + word.Length)..];
        return at >= 0;
    }
}
