namespace Headroom.Engine.Content;

/// <summary>The grammar of table lines between vertical bars (GitHub Flavored Markdown, section 4.10).</summary>
internal static class MarkdownRow
{
    /// <summary>True for a line that begins and ends with a bar and has something between.</summary>
    public static bool IsRow(ReadOnlySpan<byte> line) => line.Length >= 3 && line[0] == (byte)'|' && line[^1] == (byte)'|';

    /// <summary>True for the line below a header: <c>|---|:--:|</c>, with or without spaces.</summary>
    public static bool IsRule(ReadOnlySpan<byte> line) =>
        IsRow(line) && line.IndexOfAnyExcept("|-: "u8) < 0 && line.Contains((byte)'-');

    /// <summary>Appends the cells between the bars of a row, spaces and escapes (<c>\|</c>) as they stand.</summary>
    public static void Split(ReadOnlySpan<byte> row, List<Range> cells)
    {
        cells.Clear();
        var start = 1;
        for (var at = 1; at < row.Length; at++)
        {
            if (row[at] == (byte)'\\')
            {
                at++;
            }
            else if (row[at] == (byte)'|')
            {
                cells.Add(start..at);
                start = at + 1;
            }
        }
    }
}
