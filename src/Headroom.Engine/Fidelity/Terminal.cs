using System.Globalization;
using System.Text;

namespace Headroom.Engine.Fidelity;

/// <summary>
/// A model of a terminal that is as simple as the rules are (ECMA-48, xterm), to hold displayed text against; it shares nothing with what makes
/// displayed text. As wide as any line, and as high as the output; a line feed returns to the first column.
/// </summary>
internal sealed class Terminal
{
    private const int MostCells = 1 << 22;
    private const int HeldRows = 4_000;

    private readonly List<List<string>> _rows = [[]];
    private readonly StringBuilder _shown = new();
    private readonly StringBuilder _written = new();
    private readonly List<string> _line = [];
    private int _row;
    private int _column;
    private int _cells = MostCells;
    private bool _hasJumped;
    private bool _hasMovedRows;
    private bool _isLost;

    private Terminal()
    {
    }

    /// <summary>What can be seen at the end, without blanks at the ends of rows and blank rows at the end; null where that needs a real screen.</summary>
    public string? Shown { get; private set; }

    /// <summary>
    /// Every character that was printed and every control that moves or erases, in their order; of overstrikes, as nroff makes bold and underlined
    /// characters, the character.
    /// </summary>
    public string Written => _written.ToString();

    /// <summary>Prints an output.</summary>
    /// <param name="utf8">The output.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static Terminal Print(ReadOnlySpan<byte> utf8, CancellationToken cancellationToken)
    {
        var terminal = new Terminal();
        terminal.Run(Encoding.UTF8.GetString(utf8), cancellationToken);
        return terminal;
    }

    private void Run(string text, CancellationToken cancellationToken)
    {
        for (var at = 0; at < text.Length;)
        {
            if ((at & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (text[at] == '\x1b')
            {
                at = Sequence(text, at);
                continue;
            }

            var length = char.IsSurrogatePair(text, at) ? 2 : 1;
            Character(text.Substring(at, length));
            at += length;
        }

        EndLine();
        Flush(_rows.Count);
        Shown = _isLost ? null : _shown.ToString().TrimEnd('\n');
    }

    private void Character(string character)
    {
        switch (character[0])
        {
            case '\a':
                return;
            case '\n':
                EndLine();
                _written.Append('\n');
                _column = 0;
                Down();
                return;
            case '\r':
                _column = 0;
                _hasJumped = true;
                break;
            case '\b':
                _column = Math.Max(0, _column - 1);
                _hasJumped = true;
                break;
            case '\t':
                _column = ((_column / 8) + 1) * 8;
                break;
            default:
                Glyph(character);
                break;
        }

        _line.Add(character);
    }

    private void Glyph(string character)
    {
        var width = Math.Max(0, WidthOf(character));

        var row = _rows[_row];
        if (width == 0)
        {
            var target = Math.Min(_column, row.Count) - 1;
            while (target > 0 && row[target].Length == 0)
            {
                target--;
            }

            if (target >= 0)
            {
                row[target] += character;
            }

            return;
        }

        _cells -= Math.Max(0, _column + width - row.Count);
        if (_cells < 0)
        {
            _isLost = true;
        }

        if (_isLost)
        {
            return;
        }

        while (row.Count < _column + width)
        {
            row.Add(" ");
        }

        // What is left of a wide character that lost a half is blank.
        for (var i = _column; i >= 0 && i < row.Count && row[i].Length == 0; i--)
        {
            row[i] = " ";
            row[i - 1] = row[i - 1].Length == 0 ? "" : " ";
        }

        if (_column + width < row.Count && row[_column + width].Length == 0)
        {
            row[_column + width] = " ";
        }

        row[_column] = character;
        if (width == 2)
        {
            row[_column + 1] = "";
        }

        _column += width;
    }

    private int Sequence(string text, int at)
    {
        if (at + 1 >= text.Length)
        {
            return Lose(text, at, text.Length);
        }

        var end = at + 2;
        switch (text[at + 1])
        {
            case '[':
                while (end < text.Length && text[end] is >= '\x20' and <= '\x3f')
                {
                    end++;
                }

                return end < text.Length && text[end] is >= '\x40' and <= '\x7e' ? Control(text, at, end + 1) : Lose(text, at, at + 1);
            case ']' or 'P' or 'X' or '^' or '_':
                while (end < text.Length && text[end] is not ('\a' or '\x1b' or '\n'))
                {
                    end++;
                }

                return end < text.Length && text[end] == '\a' && text[at + 1] == ']' ? end + 1
                    : end + 1 < text.Length && text[end] == '\x1b' && text[end + 1] == '\\' ? end + 2
                    : Lose(text, at, at + 1);
            case '(' or ')' or '*' or '+' when end < text.Length && text[end] is > '0' and <= '~':
                return end + 1;
            case '=' or '>' or '\\':
                return end;
            default:
                return Lose(text, at, end);
        }
    }

    private int Control(string text, int from, int to)
    {
        var parameters = text[(from + 2)..(to - 1)];
        var final = text[to - 1];
        if (final is 'm' or 'n' or 'c' or 't' or 'q' || (final == 'u' && parameters.StartsWith('>')))
        {
            return to;
        }

        if (final is 'h' or 'l' && parameters.StartsWith('?'))
        {
            // Not the modes that change the page: columns, origin, the other screen, saved cursors.
            return parameters is "?3" or "?6" or "?47" or "?1047" or "?1048" or "?1049" || parameters.Contains(';', StringComparison.Ordinal) ? Lose(text, from, to) : to;
        }

        if (parameters.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return Lose(text, from, to);
        }

        // Terminals hold what is too large at their most.
        var count = parameters.Length == 0 ? 0 : int.TryParse(parameters, NumberStyles.None, CultureInfo.InvariantCulture, out var small) ? Math.Min(small, MostCells) : MostCells;

        // To erase where nothing is does nothing: on a line that was only written forward, below which there are no others.
        if (final == 'K' && count == 0 && !_hasMovedRows && !_hasJumped)
        {
            return to;
        }

        _hasMovedRows |= final is not ('C' or 'D' or 'G' or 'K');

        _hasJumped = true;
        _line.Add(text[from..to]);
        var distance = Math.Max(1, count);
        switch (final)
        {
            case 'A' or 'F':
                _row -= distance;
                break;
            case 'B' or 'E':
                _row += distance;
                break;
            case 'C':
                _column += distance;
                break;
            case 'D':
                _column = Math.Max(0, _column - distance);
                break;
            case 'G':
                _column = distance - 1;
                break;
            case 'K' when count <= 2:
                var row = _rows[_row];
                for (var i = count == 0 ? _column : 0; i < (count == 1 ? Math.Min(_column + 1, row.Count) : row.Count); i++)
                {
                    row[i] = " ";
                }

                if (count != 1)
                {
                    var left = Math.Min(count == 0 ? _column : 0, row.Count);
                    row.RemoveRange(left, row.Count - left);
                }

                break;
            case 'J' when count == 0:
                _rows[_row].RemoveRange(Math.Min(_column, _rows[_row].Count), Math.Max(0, _rows[_row].Count - _column));
                for (var below = _row + 1; below < _rows.Count; below++)
                {
                    _rows[below].Clear();
                }

                break;
            default:
                _isLost = true;
                break;
        }

        _column = final is 'E' or 'F' ? 0 : Math.Min(_column, MostCells);
        if (_row < 0 || _row >= _rows.Count)
        {
            // Above or below what was printed: that depends on the screen.
            _row = Math.Clamp(_row, 0, _rows.Count - 1);
            _isLost = true;
        }

        return to;
    }

    private int Lose(string text, int from, int to)
    {
        _isLost = true;
        _hasMovedRows = true;
        _line.Add(text[from..to]);
        return to;
    }

    private void Down()
    {
        if (_isLost)
        {
            _rows[_row].Clear();
            return;
        }

        if (++_row == _rows.Count)
        {
            _rows.Add([]);
            if (_rows.Count > 2 * HeldRows)
            {
                Flush(HeldRows);
                _rows.RemoveRange(0, HeldRows);
                _row -= HeldRows;
            }
        }
    }

    private void Flush(int count)
    {
        foreach (var row in _rows[..count])
        {
            var start = _shown.Length;
            foreach (var cell in row)
            {
                _shown.Append(cell);
            }

            while (_shown.Length > start && _shown[^1] == ' ')
            {
                _shown.Length--;
            }

            _shown.Append('\n');
        }
    }

    // x, backspace, x is a bold x, and _, backspace, x an underlined one, where the line has no other control.
    private void EndLine()
    {
        var texts = _line.ToList();
        _line.Clear();
        _hasJumped = false;
        var end = texts is [.., "\r"] ? texts.Count - 1 : texts.Count;
        var struck = texts.FindIndex(0, end, text => text == "\b") >= 0;
        if (struck && texts.FindIndex(0, end, text => text[0] is '\x1b' or '\r') < 0)
        {
            var plain = new List<string>();
            var isStrike = true;
            var mayStrike = false;
            for (var i = 0; i < end && isStrike; i++)
            {
                if (texts[i] != "\b")
                {
                    plain.Add(texts[i]);
                    mayStrike = true;
                    continue;
                }

                isStrike = mayStrike && i + 1 < end && (plain[^1] == texts[i + 1] || plain[^1] == "_") && WidthOf(plain[^1]) == 1 && WidthOf(texts[i + 1]) == 1;
                plain.RemoveRange(plain.Count - (isStrike ? 1 : 0), isStrike ? 1 : 0);
                mayStrike = false;
            }

            if (isStrike)
            {
                plain.AddRange(texts[end..]);
                texts = plain;
            }
        }

        texts.ForEach(text => _written.Append(text));
    }

    private static int WidthOf(string character)
    {
        var rune = char.IsSurrogate(character[0]) && character.Length == 1 ? Rune.ReplacementChar : Rune.GetRuneAt(character, 0);
        if (Rune.IsControl(rune) || rune.Value == 0xAD)
        {
            return -1;
        }

        var category = Rune.GetUnicodeCategory(rune);
        return category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? 0
            : category is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? -1
            : Array.Exists(Wide, range => rune.Value >= range.From && rune.Value <= range.To) ? 2
            : 1;
    }

    // East Asian Width W and F (Unicode, Standard Annex 11) as far as terminals agree on it.
    private static readonly (int From, int To)[] Wide =
    [
        (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6),
        (0x1F300, 0x1F64F), (0x1F900, 0x1F9FF), (0x20000, 0x3FFFD),
    ];
}
