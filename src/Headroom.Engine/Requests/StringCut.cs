namespace Headroom.Engine.Requests;

/// <summary>Finds a place in a JSON string by the length of the text before it.</summary>
internal static class StringCut
{
    /// <summary>The offset in the string behind so many UTF-16 units of its text, or before the closing quote when the text is shorter.</summary>
    /// <param name="quoted">A decodable JSON string with its quotes.</param>
    /// <param name="units">UTF-16 units; what the text has not is left over.</param>
    /// <returns>The offset; -1 when the place lies within a character.</returns>
    public static int Find(ReadOnlySpan<byte> quoted, ref int units)
    {
        var at = 1;
        while (units > 0 && at < quoted.Length - 1)
        {
            switch (quoted[at])
            {
                case (byte)'\\' when quoted[at + 1] == (byte)'u':
                    var isHigh = (quoted[at + 2] | 0x20) == 'd' && (quoted[at + 3] | 0x20) is '8' or '9' or 'a' or 'b';
                    units--;
                    at += 6;
                    if (isHigh && units == 0)
                    {
                        return -1;
                    }

                    break;
                case (byte)'\\':
                    units--;
                    at += 2;
                    break;
                case >= 0xF0:
                    units -= 2;
                    at += 4;
                    break;
                case >= 0xE0:
                    units--;
                    at += 3;
                    break;
                case >= 0xC0:
                    units--;
                    at += 2;
                    break;
                default:
                    units--;
                    at++;
                    break;
            }
        }

        return units < 0 ? -1 : at;
    }
}
