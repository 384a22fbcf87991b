namespace Headroom.Engine.Compression.Builds;

/// <summary>
/// Where in a file a line's message belongs: <c>path(12,17): </c> (MSBuild, tsc), <c>path:12:17: </c> (gcc, go, clang), <c>path:12:17 - </c> (tsc,
/// pretty), <c>  12:17  </c> (eslint).
/// </summary>
internal static class Place
{
    // A place is near the line's start; what is farther away is a message's.
    private const int Farthest = 400;

    /// <summary>Finds the end of the place that a line begins with, including the separator after it; zero when it begins with none.</summary>
    public static int EndOf(ReadOnlySpan<byte> line)
    {
        var near = line[..Math.Min(line.Length, Farthest)];
        for (var at = 0; near[at..].IndexOfAny((byte)':', (byte)'(') is >= 0 and var found; at++)
        {
            at += found;
            var end = near[at] == (byte)':' ? AfterColon(near, at) : AfterBracket(near, at);
            if (end > 0)
            {
                return end;
            }

            // "warning: text": what comes first is a message already.
            if (at + 1 < near.Length && near[at] == (byte)':' && near[at + 1] == (byte)' ')
            {
                return 0;
            }
        }

        return 0;
    }

    // At ":12:17: ", ":12: ", "12:17  ".
    private static int AfterColon(ReadOnlySpan<byte> line, int at)
    {
        var end = Digits(line, at + 1);
        if (end == at + 1)
        {
            return 0;
        }

        if (At(line, end) == (byte)':' && Digits(line, end + 1) is var column && column > end + 1)
        {
            end = column;
        }

        return (At(line, end), At(line, end + 1), At(line, end + 2)) switch
        {
            ((byte)':', (byte)' ', _) => end + 2,
            ((byte)' ', (byte)' ', _) when at > 0 && char.IsAsciiDigit((char)line[at - 1]) => Spaces(line, end),
            ((byte)' ', (byte)'-', (byte)' ') => end + 3,
            _ => 0,
        };
    }

    // At "(12,17): " or "(12): ".
    private static int AfterBracket(ReadOnlySpan<byte> line, int at)
    {
        var end = Digits(line, at + 1);
        if (at == 0 || end == at + 1)
        {
            return 0;
        }

        while (At(line, end) == (byte)',' && Digits(line, end + 1) is var next && next > end + 1)
        {
            end = next;
        }

        return At(line, end) == (byte)')' && At(line, end + 1) == (byte)':' && At(line, end + 2) == (byte)' ' ? end + 3 : 0;
    }

    private static byte At(ReadOnlySpan<byte> line, int at) => at < line.Length ? line[at] : (byte)'\n';

    private static int Digits(ReadOnlySpan<byte> line, int at)
    {
        while (at < line.Length && char.IsAsciiDigit((char)line[at]))
        {
            at++;
        }

        return at;
    }

    private static int Spaces(ReadOnlySpan<byte> line, int at)
    {
        while (at < line.Length && line[at] == (byte)' ')
        {
            at++;
        }

        return at;
    }
}
