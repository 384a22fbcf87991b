using System.Buffers.Text;

namespace Headroom.Engine.Compression.Logs;

/// <summary>
/// Timestamps as programs spell them: a date and a clock, a clock alone, seconds or milliseconds since 1970, or seconds since the start as kernels
/// write them. A zone after it is not part of it: it stays the same from line to line. Fields are the runs of digits.
/// </summary>
internal static class LogTimestamp
{
    /// <summary>A line's timestamp begins within this many bytes.</summary>
    private const int LastStart = 64;

    /// <summary>The longest spelling: <c>22-Nov-2025 10:01:02.123456789</c> and one more for a padded day.</summary>
    public const int MaxLength = 32;

    /// <summary>Finds the first timestamp near a line's start.</summary>
    /// <param name="line">One line.</param>
    /// <param name="hint">Where the line before had its own; looked at first.</param>
    /// <param name="length">Its length in bytes; 0 when there is none.</param>
    /// <returns>Where it begins; -1 when there is none.</returns>
    public static int Find(ReadOnlySpan<byte> line, int hint, out int length)
    {
        if (hint >= 0 && hint < line.Length && CanStart(line, hint) && (length = Match(line[hint..])) > 0)
        {
            return hint;
        }

        if (line.Length > 0 && line[0] is (byte)'[' or (>= (byte)'0' and <= (byte)'9') or (byte)'t' && Number(line, out length) is >= 0 and var number)
        {
            return number;
        }

        var last = Math.Min(LastStart, line.Length - "00:00:00".Length);
        for (var i = 0; i <= last; i++)
        {
            var c = line[i];
            if ((c is >= (byte)'0' and <= (byte)'9' or (>= (byte)'A' and <= (byte)'S')) && CanStart(line, i)
                && (length = Match(line[i..])) > 0)
            {
                return i;
            }
        }

        length = 0;
        return -1;
    }

    // 1763805662.123 and 1763805662123 at the start of a line that goes on, in brackets, or as ts= or time=; [   12.345678].
    private static int Number(ReadOnlySpan<byte> line, out int length)
    {
        var at = line[0] == '[' ? 1 : line.StartsWith("ts="u8) ? 3 : line.StartsWith("time="u8) ? 5 : line[0] == 't' ? line.Length : 0;
        var isPadded = at == 1 && at < line.Length && line[at] == ' ';
        while (isPadded && at < line.Length && line[at] == ' ')
        {
            at++;
        }

        var text = line[at..];
        var digits = DigitsAt(text);
        var fraction = digits > 0 && digits < text.Length && text[digits] == '.' ? DigitsAt(text[(digits + 1)..]) : 0;
        length = digits + (fraction > 0 ? fraction + 1 : 0);
        if (length > 0 && length < text.Length)
        {
            var isEpoch = !isPadded && text[0] == '1' && (digits == 10 ? fraction <= 9 : digits == 13 && fraction == 0)
                && text[length] is (byte)' ' or (byte)'\t' or (byte)']' or (byte)',' or (byte)';' or (byte)'|' or (byte)':';
            var isKernel = line[0] == '[' && digits <= 7 && fraction == 6 && text[length] == ']';
            if (isEpoch || isKernel)
            {
                return at;
            }
        }

        length = 0;
        return -1;
    }

    /// <summary>The length of the timestamp at the start of a text, 0 when there is none.</summary>
    public static int Match(ReadOnlySpan<byte> text)
    {
        if (text.Length < 8)
        {
            return 0;
        }

        if (!IsDigit(text[0]))
        {
            // Nov 22 10:01:02, Nov  2 10:01:02; Nov 22, 2026 7:47:10 PM
            var day = DigitsAt(text[4..]);
            if (MonthOf(text) > 0 && text[3] == ' ' && day is 1 or 2 && text[(4 + day)..].StartsWith(", "u8)
                && DigitsAt(text[(6 + day)..]) == 4)
            {
                var comma = text[(10 + day)..].StartsWith(", "u8) ? 1 : 0;
                return text[(10 + day + comma)..] is [(byte)' ', ..] ? After(11 + day + comma, AnyClock(text[(11 + day + comma)..])) : 0;
            }

            return MonthOf(text) > 0 && text[3] == ' ' && (text[4] == ' ' || IsDigit(text[4])) && IsDigit(text[5]) && text[6] == ' '
                ? After(7, Clock(text[7..], needsSeconds: true)) : 0;
        }

        var digits = DigitsAt(text);
        if (digits == 4)
        {
            // 2025-11-22T10:01:02, 2025/11/22 10:01:02; klog's 1122 10:01:02
            if (text[4] == ' ')
            {
                return After(5, Clock(text[5..], needsSeconds: true));
            }

            return text[4] is (byte)'-' or (byte)'/' or (byte)'.' && text.Length >= 16 && IsPair(text[5..]) && text[7] == text[4]
                && IsPair(text[8..]) && text[10] is (byte)'T' or (byte)' ' or (byte)'_'
                ? text[10] == ' ' && text[11] == ' ' ? After(12, Clock(text[12..], needsSeconds: true)) : After(11, Clock(text[11..], needsSeconds: false)) : 0;
        }

        if (digits is not (1 or 2))
        {
            return 0;
        }

        var separator = text[digits];
        if (separator == ':')
        {
            return digits == 2 ? Clock(text, needsSeconds: true) : 0;
        }

        if (separator is not ((byte)'/' or (byte)'-' or (byte)'.' or (byte)' '))
        {
            return 0;
        }

        // 22/Nov/2025:10:01:02, 22-Nov-2025 10:01:02, 11/22/2025 10:01:02, 11/22/2025 7:01:02 PM
        var at = digits + 1;
        var month = MonthOf(text[at..]) > 0 ? 3 : separator == ' ' ? 0 : DigitsAt(text[at..]);
        at += month;
        if (month is 0 or > 3 || at + 6 >= text.Length || text[at] != separator || DigitsAt(text[(at + 1)..]) != 4
            || text[at + 5] is not ((byte)':' or (byte)' ' or (byte)'T'))
        {
            return 0;
        }

        return After(at + 6, AnyClock(text[(at + 6)..]));
    }

    /// <summary>The length of what says which half of the day, with the blank before it, at the start of a text: <c> PM</c>; 0 when there is none.</summary>
    public static int HalfOfDay(ReadOnlySpan<byte> text)
    {
        var blank = text.StartsWith(" "u8) ? 1 : text.StartsWith("\u202F"u8) ? 3 : 0;
        return blank > 0 && text.Length >= blank + 2 && text[blank] is (byte)'A' or (byte)'P' && text[blank + 1] == 'M'
            && (text.Length == blank + 2 || !char.IsAsciiLetterOrDigit((char)text[blank + 2])) ? blank + 2 : 0;
    }

    // 10:01:02 or 7:01:02 PM
    private static int AnyClock(ReadOnlySpan<byte> text)
    {
        var hour = DigitsAt(text);
        if (hour is 1 or 2 && text.Length > hour + 5 && text[hour] == ':' && IsPair(text[(hour + 1)..]))
        {
            var at = hour + 3 + (text[hour + 3] == ':' && IsPair(text[(hour + 4)..]) ? 3 : 0);
            if (HalfOfDay(text[at..]) is > 0 and var half)
            {
                return at + half;
            }
        }

        return Clock(text, needsSeconds: false);
    }

    /// <summary>The length of a clock (<c>10:01</c>, <c>10:01:02</c>, <c>10:01:02,123</c>) at the start of a text, 0 when there is none.</summary>
    public static int Clock(ReadOnlySpan<byte> text, bool needsSeconds)
    {
        if (text.Length < 5 || !IsPair(text) || text[2] != ':' || !IsPair(text[3..]) || text[0] > '2' || text[3] > '5')
        {
            return 0;
        }

        if (text.Length < 8 || text[5] != ':' || !IsPair(text[6..]))
        {
            return needsSeconds || (text.Length > 5 && IsDigit(text[5])) ? 0 : 5;
        }

        var at = 8;
        if (at + 1 < text.Length && text[at] is (byte)'.' or (byte)',' && IsDigit(text[at + 1]))
        {
            var fraction = DigitsAt(text[(at + 1)..]);
            at += fraction <= 9 ? fraction + 1 : 0;
        }

        return at < text.Length && (IsDigit(text[at]) || (text[at] == ':' && at + 1 < text.Length && IsDigit(text[at + 1]))) ? 0 : at;
    }

    /// <summary>Seconds since the year 0 (of a clock alone: since midnight), for distances between lines of one log.</summary>
    public static double Seconds(ReadOnlySpan<byte> timestamp)
    {
        if (timestamp.IndexOf((byte)':') < 0 && Utf8Parser.TryParse(timestamp, out double number, out _))
        {
            return timestamp.Length == 13 && timestamp.IndexOf((byte)'.') < 0 ? number / 1000 : number;
        }

        Span<double> fields = stackalloc double[8];
        var count = 0;
        var month = 0;
        var clock = 0;
        for (var i = 0; i < timestamp.Length && count < fields.Length; i++)
        {
            if (IsDigit(timestamp[i]))
            {
                _ = Utf8Parser.TryParse(timestamp[i..], out int value, out var used);
                clock = clock == 0 && i + used < timestamp.Length && timestamp[i + used] == ':' && DigitsAt(timestamp[(i + used + 1)..]) == 2
                    && !(used == 4) ? count + 1 : clock;
                fields[count++] = count > 0 && i > 0 && timestamp[i - 1] is (byte)'.' or (byte)',' && clock > 0 ? value / Math.Pow(10, used) : value;
                i += used - 1;
            }
            else if (month == 0 && MonthOf(timestamp[i..]) is > 0 and var named)
            {
                month = named;
                i += 2;
            }
        }

        var time = clock > 0 ? fields[(clock - 1)..count] : fields[..0];
        var date = clock > 0 ? fields[..(clock - 1)] : fields[..count];
        var seconds = 0.0;
        for (var i = 0; i < time.Length && i < 3; i++)
        {
            seconds += time[i] * (i == 0 ? 3600 : i == 1 ? 60 : 1);
        }

        seconds += time.Length > 3 ? time[3] : 0;
        if (timestamp[^1] == 'M' && time.Length > 0)
        {
            seconds += ((timestamp[^2] == 'P' ? 12 : 0) - (time[0] == 12 ? 12 : 0)) * 3600;
        }

        var (year, ofYear, day) = (date.Length, month) switch
        {
            (3, _) when date[0] > 31 => ((int)date[0], (int)date[1], (int)date[2]),
            (3, _) => ((int)date[2], (int)date[0], (int)date[1]),
            (2, > 0) => ((int)date[1], month, (int)date[0]),
            (1, > 0) => (2000, month, (int)date[0]),
            (1, _) => (2000, (int)date[0] / 100, (int)date[0] % 100),
            _ => (0, 0, 0),
        };
        if (ofYear > 12)
        {
            (ofYear, day) = (day, ofYear);
        }

        return year is >= 1 and <= 9999 && ofYear is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, ofYear)
            ? seconds + (new DateTime(year, ofYear, day, 0, 0, 0, DateTimeKind.Utc).Ticks / (double)TimeSpan.TicksPerSecond)
            : seconds;
    }

    /// <summary>How many runs of digits there are.</summary>
    public static int Fields(ReadOnlySpan<byte> text)
    {
        var fields = 0;
        for (var i = 0; i < text.Length; i++)
        {
            fields += IsDigit(text[i]) && (i == 0 || !IsDigit(text[i - 1])) ? 1 : 0;
        }

        return fields;
    }

    public static bool IsDigit(byte b) => (uint)(b - '0') <= 9;

    public static int DigitsAt(ReadOnlySpan<byte> text)
    {
        var i = 0;
        while (i < text.Length && IsDigit(text[i]))
        {
            i++;
        }

        return i;
    }

    private static bool IsPair(ReadOnlySpan<byte> text) => text.Length >= 2 && IsDigit(text[0]) && IsDigit(text[1]);

    private static int After(int date, int clock) => clock == 0 ? 0 : date + clock;

    // klog writes the level's letter right before the date: I1122 10:01:02.
    private static bool CanStart(ReadOnlySpan<byte> line, int at) =>
        at == 0 || line[at - 1] is (byte)' ' or (byte)'[' or (byte)'(' or (byte)'"' or (byte)'=' or (byte)'\t' or (byte)'<' or (byte)'>' or (byte)',' or (byte)'|' or (byte)'\''
        || (at == 1 && line[0] is (byte)'I' or (byte)'W' or (byte)'E' or (byte)'F' or (byte)'D' && IsDigit(line[1]));

    private static int MonthOf(ReadOnlySpan<byte> text)
    {
        if (text.Length < 3)
        {
            return 0;
        }

        var at = "JanFebMarAprMayJunJulAugSepOctNovDec"u8.IndexOf(text[..3]);
        return at >= 0 && at % 3 == 0 ? (at / 3) + 1 : 0;
    }
}
