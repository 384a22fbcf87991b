using System.Buffers.Text;

namespace Headroom.Engine.Compression.Builds;

/// <summary>
/// Lines one after the other that differ in a few words: <c>@3: PASS {} ({} ms)</c> and below it <c>parse 3, read 12, write 7</c>. Numbers that
/// count are <c>{0..39}</c>, a word that is the same as an earlier one of its line is <c>{=1}</c>. Lines that alternate fold in pairs and threes:
/// <c>@20:2: first</c> and then the second.
/// </summary>
internal static class AlikeLines
{
    private const int LongestPeriod = 3;
    private const int LeastRows = 3;
    private const int MostRows = 1000;

    /// <summary>Folds what is alike; false when nothing is.</summary>
    /// <param name="source">Lines, each with its line feed.</param>
    /// <param name="control">Begins no line of the text but control lines.</param>
    /// <param name="naming">Lines with this sign are left alone; zero when there are none.</param>
    /// <param name="output">Takes the lines.</param>
    /// <param name="cancellationToken">Ends the work between runs.</param>
    public static bool Fold(ReadOnlySpan<byte> source, byte control, byte naming, ByteBuffer output, CancellationToken cancellationToken)
    {
        var shapes = new ulong[source.Count((byte)'\n')];
        var starts = new int[shapes.Length + 1];
        for (var i = 0; i < shapes.Length; i++)
        {
            var length = source[starts[i]..].IndexOf((byte)'\n');
            shapes[i] = ShapeOf(source.Slice(starts[i], length), control, naming);
            starts[i + 1] = starts[i] + length + 1;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var folded = false;
        for (var i = 0; i < shapes.Length;)
        {
            var (period, rows) = Run(shapes, i);
            var end = starts[i + Math.Max(1, period * rows)];
            var before = output.Length;
            if (rows > 0)
            {
                WriteRun(source, starts, i, period, rows, control, output);
                if (output.Length - before <= (end - starts[i]) * 0.8)
                {
                    folded = true;
                    i += period * rows;
                    continue;
                }

                output.Truncate(before);
            }

            output.Append(source[starts[i]..end]);
            i += Math.Max(1, period * rows);
            if ((i & 0xFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return folded;
    }

    /// <summary>Writes the lines out again; false when the text is damaged.</summary>
    public static bool Unfold(ReadOnlySpan<byte> text, byte control, long mostLines, ByteBuffer output, DecodeLimit limit)
    {
        var rest = text;
        while (!rest.IsEmpty)
        {
            var line = Next(ref rest);
            if (line.Length < 2 || line[0] != control || !char.IsAsciiDigit((char)line[1]))
            {
                output.Append(line);
                output.Append((byte)'\n');
                if (--mostLines < 0)
                {
                    return false;
                }

                continue;
            }

            if (!Utf8Parser.TryParse(line[1..], out int rows, out var digits) || rows < LeastRows || rows > MostRows)
            {
                return false;
            }

            line = line[(1 + digits)..];
            var period = 1;
            if (line.Length > 2 && line[0] == (byte)':' && char.IsAsciiDigit((char)line[1]) && line[2] == (byte)':')
            {
                period = line[1] - '0';
                line = line[2..];
            }

            if (!line.StartsWith(": "u8) || period is < 1 or > LongestPeriod)
            {
                return false;
            }

            var template = line[2..].ToArray().AsMemory();
            if (period > 1)
            {
                var buffer = limit.Buffer(256);
                buffer.Append(template.Span);
                for (var i = 1; i < period && !rest.IsEmpty; i++)
                {
                    buffer.Append((byte)'\n');
                    buffer.Append(Next(ref rest));
                }

                template = buffer.ToArray();
            }

            mostLines -= rows * period;
            if (mostLines < 0 || AlikeTemplate.Read(template) is not { } shape
                || !shape.Write(rows, shape.HasOpenSlots ? rest.IsEmpty ? default : Next(ref rest) : default, output))
            {
                return false;
            }
        }

        return true;
    }

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest)
    {
        var line = rest[..rest.IndexOf((byte)'\n')];
        rest = rest[(line.Length + 1)..];
        return line;
    }

    // What a line is without its words, but for the first, which says what it is about; zero when it cannot be folded.
    private static ulong ShapeOf(ReadOnlySpan<byte> line, byte control, byte naming)
    {
        if (line.Length < 4 || line[0] == control)
        {
            return 0;
        }

        var hash = 14695981039346656037UL;
        var words = 0;
        for (var i = 0; i < line.Length; i++)
        {
            var (start, hasDigit) = (i, false);
            for (; i < line.Length && AlikeTemplate.IsWord(line[i]); i++)
            {
                hasDigit |= (uint)(line[i] - '0') <= 9;
            }

            if (i > start)
            {
                hash = TextIndex.Mix(hash, words++ == 0 && !hasDigit ? TextIndex.HashOf(line[start..i]) : 1);
            }

            var b = i < line.Length ? line[i] : (byte)'\n';
            if (b is (byte)'{' or (byte)'}' || (b == naming && naming != 0))
            {
                return 0;
            }

            hash = (hash ^ b) * 1099511628211UL;
        }

        return words == 0 ? 0 : hash | 1;
    }

    private static (int Period, int Rows) Run(ulong[] shapes, int from)
    {
        for (var period = 1; period <= LongestPeriod; period++)
        {
            var at = from;
            var most = from + (period * MostRows);
            while (at < shapes.Length && at < most && shapes[at] != 0 && (at < from + period || shapes[at] == shapes[at - period]))
            {
                at++;
            }

            if ((at - from) / period is >= LeastRows and var rows)
            {
                return (period, rows);
            }
        }

        return (0, 0);
    }

    private static void WriteRun(ReadOnlySpan<byte> source, int[] starts, int from, int period, int rows, byte control, ByteBuffer output)
    {
        output.Append(control);
        output.Append(rows);
        if (period > 1)
        {
            output.Append((byte)':');
            output.Append(period);
        }

        output.Append(": "u8);
        var records = new int[rows + 1];
        for (var row = 0; row <= rows; row++)
        {
            records[row] = starts[from + (row * period)];
        }

        AlikeTemplate.Learn(source, records, output);
    }
}
