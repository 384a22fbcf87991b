using System.Buffers;
using System.Buffers.Text;

namespace Headroom.Engine.Content;

/// <summary>What tells the forms that this product writes from everything else: their first line, or the marker in their last.</summary>
internal static class NotationGrammar
{
    private const int HashLength = 24;
    private const int LongestMarker = 1_000;

    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789"u8);
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>The text begins with a header, begins as a table of JSON does, or ends with a marker.</summary>
    public static bool IsForm(ReadOnlySpan<byte> text) =>
        TryReadHeader(text, out _, out _, out _, out _, out _) || IsTableHeader(text) || EndsWithMarker(text);

    /// <summary>Reads a first line <c>[log 500 lines: legend]</c> or <c>[log view of 500 lines]</c>.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <param name="name">The compressor's name.</param>
    /// <param name="lines">How many lines of the original the form stands for.</param>
    /// <param name="isView">It leaves some out.</param>
    /// <param name="legend">How to read it; null as a slice when there is none.</param>
    /// <param name="body">Everything after the line.</param>
    public static bool TryReadHeader(
        ReadOnlySpan<byte> text,
        out ReadOnlySpan<byte> name,
        out int lines,
        out bool isView,
        out ReadOnlySpan<byte> legend,
        out ReadOnlySpan<byte> body)
    {
        name = legend = body = default;
        lines = 0;
        isView = false;
        if (text is not [(byte)'[', ..])
        {
            return false;
        }

        var end = text.IndexOf((byte)'\n');
        var line = end < 0 ? text : text[..end];
        var length = line[1..].IndexOfAnyExcept(NameBytes);
        if (length <= 0 || line[^1] != (byte)']' || line[1 + length] != (byte)' ')
        {
            return false;
        }

        var rest = line[(length + 2)..^1];
        isView = rest.StartsWith("view of "u8);
        rest = isView ? rest["view of ".Length..] : rest;
        if (!Utf8Parser.TryParse(rest, out lines, out var digits) || lines < 0 || !rest[digits..].StartsWith(" lines"u8))
        {
            return false;
        }

        rest = rest[(digits + " lines".Length)..];
        if (!rest.IsEmpty && !rest.StartsWith(": "u8))
        {
            return false;
        }

        name = line.Slice(1, length);
        legend = rest.IsEmpty ? default : rest[2..];
        body = end < 0 ? default : text[(end + 1)..];
        return true;
    }

    /// <summary><c>[12]{</c>, <c>[3 of 12]{</c> and <c>[9](</c>, which no JSON has.</summary>
    public static bool IsTableHeader(ReadOnlySpan<byte> text)
    {
        if (text is not [(byte)'[', .. var rest] || !Utf8Parser.TryParse(rest, out int count, out var digits) || count < 0)
        {
            return false;
        }

        rest = rest[digits..];
        if (rest.StartsWith(" of "u8))
        {
            rest = rest[" of ".Length..];
            if (!Utf8Parser.TryParse(rest, out count, out digits) || count < 0)
            {
                return false;
            }

            rest = rest[digits..];
        }

        return rest is [(byte)']', (byte)'{' or (byte)'(', ..];
    }

    /// <summary>The last line is <c>[... hash=0123456789abcdef01234567]</c>.</summary>
    public static bool EndsWithMarker(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd("\r\n"u8);
        if (text is not [.. var rest, (byte)']'] || rest.Length <= HashLength || rest[^HashLength..].ContainsAnyExcept(HexDigits)
            || !rest[..^HashLength].EndsWith("hash="u8))
        {
            return false;
        }

        rest = rest[Math.Max(0, rest.Length - LongestMarker)..];
        return rest[(rest.LastIndexOf((byte)'\n') + 1)..] is [(byte)'[', ..];
    }
}
