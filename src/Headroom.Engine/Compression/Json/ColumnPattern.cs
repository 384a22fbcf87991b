using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json;

/// <summary>What all strings, or all numbers, of a column begin and end with, when leaving it out of the cells costs fewer tokens.</summary>
/// <param name="Sample">The node of one of them.</param>
/// <param name="Prefix">Length of the common beginning in bytes.</param>
/// <param name="Suffix">Length of the common end in bytes.</param>
internal sealed record ColumnPattern(int Sample, int Prefix, int Suffix)
{
    private const int MinRows = 6;
    private const int SampleRows = 32;
    private const int MinDigits = 4;

    // A value that is cut is no longer found by searching for it. Readers search for and copy what names something: addresses, links, ids with
    // letters, numbers. Cutting these must pay much: in tokens, or by more than half of the column. Dates, times and counters in a text, of which
    // digits and signs are left, are read beside their pattern as they are everywhere, so that any gain is enough.
    private const int MinGain = 240;
    private const int MinShare = 55;

    /// <summary>The pattern of a column of strings or of numbers, or null when it does not pay.</summary>
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
            var text = Text(tape, cell);
            if (sample < 0)
            {
                sample = cell;
                prefix = suffix = text.Length;
                continue;
            }

            var first = Text(tape, sample);
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

        // :: Step 2: cut where no word and no number is torn, and never let both ends overlap. Numbers fall into tokens from their
        // beginning and may be cut anywhere.
        var source = Text(tape, sample);
        var isNumber = tape.Nodes[sample].Kind == JsonNodeKind.Number;
        while (prefix > 0 && !isNumber && IsTorn(tape, cells, column, width, prefix, isPrefix: true))
        {
            prefix--;
        }

        while (suffix > 0 && (isNumber ? IsWord(source[^suffix]) : IsTorn(tape, cells, column, width, suffix, isPrefix: false)))
        {
            suffix--;
        }

        // The first digit or two say how large a number is.
        if (isNumber && prefix < MinDigits)
        {
            prefix = 0;
        }

        if (prefix + suffix == 0 || source[..prefix].Contains((byte)'*') || source[^suffix..].Contains((byte)'*'))
        {
            return null;
        }

        // :: Step 3: does it pay?
        int before = 0, after = 0, counted = 0;
        var isName = isNumber;
        for (var r = 0; r < rows && counted < SampleRows; r++)
        {
            var cell = cells[(r * width) + column];
            if (cell < 0)
            {
                continue;
            }

            var text = Text(tape, cell);
            if (text.Length < prefix + suffix)
            {
                return null;
            }

            counted++;
            isName |= HasLetter(text[prefix..^suffix]);
            before += TokenEstimator.Instance.Count(text);
            after += TokenEstimator.Instance.Count(text[prefix..^suffix]);
        }

        for (var r = 0; r < rows; r++)
        {
            var cell = cells[(r * width) + column];
            if (cell >= 0 && Text(tape, cell).Length < prefix + suffix + (isNumber ? 1 : 0))
            {
                return null;
            }
        }

        var header = TokenEstimator.Instance.Count(source[..prefix]) + TokenEstimator.Instance.Count(source[^suffix..]) + 2;
        var gain = (long)(before - after) * present / counted;
        return gain > header + 4 && (!isName || gain >= MinGain || (before - after) * 100 >= before * MinShare) ? new ColumnPattern(sample, prefix, suffix) : null;
    }

    /// <summary>The text that is cut: a string without its quotes, a number as it stands.</summary>
    public static ReadOnlySpan<byte> Text(JsonTape tape, int cell) =>
        tape.Nodes[cell].Kind == JsonNodeKind.Number ? tape.Raw(cell) : tape.Inner(cell);

    // Beside a sign nothing is torn; elsewhere every row must change from letters to digits or back just there.
    private static bool IsTorn(JsonTape tape, int[] cells, int column, int width, int length, bool isPrefix)
    {
        for (var r = column; r < cells.Length; r += width)
        {
            if (cells[r] < 0)
            {
                continue;
            }

            var text = Text(tape, cells[r]);
            var cut = isPrefix ? length : text.Length - length;
            var inner = isPrefix ? text[cut - 1] : text[cut];
            if (!IsWord(inner))
            {
                return false;
            }

            if (cut > 0 && cut < text.Length && IsWord(text[cut - 1]) && IsWord(text[cut])
                && IsDigit(text[cut - 1]) == IsDigit(text[cut]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWord(byte b) => b >= 0x80 || char.IsAsciiLetterOrDigit((char)b);

    private static bool HasLetter(ReadOnlySpan<byte> text) =>
        text.IndexOfAnyInRange((byte)'a', (byte)'z') >= 0 || text.IndexOfAnyInRange((byte)'A', (byte)'Z') >= 0 || text.IndexOfAnyInRange((byte)0x80, (byte)0xFF) >= 0;

    private static bool IsDigit(byte b) => char.IsAsciiDigit((char)b);

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
