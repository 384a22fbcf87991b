namespace Headroom.Engine.Content;

/// <summary>One field of a record: its bytes without the quotes around it.</summary>
/// <param name="Start">Offset in the text.</param>
/// <param name="Length">In bytes, doubled quotes counted as they stand.</param>
/// <param name="IsQuoted">The field stands in quotes.</param>
/// <param name="HasQuote">A quote stands in the field; in a quoted field it is doubled.</param>
internal readonly record struct DelimitedField(int Start, int Length, bool IsQuoted, bool HasQuote);

/// <summary>The grammar of records with a separator: RFC 4180, with other separators and a bare LF as line end too.</summary>
internal static class DelimitedRecord
{
    /// <summary>How many records have to agree before a text counts as delimited.</summary>
    private const int SampleRecords = 64;

    private static ReadOnlySpan<byte> Separators => "\t,;|"u8;

    /// <summary>Reads the record at the start of a text.</summary>
    /// <param name="text">What is left of the text.</param>
    /// <param name="offset">Where that stands in the whole; added to the fields' offsets.</param>
    /// <param name="separator">Between fields.</param>
    /// <param name="fields">Receives the fields.</param>
    /// <returns>The length of the record with its line feed. A record with a broken quote has no fields and is one line long.</returns>
    public static int Read(ReadOnlySpan<byte> text, int offset, byte separator, List<DelimitedField> fields)
    {
        fields.Clear();
        var at = 0;
        while (true)
        {
            if (at < text.Length && text[at] == (byte)'"')
            {
                var close = Close(text, at + 1, out var hasQuote);
                var next = close + 1;
                if (close < 0 || (next < text.Length && text[next] != separator && !IsLineEnd(text, next)))
                {
                    fields.Clear();
                    return LineLength(text);
                }

                fields.Add(new DelimitedField(offset + at + 1, close - at - 1, true, hasQuote));
                at = next;
                if (at < text.Length && text[at] == (byte)'\r')
                {
                    at++;
                }
            }
            else
            {
                var length = text[at..].IndexOfAny(separator, (byte)'\n');
                length = length < 0 ? text.Length - at : length;
                var field = text.Slice(at, length);
                var isLast = at + length == text.Length || text[at + length] == (byte)'\n';
                var own = isLast && field is [.., (byte)'\r'] ? length - 1 : length;
                fields.Add(new DelimitedField(offset + at, own, false, field.Contains((byte)'"')));
                at += length;
            }

            if (at >= text.Length)
            {
                return text.Length;
            }

            if (text[at++] == (byte)'\n')
            {
                return at;
            }
        }
    }

    /// <summary>
    /// The separator with which the first records of a text have the same number of fields, at least two and in at least three records; 0 when
    /// there is none.
    /// </summary>
    /// <param name="text">The text or the start of it.</param>
    public static byte SeparatorOf(ReadOnlySpan<byte> text)
    {
        var fields = new List<DelimitedField>();
        var (best, bestFields) = ((byte)0, 1);
        foreach (var separator in Separators)
        {
            var (at, records, agreeing, width) = (0, 0, 0, 0);
            while (at < text.Length && records < SampleRecords)
            {
                var length = Read(text[at..], at, separator, fields);
                width = records == 0 ? fields.Count : width;
                agreeing += fields.Count == width ? 1 : 0;
                records++;
                at += length;
            }

            if (width > bestFields && agreeing >= 3 && agreeing * 10 >= records * 9)
            {
                (best, bestFields) = (separator, width);
            }
        }

        return best;
    }

    private static int Close(ReadOnlySpan<byte> text, int at, out bool hasQuote)
    {
        hasQuote = false;
        while (true)
        {
            var length = text[at..].IndexOf((byte)'"');
            if (length < 0)
            {
                return -1;
            }

            at += length;
            if (at + 1 >= text.Length || text[at + 1] != (byte)'"')
            {
                return at;
            }

            hasQuote = true;
            at += 2;
        }
    }

    private static bool IsLineEnd(ReadOnlySpan<byte> text, int at) =>
        text[at] == (byte)'\n' || (text[at] == (byte)'\r' && (at + 1 == text.Length || text[at + 1] == (byte)'\n'));

    private static int LineLength(ReadOnlySpan<byte> text)
    {
        var length = text.IndexOf((byte)'\n');
        return length < 0 ? text.Length : length + 1;
    }
}
