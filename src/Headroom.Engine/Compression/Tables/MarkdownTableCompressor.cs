using System.Globalization;
using System.Text;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Tables;

/// <summary>
/// The compressor for tables between vertical bars (GitHub Flavored Markdown). Cells lose their bars and padding, which the header tells:
/// <c>[markdown 12 lines: widths 10 &gt;5 3]</c>; lines that it would not give back are kept as they stand.
/// </summary>
internal sealed class MarkdownTableCompressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "markdown";

    private const int KeptShare = 2;
    private const string WidthsWord = "widths";
    private const string Tight = "tight";
    private const string OwnHeader = "own header";
    private const string CrLf = "crlf";

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        // :: Step 1: the header is the line above the first rule.
        var lines = TextLines.Read(utf8);
        var header = -1;
        for (var i = 1; i < lines.Count && header < 0; i++)
        {
            header = MarkdownRow.IsRule(lines[i]) && MarkdownRow.IsRow(lines[i - 1]) ? i - 1 : -1;
        }

        if (header < 0)
        {
            return null;
        }

        // :: Step 2: how are cells padded? Widths count by cells or by characters; zero stands for none.
        Spelling? best = null;
        var bestRows = 0;
        foreach (var spelling in Spellings(lines, header, Ascii.IsValid(utf8.Span)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var alike = Enumerable.Range(header, lines.Count - header).Count(i => spelling.IsSpelled(lines[i]));
            if (alike > bestRows)
            {
                (best, bestRows) = (spelling, alike);
            }
        }

        if (best is null || best.Cells(lines[header]).Length != best.Widths.Length)
        {
            return null;
        }

        // :: Step 3: the rows.
        var names = best.Cells(lines[header]).Select(c => Encoding.UTF8.GetString(c.Span)).ToArray();
        var keys = RowJson.Unique(names);
        var isOwnHeader = !names.AsSpan().SequenceEqual(keys) || !best.IsSpelled(lines[header]);
        var empties = new RowJson.EmptyCells();
        var isRow = new bool[lines.Count];
        var count = 0;
        for (var i = header + 2; i < lines.Count; i++)
        {
            isRow[i] = best.IsSpelled(lines[i]) && !MarkdownRow.IsRule(lines[i]);
            if (isRow[i])
            {
                count++;
                foreach (var cell in best.Cells(lines[i]))
                {
                    empties.Add(cell.IsEmpty);
                }

                empties.EndRow();
            }
        }

        var kept = new KeptLines();
        var rows = new RowJson(keys, empties, utf8.Length);
        for (var i = 0; i < lines.Count; i++)
        {
            if (isRow[i])
            {
                rows.BeginRow();
                foreach (var cell in best.Cells(lines[i]))
                {
                    rows.Add(cell.Span);
                }

                rows.EndRow();
            }
            else if (i != header || isOwnHeader)
            {
                kept.Add(i + 1, lines.Memory(i));
            }
        }

        string?[] words = [.. best.Words(), isOwnHeader ? OwnHeader : null, lines.IsCrLf ? CrLf : null];
        return count < 2 || (kept.Count - 1) * KeptShare > lines.Count
            ? null
            : RowForms.Open(Name, lines.Count, words, kept, rows.Close(), lines.EndsWithLineFeed, isExact: true);
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        if (RowForms.Read(header, body, limit, out var words, out var kept, out var endsWithLineFeed) is not { } json || Spelling.Of(words) is not { } spelling)
        {
            return null;
        }

        var lineEnd = words.Contains(CrLf) ? "\r\n"u8.ToArray() : "\n"u8.ToArray();
        var output = limit.Buffer(json.Length * 2);
        var weaver = kept.Weave(output, lineEnd);
        void Write(ReadOnlyMemory<byte>[] cells)
        {
            weaver.BeforeRow();
            spelling.Write(output, cells);
            output.Append(lineEnd);
        }

        var isRead = JsonRows.Read(
            json,
            names =>
            {
                if (!words.Contains(OwnHeader))
                {
                    Write([.. names.Select(n => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(n))]);
                }
            },
            Write);
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

    private static IEnumerable<Spelling> Spellings(TextLines lines, int header, bool isAscii)
    {
        var cells = new List<Range>();
        MarkdownRow.Split(lines[header + 1], cells);
        var columns = cells.Count;
        var isRight = new bool[columns];
        for (var c = 0; c < columns; c++)
        {
            var rule = lines[header + 1][cells[c]].Trim((byte)' ');
            isRight[c] = rule is [(byte)'-', .., (byte)':'];
        }

        yield return new Spelling(new int[columns], isRight, IsTight: false, new LineRuler(false));
        yield return new Spelling(new int[columns], isRight, IsTight: true, new LineRuler(false));
        foreach (var isByCells in isAscii ? [false] : new[] { true, false })
        {
            var ruler = new LineRuler(isByCells);
            var widths = new int[columns];
            for (var i = header; i < lines.Count; i++)
            {
                if (!MarkdownRow.IsRow(lines[i]))
                {
                    continue;
                }

                MarkdownRow.Split(lines[i], cells);
                for (var c = 0; c < columns && c < cells.Count; c++)
                {
                    // The dashes of a rule take the place of the spaces next to the bars, or not.
                    var cell = lines[i][cells[c]];
                    var isTightRule = i == header + 1 && cell is not [(byte)' ', ..];
                    widths[c] = Math.Max(widths[c], isTightRule ? cell.Length - 2 : ruler.Width(cell.Trim((byte)' ')));
                }
            }

            yield return new Spelling(widths, isRight, IsTight: false, ruler);
            yield return new Spelling(widths, new bool[columns], IsTight: false, ruler);
        }
    }

    /// <summary>How cells are padded.</summary>
    /// <param name="Widths">Least width of each column's cells.</param>
    /// <param name="IsRight">Columns that are padded on the left.</param>
    /// <param name="IsTight">No spaces next to the bars.</param>
    /// <param name="Ruler">Measures text.</param>
    private sealed record Spelling(int[] Widths, bool[] IsRight, bool IsTight, LineRuler Ruler)
    {
        private readonly List<Range> _ranges = [];
        private readonly ByteBuffer _spelled = new(512);

        public static Spelling? Of(string[] words)
        {
            var widths = words.FirstOrDefault(w => w.StartsWith(WidthsWord, StringComparison.Ordinal));
            var parts = widths is null ? [] : widths[WidthsWord.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var numbers = new int[parts.Length];
            for (var i = 0; i < parts.Length; i++)
            {
                if (!int.TryParse(parts[i].TrimStart('>'), NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]) || numbers[i] > 1 << 16)
                {
                    return null;
                }
            }

            return new Spelling(numbers, [.. parts.Select(p => p[0] == '>')], words.Contains(Tight), LineRuler.Of(words));
        }

        public IEnumerable<string?> Words()
        {
            if (IsTight)
            {
                yield return Tight;
            }

            if (Widths.Any(w => w > 0))
            {
                yield return $"{WidthsWord} {string.Join(' ', Widths.Select((w, i) => FormattableString.Invariant($"{(IsRight[i] ? ">" : "")}{w}")))}";
            }

            yield return Ruler.Word;
        }

        public bool IsSpelled(ReadOnlySpan<byte> line)
        {
            if (!MarkdownRow.IsRow(line))
            {
                return false;
            }

            var cells = Cells(line);
            if (cells.Length != Widths.Length)
            {
                return false;
            }

            _spelled.Truncate(0);
            Write(_spelled, cells);
            return _spelled.Written.SequenceEqual(line);
        }

        public ReadOnlyMemory<byte>[] Cells(ReadOnlySpan<byte> line)
        {
            MarkdownRow.Split(line, _ranges);
            var cells = new ReadOnlyMemory<byte>[_ranges.Count];
            for (var i = 0; i < cells.Length; i++)
            {
                cells[i] = line[_ranges[i]].Trim((byte)' ').ToArray();
            }

            return cells;
        }

        public void Write(ByteBuffer output, ReadOnlyMemory<byte>[] cells)
        {
            output.Append('|');
            for (var i = 0; i < cells.Length; i++)
            {
                var padding = i < Widths.Length ? Math.Max(0, Widths[i] - Ruler.Width(cells[i].Span)) : 0;
                var isRight = i < IsRight.Length && IsRight[i];
                output.AppendRepeated(' ', (IsTight ? 0 : 1) + (isRight ? padding : 0));
                output.Append(cells[i].Span);
                output.AppendRepeated(' ', (IsTight ? 0 : 1) + (isRight ? 0 : padding));
                output.Append('|');
            }
        }
    }
}
