using System.Buffers.Text;

namespace Headroom.Engine.Compression.Json;

/// <summary>Whole numbers with equal steps, written <c>1..500</c>, or <c>0..90..10</c> where the step is not one.</summary>
internal sealed record NumberSequence(long First, long Last, long Step)
{
    /// <summary>Fewer numbers are as short when they are written out.</summary>
    public const int MinCount = 6;

    // The steps must not overflow, and numbers beyond this may not be what other readers take them for.
    private const long MaxNumber = 1L << 53;

    /// <summary>How many numbers there are.</summary>
    public long Count => ((Last - First) / Step) + 1;

    /// <summary>The sequence of a column that has a number in every row; null when it is none.</summary>
    public static NumberSequence? Of(JsonTape tape, int[] cells, int column, int width, int[]? extras)
    {
        var rows = cells.Length / width;
        if (rows < MinCount || (extras is not null && extras.Contains(-1)) || !TryRead(tape.Raw(cells[column]), out var first)
            || !TryRead(tape.Raw(cells[width + column]), out var last) || last == first)
        {
            return null;
        }

        var step = last - first;
        for (var r = 2; r < rows; r++)
        {
            if (!TryRead(tape.Raw(cells[(r * width) + column]), out var number) || number - last != step)
            {
                return null;
            }

            last = number;
        }

        return new NumberSequence(first, last, step);
    }

    /// <summary>True for a whole number in its shortest spelling and of a size that every reader holds exactly.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long number) =>
        Utf8Parser.TryParse(text, out number, out var length) && length == text.Length && text[0] != (byte)'+'
        && (text[0] != (byte)'0' || text.Length == 1) && !text.StartsWith("-0"u8) && number is >= -MaxNumber and <= MaxNumber;

    /// <summary>Reads <c>first..last</c> or <c>first..last..step</c>; null for anything else.</summary>
    public static NumberSequence? Parse(ReadOnlySpan<byte> text)
    {
        var gap = text.IndexOf(".."u8);
        if (gap <= 0 || !TryRead(text[..gap], out var first))
        {
            return null;
        }

        text = text[(gap + 2)..];
        gap = text.IndexOf(".."u8);
        if (text.IsEmpty || gap == 0 || !TryRead(gap < 0 ? text : text[..gap], out var last) || last == first)
        {
            return null;
        }

        long step = last < first ? -1 : 1;
        if (gap > 0 && (text.Length == gap + 2 || !TryRead(text[(gap + 2)..], out step)))
        {
            return null;
        }

        return step != 0 && (last - first) % step == 0 && (last - first) / step > 0 ? new NumberSequence(first, last, step) : null;
    }

    /// <summary>Appends the sequence as it is read.</summary>
    public void Write(ByteBuffer output)
    {
        Append(output, First);
        output.Append(".."u8);
        Append(output, Last);
        if (Step != (Last < First ? -1 : 1))
        {
            output.Append(".."u8);
            Append(output, Step);
        }
    }

    /// <summary>Appends a number in its shortest spelling.</summary>
    public static void Append(ByteBuffer output, long number)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out var length);
        output.Append(digits[..length]);
    }
}
