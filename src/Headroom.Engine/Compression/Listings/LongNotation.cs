using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Listings;

/// <summary>
/// The lossless form of <c>ls -l</c> and <c>find -ls</c>: rows without their padding, without mode, links, owner and group where they are
/// those that the legend gives, and without a date that is that of the row above. A row with another owner than the legend's begins with
/// <c>=</c> and has all. Widths follow from the rows of a block; where they do not, a line <c>|widths</c> gives them. Paths of
/// <c>find -ls</c> are written by <see cref="DirectoryOutline"/>. After <c>\</c> comes a line kept as it is.
/// </summary>
internal static class LongNotation
{
    private const int LeadOfFind = 2;
    private const int Sample = 2_000;
    private const int MostUsual = 256;
    private const int WidestColumn = 4_096;

    // ls begins rows with the mode, find with two numbers.
    private static readonly string[] Starts = ["ls -l, ", "find -ls, a leading blank = one directory of the path above, "];
    private const string Usual = " and the date above unless given";

    /// <summary>Writes the body; the legend, or null when most lines are no rows.</summary>
    public static string? Write(TextLines lines, ByteBuffer output, CancellationToken cancellationToken)
    {
        // :: Step 1: the mode, links, owner and group that most rows have; a sample says it for long listings.
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> key = stackalloc char[MostUsual];
        var (rows, sampled, lead) = (0, 0, -1);
        var step = Math.Max(1, lines.Count / Sample);
        for (var line = 0; line < lines.Count; line += step, sampled++)
        {
            if (LongRow.TryRead(lines[line], out var row) && (lead < 0 || lead == row.Lead) && UsualOf(row, key) is > 0 and var length)
            {
                lead = row.Lead;
                rows++;
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, key[..length], out _)++;
            }
        }

        if (rows * 2 < sampled || rows == 0)
        {
            return null;
        }

        var usual = counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).First().Key;
        var parts = usual.Split(' ');
        if (parts.Any(part => part.Any(c => !char.IsAscii(c) || c is ',' or ';' or ']')))
        {
            return null;
        }

        // :: Step 2: blocks of rows whose columns stand in the same places.
        var outline = new DirectoryOutline();
        var hoisted = parts.Select(Encoding.ASCII.GetBytes).ToArray();
        var follows = false;
        for (var line = 0; line < lines.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            follows = TryWriteBlock(lines, ref line, lead, follows, hoisted, outline, output);
            if (!follows)
            {
                WriteOther(lines[line++], output);
            }
        }

        return Starts[lead / LeadOfFind] + usual + Usual;
    }

    /// <summary>Reads the body back; false when it is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, string legend, LineWriter output)
    {
        var form = Array.FindIndex(Starts, start => legend.StartsWith(start, StringComparison.Ordinal));
        if (form < 0 || !legend.EndsWith(Usual, StringComparison.Ordinal) || legend.Length < Starts[form].Length + Usual.Length
            || legend[Starts[form].Length..^Usual.Length].Split(' ') is not { Length: 4 } usual)
        {
            return false;
        }

        var lead = form * LeadOfFind;

        var parts = usual.Select(Encoding.ASCII.GetBytes).ToArray();
        var outline = new DirectoryOutline();
        var block = new List<byte[][]>();
        int[]? widths = null;
        byte[][]? above = null;
        foreach (var range in new Lines(body))
        {
            var line = body[range];
            if (line.Length > 0 && line[0] == (byte)'|')
            {
                Draw(block, widths, lead, output);
                above = null;
                var numbers = Encoding.ASCII.GetString(line[1..]).Split(' ');
                widths = new int[numbers.Length];
                for (var i = 0; i < numbers.Length; i++)
                {
                    if (!int.TryParse(numbers[i], NumberStyles.None, CultureInfo.InvariantCulture, out widths[i]) || widths[i] > WidestColumn)
                    {
                        return false;
                    }
                }

                continue;
            }

            if (!IsRow(line))
            {
                Draw(block, widths, lead, output);
                (above, widths) = (null, null);
                output.Write(line.Length > 0 && line[0] == (byte)'\\' ? line[1..] : line);
                continue;
            }

            above = ReadRow(line, lead, parts, above, outline);
            if (above is null || (block.Count > 0 && above.Length != block[0].Length) || (widths is not null && widths.Length != above.Length - 1))
            {
                return false;
            }

            block.Add(above);
        }

        Draw(block, widths, lead, output);
        return true;
    }

    // :: Writing

    // Mode, links, owner and group with a blank between them; zero when they are too long.
    private static int UsualOf(in LongRow row, Span<char> key)
    {
        var length = 0;
        for (var field = row.Lead; field < row.Lead + 4; field++)
        {
            if (row[field].Length >= key.Length - length)
            {
                return 0;
            }

            length += Encoding.Latin1.GetChars(row[field], key[length..]);
            key[length++] = ' ';
        }

        return length - 1;
    }

    private static ReadOnlySpan<byte> DateOf(scoped in LongRow row) => row.Line[row.Start(row.Date)..row.End(row.Fields - 1)];

    /// <summary>Writes rows as long as each column begins or ends where it does in the first; false when the line begins none.</summary>
    private static bool TryWriteBlock(
        TextLines lines, ref int line, int lead, bool follows, byte[][] usual, DirectoryOutline outline, ByteBuffer output)
    {
        if (!LongRow.TryRead(lines[line], out var first) || !CanWrite(first, lead) || first.End(first.Fields - 1) > WidestColumn || !IsInPlace(first))
        {
            return false;
        }

        // :: Step 1: the rows, and the longest of each column.
        Span<int> longest = stackalloc int[first.Fields];
        longest.Clear();
        var start = output.Length;
        var date = default(ReadOnlySpan<byte>);
        for (var row = first; TryFit(row, first, longest);)
        {
            var ownDate = DateOf(row);
            WriteRow(row, ownDate.SequenceEqual(date), usual, outline, output);
            date = ownDate;
            if (++line == lines.Count || !LongRow.TryRead(lines[line], out row) || !CanWrite(row, lead))
            {
                break;
            }
        }

        // :: Step 2: the widths, where they are not those of the longest. Blanks between a column that is filled up on the right and one on
        // the left could be of either.
        Span<int> widths = stackalloc int[first.Fields];
        var (at, isUsual) = (0, !follows);
        for (var field = 0; field < widths.Length; field++)
        {
            var nextIsLeft = field + 1 < widths.Length && LongRow.IsLeftAligned(field + 1, lead);
            widths[field] = !LongRow.IsLeftAligned(field, lead) ? first.End(field) - at : nextIsLeft ? first.Start(field + 1) - at - 1 : longest[field];
            isUsual &= widths[field] == Math.Max(longest[field], LeastWidth(field, first.Date, first.Fields));
            at += widths[field] + 1;
        }

        if (!isUsual)
        {
            var text = new ByteBuffer(64);
            for (var field = 0; field < widths.Length; field++)
            {
                text.Append(field == 0 ? '|' : ' ');
                text.Append(widths[field]);
            }

            text.Append('\n');
            output.Insert(start, text.Written);
        }

        return true;
    }

    private static bool CanWrite(in LongRow row, int lead) => row.Lead == lead && (lead == 0 || DirectoryOutline.CanWrite(row.Line[row.Name..]));

    // A column that is filled up on the right begins one blank after one that is filled up on the left.
    private static bool IsInPlace(in LongRow row)
    {
        for (var field = 0; field < row.Fields; field++)
        {
            if (LongRow.IsLeftAligned(field, row.Lead) && (field == 0 || !LongRow.IsLeftAligned(field - 1, row.Lead))
                && row.Start(field) != (field == 0 ? 0 : row.End(field - 1) + 1))
            {
                return false;
            }
        }

        return true;
    }

    // The row's columns stand where those of the first do, and there is room for the longest of each.
    private static bool TryFit(in LongRow row, in LongRow first, Span<int> longest)
    {
        if (row.Fields != first.Fields)
        {
            return false;
        }

        for (var field = 0; field < longest.Length; field++)
        {
            var length = row.End(field) - row.Start(field);
            if (LongRow.IsLeftAligned(field, row.Lead))
            {
                if (row.Start(field) != first.Start(field)
                    || (!LongRow.IsLeftAligned(field + 1, row.Lead)
                        && Math.Max(longest[field], length) + 1 + Math.Max(longest[field + 1], row.End(field + 1) - row.Start(field + 1)) > first.End(field + 1) - first.Start(field)))
                {
                    return false;
                }
            }
            else if (row.End(field) != first.End(field))
            {
                return false;
            }
        }

        for (var field = 0; field < longest.Length; field++)
        {
            longest[field] = Math.Max(longest[field], row.End(field) - row.Start(field));
        }

        return true;
    }

    // For a date of three always two and five, as ls does.
    private static int LeastWidth(int field, int date, int fields) => fields - date < 3 ? 0 : field == date + 1 ? 2 : field == date + 2 ? 5 : 0;

    private static void WriteRow(in LongRow row, bool hasDateAbove, byte[][] usual, DirectoryOutline outline, ByteBuffer output)
    {
        var lead = row.Lead;
        var name = row.Line[row.Name..];
        var isUsualOwner = row[lead + 2].SequenceEqual(usual[2]) && row[lead + 3].SequenceEqual(usual[3]);
        var isUsual = isUsualOwner && row[lead].SequenceEqual(usual[0]) && row[lead + 1].SequenceEqual(usual[1]);
        if (!isUsualOwner)
        {
            output.Append('=');
        }

        for (var field = 0; field < row.Fields; field++)
        {
            var isLeftOut = field >= lead && (field < lead + 2 ? isUsual : field < lead + 4 ? isUsualOwner
                : field >= row.Date && hasDateAbove && DateLength(name) == 0);
            if (!isLeftOut)
            {
                output.Append(row[field]);
                output.Append(' ');
            }
        }

        if (lead > 0)
        {
            outline.Write(name, output);
        }
        else
        {
            output.Append(name);
        }

        output.Append('\n');
    }

    private static void WriteOther(ReadOnlySpan<byte> line, ByteBuffer output)
    {
        if (line.Length > 0 && (IsRow(line) || line[0] is (byte)'\\' or (byte)'|'))
        {
            output.Append('\\');
        }

        output.Append(line);
        output.Append('\n');
    }

    private static bool IsRow(ReadOnlySpan<byte> line) =>
        line.Length > 0 && (char.IsAsciiDigit((char)line[0]) || line[0] == (byte)'=' || ListingLine.IsMode(line));

    // :: Reading

    // The fields of a row as they were, and its name at last; null when it is none.
    private static byte[][]? ReadRow(ReadOnlySpan<byte> line, int lead, byte[][] usual, byte[][]? above, DirectoryOutline outline)
    {
        var fields = new List<byte[]>(LongRow.MostFields + 1);
        var isFull = line[0] == (byte)'=';
        line = isFull ? line[1..] : line;
        var isComplete = true;
        for (var i = 0; i < lead; i++)
        {
            isComplete &= Take(ref line, fields);
        }

        var hasMode = ListingLine.IsMode(line);
        for (var i = 0; i < 4; i++)
        {
            if (i < 2 ? hasMode : isFull)
            {
                isComplete &= Take(ref line, fields);
            }
            else
            {
                fields.Add(usual[i]);
            }
        }

        isComplete &= Take(ref line, fields);
        if (!isComplete || (DateLength(line) == 0 && above is null))
        {
            return null;
        }

        if (DateLength(line) == 0)
        {
            fields.AddRange(above![fields.Count..^1]);
        }
        else
        {
            for (var left = LongRow.DateFields(line[..line.IndexOf((byte)' ')]); left > 0; left--)
            {
                Take(ref line, fields);
            }
        }

        if (lead > 0)
        {
            if (!outline.TryRead(line))
            {
                return null;
            }

            line = outline.Path;
        }

        fields.Add(line.ToArray());
        return [.. fields];
    }

    // With the blank behind it; zero when the text does not begin with a date.
    private static int DateLength(ReadOnlySpan<byte> text)
    {
        var at = 0;
        var length = text.IndexOf((byte)' ');
        if (length < 0 || LongRow.DateFields(text[..length]) is not (> 0 and var fields))
        {
            return 0;
        }

        for (var field = 0; field < fields; field++)
        {
            length = text[at..].IndexOf((byte)' ');
            if (length <= 0 || (field > 0 && !char.IsAsciiDigit((char)text[at])))
            {
                return 0;
            }

            at += length + 1;
        }

        return at;
    }

    private static bool Take(ref ReadOnlySpan<byte> line, List<byte[]> fields)
    {
        var length = line.IndexOf((byte)' ');
        if (length <= 0)
        {
            return false;
        }

        fields.Add(line[..length].ToArray());
        line = line[(length + 1)..];
        return true;
    }

    private static void Draw(List<byte[][]> block, int[]? widths, int lead, LineWriter output)
    {
        if (block.Count == 0)
        {
            return;
        }

        if (widths is null)
        {
            widths = new int[block[0].Length - 1];
            for (var field = 0; field < widths.Length; field++)
            {
                widths[field] = Math.Max(block.Max(row => row[field].Length), LeastWidth(field, lead + 5, widths.Length));
            }
        }

        var drawn = output.Part();
        foreach (var row in block)
        {
            drawn.Truncate(0);
            for (var field = 0; field < widths.Length; field++)
            {
                var isLeft = LongRow.IsLeftAligned(field, lead);
                var padding = widths[field] - row[field].Length;
                drawn.Append(isLeft ? row[field] : default);
                drawn.AppendRepeated(' ', padding);
                drawn.Append(isLeft ? default : row[field]);
                drawn.Append((byte)' ');
            }

            output.Write(drawn.Written, row[^1]);
        }

        block.Clear();
    }
}
