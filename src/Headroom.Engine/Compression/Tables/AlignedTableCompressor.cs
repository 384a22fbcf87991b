using System.Text;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Tables;

/// <summary>
/// The compressor for columns aligned by padding below a header (<c>docker ps</c>, <c>df</c>, <c>Format-Table</c>). The padding is said once, in the
/// header: <c>[table 40 lines: columns at 0 12 &gt;20]</c>; lines that it would not give back are kept as they stand.
/// </summary>
internal sealed class AlignedTableCompressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "table";

    /// <summary>The header is one of so many first lines.</summary>
    private const int HeaderLines = 8;
    private const int SampleLines = 200;

    /// <summary>Lines that are no rows may be one in so many.</summary>
    private const int KeptShare = 3;

    private const string CrLf = "crlf";
    private const string Ruled = "ruled";
    private const string OwnHeader = "own header";

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var lines = TextLines.Read(utf8);
        if (lines.Count < 3)
        {
            return null;
        }

        var header = HeaderLine(lines);
        if (header < 0)
        {
            return null;
        }

        // Programs pad by cells of a terminal, or by characters; which is told by how many lines come back.
        Reading? best = null;
        foreach (var isByCells in Ascii.IsValid(utf8.Span) ? [false] : new[] { true, false })
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Reading.Of(lines, header, new LineRuler(isByCells), cancellationToken) is { } reading && (best is null || reading.Rows > best.Rows))
            {
                best = reading;
            }
        }

        return best is null || best.Rows < 2 ? null : best.Forms(lines, cancellationToken);
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        if (RowForms.Read(header, body, limit, out var words, out var kept, out var endsWithLineFeed) is not { } json || AlignedLayout.Of(words) is not { } layout)
        {
            return null;
        }

        var lineEnd = words.Contains(CrLf) ? "\r\n"u8.ToArray() : "\n"u8.ToArray();
        var output = limit.Buffer(json.Length * 2);
        var weaver = kept.Weave(output, lineEnd);
        void Write(ReadOnlyMemory<byte>[] cells)
        {
            weaver.BeforeRow();
            layout.Write(output, cells);
            output.Append(lineEnd);
        }

        var isRead = JsonRows.Read(
            json,
            names =>
            {
                if (!words.Contains(OwnHeader))
                {
                    ReadOnlyMemory<byte>[] cells = [.. names.Select(n => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(n))];
                    Write(cells);
                    if (words.Contains(Ruled))
                    {
                        Write(Rules(cells, layout.Ruler));
                    }
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

    // The first line below which about as many lines of a sample stand in as many columns as below any other: a row of data can have a few
    // more than the header, since dates and names have spaces.
    private static int HeaderLine(TextLines lines)
    {
        var scores = new int[Math.Min(HeaderLines, lines.Count - 2)];
        for (var candidate = 0; candidate < scores.Length; candidate++)
        {
            var first = candidate + 1;
            var count = Math.Min(SampleLines, lines.Count - first);
            if (IsBlank(lines[candidate]) || AlignedColumns.Find(lines[candidate], count, i => Ink(lines, first + i), isByCells: true) is not { } columns)
            {
                continue;
            }

            var (rows, fitting) = (0, 0);
            for (var i = first; i < first + count; i++)
            {
                rows += IsBlank(lines[i]) ? 0 : 1;
                fitting += !IsBlank(lines[i]) && (!Ascii.IsValid(lines[i]) || columns.Fits(lines[i])) ? 1 : 0;
            }

            scores[candidate] = fitting >= 2 && fitting * 3 >= rows * 2 ? fitting * columns.Named : 0;
        }

        var best = scores.Max();
        return best == 0 ? -1 : Array.FindIndex(scores, s => s * 5 >= best * 3);
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ') < 0;

    // Rules below headers and between groups fill the space between columns.
    private static ReadOnlyMemory<byte> Ink(TextLines lines, int line) =>
        lines[line].IndexOfAnyExcept("-=+ "u8) < 0 ? default : lines.Memory(line);

    private static ReadOnlyMemory<byte>[] Rules(ReadOnlyMemory<byte>[] names, LineRuler ruler)
    {
        var rules = new ReadOnlyMemory<byte>[names.Length];
        for (var i = 0; i < rules.Length; i++)
        {
            var rule = new byte[ruler.Width(names[i].Span)];
            Array.Fill(rule, (byte)'-');
            rules[i] = rule;
        }

        return rules;
    }

    /// <summary>A table read with one ruler.</summary>
    private sealed class Reading
    {
        private readonly int _header;
        private readonly LineRuler _ruler;
        private readonly AlignedColumns _columns;
        private readonly AlignedLayout _layout;
        private readonly ReadOnlyMemory<byte>[] _cells;
        private readonly ByteBuffer _spelled = new(512);
        private readonly bool[] _isRow;
        private readonly RowJson.EmptyCells _empties = new();
        private readonly string[] _names;
        private readonly bool _isOwnHeader;
        private readonly bool _isRuled;

        private Reading(TextLines lines, int header, LineRuler ruler, AlignedColumns columns, CancellationToken cancellationToken)
        {
            (_header, _ruler, _columns) = (header, ruler, columns);
            _cells = new ReadOnlyMemory<byte>[columns.Count];
            _layout = Layout(lines);
            _isRow = new bool[lines.Count];

            var names = Cells(lines.Memory(header)) ? _cells.Select(c => Encoding.UTF8.GetString(c.Span)).ToArray() : [.. _cells.Select(_ => "")];
            _names = RowJson.Unique(names);
            _isOwnHeader = !names.AsSpan().SequenceEqual(_names) || !IsSpelled(lines[header]);
            if (!_isOwnHeader)
            {
                Rules(_cells, ruler).CopyTo(_cells, 0);
                _isRuled = IsSpelled(lines[header + 1]);
            }

            for (var i = header + (_isRuled ? 2 : 1); i < lines.Count; i++)
            {
                if ((i & 0xFFF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                _isRow[i] = IsRow(lines.Memory(i));
                if (!_isRow[i])
                {
                    continue;
                }

                Rows++;
                foreach (var cell in _cells)
                {
                    _empties.Add(cell.IsEmpty);
                }

                _empties.EndRow();
            }
        }

        public int Rows { get; }

        public static Reading? Of(TextLines lines, int header, LineRuler ruler, CancellationToken cancellationToken) =>
            AlignedColumns.Find(lines[header], lines.Count - header - 1, i => Ink(lines, header + 1 + i), ruler.IsByCells) is { } columns
                ? new Reading(lines, header, ruler, columns, cancellationToken)
                : null;

        public RowForms? Forms(TextLines lines, CancellationToken cancellationToken)
        {
            var kept = new KeptLines();
            var rows = new RowJson(_names, _empties, lines.Source.Length);
            var strays = 0;
            for (var i = 0; i < lines.Count; i++)
            {
                if (_isRow[i])
                {
                    _ = IsRow(lines.Memory(i));
                    rows.BeginRow();
                    foreach (var cell in _cells)
                    {
                        rows.Add(cell.Span);
                    }

                    rows.EndRow();
                }
                else if (_isOwnHeader || (i != _header && !(_isRuled && i == _header + 1)))
                {
                    kept.Add(i + 1, lines.Memory(i));
                    strays += i > _header && !IsBlank(lines[i]) ? 1 : 0;
                }
            }

            if (strays * KeptShare > Rows + strays)
            {
                return null;
            }

            string?[] words = [.. _layout.Words(), _isOwnHeader ? OwnHeader : null, _isRuled ? Ruled : null, lines.IsCrLf ? CrLf : null];
            return RowForms.Open(Name, lines.Count, words, kept, rows.Close(), lines.EndsWithLineFeed, isExact: true);
        }

        private AlignedLayout Layout(TextLines lines)
        {
            // :: Step 1: on which side do most cells of a column stand at the same position, and how long are lines that end with spaces?
            var left = new int[_columns.Count];
            var right = new int[_columns.Count];
            var widths = new Dictionary<int, int>();
            for (var i = _header; i < lines.Count; i++)
            {
                var line = lines[i];
                if (IsBlank(line))
                {
                    continue;
                }

                _ruler.Read(line);
                var width = _ruler.LineWidth;
                if (line[^1] == (byte)' ')
                {
                    widths[width] = widths.GetValueOrDefault(width) + 1;
                }

                for (var c = 0; c < _columns.Count; c++)
                {
                    if (_ruler.TrySlice(_columns.Starts[c], _columns.Starts[c] + 1, out var start) && _ruler.TrySlice(_columns.Ends[c] - 1, _columns.Ends[c], out var end))
                    {
                        left[c] += Has(line[start]) ? 1 : 0;
                        right[c] += Has(line[end]) ? 1 : 0;
                    }
                }
            }

            // :: Step 2: are short lines filled up?
            var most = 0;
            foreach (var (width, count) in widths)
            {
                most = count > widths.GetValueOrDefault(most) || (count == widths.GetValueOrDefault(most) && width > most) ? width : most;
            }

            var filled = 0;
            for (var i = _header; i < lines.Count; i++)
            {
                if (!IsBlank(lines[i]) && _ruler.Width(lines[i].TrimEnd((byte)' ')) < most)
                {
                    filled += _ruler.Width(lines[i]) == most ? 1 : lines[i][^1] != (byte)' ' ? -1 : 0;
                }
            }

            var isRight = left.Select((count, c) => right[c] > count).ToArray();
            return new AlignedLayout([.. isRight.Select((r, c) => r ? _columns.Ends[c] : _columns.Starts[c])], isRight, filled > 0 ? most : 0, _ruler);
        }

        private static bool Has(ReadOnlySpan<byte> position) => !position.IsEmpty && position[0] != (byte)' ';

        private bool IsRow(ReadOnlyMemory<byte> line) =>
            !IsBlank(line.Span) && ((Cells(line) && IsSpelled(line.Span)) || (Words(line) && IsSpelled(line.Span)));

        private bool IsSpelled(ReadOnlySpan<byte> line)
        {
            _spelled.Truncate(0);
            _layout.Write(_spelled, _cells);
            return _spelled.Written.SequenceEqual(line);
        }

        // By position: what stands between the start of a column and that of the next.
        private bool Cells(ReadOnlyMemory<byte> line)
        {
            _ruler.Read(line.Span);
            for (var c = 0; c < _columns.Count; c++)
            {
                var to = c + 1 < _columns.Count ? _columns.Starts[c + 1] : int.MaxValue;
                if (!_ruler.TrySlice(c == 0 ? 0 : _columns.Starts[c], to, out var bytes))
                {
                    return false;
                }

                _cells[c] = Trimmed(line[bytes]);
            }

            return true;
        }

        // By words, for a line in which one was too long and moved the others; only the last cell has spaces.
        private bool Words(ReadOnlyMemory<byte> line)
        {
            var rest = Trimmed(line);
            for (var c = 0; c < _cells.Length; c++)
            {
                if (rest.IsEmpty)
                {
                    return false;
                }

                var end = c == _cells.Length - 1 ? -1 : rest.Span.IndexOf((byte)' ');
                _cells[c] = end < 0 ? rest : rest[..end];
                rest = end < 0 ? default : Trimmed(rest[end..]);
            }

            return true;
        }

        private static ReadOnlyMemory<byte> Trimmed(ReadOnlyMemory<byte> text)
        {
            var start = text.Span.IndexOfAnyExcept((byte)' ');
            return start < 0 ? default : text[start..(text.Span.LastIndexOfAnyExcept((byte)' ') + 1)];
        }
    }
}
