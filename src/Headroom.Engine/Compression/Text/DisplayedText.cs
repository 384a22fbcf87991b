using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Headroom.Engine.Compression.Text;

/// <summary>
/// What a terminal would show of a program's output: control sequences (ECMA-48) take effect or go, and a line that was drawn several times
/// over (carriage returns, backspaces, cursor movements) is as it was left. A carriage return before a line feed is a line end, no redraw.
/// </summary>
internal static class DisplayedText
{
    private const byte Escape = 0x1B;
    private const byte Bell = 0x07;
    private const byte Backspace = 0x08;
    private const int WidestLine = 10_000;

    private static readonly SearchValues<byte> Controls = SearchValues.Create([Escape, Bell, Backspace, (byte)'\r']);

    /// <summary>What is shown of a text; null when that is the text itself.</summary>
    /// <param name="utf8">The output as it was captured.</param>
    /// <param name="cancellationToken">Ends the work between lines.</param>
    public static byte[]? Of(ReadOnlySpan<byte> utf8, CancellationToken cancellationToken)
    {
        // Bytes that are no text have no display; a text without line feeds may have carriage returns for them.
        var first = NextControl(utf8, 0);
        if (first < 0 || utf8.Contains((byte)0) || (!utf8.Contains((byte)'\n') && utf8.IndexOfAny(Escape, Bell, Backspace) < 0))
        {
            return null;
        }

        var output = new ByteBuffer(utf8.Length);
        var screen = new Screen();
        if (MovesUp(utf8[first..]))
        {
            screen.Draw(utf8, cancellationToken);
            screen.Write(utf8, output);
            return output.ToArray();
        }

        for (var (at, line) = (0, 0); at < utf8.Length; line++)
        {
            if ((line & 0x3FF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            // Lines before the next control are as they are.
            var control = NextControl(utf8, at);
            if (control < 0)
            {
                output.Append(utf8[at..]);
                break;
            }

            var begin = utf8[at..control].LastIndexOf((byte)'\n') + 1 + at;
            output.Append(utf8[at..begin]);
            var feed = utf8[control..].IndexOf((byte)'\n');
            var end = feed < 0 ? utf8.Length : control + feed + 1;
            Show(utf8[begin..end], screen, output, cancellationToken);
            at = end;
        }

        return output.ToArray();
    }

    // One line with its end.
    private static void Show(ReadOnlySpan<byte> line, Screen screen, ByteBuffer output, CancellationToken cancellationToken)
    {
        // :: Step 1: colours and the like only go; what is between them stays.
        var start = output.Length;
        for (var at = 0; ;)
        {
            var control = NextControl(line, at);
            if (control < 0)
            {
                output.Append(line[at..]);
                return;
            }

            output.Append(line[at..control]);
            if (line[control] == Bell)
            {
                at = control + 1;
            }
            else if (line[control] == Escape && Sequence.Read(line[control..]) is { IsMovement: false } sequence)
            {
                at = control + sequence.Length;
            }
            else
            {
                break;
            }
        }

        // :: Step 2: a redrawn line is drawn.
        output.Truncate(start);
        screen.Clear();
        screen.Draw(line, cancellationToken);
        screen.Write(line, output);
    }

    private static int NextControl(ReadOnlySpan<byte> text, int from)
    {
        while (true)
        {
            var found = text[from..].IndexOfAny(Controls);
            if (found < 0)
            {
                return -1;
            }

            from += found;
            if (text[from] != (byte)'\r' || from + 1 >= text.Length || text[from + 1] != (byte)'\n')
            {
                return from;
            }

            from += 2;
        }
    }

    private static bool MovesUp(ReadOnlySpan<byte> text)
    {
        for (var at = 0; text[at..].IndexOf(Escape) is >= 0 and var found;)
        {
            at += found;
            var sequence = Sequence.Read(text[at..]);
            if (sequence.Final is (byte)'A' or (byte)'F' or (byte)'M' && sequence.IsMovement)
            {
                return true;
            }

            at += sequence.Length;
        }

        return false;
    }

    /// <summary>One control sequence.</summary>
    /// <param name="Length">In bytes; 1 for an escape that begins none.</param>
    /// <param name="Final">The byte that names what it does; 0 for one that does nothing to the text.</param>
    /// <param name="Count">Its first parameter; -1 when it has none.</param>
    private readonly record struct Sequence(int Length, byte Final, int Count)
    {
        public bool IsMovement => Final != 0;

        public static Sequence Read(ReadOnlySpan<byte> text)
        {
            if (text.Length < 2)
            {
                return new Sequence(1, 0, -1);
            }

            switch (text[1])
            {
                case (byte)'[':
                    return ReadControl(text);
                case (byte)']' or (byte)'P' or (byte)'X' or (byte)'^' or (byte)'_':
                    // A string for the terminal: it ends with ESC \ or, as xterm has it, with a bell, and not beyond its line.
                    var end = text[2..].IndexOfAny(Bell, Escape, (byte)'\n');
                    return end < 0 || text[2 + end] == (byte)'\n' ? new Sequence(1, 0, -1)
                        : text[2 + end] == Bell ? new Sequence(end + 3, 0, -1)
                        : end + 3 < text.Length && text[end + 3] == (byte)'\\' ? new Sequence(end + 4, 0, -1)
                        : new Sequence(1, 0, -1);
                case >= 0x20 and <= 0x2F:
                    var final = text[1..].IndexOfAnyExceptInRange((byte)0x20, (byte)0x2F);
                    return final > 0 && text[1 + final] is >= 0x30 and <= 0x7E ? new Sequence(final + 2, 0, -1) : new Sequence(1, 0, -1);
                case (byte)'M':
                    return new Sequence(2, (byte)'M', -1);
                case >= 0x30 and <= 0x7E:
                    return new Sequence(2, 0, -1);
                default:
                    return new Sequence(1, 0, -1);
            }
        }

        private static Sequence ReadControl(ReadOnlySpan<byte> text)
        {
            var at = 2;
            var count = -1;
            var isFirst = true;
            while (at < text.Length && text[at] is >= 0x30 and <= 0x3F)
            {
                if (text[at] is >= (byte)'0' and <= (byte)'9')
                {
                    count = isFirst ? Math.Min((Math.Max(count, 0) * 10) + text[at] - '0', WidestLine) : count;
                }
                else
                {
                    isFirst = false;
                }

                at++;
            }

            while (at < text.Length && text[at] is >= 0x20 and <= 0x2F)
            {
                at++;
            }

            if (at >= text.Length || text[at] is < 0x40 or > 0x7E)
            {
                return new Sequence(1, 0, -1);
            }

            // Up, down, right, left, next and previous line, to a column, erase in the line. Where a screen begins and what it clears a
            // captured text does not tell, so nothing is cleared.
            var acts = text[at] is (byte)'A' or (byte)'B' or (byte)'C' or (byte)'D' or (byte)'E' or (byte)'F' or (byte)'G' or (byte)'K';
            return new Sequence(at + 1, acts ? text[at] : (byte)0, count);
        }
    }

    /// <summary>Lines of cells and a cursor. A cell is a character of the text with the marks that combine with it.</summary>
    private sealed class Screen
    {
        private readonly List<Row> _rows = [new Row()];
        private int _row;
        private int _column;

        public void Clear()
        {
            _rows.RemoveRange(1, _rows.Count - 1);
            _rows[0].Clear();
            _row = _column = 0;
        }

        public void Draw(ReadOnlySpan<byte> text, CancellationToken cancellationToken)
        {
            for (var (at, steps) = (0, 0); at < text.Length; steps++)
            {
                if ((steps & 0xFFFF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                var row = _rows[_row];
                switch (text[at])
                {
                    case (byte)'\n':
                        row.End = (byte)'\n';
                        Feed();
                        at++;
                        break;
                    case (byte)'\r' when at + 1 < text.Length && text[at + 1] == (byte)'\n':
                        row.End = (byte)'\r';
                        Feed();
                        at += 2;
                        break;
                    case (byte)'\r':
                        row.IsRedrawn = true;
                        _column = 0;
                        at++;
                        break;
                    case Backspace:
                        row.IsRedrawn = true;
                        _column = Math.Max(0, _column - 1);
                        at++;
                        break;
                    case Bell:
                        at++;
                        break;
                    case Escape:
                        var sequence = Sequence.Read(text[at..]);
                        Do(sequence);
                        at += sequence.Length;
                        break;
                    default:
                        Rune.DecodeFromUtf8(text[at..], out var rune, out var length);
                        if (Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.EnclosingMark
                            && row.Extend(_column - 1, at, length))
                        {
                            at += length;
                            break;
                        }

                        row.Put(_column++, new Cell(at, length));
                        at += length;
                        break;
                }
            }
        }

        public void Write(ReadOnlySpan<byte> text, ByteBuffer output)
        {
            foreach (var row in _rows)
            {
                row.Write(text, output);
            }
        }

        private void Feed()
        {
            _row++;
            _column = 0;
            if (_row == _rows.Count)
            {
                _rows.Add(new Row());
            }
        }

        private void Do(Sequence sequence)
        {
            if (!sequence.IsMovement)
            {
                return;
            }

            var count = Math.Max(1, sequence.Count);
            _rows[_row].IsRedrawn = true;
            switch (sequence.Final)
            {
                case (byte)'A' or (byte)'F' or (byte)'M':
                    _row = Math.Max(0, _row - count);
                    _column = sequence.Final == (byte)'F' ? 0 : _column;
                    break;
                case (byte)'B' or (byte)'E':
                    _row = Math.Min(_rows.Count - 1, _row + count);
                    _column = sequence.Final == (byte)'E' ? 0 : _column;
                    break;
                case (byte)'C':
                    _column = Math.Min(WidestLine, _column + count);
                    break;
                case (byte)'D':
                    _column = Math.Max(0, _column - count);
                    break;
                case (byte)'G':
                    _column = count - 1;
                    break;
                default:
                    _rows[_row].Erase(_column, sequence.Count);
                    break;
            }

            _rows[_row].IsRedrawn = true;
        }
    }

    private readonly record struct Cell(int Start, int Length);

    private sealed class Row
    {
        private readonly List<Cell> _cells = [];

        /// <summary>LF, CR for a CR with a LF, or 0 for the last line.</summary>
        public byte End { get; set; }

        public bool IsRedrawn { get; set; }

        public void Clear()
        {
            _cells.Clear();
            End = 0;
            IsRedrawn = false;
        }

        public void Put(int column, Cell cell)
        {
            while (_cells.Count <= column)
            {
                _cells.Add(default);
            }

            _cells[column] = cell;
        }

        public bool Extend(int column, int at, int length)
        {
            if ((uint)column >= (uint)_cells.Count || _cells[column].Start + _cells[column].Length != at)
            {
                return false;
            }

            _cells[column] = new Cell(_cells[column].Start, _cells[column].Length + length);
            return true;
        }

        public void Erase(int column, int mode)
        {
            if (mode == 1)
            {
                CollectionsMarshal.AsSpan(_cells)[..Math.Min(column + 1, _cells.Count)].Clear();
                return;
            }

            var from = mode == 2 ? 0 : Math.Min(column, _cells.Count);
            _cells.RemoveRange(from, _cells.Count - from);
        }

        public void Write(ReadOnlySpan<byte> text, ByteBuffer output)
        {
            var start = output.Length;
            foreach (var cell in _cells)
            {
                if (cell.Length == 0)
                {
                    output.Append((byte)' ');
                }
                else
                {
                    output.Append(text.Slice(cell.Start, cell.Length));
                }
            }

            if (IsRedrawn)
            {
                output.Truncate(start + output.Written[start..].TrimEnd((byte)' ').Length);
            }

            if (End != 0)
            {
                output.Append(End == (byte)'\r' ? "\r\n"u8 : "\n"u8);
            }
        }
    }
}
