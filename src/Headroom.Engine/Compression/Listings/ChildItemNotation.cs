using System.Globalization;
using System.Text;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Listings;

/// <summary>
/// The lossless form of <c>Get-ChildItem</c>'s tables: rows without their padding, <c>-</c> for a length that is not there, and no date where
/// it is that of the row above. A line <c>|columns</c> says where the fields end. After <c>\</c> comes a line kept as it is.
/// </summary>
internal static class ChildItemNotation
{
    public const string Legend = "Get-ChildItem, mode, date (that above unless given), length, name";

    /// <summary>Writes the body; false when there are no rows.</summary>
    public static bool Write(TextLines lines, ByteBuffer output, CancellationToken cancellationToken)
    {
        var (name, rows) = (0, 0);
        int[] columns = [];
        ReadOnlySpan<byte> date = default;
        for (var line = 0; line < lines.Count; line++)
        {
            if ((line & 0xFFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var text = lines[line];
            name = ChildItemRow.NameColumn(text) is > 0 and var column ? column : name;
            if (!ChildItemRow.TryRead(text, name, out var row))
            {
                output.Append(text.Length > 0 && (text[0] is (byte)'\\' or (byte)'|' || ListingLine.KindOf(text) == ListingLineKind.ChildItem) ? "\\"u8 : ""u8);
                output.Append(text);
                output.Append('\n');
                date = default;
                continue;
            }

            // :: Step 1: the columns, when they are others.
            var dates = row.Fields - (row.HasLength ? 1 : 0);
            int[] own = [.. Enumerable.Range(1, dates - 1).Select(_ => 0), name];
            for (var field = 1; field < dates; field++)
            {
                own[field - 1] = row.End(field);
            }

            if (!own.AsSpan().SequenceEqual(columns))
            {
                columns = own;
                output.Append(Encoding.ASCII.GetBytes("|" + string.Join(' ', columns.Select(c => c.ToString(CultureInfo.InvariantCulture))) + "\n"));
                date = default;
            }

            // :: Step 2: the fields.
            rows++;
            output.Append(row[0]);
            output.Append(' ');
            var ownDate = text[row.End(0)..row.End(dates - 1)];
            for (var field = 1; field < dates && !ownDate.SequenceEqual(date); field++)
            {
                output.Append(row[field]);
                output.Append(' ');
            }

            date = ownDate;
            output.Append(row.HasLength ? row[row.Fields - 1] : "-"u8);
            output.Append(' ');
            output.Append(text[name..]);
            output.Append('\n');
        }

        return rows > 0;
    }

    /// <summary>Reads the body back; false when it is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, LineWriter output)
    {
        int[] columns = [];
        List<byte[]> date = [];
        var drawn = output.Part();
        foreach (var range in new Lines(body))
        {
            var line = body[range];
            if (line.Length > 0 && line[0] == (byte)'|')
            {
                columns = [.. Encoding.ASCII.GetString(line[1..]).Split(' ').Select(c => int.TryParse(c, NumberStyles.None, CultureInfo.InvariantCulture, out var column) ? column : 0)];
                date = [];
                if (columns.Any(column => column is <= 0 or > 4096))
                {
                    return false;
                }

                continue;
            }

            if (ListingLine.KindOf(line) != ListingLineKind.ChildItem)
            {
                output.Write(line.Length > 0 && line[0] == (byte)'\\' ? line[1..] : line);
                date = [];
                continue;
            }

            if (!TryTake(ref line, out var mode))
            {
                return false;
            }

            var length = line.IndexOf((byte)' ');
            if (length > 0 && ChildItemRow.IsDate(line[..length]))
            {
                date = [];
                for (var field = 1; field < columns.Length; field++)
                {
                    if (!TryTake(ref line, out var part))
                    {
                        return false;
                    }

                    date.Add(part.ToArray());
                }
            }

            if (date.Count != columns.Length - 1 || !TryTake(ref line, out var size))
            {
                return false;
            }

            drawn.Truncate(0);
            drawn.Append(mode);
            for (var field = 0; field < date.Count; field++)
            {
                Pad(columns[field] - date[field].Length, drawn);
                drawn.Append(date[field]);
            }

            size = size.SequenceEqual("-"u8) ? default : size;
            Pad(columns[^1] - 1 - size.Length, drawn);
            drawn.Append(size);
            Pad(columns[^1], drawn);
            output.Write(drawn.Written, line);
        }

        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> line, out ReadOnlySpan<byte> field)
    {
        var length = line.IndexOf((byte)' ');
        field = length <= 0 ? default : line[..length];
        line = length <= 0 ? line : line[(length + 1)..];
        return length > 0;
    }

    private static void Pad(int length, ByteBuffer output) => output.AppendRepeated(' ', length - output.Length);
}
