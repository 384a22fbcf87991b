using System.Text;
using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Compression.Tables;

/// <summary>
/// Rows of cells as a JSON array of objects, for the machinery of JSON tables and views. A cell that is spelled like a JSON number or literal is
/// one, any other is a string, an empty one is absent where that leaves the rows alike. The first row has every key, so that the keys' order is known.
/// </summary>
internal sealed class RowJson
{
    // With more ways to leave cells empty the rows have no common shape.
    private const int MaxPatterns = 256;

    // An absent key must not be the rule: a column needs one row in so many.
    private const int FilledShare = 8;

    private readonly byte[][] _names;
    private readonly ByteBuffer _output;
    private readonly bool[] _isEmptySpelled;
    private int _column;

    /// <param name="names">The columns' names, each once.</param>
    /// <param name="empties">Which cells are empty.</param>
    /// <param name="capacity">Expected bytes.</param>
    public RowJson(IReadOnlyList<string> names, EmptyCells empties, int capacity)
    {
        _names = [.. names.Select(Quoted)];
        _output = new ByteBuffer(capacity);
        _isEmptySpelled = empties.Spelled(names.Count);
        _output.Append('[');
    }

    public int Rows { get; private set; }

    public void BeginRow()
    {
        if (Rows++ > 0)
        {
            _output.Append(',');
        }

        _output.Append('{');
        _column = 0;
        _isFirst = true;
    }

    private bool _isFirst;

    /// <summary>Adds the next cell of the row.</summary>
    /// <param name="text">UTF-8 text.</param>
    public void Add(ReadOnlySpan<byte> text)
    {
        var column = _column++;
        if (text.IsEmpty && Rows > 1 && !_isEmptySpelled[column])
        {
            return;
        }

        if (!_isFirst)
        {
            _output.Append(',');
        }

        _isFirst = false;
        _output.Append(_names[column]);
        if (JsonLexeme.IsLiteral(text))
        {
            _output.Append(text);
            return;
        }

        _output.Append('"');
        if (text.IndexOfAny((byte)'"', (byte)'\\') < 0 && text.IndexOfAnyInRange((byte)0, (byte)0x1F) < 0)
        {
            _output.Append(text);
        }
        else
        {
            JsonLexeme.AppendEscaped(_output, text);
        }

        _output.Append('"');
    }

    public void EndRow() => _output.Append('}');

    public byte[] Close()
    {
        _output.Append(']');
        return _output.ToArray();
    }

    /// <summary>Names that can be keys: empty ones and copies get a number.</summary>
    public static string[] Unique(IReadOnlyList<string> names)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        var unique = new string[names.Count];
        for (var i = 0; i < unique.Length; i++)
        {
            unique[i] = names[i];
            for (var n = 1; unique[i].Length == 0 || !known.Add(unique[i]); n++)
            {
                unique[i] = FormattableString.Invariant($"{(names[i].Length == 0 ? "column" : names[i])}_{(names[i].Length == 0 ? i + n : n + 1)}");
            }
        }

        return unique;
    }

    private static byte[] Quoted(string name)
    {
        var quoted = new ByteBuffer(name.Length + 8);
        quoted.Append('"');
        JsonLexeme.AppendEscaped(quoted, Encoding.UTF8.GetBytes(name));
        quoted.Append("\":"u8);
        return quoted.ToArray();
    }

    /// <summary>Counts empty cells, to tell whether they can be absent keys.</summary>
    public sealed class EmptyCells
    {
        private readonly HashSet<UInt128> _patterns = [];
        private readonly List<int> _filled = [];
        private int _rows;
        private UInt128 _pattern;
        private int _column;

        public void Add(bool isEmpty)
        {
            if (_column == _filled.Count)
            {
                _filled.Add(0);
            }

            _filled[_column] += isEmpty ? 0 : 1;
            _pattern |= isEmpty && _column < 128 ? UInt128.One << _column : 0;
            _column++;
        }

        public void EndRow()
        {
            if (_patterns.Count <= MaxPatterns)
            {
                _patterns.Add(_pattern);
            }

            _rows++;
            _column = 0;
            _pattern = 0;
        }

        public bool[] Spelled(int columns)
        {
            var spelled = new bool[columns];
            for (var i = 0; i < columns; i++)
            {
                spelled[i] = _patterns.Count > MaxPatterns || i >= _filled.Count || (long)_filled[i] * FilledShare < _rows;
            }

            return spelled;
        }
    }
}
