using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Listings;

/// <summary>
/// One row of <c>Get-ChildItem</c>: mode, a date of two or three fields, the length of a file, and a name that begins where the
/// header says.
/// </summary>
internal ref struct ChildItemRow
{
    /// <summary>The mode, three fields of a date and the length.</summary>
    private const int MostFields = 5;

    private Ends _starts;
    private Ends _ends;

    public ReadOnlySpan<byte> Line { get; private set; }

    /// <summary>Fields before the name.</summary>
    public int Fields { get; private set; }

    public bool HasLength { get; private set; }

    public int Name { get; private set; }

    public readonly ReadOnlySpan<byte> this[int field] => Line[_starts[field].._ends[field]];

    public readonly int End(int field) => _ends[field];

    /// <summary>Where names begin below a header; zero when the line is none.</summary>
    public static int NameColumn(ReadOnlySpan<byte> line) =>
        line.StartsWith("Mode "u8) && line.IndexOf("LastWriteTime"u8) > 0 && line.TrimEnd((byte)' ').EndsWith("Length Name"u8) ? line.LastIndexOf("Name"u8) : 0;

    public static bool TryRead(ReadOnlySpan<byte> line, int name, out ChildItemRow row)
    {
        row = new ChildItemRow { Line = line, Name = name };
        if (name <= 0 || line.Length <= name || line[name - 1] != (byte)' ' || line[name] == (byte)' ' || ListingLine.KindOf(line) != ListingLineKind.ChildItem)
        {
            return false;
        }

        var prefix = line[..name];
        for (var at = 0; prefix[at..].IndexOfAnyExcept((byte)' ') is >= 0 and var blanks;)
        {
            if (row.Fields == MostFields)
            {
                return false;
            }

            at += blanks;
            row._starts[row.Fields] = at;
            at += prefix[at..].IndexOf((byte)' ');
            row._ends[row.Fields++] = at;
        }

        row.HasLength = row.Fields > 3 && row._ends[row.Fields - 1] == name - 1 && LongRow.IsNumber(row[row.Fields - 1]);
        var dates = row.Fields - (row.HasLength ? 2 : 1);
        return dates is 2 or 3 && IsDate(row[1]);
    }

    /// <summary>Digits with a sign between them.</summary>
    public static bool IsDate(ReadOnlySpan<byte> field) =>
        field.Length > 5 && char.IsAsciiDigit((char)field[0]) && field.IndexOfAny((byte)'/', (byte)'-', (byte)'.') > 0;

    [System.Runtime.CompilerServices.InlineArray(MostFields)]
    private struct Ends
    {
        private int _first;
    }
}
