namespace Headroom.Engine.Requests;

/// <summary>Finds a place in a JSON string by how much of its text stands before it.</summary>
/// <remarks>
/// Text is measured in UTF-16 units; or in those of them that are no white space, because clients trim what they were given and leave out parts
/// that show nothing.
/// </remarks>
internal static class StringCut
{
    // Besides lengths: a unit of white space, and the escape of the first half of a surrogate pair.
    private const int WhiteSpace = 0;
    private const int HalfOfTwo = -1;

    /// <summary>The offset in the string behind so much of its text, or before the closing quote when the text has less.</summary>
    /// <param name="quoted">A decodable JSON string with its quotes.</param>
    /// <param name="units">UTF-16 units; what the text has not is left over.</param>
    /// <param name="isWhiteSpaceFree">Count no white space; what stands right behind the place goes with it.</param>
    /// <returns>The offset; -1 when the place lies within a character.</returns>
    public static int Find(ReadOnlySpan<byte> quoted, ref int units, bool isWhiteSpaceFree)
    {
        var at = 1;
        var isWithin = false;
        while (units > 0 && at < quoted.Length - 1)
        {
            var (bytes, length) = Next(quoted[at..]);
            isWithin = length == HalfOfTwo;
            units -= isWhiteSpaceFree && length == WhiteSpace ? 0 : Math.Max(1, length);
            at += bytes;
        }

        if (units < 0 || (units == 0 && isWithin && at < quoted.Length - 1))
        {
            return -1;
        }

        while (isWhiteSpaceFree && at > 1 && at < quoted.Length - 1 && Next(quoted[at..]) is (var bytes, WhiteSpace))
        {
            at += bytes;
        }

        return at;
    }

    /// <summary>How much text a JSON string holds.</summary>
    public static int Measure(ReadOnlySpan<byte> quoted, bool isWhiteSpaceFree)
    {
        var units = int.MaxValue;
        Find(quoted, ref units, isWhiteSpaceFree);
        return int.MaxValue - units;
    }

    /// <summary>How much of a text is no white space.</summary>
    public static int MeasureWithoutWhiteSpace(ReadOnlySpan<char> text)
    {
        var units = text.Length;
        foreach (var character in text)
        {
            units -= character is ' ' or '\t' or '\r' or '\n' ? 1 : 0;
        }

        return units;
    }

    // The bytes of the character or escape that comes first, and its length.
    private static (int Bytes, int Length) Next(ReadOnlySpan<byte> json) => json[0] switch
    {
        (byte)'\\' when json[1] == (byte)'u' => (6, Convert.ToInt32(System.Text.Encoding.ASCII.GetString(json.Slice(2, 4)), 16) switch
        {
            ' ' or '\t' or '\r' or '\n' => WhiteSpace,
            >= 0xD800 and <= 0xDBFF => HalfOfTwo,
            _ => 1,
        }),
        (byte)'\\' => (2, json[1] is (byte)'n' or (byte)'t' or (byte)'r' ? WhiteSpace : 1),
        (byte)' ' => (1, WhiteSpace),
        >= 0xF0 => (4, 2),
        >= 0xE0 => (3, 1),
        >= 0xC0 => (2, 1),
        _ => (1, 1),
    };
}
