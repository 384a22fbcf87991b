using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Listings;

/// <summary>
/// One row of <c>ls -l</c> or <c>find -ls</c>: where its fields are. Before the name come, from left to right, perhaps inode and blocks, then
/// mode, links, owner, group, size, and a date of two fields (<c>2025-01-02 10:00</c>) or three (<c>Jan 2 10:00</c>).
/// </summary>
internal ref struct LongRow
{
    /// <summary>Inode, blocks, mode, links, owner, group, size and three of the date.</summary>
    public const int MostFields = 10;

    private Offsets _starts;
    private Offsets _ends;

    public ReadOnlySpan<byte> Line { get; private set; }

    public int Fields { get; private set; }

    /// <summary>Fields before the mode: none or two.</summary>
    public int Lead { get; private set; }

    /// <summary>Where the name begins: one blank after the last field.</summary>
    public int Name { get; private set; }

    public readonly int Date => Lead + 5;

    public readonly ReadOnlySpan<byte> this[int field] => Line[_starts[field].._ends[field]];

    public readonly int Start(int field) => _starts[field];

    public readonly int End(int field) => _ends[field];

    /// <summary>Mode, owner, group and a month are filled up on the right, numbers on the left.</summary>
    public static bool IsLeftAligned(int field, int lead) => field - lead is 0 or 2 or 3 or 5;

    public static bool TryRead(ReadOnlySpan<byte> line, out LongRow row)
    {
        // :: Step 1: the fields up to the mode.
        row = new LongRow { Line = line };
        var at = 0;
        if (!row.TrySplit(1, ref at))
        {
            return false;
        }

        if (!ListingLine.IsMode(line[row._starts[0]..]))
        {
            row.Lead = 2;
            if (!IsNumber(row[0]) || !row.TrySplit(3, ref at) || !IsNumber(row[1]) || !ListingLine.IsMode(line[row._starts[2]..]))
            {
                return false;
            }
        }

        // :: Step 2: those up to the date, whose first says how many more there are.
        if (!row.TrySplit(row.Date + 1, ref at) || !IsNumber(row[row.Lead + 1]) || !IsNumber(row[row.Lead + 4])
            || DateFields(row[row.Date]) is not (> 0 and var date) || !row.TrySplit(row.Date + date, ref at))
        {
            return false;
        }

        row.Name = at + 1;
        return row.Name < line.Length && line[row.Name..].ContainsAnyExcept((byte)' ') && IsDate(row);
    }

    /// <summary>Three for the name of a month, two for an ISO date, zero for neither.</summary>
    public static int DateFields(ReadOnlySpan<byte> field) =>
        field.Length == 3 && char.IsAsciiLetterUpper((char)field[0]) && char.IsAsciiLetterLower((char)field[1]) ? 3
        : field.Length == 10 && field[4] == (byte)'-' && field[7] == (byte)'-' && char.IsAsciiDigit((char)field[0]) ? 2
        : 0;

    public static bool IsNumber(ReadOnlySpan<byte> field) => field.Length > 0 && field.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    // Fields are short: byte by byte is the fastest.
    private bool TrySplit(int fields, ref int at)
    {
        for (; Fields < fields; Fields++)
        {
            while ((uint)at < (uint)Line.Length && Line[at] == (byte)' ')
            {
                at++;
            }

            _starts[Fields] = at;
            while ((uint)at < (uint)Line.Length && Line[at] != (byte)' ')
            {
                at++;
            }

            _ends[Fields] = at;
            if (_starts[Fields] == at)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDate(in LongRow row)
    {
        var day = row[row.Fields - 2];
        return char.IsAsciiDigit((char)row[row.Fields - 1][0]) && (row.Fields - row.Date == 2 || (IsNumber(day) && day.Length <= 2));
    }

    [System.Runtime.CompilerServices.InlineArray(MostFields)]
    private struct Offsets
    {
        private int _first;
    }
}
