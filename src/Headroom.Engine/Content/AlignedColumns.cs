using System.Text;

namespace Headroom.Engine.Content;

/// <summary>
/// The grammar of tables whose columns are aligned by padding below a header: where columns begin and end. Positions are bytes in ASCII
/// text, else cells of a terminal or characters.
/// </summary>
internal sealed class AlignedColumns
{
    private const int MaxWidth = 4096;
    private const int MaxColumns = 64;

    /// <summary>Positions where at most one line in this many has ink count as blank: some value is always too long.</summary>
    private const int InkShare = 32;

    private AlignedColumns(int[] starts, int[] ends, int named) => (Starts, Ends, Named) = (starts, ends, named);

    /// <summary>First position of each column.</summary>
    public int[] Starts { get; }

    /// <summary>Position after the last ink of each column.</summary>
    public int[] Ends { get; }

    public int Count => Starts.Length;

    /// <summary>Number of columns whose name begins or ends where most of the cells below it do: a title above a table has few.</summary>
    public int Named { get; }

    /// <summary>Finds the columns below a header.</summary>
    /// <param name="header">The line with the columns' names.</param>
    /// <param name="lines">How many lines follow it.</param>
    /// <param name="line">One of them, without its end.</param>
    /// <param name="isByCells">Wide characters take two positions.</param>
    /// <returns>Null when there are no two columns.</returns>
    public static AlignedColumns? Find(ReadOnlySpan<byte> header, int lines, Func<int, ReadOnlyMemory<byte>> line, bool isByCells)
    {
        // :: Step 1: how many lines have ink at each position? A line has at least as many bytes as positions.
        var most = header.Length;
        for (var i = 0; i < lines; i++)
        {
            most = Math.Max(most, line(i).Length);
        }

        most = Math.Min(most, MaxWidth);
        var ink = new int[most];
        var named = new int[most];
        var width = Mark(header, named, isByCells);
        if (width is 0 or > MaxWidth)
        {
            return null;
        }

        var inked = 0;
        for (var i = 0; i < lines; i++)
        {
            var marked = Mark(line(i).Span, ink, isByCells);
            width = Math.Max(width, marked);
            inked += marked > 0 ? 1 : 0;
        }

        // :: Step 2: runs of ink between blank positions; a run without a name belongs to the column before it.
        var few = inked / InkShare;
        var starts = new List<int>();
        var ends = new List<int>();
        width = Math.Min(most, width);
        for (var at = 0; at < width;)
        {
            if (named[at] == 0 && ink[at] <= few)
            {
                at++;
                continue;
            }

            var (from, isNamed) = (at, false);
            for (; at < width && (named[at] != 0 || ink[at] > few); at++)
            {
                isNamed |= named[at] != 0;
            }

            if (isNamed || starts.Count == 0)
            {
                starts.Add(from);
                ends.Add(at);
            }
            else
            {
                ends[^1] = at;
            }
        }

        if (starts.Count is < 2 or > MaxColumns)
        {
            return null;
        }

        // :: Step 3: which columns does the header name in their place?
        var inPlace = 0;
        for (var c = 0; c < starts.Count; c++)
        {
            bool IsShared(int at) => named[at] != 0 && ink[at] * 2 > inked;
            inPlace += IsShared(starts[c]) || IsShared(ends[c] - 1) ? 1 : 0;
        }

        return new AlignedColumns([.. starts], [.. ends], inPlace);
    }

    /// <summary>True when a line of single-byte characters is blank between the columns and has ink in two of them.</summary>
    public bool Fits(ReadOnlySpan<byte> line)
    {
        var filled = 0;
        for (var column = 0; column < Count; column++)
        {
            var from = Math.Min(Starts[column], line.Length);
            var to = column + 1 < Count ? Math.Min(Starts[column + 1], line.Length) : line.Length;
            filled += line[from..to].IndexOfAnyExcept((byte)' ') >= 0 ? 1 : 0;
            if (column + 1 < Count && to > from && to < line.Length && line[to - 1] != (byte)' ')
            {
                return false;
            }
        }

        return filled >= 2;
    }

    // The position after the last ink.
    private static int Mark(ReadOnlySpan<byte> line, int[] ink, bool isByCells)
    {
        var (at, end) = (0, 0);
        if (Ascii.IsValid(line))
        {
            foreach (var b in line)
            {
                if (b > (byte)' ')
                {
                    if (at < ink.Length)
                    {
                        ink[at]++;
                    }

                    end = at + 1;
                }

                at++;
            }

            return end;
        }

        while (!line.IsEmpty)
        {
            _ = Rune.DecodeFromUtf8(line, out var rune, out var length);
            line = line[length..];
            var width = isByCells ? DisplayWidth.Of(rune) : 1;
            for (; width > 0; width--, at++)
            {
                if (rune.Value > ' ')
                {
                    if (at < ink.Length)
                    {
                        ink[at]++;
                    }

                    end = at + 1;
                }
            }
        }

        return end;
    }
}
