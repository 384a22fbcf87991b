using System.Runtime.InteropServices;
using System.Text;

namespace Headroom.Engine.Compression.Text;

/// <summary>
/// Rows and a cursor. Stops at the first thing that is no evident redraw. A row takes cells only when the cursor goes back into it; only the rows that a
/// screen could show are kept.
/// </summary>
/// <param name="padding">How many blanks may be written for cursor movements, over all.</param>
internal sealed class RedrawnScreen(int padding)
{
    private const byte Escape = 0x1B;
    private const byte Backspace = 0x08;
    private const int MostColumns = 1_000;
    private const int MostRows = 1_000;

    private readonly List<Row> _rows = [new Row()];
    private readonly List<Cell> _old = [];
    private int _row;
    private int _column;
    private int _padding = padding;

    // A tab or another control has led the cursor to a column that is not known.
    private bool _isAdrift;
    private int _writtenLines;

    // The write that is going on: where it began, how far what it is written over reaches, and what speaks for a redraw.
    private bool _isWriting;
    private int _writeStart;
    private int _oldEnd;
    private bool _isEvident;
    private bool _jumpedByEscape;

    /// <summary>How many of the lines that were finished had been redrawn.</summary>
    public int RedrawnLines => _writtenLines;

    /// <summary>A row that is still held was redrawn.</summary>
    public bool IsRedrawn => _rows.Exists(row => row.IsRedrawn);

    public void Clear()
    {
        _rows.RemoveRange(1, _rows.Count - 1);
        _rows[0] = new Row();
        _row = _column = 0;
        _isWriting = _isEvident = _jumpedByEscape = _isAdrift = false;
    }

    /// <summary>Draws a part of a text; false when it is left alone.</summary>
    public bool Draw(ReadOnlySpan<byte> text, int from, int to, ByteBuffer output, CancellationToken cancellationToken)
    {
        for (var (at, steps) = (from, 0); at < to; steps++)
        {
            if ((steps & 0x3FFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var isDrawn = true;
            var length = 1;
            switch (text[at])
            {
                case (byte)'\n':
                    isDrawn = Feed(text, "\n", output);
                    break;
                case (byte)'\r' when at + 1 < to && text[at + 1] == (byte)'\n':
                    isDrawn = Feed(text, "\r\n", output);
                    length = 2;
                    break;
                case (byte)'\r':
                    isDrawn = EndWrite(text);
                    _column = 0;
                    _isAdrift = false;
                    break;
                case Backspace:
                    isDrawn = !_isAdrift && EndWrite(text);
                    _column = Math.Max(0, _column - 1);
                    break;
                case Escape:
                    var sequence = ControlSequence.Read(text[at..to]);
                    isDrawn = sequence.Effect == ControlEffect.Styles || Do(sequence, text);
                    length = sequence.Length;
                    break;
                default:
                    Rune.DecodeFromUtf8(text[at..to], out var rune, out length);
                    isDrawn = rune.Value is not (0x0B or 0x0C) && Put(text, at, length, Glyph.ColumnsOf(rune));
                    break;
            }

            if (!isDrawn)
            {
                return false;
            }

            at += length;
        }

        return EndWrite(text);
    }

    /// <summary>Writes all rows that are left.</summary>
    public void Finish(ReadOnlySpan<byte> text, ByteBuffer output) => Flush(text, _rows.Count, output);

    private void Flush(ReadOnlySpan<byte> text, int count, ByteBuffer output)
    {
        foreach (var row in CollectionsMarshal.AsSpan(_rows)[..count])
        {
            row.Write(text, output);
            _writtenLines += row.IsRedrawn ? 1 : 0;
        }
    }

    private bool Feed(ReadOnlySpan<byte> text, string end, ByteBuffer output)
    {
        if (!EndWrite(text))
        {
            return false;
        }

        _rows[_row].End = end;
        _row++;
        _column = 0;
        _isAdrift = false;
        if (_row < _rows.Count)
        {
            // Only an escape sequence can have led above it.
            _jumpedByEscape = true;
            return true;
        }

        _jumpedByEscape = false;
        _rows.Add(new Row());
        if (_rows.Count > 2 * MostRows)
        {
            Flush(text, MostRows, output);
            _rows.RemoveRange(0, MostRows);
            _row -= MostRows;
        }

        return true;
    }

    private bool Do(ControlSequence sequence, ReadOnlySpan<byte> text)
    {
        var count = Math.Max(1, sequence.Count);
        _isAdrift &= sequence.Final is not ((byte)'E' or (byte)'F' or (byte)'G');
        if (_isAdrift)
        {
            return false;
        }

        if (sequence.Final is (byte)'K' or (byte)'J')
        {
            return Erase(sequence, text);
        }

        if (!EndWrite(text))
        {
            return false;
        }

        _jumpedByEscape = true;
        switch (sequence.Final)
        {
            case (byte)'A' or (byte)'F':
                _row -= count;
                _column = sequence.Final == (byte)'F' ? 0 : _column;
                break;
            case (byte)'B' or (byte)'E':
                _row += count;
                _column = sequence.Final == (byte)'E' ? 0 : _column;
                break;
            case (byte)'C':
                _column += count;
                break;
            case (byte)'D':
                _column = Math.Max(0, _column - count);
                break;
            default:
                _column = count - 1;
                break;
        }

        // Where the screen ends that was drawn on is not known.
        return _row >= 0 && _row < _rows.Count && _row >= _rows.Count - MostRows && _column <= MostColumns;
    }

    private bool Erase(ControlSequence sequence, ReadOnlySpan<byte> text)
    {
        var row = _rows[_row];
        var from = sequence.Count == 2 ? 0 : _column;
        if ((sequence.Final == (byte)'J' ? sequence.Count > 0 : sequence.Count is 1 or > 2) || !row.Truncate(text, from))
        {
            return false;
        }

        if (sequence.Final == (byte)'J')
        {
            _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
        }

        row.IsRedrawn = true;
        _oldEnd = Math.Min(_oldEnd, from);
        _isEvident = _jumpedByEscape = true;
        return true;
    }

    private bool Put(ReadOnlySpan<byte> text, int at, int length, int columns)
    {
        var row = _rows[_row];
        if (_column == row.Columns && row.Append(at, length, columns))
        {
            BeginWrite(row);
            _column += Math.Max(columns, 0);
            _isAdrift |= columns < 0;
            return true;
        }

        // Tabs and other controls leave cells as they were; where they are written over is not known.
        if (columns < 0 || _column > MostColumns || !row.Cut(text))
        {
            return false;
        }

        if (columns == 0)
        {
            return row.Extend(_column, at, length);
        }

        BeginWrite(row);
        for (; row.Columns < _column; row.Pad())
        {
            if (_padding-- <= 0)
            {
                return false;
            }

            row.IsRedrawn = true;
        }

        if (!row.Put(_column, text[at] == (byte)' ' ? Cell.Blank : new Cell(at, length), columns))
        {
            return false;
        }

        _column += columns;
        return true;
    }

    private void BeginWrite(Row row)
    {
        if (_isWriting)
        {
            return;
        }

        _isWriting = true;
        _isEvident = _jumpedByEscape;
        _writeStart = _column;
        _old.Clear();
        if (_column < row.Columns)
        {
            row.TrimEnd();
            _old.AddRange(row.CellsFrom(_column));
        }

        _oldEnd = _column + _old.Count;
    }

    /// <summary>The cursor goes elsewhere: what was written has to cover what it was written over, and something has to speak for a redraw.</summary>
    private bool EndWrite(ReadOnlySpan<byte> text)
    {
        if (!_isWriting)
        {
            return true;
        }

        _isWriting = _jumpedByEscape = false;
        if (_old.Count == 0)
        {
            return true;
        }

        var row = _rows[_row];
        if (_column < _oldEnd)
        {
            return false;
        }

        if (!_isEvident)
        {
            var written = row.CellsFrom(_writeStart);
            if (written.ContainsAnyExcept(Cell.Blank) && !Progress.IsOf(TextOf(text, CollectionsMarshal.AsSpan(_old)), TextOf(text, written), _writeStart == 0, row.IsRedrawn))
            {
                return false;
            }
        }

        row.IsRedrawn = true;
        return true;
    }

    private static string TextOf(ReadOnlySpan<byte> text, ReadOnlySpan<Cell> cells)
    {
        var output = new StringBuilder(cells.Length);
        foreach (var cell in cells)
        {
            output.Append(cell.IsBlank ? " " : Encoding.UTF8.GetString(text.Slice(cell.Start, cell.Length)));
        }

        return output.ToString();
    }

    /// <summary>A character of the text with the marks that combine with it; the second half of a wide one is empty and begins where that ends.</summary>
    private readonly record struct Cell(int Start, int Length)
    {
        public static Cell Blank => default;

        public bool IsBlank => Start == 0 && Length == 0;

        public bool IsSecondHalf => Start != 0 && Length == 0;
    }

    private sealed class Row
    {
        private int _start;
        private int _length;
        private bool _hasControls;
        private List<Cell>? _cells;

        /// <summary>Its line end; empty for the last.</summary>
        public string End { get; set; } = "";

        public bool IsRedrawn { get; set; }

        public int Columns { get; private set; }

        /// <summary>Puts what stands next in the text at the end, as long as all of the row is one stretch of the text.</summary>
        public bool Append(int at, int length, int columns)
        {
            if (_cells is not null || (_length > 0 && at != _start + _length))
            {
                return false;
            }

            _start = _length == 0 ? at : _start;
            _length += length;
            _hasControls |= columns < 0;
            Columns += Math.Max(columns, 0);
            return true;
        }

        /// <summary>Cuts the stretch into cells; false where it has none, or too many for a screen.</summary>
        public bool Cut(ReadOnlySpan<byte> text)
        {
            if (_cells is not null)
            {
                return true;
            }

            if (_hasControls || Columns > MostColumns)
            {
                return false;
            }

            _cells = new List<Cell>(Columns);
            for (var at = _start; at < _start + _length;)
            {
                Rune.DecodeFromUtf8(text[at..], out var rune, out var length);
                var columns = Glyph.ColumnsOf(rune);
                if (columns == 0)
                {
                    if (!Extend(_cells.Count, at, length))
                    {
                        return false;
                    }
                }
                else
                {
                    Add(text, at, length, columns);
                }

                at += length;
            }

            return true;
        }

        public ReadOnlySpan<Cell> CellsFrom(int column) => _cells is null ? [] : CollectionsMarshal.AsSpan(_cells)[Math.Min(column, _cells.Count)..];

        public void TrimEnd()
        {
            if (_cells is not null)
            {
                while (_cells is [.., { IsBlank: true }])
                {
                    _cells.RemoveAt(_cells.Count - 1);
                }

                Columns = _cells.Count;
            }
        }

        public void Pad()
        {
            _cells!.Add(Cell.Blank);
            Columns = _cells.Count;
        }

        public bool Put(int column, Cell cell, int columns)
        {
            // Half of a wide character is none.
            if (IsSecondHalf(column) || IsSecondHalf(column + columns))
            {
                return false;
            }

            for (var i = 0; i < columns; i++)
            {
                var written = i == 0 ? cell : new Cell(cell.Start + cell.Length, 0);
                if (column + i < _cells!.Count)
                {
                    _cells[column + i] = written;
                }
                else
                {
                    _cells.Add(written);
                }
            }

            Columns = _cells!.Count;
            return true;
        }

        public bool Extend(int column, int at, int length)
        {
            var last = column - 1;
            while (IsSecondHalf(last))
            {
                last--;
            }

            if ((uint)last >= (uint)_cells!.Count || _cells[last].Start + _cells[last].Length != at)
            {
                return false;
            }

            _cells[last] = new Cell(_cells[last].Start, _cells[last].Length + length);
            return true;
        }

        public bool Truncate(ReadOnlySpan<byte> text, int column)
        {
            if (column >= Columns && !_hasControls)
            {
                return true;
            }

            if (column == 0)
            {
                _cells ??= [];
                _cells.Clear();
                (_length, _hasControls, Columns) = (0, false, 0);
                return true;
            }

            if (!Cut(text) || IsSecondHalf(column))
            {
                return false;
            }

            _cells!.RemoveRange(column, _cells.Count - column);
            Columns = column;
            return true;
        }

        public void Write(ReadOnlySpan<byte> text, ByteBuffer output)
        {
            var start = output.Length;
            if (_cells is null)
            {
                output.Append(text.Slice(_start, _length));
            }
            else
            {
                foreach (var cell in _cells)
                {
                    output.Append(cell.IsBlank ? " "u8 : text.Slice(cell.Start, cell.Length));
                }
            }

            if (IsRedrawn)
            {
                output.Truncate(start + output.Written[start..].TrimEnd((byte)' ').Length);
            }

            output.Append(End == "\n" ? "\n"u8 : End == "\r\n" ? "\r\n"u8 : []);
        }

        private void Add(ReadOnlySpan<byte> text, int at, int length, int columns)
        {
            _cells!.Add(text[at] == (byte)' ' ? Cell.Blank : new Cell(at, length));
            if (columns == 2)
            {
                _cells.Add(new Cell(at + length, 0));
            }
        }

        private bool IsSecondHalf(int column) => _cells is not null && (uint)column < (uint)_cells.Count && _cells[column].IsSecondHalf;
    }
}
