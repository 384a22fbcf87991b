namespace Headroom.Engine.Compression.Listings;

/// <summary>
/// The lossless form of what <c>tree</c> draws: a blank for each level in place of the branches, which follow from the levels. Leaves of
/// one directory that follow each other share a line. After <c>></c> comes one name with blanks in it, after <c>\</c> a line kept as it is.
/// </summary>
internal static class TreeNotation
{
    /// <summary>The legends, by the signs that the branches are drawn with.</summary>
    public static readonly string[] Legends = ["tree, a blank for each level", "tree, a blank for each level, drawn with |", "tree, a blank for each level, drawn narrow"];

    // Through, gap, branch, last branch. In UTF-8 tree puts no-break spaces behind a line.
    private static readonly string[][] Signs =
    [
        ["│\u00A0\u00A0 ", "    ", "├── ", "└── "],
        ["|   ", "    ", "|-- ", "`-- "],
        ["│   ", "    ", "├── ", "└── "],
    ];

    /// <summary>Writes the form; the number of the legend, or -1 when most lines are no branches.</summary>
    public static int Write(TextLines lines, ByteBuffer output, CancellationToken cancellationToken)
    {
        for (var style = 0; style < Signs.Length; style++)
        {
            var start = output.Length;
            if (Write(lines, new Style(Signs[style]), output, cancellationToken))
            {
                return style;
            }

            output.Truncate(start);
        }

        return -1;
    }

    /// <summary>Reads the body back; false when it is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, int legend, LineWriter output)
    {
        // :: Step 1: the rows with their depths; zero is a line as it is.
        var style = new Style(Signs[legend]);
        var depths = new List<int>();
        var names = new List<Range>();
        foreach (var range in new Lines(body))
        {
            var line = body[range];
            var depth = Math.Max(0, line.IndexOfAnyExcept((byte)' '));
            var at = range.Start.Value + depth;
            var end = range.End.Value;
            if (depth == 0)
            {
                depths.Add(0);
                names.Add((line.Length > 0 && line[0] == (byte)'\\' ? at + 1 : at)..end);
                continue;
            }

            if (body[at] == (byte)'>')
            {
                depths.Add(depth);
                names.Add((at + 1)..end);
                continue;
            }

            while (at <= end)
            {
                var length = body[at..end].IndexOf((byte)' ');
                var next = length < 0 ? end : at + length;
                depths.Add(depth);
                names.Add(at..next);
                at = next + 1;
            }
        }

        // :: Step 2: which is the last of its directory: no other of its depth before a shallower one.
        var isLast = LastOnes(depths);

        // :: Step 3: draw.
        var drawn = output.Part();
        var through = new List<bool>();
        for (var row = 0; row < depths.Count; row++)
        {
            drawn.Truncate(0);
            if (depths[row] == 0)
            {
                through.Clear();
            }
            else if (!style.TryDraw(depths[row], isLast[row], through, drawn))
            {
                return false;
            }

            output.Write(drawn.Written, body[names[row]]);
        }

        return true;
    }

    private static bool Write(TextLines lines, Style style, ByteBuffer output, CancellationToken cancellationToken)
    {
        // :: Step 1: the depths, and which rows the decoder would draw the same way.
        var depths = new List<int>(lines.Count);
        var names = new int[lines.Count];
        var rows = 0;
        for (var line = 0; line < lines.Count; line++)
        {
            var depth = style.DepthOf(lines[line], out names[line]);
            depths.Add(depth);
            rows += depth > 0 ? 1 : 0;
        }

        if (rows * 2 < lines.Count || rows == 0)
        {
            return false;
        }

        var isLast = LastOnes(depths);
        var through = new List<bool>();
        var drawn = new ByteBuffer(256);
        for (var line = 0; line < lines.Count; line++)
        {
            drawn.Truncate(0);
            if (depths[line] == 0)
            {
                through.Clear();
            }
            else if (!style.TryDraw(depths[line], isLast[line], through, drawn) || !drawn.Written.SequenceEqual(lines[line][..names[line]]))
            {
                // A tree that was cut off, or none.
                return false;
            }
        }

        // :: Step 2: write, leaves beside each other.
        var isInLine = false;
        for (var line = 0; line < lines.Count; line++)
        {
            if ((line & 0xFFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var name = lines[line][names[line]..];
            var isPlain = depths[line] > 0 && !name.Contains((byte)' ') && name[0] != (byte)'>';
            var isLeaf = line + 1 == depths.Count || depths[line + 1] <= depths[line];
            if (isInLine && isPlain && isLeaf && depths[line] == depths[line - 1])
            {
                output.Append(' ');
                output.Append(name);
                continue;
            }

            if (isInLine)
            {
                output.Append('\n');
            }

            for (var i = 0; i < depths[line]; i++)
            {
                output.Append((byte)' ');
            }

            if (depths[line] > 0 ? !isPlain : name.Length > 0 && name[0] is (byte)' ' or (byte)'\\')
            {
                output.Append(depths[line] > 0 ? '>' : '\\');
            }

            output.Append(name);
            isInLine = isPlain && isLeaf;
            if (!isInLine)
            {
                output.Append('\n');
            }
        }

        if (isInLine)
        {
            output.Append('\n');
        }

        return true;
    }

    private static bool[] LastOnes(List<int> depths)
    {
        var isLast = new bool[depths.Count];
        var open = new List<bool>();
        for (var row = depths.Count - 1; row >= 0; row--)
        {
            var depth = depths[row];
            while (open.Count <= depth)
            {
                open.Add(false);
            }

            isLast[row] = !open[depth];
            open.RemoveRange(depth + 1, open.Count - depth - 1);
            open[depth] = depth > 0;
        }

        return isLast;
    }

    private sealed class Style(string[] signs)
    {
        private readonly byte[][] _signs = [.. signs.Select(System.Text.Encoding.UTF8.GetBytes)];

        /// <summary>How deep a row is, and where its name begins; zero when it is no row.</summary>
        public int DepthOf(ReadOnlySpan<byte> line, out int name)
        {
            name = 0;
            for (var depth = 1; ; depth++)
            {
                var rest = line[name..];
                if (rest.StartsWith(_signs[2]) || rest.StartsWith(_signs[3]))
                {
                    name += _signs[2].Length;
                    if (name == line.Length || line[name] == (byte)' ')
                    {
                        break;
                    }

                    return depth;
                }

                var step = rest.StartsWith(_signs[0]) ? _signs[0].Length : rest.StartsWith(_signs[1]) ? _signs[1].Length : 0;
                if (step == 0)
                {
                    break;
                }

                name += step;
            }

            name = 0;
            return 0;
        }

        /// <summary>Appends what stands before a name; false when the row is more than one level below the one before.</summary>
        public bool TryDraw(int depth, bool isLast, List<bool> through, ByteBuffer drawn)
        {
            if (depth > through.Count + 1)
            {
                return false;
            }

            through.RemoveRange(depth - 1, through.Count - depth + 1);
            foreach (var goesOn in through)
            {
                drawn.Append(_signs[goesOn ? 0 : 1]);
            }

            drawn.Append(_signs[isLast ? 3 : 2]);
            through.Add(!isLast);
            return true;
        }
    }
}
