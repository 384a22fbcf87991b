using System.Text;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Tables;

/// <summary>Measures text in the positions of an aligned table: bytes where it is ASCII, else cells of a terminal or characters.</summary>
/// <param name="isByCells">Wide characters take two positions, combining ones none.</param>
internal sealed class LineRuler(bool isByCells)
{
    private const string CellsWord = "by cells";

    private int[] _offsets = new int[256];
    private int _width;
    private bool _isAscii;

    /// <summary>The word of the legend.</summary>
    public string? Word => isByCells ? CellsWord : null;

    public bool IsByCells => isByCells;

    /// <summary>Reads the words of a legend.</summary>
    public static LineRuler Of(string[] words) => new(words.Contains(CellsWord));

    public int Width(ReadOnlySpan<byte> text)
    {
        if (Ascii.IsValid(text))
        {
            return text.Length;
        }

        var width = 0;
        while (!text.IsEmpty)
        {
            _ = Rune.DecodeFromUtf8(text, out var rune, out var length);
            width += isByCells ? DisplayWidth.Of(rune) : 1;
            text = text[length..];
        }

        return width;
    }

    /// <summary>Takes a line to be sliced.</summary>
    public void Read(ReadOnlySpan<byte> line)
    {
        _isAscii = Ascii.IsValid(line);
        _width = line.Length;
        if (_isAscii)
        {
            return;
        }

        if (_offsets.Length <= line.Length * 2)
        {
            _offsets = new int[(line.Length * 2) + 1];
        }

        Array.Fill(_offsets, -1, 0, (line.Length * 2) + 1);
        var (at, offset) = (0, 0);
        while (offset < line.Length)
        {
            _ = Rune.DecodeFromUtf8(line[offset..], out var rune, out var length);
            var width = isByCells ? DisplayWidth.Of(rune) : 1;
            if (width > 0)
            {
                _offsets[at] = offset;
                at += width;
            }

            offset += length;
        }

        _offsets[at] = line.Length;
        _width = at;
    }

    /// <summary>The bytes of the line between two positions; false when one of them is inside a character.</summary>
    public bool TrySlice(int from, int to, out Range bytes)
    {
        from = Math.Min(from, _width);
        to = Math.Min(to, _width);
        var (start, end) = _isAscii ? (from, to) : (_offsets[from], _offsets[to]);
        bytes = start >= 0 && end >= start ? start..end : default;
        return start >= 0 && end >= start;
    }

    /// <summary>The last position of the line.</summary>
    public int LineWidth => _width;
}
