using System.Text.RegularExpressions;

namespace Headroom.Engine.Ccr;

/// <summary>The bracketed line in a view that says what is missing and how to get it back.</summary>
public static partial class Marker
{
    /// <summary>The tool that gives originals back to a model.</summary>
    public const string ToolName = "headroom_retrieve";

    /// <summary>Length of a hash in hex digits.</summary>
    public const int HashLength = 24;

    /// <summary>Writes a marker: constant for a block, without counters or dates of its own.</summary>
    /// <param name="missing">A short statement of what is missing, for example <c>952 of 1000 rows not shown</c>.</param>
    /// <param name="hash">24 lower-case hex digits.</param>
    public static string Write(string missing, string hash) => $"[{missing}; {ToolName} hash={hash}]";

    /// <summary>All hashes in a text that stand in the form that markers have; whether a store issued them is for it to say.</summary>
    public static IEnumerable<string> HashesIn(string text) => Pattern().Matches(text).Select(m => m.Groups[1].Value);

    /// <summary>True for the retrieve tool under its own name or behind a server prefix (<c>mcp__x__headroom_retrieve</c>).</summary>
    public static bool IsRetrieveTool(ReadOnlySpan<char> toolName) =>
        toolName.SequenceEqual(ToolName) || toolName.EndsWith("__" + ToolName, StringComparison.Ordinal);

    [GeneratedRegex(@"\[[^\[\]\r\n]*headroom_retrieve[^\[\]\r\n]*hash=([0-9a-f]{24})\]", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
