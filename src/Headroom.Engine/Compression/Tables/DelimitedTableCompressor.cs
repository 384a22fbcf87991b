using System.Text;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Tables;

/// <summary>
/// The compressor for records with a separator (RFC 4180; semicolon, tab and bar too). Its lossless form is a JSON table of the records under
/// <c>[csv 500 lines: tab, quoted]</c>; records that it could not spell the same way are kept as they stand.
/// </summary>
internal sealed class DelimitedTableCompressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "csv";

    /// <summary>Records of another width than the header's may be one in so many.</summary>
    private const int RaggedShare = 4;

    /// <summary>Records that are spelled another way than the others may be one in so many, and a few in any case.</summary>
    private const int OddShare = 20;
    private const int FewOdd = 3;

    private const string CrLf = "crlf";
    private const string NoHeader = "no header";
    private const string BareHeader = "bare header";
    private const string OwnHeader = "header as in line 1";

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        // :: Step 1: the separator and the header.
        var text = utf8.Span;
        var separator = DelimitedRecord.SeparatorOf(text[..Math.Min(text.Length, 1 << 16)]);
        if (separator == 0)
        {
            return null;
        }

        var lines = TextLines.Read(utf8);
        var fields = new List<DelimitedField>();
        var first = DelimitedRecord.Read(text, 0, separator, fields);
        var width = fields.Count;
        var names = new string[width];
        var isHeader = true;
        for (var i = 0; i < width; i++)
        {
            names[i] = Encoding.UTF8.GetString(Value(text, fields[i]));
            isHeader &= !JsonLexeme.IsLiteral(Value(text, fields[i]));
        }

        var keys = isHeader ? RowJson.Unique(names) : [.. Enumerable.Range(1, width).Select(i => FormattableString.Invariant($"c{i}"))];

        // :: Step 2: how most records are quoted, and which cells are empty.
        var quoting = CsvQuoting.OfSample(text, first, separator, width);
        var counts = new int[CsvQuoting.Ways];
        var empties = new RowJson.EmptyCells();
        var masks = new List<byte>();
        for (var at = 0; at < text.Length;)
        {
            at += DelimitedRecord.Read(text[at..], at, separator, fields);
            if ((masks.Count & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (fields.Count != width)
            {
                masks.Add(0xFF);
                continue;
            }

            var mask = EndsAsLines(text[..at], lines.IsCrLf) ? quoting.Matching(text, fields, separator) : 0;
            masks.Add((byte)mask);
            for (var q = 0; q < counts.Length; q++)
            {
                counts[q] += (mask >> q) & 1;
            }

            if (at > first || !isHeader)
            {
                foreach (var field in fields)
                {
                    empties.Add(field.Length == 0);
                }

                empties.EndRow();
            }
        }

        var ragged = masks.Count(m => m == 0xFF);
        var way = Array.IndexOf(counts, counts.Max());
        var odd = masks.Count - ragged - counts[way];
        if (masks.Count - ragged < 2 || ragged * RaggedShare > masks.Count)
        {
            return null;
        }

        // :: Step 3: the rows.
        var isExact = odd <= Math.Max(FewOdd, masks.Count / OddShare);
        var kept = new KeptLines();
        var rows = new RowJson(keys, empties, text.Length);
        var isBareHeader = isHeader && ((masks[0] >> way) & 1) == 0 && ((masks[0] >> CsvQuoting.OnlyNeeded) & 1) != 0;
        var isOwnHeader = isHeader && (!names.AsSpan().SequenceEqual(keys) || (((masks[0] >> way) & 1) == 0 && !isBareHeader));
        for (var (at, number) = (0, 1); at < text.Length; number++)
        {
            var start = at;
            at += DelimitedRecord.Read(text[at..], at, separator, fields);
            if (number == 1 && isHeader && !isOwnHeader)
            {
                continue;
            }

            var isKept = fields.Count != width || (isExact && ((masks[number - 1] >> way) & 1) == 0);
            if (isKept || (number == 1 && isHeader))
            {
                var line = WithoutEnd(utf8[start..at], lines.IsCrLf);
                isExact &= line.Span.IndexOf((byte)'\n') < 0;
                kept.Add(number, line);
                continue;
            }

            rows.BeginRow();
            foreach (var field in fields)
            {
                rows.Add(Value(text, field));
            }

            rows.EndRow();
        }

        if (rows.Rows < 2)
        {
            return null;
        }

        string?[] words =
        [
            separator switch { (byte)'\t' => "tab", (byte)';' => "semicolon", (byte)'|' => "bar", _ => null },
            quoting.Word(way), !isHeader ? NoHeader : isOwnHeader ? OwnHeader : isBareHeader ? BareHeader : null, lines.IsCrLf ? CrLf : null,
        ];
        return RowForms.Open(Name, lines.Count, words, kept, rows.Close(), lines.EndsWithLineFeed, isExact);
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        if (RowForms.Read(header, body, limit, out var words, out var kept, out var endsWithLineFeed) is not { } json)
        {
            return null;
        }

        var separator = (byte)(words.Contains("tab") ? '\t' : words.Contains("semicolon") ? ';' : words.Contains("bar") ? '|' : ',');
        var (quoting, way) = CsvQuoting.Of(words);
        var lineEnd = words.Contains(CrLf) ? "\r\n"u8.ToArray() : "\n"u8.ToArray();
        var output = limit.Buffer(json.Length);
        var weaver = kept.Weave(output, lineEnd);
        void Write(ReadOnlyMemory<byte>[] cells, int cellWay)
        {
            weaver.BeforeRow();
            for (var i = 0; i < cells.Length; i++)
            {
                if (i > 0)
                {
                    output.Append(separator);
                }

                quoting.Write(output, cells[i].Span, separator, cellWay, i);
            }

            output.Append(lineEnd);
        }

        var isRead = JsonRows.Read(
            json,
            names =>
            {
                if (!words.Contains(NoHeader) && !words.Contains(OwnHeader))
                {
                    Write([.. names.Select(name => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(name))], words.Contains(BareHeader) ? CsvQuoting.OnlyNeeded : way);
                }
            },
            cells => Write(cells, way));
        if (!isRead || !weaver.End())
        {
            return null;
        }

        if (!endsWithLineFeed)
        {
            output.TruncateBy(lineEnd.Length);
        }

        return output.ToArray();
    }

    // A record's own end: CRLF where all lines have it, LF where not all do; the last may have none.
    private static bool EndsAsLines(ReadOnlySpan<byte> record, bool isCrLf) =>
        isCrLf ? record is [.., (byte)'\r', (byte)'\n'] or [.., not (byte)'\n' and not (byte)'\r'] : record is not [.., (byte)'\r', (byte)'\n'] and not [.., (byte)'\r'];

    private static ReadOnlyMemory<byte> WithoutEnd(ReadOnlyMemory<byte> record, bool isCrLf)
    {
        var text = record.Span;
        return text is [.., (byte)'\r', (byte)'\n'] && isCrLf ? record[..^2] : text is [.., (byte)'\n'] ? record[..^1] : record;
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> text, DelimitedField field)
    {
        var value = text.Slice(field.Start, field.Length);
        return field is { IsQuoted: true, HasQuote: true } ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(value).Replace("\"\"", "\"", StringComparison.Ordinal)) : value;
    }
}
