using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json;

/// <summary>What all strings of a column begin and end with, when leaving it out of the cells costs fewer tokens.</summary>
/// <param name="Sample">The node of one of the strings.</param>
/// <param name="Prefix">Length of the common beginning in bytes.</param>
/// <param name="Suffix">Length of the common end in bytes.</param>
internal sealed record ColumnPattern(int Sample, int Prefix, int Suffix)
{
    private const int MinRows = 6;
    private const int SampleRows = 32;

    /// <summary>The pattern of a column of strings, or null when it does not pay.</summary>
    public static ColumnPattern? Find(JsonTape tape, int[] cells, int column, int width)
    {
        // :: Step 1: the longest common beginning and end.
        var sample = -1;
        int prefix = 0, suffix = 0, present = 0;
        var rows = cells.Length / width;
        for (var r = 0; r < rows; r++)
        {
            var cell = cells[(r * width) + column];
            if (cell < 0)
            {
                continue;
            }

            if (tape.Nodes[cell].IsEscaped)
            {
                return null;
            }

            present++;
            var text = tape.Inner(cell);
            if (sample < 0)
            {
                sample = cell;
                prefix = suffix = text.Length;
                continue;
            }

            var first = tape.Inner(sample);
            prefix = first[..prefix].CommonPrefixLength(text);
            suffix = CommonSuffixLength(first[^suffix..], text);
            if (prefix + suffix == 0)
            {
                return null;
            }
        }

        if (present < MinRows)
        {
            return null;
        }

        // :: Step 2: cut only beside a sign, so that neither a word nor a number is torn, and never let both ends overlap.
        var source = tape.Inner(sample);
        while (prefix > 0 && !IsSign(source[prefix - 1]))
        {
            prefix--;
        }

        while (suffix > 0 && !IsSign(source[^suffix]))
        {
            suffix--;
        }

        if (prefix + suffix == 0 || source[..prefix].Contains((byte)'*') || source[^suffix..].Contains((byte)'*'))
        {
            return null;
        }

        // :: Step 3: does it pay?
        int before = 0, after = 0, counted = 0;
        for (var r = 0; r < rows && counted < SampleRows; r++)
        {
            var cell = cells[(r * width) + column];
            if (cell < 0)
            {
                continue;
            }

            var text = tape.Inner(cell);
            if (text.Length < prefix + suffix)
            {
                return null;
            }

            counted++;
            before += TokenEstimator.Instance.Count(text);
            after += TokenEstimator.Instance.Count(text[prefix..^suffix]);
        }

        for (var r = 0; r < rows; r++)
        {
            var cell = cells[(r * width) + column];
            if (cell >= 0 && tape.Nodes[cell].Length - 2 < prefix + suffix)
            {
                return null;
            }
        }

        var header = TokenEstimator.Instance.Count(source[..prefix]) + TokenEstimator.Instance.Count(source[^suffix..]) + 2;
        var gain = (long)(before - after) * present / counted;
        return gain > header + 4 ? new ColumnPattern(sample, prefix, suffix) : null;
    }

    private static bool IsSign(byte b) => b < 0x80 && !char.IsAsciiLetterOrDigit((char)b);

    private static int CommonSuffixLength(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var length = 0;
        while (length < a.Length && length < b.Length && a[^(length + 1)] == b[^(length + 1)])
        {
            length++;
        }

        return length;
    }
}
