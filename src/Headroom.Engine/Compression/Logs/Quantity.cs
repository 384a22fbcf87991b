namespace Headroom.Engine.Compression.Logs;

/// <summary>A number as logs spell it, with or without a unit: <c>42</c>, <c>-0.5</c>, <c>98765ms</c>, <c>1.5KB</c>, <c>93%</c>.</summary>
internal static class Quantity
{
    /// <summary>Longer runs of digits are names.</summary>
    private const int MaxDigits = 15;

    /// <summary>Reads a word; durations come in seconds, sizes in bytes.</summary>
    /// <returns>False when the word is no number: a name with leading zeros is none.</returns>
    public static bool TryParse(ReadOnlySpan<byte> word, out double number)
    {
        number = 0;
        var i = word.Length > 0 && word[0] == '-' ? 1 : 0;
        var from = i;
        long whole = 0;
        for (; i < word.Length && LogTimestamp.IsDigit(word[i]); i++)
        {
            if (i - from >= MaxDigits)
            {
                return false;
            }

            whole = (whole * 10) + word[i] - '0';
        }

        if (i == from || (word[from] == '0' && i - from > 1))
        {
            return false;
        }

        number = whole;
        if (i < word.Length && word[i] == '.')
        {
            var scale = 0.1;
            var point = i++;
            for (; i < word.Length && LogTimestamp.IsDigit(word[i]); i++, scale /= 10)
            {
                number += (word[i] - '0') * scale;
            }

            if (i == point + 1)
            {
                return false;
            }
        }

        number = from == 1 ? -number : number;
        return i == word.Length || TryScale(word[i..], ref number);
    }

    private static bool TryScale(ReadOnlySpan<byte> unit, ref double number)
    {
        var factor = unit switch
        {
            _ when unit.SequenceEqual("ms"u8) => 1e-3,
            _ when unit.SequenceEqual("s"u8) || unit.SequenceEqual("%"u8) || unit.SequenceEqual("B"u8) => 1,
            _ when unit.SequenceEqual("us"u8) || unit.SequenceEqual("µs"u8) || unit.SequenceEqual("μs"u8) => 1e-6,
            _ when unit.SequenceEqual("ns"u8) => 1e-9,
            _ when unit.SequenceEqual("KB"u8) || unit.SequenceEqual("kB"u8) || unit.SequenceEqual("KiB"u8) || unit.SequenceEqual("K"u8) => 1024,
            _ when unit.SequenceEqual("MB"u8) || unit.SequenceEqual("MiB"u8) || unit.SequenceEqual("M"u8) => 1024 * 1024,
            _ when unit.SequenceEqual("GB"u8) || unit.SequenceEqual("GiB"u8) || unit.SequenceEqual("G"u8) => 1024 * 1024 * 1024,
            _ => 0.0,
        };
        number *= factor;
        return factor != 0;
    }
}
