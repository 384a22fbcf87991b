using System.IO.Hashing;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json;

/// <summary>The different strings of a column, in the order of their first row, when naming them by a letter costs fewer tokens.</summary>
/// <param name="Values">One node per entry.</param>
/// <param name="Codes">Per row the index of its entry, or -1 for an absent cell.</param>
internal sealed record ColumnWords(int[] Values, int[] Codes)
{
    /// <summary>More entries than letters would need longer names, and a reader could no longer keep them in mind.</summary>
    public const int MaxEntries = 26;

    private const int MinRows = 8;

    /// <summary>The dictionary of a column of strings, or null when it does not pay.</summary>
    public static ColumnWords? Find(JsonTape tape, int[] cells, int column, int width)
    {
        var rows = cells.Length / width;
        if (rows < MinRows)
        {
            return null;
        }

        var hashes = new ulong[MaxEntries];
        var values = new int[MaxEntries];
        var counts = new int[MaxEntries];
        var codes = new int[rows];
        var entries = 0;
        for (var r = 0; r < rows; r++)
        {
            var cell = cells[(r * width) + column];
            codes[r] = -1;
            if (cell < 0)
            {
                continue;
            }

            var text = tape.Inner(cell);
            var hash = XxHash3.HashToUInt64(text);
            var code = hashes.AsSpan(0, entries).IndexOf(hash);
            if (code < 0)
            {
                if (entries == MaxEntries || entries * 3 > MinRows + r)
                {
                    return null;
                }

                code = entries++;
                hashes[code] = hash;
                values[code] = cell;
            }
            else if (!text.SequenceEqual(tape.Inner(values[code])))
            {
                return null;
            }

            counts[code]++;
            codes[r] = code;
        }

        // A letter mostly melts into the comma before it; an entry costs its text, its letter and two signs.
        var saved = 0;
        var total = 0;
        for (var code = 0; code < entries; code++)
        {
            var tokens = TokenEstimator.Instance.Count(tape.Inner(values[code]));
            total += counts[code] * tokens;
            saved += (counts[code] * (tokens - 1)) - tokens - 3;
        }

        return saved * 4 > total && saved > 20 ? new ColumnWords(values[..entries], codes) : null;
    }

    /// <summary>The letter for an entry.</summary>
    public static byte Letter(int code) => (byte)('a' + code);
}
