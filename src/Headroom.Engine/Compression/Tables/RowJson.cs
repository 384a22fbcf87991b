using System.Text;
using System.Text.Unicode;
using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Compression.Tables;

/// <summary>
/// Rows of cells as the tape of a JSON array of objects, for the machinery of JSON tables and views, without writing the names into every row. A
/// cell that is spelled like a JSON number or literal is one, any other is a string, an empty one is absent where that leaves the rows alike. The
/// first row has every key, so that the keys' order is known.
/// </summary>
internal sealed class RowJson
{
    // With more ways to leave cells empty the rows have no common shape.
    private const int MaxPatterns = 256;

    // An absent key must not be the rule: a column needs one row in so many.
    private const int FilledShare = 8;

    private readonly byte[][] _names;
    private readonly int[] _nameStarts;
    private readonly ByteBuffer _output;
    private readonly JsonTapeBuilder _tape;
    private readonly bool[] _isEmptySpelled;
    private int _column;

    /// <param name="names">The columns' names, each once.</param>
    /// <param name="empties">Which cells are empty.</param>
    /// <param name="bytes">Length of the text that the rows are from.</param>
    public RowJson(IReadOnlyList<string> names, EmptyCells empties, int bytes)
    {
        _names = [.. names.Select(Quoted)];
        _nameStarts = new int[_names.Length];

        // A cell has its separator in the text; quotes come on top.
        _output = new ByteBuffer(bytes + (bytes / 4));
        _tape = new JsonTapeBuilder(bytes + (bytes / 8));
        _isEmptySpelled = empties.Spelled(names.Count);
        for (var i = 0; i < _names.Length; i++)
        {
            _nameStarts[i] = _output.Length;
            _output.Append(_names[i]);
        }

        _tape.Begin(JsonNodeKind.Array, 0);
    }

    public int Rows { get; private set; }

    public void BeginRow()
    {
        _tape.Begin(JsonNodeKind.Object, _output.Length);
        _output.Append('{');
        Rows++;
        _column = 0;
    }

    /// <summary>Adds the next cell of the row.</summary>
    /// <param name="text">UTF-8 text.</param>
    public void Add(ReadOnlySpan<byte> text)
    {
        var column = _column++;
        if (text.IsEmpty && Rows > 1 && !_isEmptySpelled[column])
        {
            return;
        }

        _tape.Name(_nameStarts[column], _names[column], _names[column].AsSpan().Contains((byte)'\\'));
        var start = _output.Length;
        if (JsonLexeme.IsLiteral(text))
        {
            var kind = text[0] switch
            {
                (byte)'t' => JsonNodeKind.True,
                (byte)'f' => JsonNodeKind.False,
                (byte)'n' => JsonNodeKind.Null,
                _ => JsonNodeKind.Number,
            };
            _output.Append(text);
            _tape.Scalar(kind, start, text.Length, isEscaped: false);
        }
        else
        {
            var isEscaped = text.IndexOfAny((byte)'"', (byte)'\\') >= 0 || text.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0;
            _output.Append('"');
            if (isEscaped)
            {
                JsonLexeme.AppendEscaped(_output, text);
            }
            else
            {
                _output.Append(text);
            }

            _output.Append('"');
            _tape.Scalar(JsonNodeKind.String, start, _output.Length - start, isEscaped);
        }

        _output.Append(',');
    }

    public void EndRow()
    {
        _output.Append('}');
        _tape.End(_output.Length);
    }

    /// <summary>The rows; null when their text was not UTF-8.</summary>
    public JsonTape? Close()
    {
        _tape.End(_output.Length);
        return Utf8.IsValid(_output.Written) ? _tape.Build(_output.Memory) : null;
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
        quoted.Append('"');
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
