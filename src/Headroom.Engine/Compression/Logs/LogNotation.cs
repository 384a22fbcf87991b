namespace Headroom.Engine.Compression.Logs;

/// <summary>
/// The grammar of the lossless form of logs, shared by its writer and its reader.
/// <code>
/// [log 5 lines: legend]
/// A: {t} INFO worker: job {} took {} ms
/// B: {3 lines}
///    at Shop.Cart.Add()
///    at Shop.Api.Post()
///    at Shop.Program.Main()
/// 2025-11-22 10:01:02,123 A 4711 23
/// 456 A 4712 31
/// B
/// {last line 2 more times}
/// </code>
/// The legend defines letters in order. A line is a letter with its values; or a timestamp, of which only the end that changed is written,
/// and a letter with its values or text; or text. A value <c>=</c> is the one at this place in the line with a letter before; one with a blank is in
/// quotes. A backslash begins text that could be taken for something else.
/// </summary>
internal static class LogNotation
{
    public const string Name = "log";

    /// <summary>A..Z and AA..ZZ.</summary>
    public const int MaxCodes = 26 + (26 * 26);

    /// <summary>The longest run of lines whose repetition is counted.</summary>
    public const int MaxPeriod = 8;

    public const byte Escape = (byte)'\\';

    public const byte Same = (byte)'=';

    public static ReadOnlySpan<byte> TimePlace => "{t}"u8;

    public static ReadOnlySpan<byte> ValuePlace => "{}"u8;

    /// <summary>The rest of the line is one value.</summary>
    public static ReadOnlySpan<byte> TailPlace => "{...}"u8;

    public static bool IsPlaceholderLike(byte[] literal) =>
        literal.AsSpan().IndexOf(TimePlace) >= 0 || literal.AsSpan().IndexOf(ValuePlace) >= 0 || literal.AsSpan().IndexOf(TailPlace) >= 0
        || literal.AsSpan().IndexOf(" lines}"u8) >= 0;

    public static void WriteCode(ByteBuffer output, int code)
    {
        if (code >= 26)
        {
            output.Append((char)('A' + (code / 26) - 1));
        }

        output.Append((char)('A' + (code % 26)));
    }

    /// <summary>The code at the start of a line, up to a blank, a colon or its end.</summary>
    /// <returns>Its number, or -1; <paramref name="length"/> in bytes.</returns>
    public static int ReadCode(ReadOnlySpan<byte> line, out int length)
    {
        length = 0;
        while (length < line.Length && length < 3 && line[length] is >= (byte)'A' and <= (byte)'Z')
        {
            length++;
        }

        if (length is 0 or > 2 || (length < line.Length && line[length] is not ((byte)' ' or (byte)':')))
        {
            return -1;
        }

        return length == 1 ? line[0] - 'A' : ((line[0] - 'A' + 1) * 26) + line[1] - 'A';
    }

    /// <summary>The length of a timestamp or the end of one at the start of a line; 0 when there is none.</summary>
    public static int ReadTime(ReadOnlySpan<byte> line)
    {
        if (LogTimestamp.Match(line) is > 0 and var whole)
        {
            return whole;
        }

        var i = LogTimestamp.DigitsAt(line);
        while (i > 0 && i + 1 < line.Length)
        {
            if (line[i] is (byte)' ' or (byte)'T' && LogTimestamp.Clock(line[(i + 1)..], needsSeconds: false) is > 0 and var clock)
            {
                return i + 1 + clock;
            }

            if (line[i] is not ((byte)':' or (byte)'.' or (byte)',' or (byte)'-' or (byte)'/') || !LogTimestamp.IsDigit(line[i + 1]))
            {
                break;
            }

            i += 1 + LogTimestamp.DigitsAt(line[(i + 1)..]);
        }

        return i > 0 ? i + LogTimestamp.HalfOfDay(line[i..]) : 0;
    }

    /// <summary>Puts the end that changed onto the timestamp before.</summary>
    /// <param name="previous">The timestamp before; empty at first.</param>
    /// <param name="written">What was written: an end, or a whole timestamp.</param>
    /// <param name="time">Receives the timestamp.</param>
    /// <returns>Its length; 0 when it does not fit.</returns>
    public static int ExpandTime(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> written, Span<byte> time)
    {
        // 1. As many fields from the end as were written.
        var fields = LogTimestamp.Fields(written);
        var keep = 0;
        if (fields < LogTimestamp.Fields(previous))
        {
            keep = previous.Length;
            for (var i = 0; i < fields; i++)
            {
                while (keep > 0 && !LogTimestamp.IsDigit(previous[keep - 1]))
                {
                    keep--;
                }

                while (keep > 0 && LogTimestamp.IsDigit(previous[keep - 1]))
                {
                    keep--;
                }
            }
        }

        // 2. The rest is as before.
        if (keep + written.Length > time.Length)
        {
            return 0;
        }

        previous[..keep].CopyTo(time);
        written.CopyTo(time[keep..]);
        return keep + written.Length;
    }

    /// <summary>A line of text that a reader of the form would take for something else.</summary>
    /// <param name="line">The text.</param>
    /// <param name="codes">How many letters the legend defines.</param>
    public static bool NeedsEscape(ReadOnlySpan<byte> line, int codes) =>
        line.Length > 0 && (line[0] == Escape || ReadTime(line) > 0 || IsCoded(line, codes) || line.StartsWith("{last "u8));

    /// <summary>The line begins with a letter of the legend, or could be mistaken for a line of it.</summary>
    public static bool IsCoded(ReadOnlySpan<byte> line, int codes) => ReadCode(line, out _) is >= 0 and var code && code <= codes;
}
