namespace Headroom.Engine.Content;

/// <summary>
/// One way to read a line of a search: <c>path:12:text</c> for a match, <c>path-12-text</c> for context, both also without the path.
/// A line can have several readings (paths, dates and texts hold the same signs); which is right shows only beside its neighbours.
/// </summary>
/// <param name="PathLength">Bytes of the path; zero when the line begins with its number.</param>
/// <param name="NumberLength">Digits of the line number.</param>
/// <param name="Number">The line number.</param>
/// <param name="IsMatch">A colon and not a hyphen is on both sides of the number.</param>
/// <param name="TextStart">Where the text begins; a column number is part of it.</param>
internal readonly record struct SearchLine(int PathLength, int NumberLength, int Number, bool IsMatch, int TextStart)
{
    private const int MostDigits = 9;

    /// <summary>The leftmost reading as a match.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out SearchLine reading)
    {
        for (var at = 0; TryParse(line, at, out reading); at = reading.PathLength + 1)
        {
            if (reading.IsMatch)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The leftmost reading whose path has at least this many bytes, match or context.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, int from, out SearchLine reading)
    {
        if (from == 0 && TryParseNumber(line, 0, out reading))
        {
            return true;
        }

        for (var at = Math.Max(from, 1); at < line.Length; at++)
        {
            var step = line[at..].IndexOfAny((byte)':', (byte)'-');
            if (step < 0)
            {
                break;
            }

            at += step;
            if (at + 1 < line.Length && char.IsAsciiDigit((char)line[at + 1])
                && TryParseNumber(line, at + 1, out reading) && (reading.IsMatch ? ':' : '-') == line[at])
            {
                return true;
            }
        }

        reading = default;
        return false;
    }

    /// <summary>Reads a line as one of a known path: the path, a sign, the number, the same sign.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, ReadOnlySpan<byte> path, out SearchLine reading)
    {
        if (path.IsEmpty)
        {
            return TryParseNumber(line, 0, out reading);
        }

        reading = default;
        return line.Length > path.Length + 2 && line[path.Length] is (byte)':' or (byte)'-' && line.StartsWith(path)
            && TryParseNumber(line, path.Length + 1, out reading) && (reading.IsMatch ? ':' : '-') == line[path.Length];
    }

    /// <summary>
    /// This reading can follow that of an earlier line of the same path: its number is larger, or the same with a larger column
    /// (<c>--vimgrep</c> prints a line once for each match).
    /// </summary>
    public bool Follows(SearchLine earlier, ReadOnlySpan<byte> text, ReadOnlySpan<byte> earlierText) =>
        Number > earlier.Number
        || (Number == earlier.Number && TryParseNumber(text, 0, out var column) && column.IsMatch
            && TryParseNumber(earlierText, 0, out var earlierColumn) && earlierColumn.IsMatch && column.Number > earlierColumn.Number);

    private static bool TryParseNumber(ReadOnlySpan<byte> line, int start, out SearchLine reading)
    {
        var at = start;
        var number = 0;
        while (at < line.Length && at - start < MostDigits && char.IsAsciiDigit((char)line[at]))
        {
            number = (number * 10) + (line[at++] - '0');
        }

        if (at == start || at == line.Length || line[at] is not ((byte)':' or (byte)'-'))
        {
            reading = default;
            return false;
        }

        reading = new SearchLine(Math.Max(0, start - 1), at - start, number, line[at] == (byte)':', at + 1);
        return true;
    }
}
