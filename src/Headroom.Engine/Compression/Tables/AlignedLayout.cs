using System.Globalization;
using System.Text;

namespace Headroom.Engine.Compression.Tables;

/// <summary>
/// How a program pads the cells of a line: each begins at its column's position or, aligned to the right, ends there; one that is too long is
/// followed by one space. In a legend: <c>columns at 0 12 &gt;20, width 24</c>.
/// </summary>
/// <param name="Positions">Per column where its cells begin, or end.</param>
/// <param name="IsRight">Per column: its cells end at the position.</param>
/// <param name="MinimumWidth">Shorter lines are filled with spaces.</param>
/// <param name="Ruler">Measures text.</param>
internal sealed record AlignedLayout(int[] Positions, bool[] IsRight, int MinimumWidth, LineRuler Ruler)
{
    private const string ColumnsWord = "columns at";
    private const string WidthWord = "width ";

    public int Count => Positions.Length;

    /// <summary>The words of the legend.</summary>
    public IEnumerable<string?> Words()
    {
        var text = new StringBuilder(ColumnsWord);
        for (var i = 0; i < Count; i++)
        {
            text.Append(' ').Append(IsRight[i] ? ">" : "").Append(CultureInfo.InvariantCulture, $"{Positions[i]}");
        }

        yield return text.ToString();
        yield return MinimumWidth > 0 ? FormattableString.Invariant($"{WidthWord}{MinimumWidth}") : null;
        yield return Ruler.Word;
    }

    /// <summary>Reads the words of a legend; null when they are not there.</summary>
    public static AlignedLayout? Of(string[] words)
    {
        var columns = words.FirstOrDefault(w => w.StartsWith(ColumnsWord, StringComparison.Ordinal));
        var width = words.FirstOrDefault(w => w.StartsWith(WidthWord, StringComparison.Ordinal));
        var least = 0;
        if (columns is null || (width is not null && !TryRead(width[WidthWord.Length..], out least)))
        {
            return null;
        }

        var parts = columns[ColumnsWord.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var positions = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!TryRead(parts[i].TrimStart('>'), out positions[i]))
            {
                return null;
            }
        }

        return new AlignedLayout(positions, [.. parts.Select(p => p[0] == '>')], least, LineRuler.Of(words));
    }

    /// <summary>Writes a line, without its end.</summary>
    public void Write(ByteBuffer output, ReadOnlySpan<ReadOnlyMemory<byte>> cells)
    {
        var at = 0;
        for (var i = 0; i < Count && i < cells.Length; i++)
        {
            if (cells[i].IsEmpty)
            {
                continue;
            }

            var width = Ruler.Width(cells[i].Span);
            var from = IsRight[i] ? Positions[i] - width : Positions[i];
            at = Pad(output, at, at > 0 ? Math.Max(from, at + 1) : from);
            output.Append(cells[i].Span);
            at += width;
        }

        Pad(output, at, MinimumWidth);
    }

    private static int Pad(ByteBuffer output, int at, int to)
    {
        output.AppendRepeated(' ', to - at);
        return Math.Max(at, to);
    }

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= 1 << 16;
}
