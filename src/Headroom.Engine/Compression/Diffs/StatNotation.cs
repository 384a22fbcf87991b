using System.Buffers.Text;
using Headroom.Engine.Compression.Listings;

namespace Headroom.Engine.Compression.Diffs;

/// <summary>
/// The lossless form of <c>git log --stat</c>: a row is <c>+3-2 path</c>, its path written by <see cref="DirectoryOutline"/>; where git scaled the bars,
/// <c>40 +20-4 path</c> with the bar's lengths. The sum below rows follows from them and is left out, and so is an author who wrote the commit above too.
/// Rows that git would have drawn otherwise stay as they are. After <c>\</c> comes a line that would be taken for something else.
/// </summary>
internal static class StatNotation
{
    public const string Legend = "git log --stat, author as above unless given, +added-removed path; a leading blank = one directory of the path above; n +p-m path: n lines, bar scaled; sums left out";

    /// <summary>Writes the form.</summary>
    public static byte[] Write(StatLog log, CancellationToken cancellationToken)
    {
        var lines = log.Lines;
        var output = new ByteBuffer(lines.Source.Length);
        new NotationHeader(DiffNotation.Name, lines.Count, IsView: false, Legend).Write(output);
        var outline = new DirectoryOutline();
        var drawn = new ByteBuffer(1024);
        var author = default(ReadOnlySpan<byte>);
        var (block, wasRows) = (0, false);
        for (var line = 0; line < lines.Count;)
        {
            if ((line & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            // :: Step 1: rows that can be drawn again.
            while (block < log.Blocks.Count && log.Blocks[block].Line < line)
            {
                block++;
            }

            if (block < log.Blocks.Count && log.Blocks[block].Line == line && !wasRows)
            {
                drawn.Truncate(0);
                StatRow.Draw(log.Blocks[block].Rows, drawn);
                if (lines.Source.Span[lines.StartOf(line)..].StartsWith(drawn.Written))
                {
                    WriteRows(log.Blocks[block].Rows, outline, output);
                    line += drawn.Written.Count((byte)'\n');
                    wasRows = true;
                    continue;
                }
            }

            // :: Step 2: other lines.
            wasRows = false;
            var text = lines[line];
            var follows = line > 0 && IsCommit(lines[line - 1]);
            if (IsAuthor(text))
            {
                var isLeftOut = follows && text.SequenceEqual(author) && line + 1 < lines.Count && IsDate(lines[line + 1]);
                author = text;
                if (isLeftOut)
                {
                    line++;
                    continue;
                }
            }

            if (IsRow(text) || text is [(byte)'\\', ..] || (follows && IsDate(text)))
            {
                output.Append((byte)'\\');
            }

            output.Append(text);
            output.Append((byte)'\n');
            line++;
        }

        output.Truncate(output.Length - (lines.EndsWithLineFeed || lines.Count == 0 ? 0 : 1));
        return output.ToArray();
    }

    /// <summary>Gives back the text; null when the form is damaged.</summary>
    public static byte[]? Read(ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        var output = limit.Buffer(body.Length * 2);
        var outline = new DirectoryOutline();
        var rows = new List<StatRow>();
        var author = default(ReadOnlySpan<byte>);
        var isAfterCommit = false;
        foreach (var range in new Lines(body))
        {
            var line = body[range];
            if (IsRow(line))
            {
                if (!TryReadRow(line, outline, out var row))
                {
                    return null;
                }

                rows.Add(row);
                continue;
            }

            Flush(rows, output);
            if (isAfterCommit && IsDate(line))
            {
                output.Append(author);
                output.Append(author.IsEmpty ? default : "\n"u8);
            }

            line = line is [(byte)'\\', ..] ? line[1..] : line;
            author = IsAuthor(line) ? line : author;
            isAfterCommit = IsCommit(line);
            output.Append(line);
            output.Append((byte)'\n');
        }

        Flush(rows, output);
        output.TruncateBy(body is [.., (byte)'\n'] ? 0 : 1);
        return output.ToArray();
    }

    /// <summary>Appends what stands before a row's path.</summary>
    public static void WriteCounts(in StatRow row, ByteBuffer output)
    {
        if (row.Count < 0)
        {
            output.Append("Bin "u8);
            output.Append(row.Sizes.Span);
        }

        if (row.Count == 0 || row.IsScaled)
        {
            output.Append(row.Count);
            output.Append(row.Plus + row.Minus > 0 ? " "u8 : default);
        }

        WriteSide((byte)'+', row.Plus, output);
        WriteSide((byte)'-', row.Minus, output);
        output.Append((byte)' ');
    }

    public static bool IsCommit(ReadOnlySpan<byte> line) => line.StartsWith("commit "u8);

    private static bool IsAuthor(ReadOnlySpan<byte> line) => line.StartsWith("Author: "u8);

    private static bool IsDate(ReadOnlySpan<byte> line) => line.StartsWith("Date:"u8);

    private static bool IsRow(ReadOnlySpan<byte> line) =>
        line.Length > 0 && (char.IsAsciiDigit((char)line[0]) || line[0] is (byte)'+' or (byte)'-' || line.StartsWith("Bin "u8));

    private static void WriteRows(IReadOnlyList<StatRow> rows, DirectoryOutline outline, ByteBuffer output)
    {
        foreach (var row in rows)
        {
            WriteCounts(row, output);
            outline.Write(row.Name.Span, output);
            output.Append((byte)'\n');
        }
    }

    private static void WriteSide(byte sign, int count, ByteBuffer output)
    {
        if (count > 0)
        {
            output.Append(sign);
            output.Append(count);
        }
    }

    private static bool TryReadRow(ReadOnlySpan<byte> line, DirectoryOutline outline, out StatRow row)
    {
        row = default;
        var (count, plus, minus) = (-1, 0, 0);
        byte[] sizes = [];
        if (line.StartsWith("Bin "u8))
        {
            var end = line.IndexOf(" bytes "u8);
            if (end < 0)
            {
                return false;
            }

            sizes = line["Bin ".Length..(end + " bytes".Length)].ToArray();
            line = line[(end + " bytes".Length)..];
        }
        else if (char.IsAsciiDigit((char)line[0]))
        {
            if (!TryTake(ref line, out count) || (count > 0 && line is not [(byte)' ', ..]))
            {
                return false;
            }

            line = count > 0 ? line[1..] : line;
        }

        if ((line is [(byte)'+', ..] && !TryTakeSide(ref line, out plus)) || (line is [(byte)'-', ..] && !TryTakeSide(ref line, out minus))
            || line is not [(byte)' ', ..] || !outline.TryRead(line[1..]))
        {
            return false;
        }

        // A form that is not ours may ask for any number of signs.
        if (plus > StatRow.LongestBar || minus > StatRow.LongestBar || outline.Path.Length > StatRow.LongestName)
        {
            return false;
        }

        row = new StatRow(outline.Path.ToArray(), count < 0 && sizes.Length == 0 ? plus + minus : count, plus, minus, sizes);
        return true;
    }

    private static bool TryTakeSide(ref ReadOnlySpan<byte> line, out int count)
    {
        line = line[1..];
        return TryTake(ref line, out count);
    }

    private static bool TryTake(ref ReadOnlySpan<byte> line, out int number)
    {
        number = 0;
        if (line.IsEmpty || !char.IsAsciiDigit((char)line[0]) || !Utf8Parser.TryParse(line, out number, out var digits))
        {
            return false;
        }

        line = line[digits..];
        return true;
    }

    private static void Flush(List<StatRow> rows, ByteBuffer output)
    {
        if (rows.Count > 0)
        {
            StatRow.Draw(rows, output);
            rows.Clear();
        }
    }
}
