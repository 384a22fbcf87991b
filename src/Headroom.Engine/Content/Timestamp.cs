namespace Headroom.Engine.Content;

/// <summary>Dates and times as programs write them at the begin of a line.</summary>
internal static class Timestamp
{
    /// <summary>
    /// Length of the time that a text begins with; 0 when it begins with none. A date alone is no time: tables and names of files have them.
    /// <c>2025-06-24T10:20:30.123Z</c>, <c>2025/06/24 10:20</c>, <c>24/Jun/2025:10:20:30 +0200</c>, <c>Jun 24 10:20:30</c>,
    /// <c>Tue Jun 24 10:20:30 2025</c>, <c>Jun 24, 2025 10:20:30 PM</c>, <c>24.06.2025 10:20:30</c>, <c>10:20:30,123</c>, <c>20250624 102030</c>, <c>1750760430.123</c>.
    /// </summary>
    public static int LengthAt(ReadOnlySpan<byte> text)
    {
        var date = DateLength(text);
        if (date > 0)
        {
            var gap = date < text.Length && text[date] is (byte)' ' or (byte)'T' or (byte)':' or (byte)'t' or (byte)'_' or (byte)'-' ? 1 : 0;
            gap += gap == 1 && date + 1 < text.Length && text[date] == (byte)' ' && text[date + 1] == (byte)' ' ? 1 : 0;
            var time = gap == 0 ? 0 : TimeLength(text[(date + gap)..]);
            return time == 0 ? 0 : date + gap + time + ZoneLength(text[(date + gap + time)..]);
        }

        return text.Length > 7 && text[2] == (byte)':' && TimeLength(text) is > 5 and var length ? length : 0;
    }

    private static int DateLength(ReadOnlySpan<byte> text)
    {
        // 2025-06-24, 2025/06/24, 2025.06.24; 24/06/2025, 24.06.2025, 24/Jun/2025, 24-Jun-2025
        var digits = Digits(text);
        if (digits is 4 or 1 or 2)
        {
            if (digits >= text.Length || text[digits] is not ((byte)'-' or (byte)'/' or (byte)'.'))
            {
                return 0;
            }

            var separator = text[digits];
            var at = digits + 1;
            var month = Digits(text[at..]);
            if (month == 0)
            {
                month = IsMonth(text[at..]) ? 3 : 0;
            }

            at += month;
            if (month is 0 or > 3 || at >= text.Length || text[at] != separator)
            {
                return 0;
            }

            var last = Digits(text[(at + 1)..]);
            return last == (digits == 4 ? 2 : 4) || last == 2 ? at + 1 + last : 0;
        }

        if (digits == 8 && text[0] is (byte)'1' or (byte)'2' && text.Length > 15 && text[8] is (byte)' ' or (byte)'-' or (byte)'T')
        {
            return 8;
        }

        // Jun 24, Jun  4, Tue Jun 24
        var from = text.Length > 4 && IsWeekday(text) ? text[3] == (byte)',' ? 5 : 4 : 0;
        if (text.Length > from + 6 && IsMonth(text[from..]) && text[from + 3] == (byte)' ')
        {
            var at = from + 4 + (text[from + 4] == (byte)' ' ? 1 : 0);
            var day = Digits(text[at..]);
            if (day is not (1 or 2))
            {
                return 0;
            }

            at += day;
            return text[at..] is [(byte)',', (byte)' ', .. var year] && Digits(year) == 4 ? at + 6 : at;
        }

        return 0;
    }

    private static int TimeLength(ReadOnlySpan<byte> text)
    {
        // 10:20, 10:20:30, 10:20:30.123, 102030
        var hours = Digits(text);
        if (hours == 6 && (text.Length == 6 || text[6] is (byte)' ' or (byte)'.' or (byte)'Z'))
        {
            return 6;
        }

        if (hours is not (1 or 2) || text.Length < hours + 3 || text[hours] != (byte)':' || Digits(text[(hours + 1)..]) != 2)
        {
            return 0;
        }

        var at = hours + 3;
        if (at + 2 < text.Length && text[at] == (byte)':' && Digits(text[(at + 1)..]) == 2)
        {
            at += 3;
            if (at + 1 < text.Length && text[at] is (byte)'.' or (byte)',' && Digits(text[(at + 1)..]) is > 0 and var fraction)
            {
                at += 1 + fraction;
            }
        }

        return at;
    }

    private static int ZoneLength(ReadOnlySpan<byte> text) => text switch
    {
        [(byte)'Z', ..] => 1,
        [(byte)'+' or (byte)'-', ..] when Digits(text[1..]) is 2 or 4 => 1 + Digits(text[1..]) + (text.Length > 5 && text[3] == (byte)':' ? 3 : 0),
        [(byte)' ', (byte)'+' or (byte)'-', ..] when Digits(text[2..]) == 4 => 6,
        _ => 0,
    };

    private static int Digits(ReadOnlySpan<byte> text)
    {
        var i = 0;
        while (i < text.Length && i < 12 && (uint)(text[i] - '0') <= 9)
        {
            i++;
        }

        return i;
    }

    private static bool IsMonth(ReadOnlySpan<byte> text) =>
        text.Length >= 3 && "JanFebMarAprMayJunJulAugSepOctNovDec"u8.IndexOf(text[..3]) is >= 0 and var at && at % 3 == 0;

    private static bool IsWeekday(ReadOnlySpan<byte> text) =>
        text.Length > 3 && text[3] is (byte)' ' or (byte)',' && "MonTueWedThuFriSatSun"u8.IndexOf(text[..3]) is >= 0 and var at && at % 3 == 0;
}
