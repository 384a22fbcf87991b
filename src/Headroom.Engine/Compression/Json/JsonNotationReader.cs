using System.Buffers;

namespace Headroom.Engine.Compression.Json;

/// <summary>Reads <see cref="JsonNotation"/> and writes JSON. Every method returns false at the first thing out of place.</summary>
internal ref struct JsonNotationReader(ReadOnlySpan<byte> text)
{
    // Words, patterns and constants are kept as JSON: words with their quotes, the two ends of a pattern without.
    private sealed record Column(byte[] Name, ColumnForm Form, byte[]? Constant, Column[]? Nested, byte[][]? Words, byte[][]? Ends);

    private static readonly SearchValues<byte> LiteralEnd = SearchValues.Create(",]}) ;\t\r\n"u8);
    private static readonly SearchValues<byte> NameEnd = SearchValues.Create(",:=?[{}"u8);
    private static readonly SearchValues<byte> NestedCellEnd = SearchValues.Create(",;)}\n"u8);

    private readonly ReadOnlySpan<byte> _text = text;
    private ByteBuffer _output = new(text.Length * 2);
    private int _at;
    private int _depth;

    /// <summary>The document as JSON, or null.</summary>
    public byte[]? ReadDocument()
    {
        SkipBlank();
        if (!ReadValue())
        {
            return null;
        }

        SkipBlank();
        return _at == _text.Length ? _output.ToArray() : null;
    }

    private readonly int Peek => _at < _text.Length ? _text[_at] : -1;

    private bool Take(char expected)
    {
        if (Peek != expected)
        {
            return false;
        }

        _at++;
        return true;
    }

    // A text that went through other hands may have been re-indented; between JSON tokens that does not matter.
    private void SkipBlank()
    {
        while (Peek is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }
    }

    private bool ReadValue()
    {
        if (_depth > JsonTape.MaxDepth)
        {
            return false;
        }

        _depth++;
        var isRead = Peek switch
        {
            '{' => ReadObject(),
            '[' => ReadArrayOrTable(),
            '"' => ReadString(),
            '@' => ReadEmbedded(),
            _ => ReadLiteral(),
        };
        _depth--;
        return isRead;
    }

    private bool ReadObject()
    {
        _at++;
        _output.Append('{');
        SkipBlank();
        if (!Take('}'))
        {
            do
            {
                SkipBlank();
                if (!ReadMember())
                {
                    return false;
                }

                SkipBlank();
            }
            while (TakeComma());
            if (!Take('}'))
            {
                return false;
            }
        }

        _output.Append('}');
        return true;
    }

    private bool ReadMember()
    {
        if (Peek != '"' || !ReadString())
        {
            return false;
        }

        SkipBlank();
        if (!Take(':'))
        {
            return false;
        }

        _output.Append(':');
        SkipBlank();
        return ReadValue();
    }

    private bool TakeComma()
    {
        if (!Take(','))
        {
            return false;
        }

        _output.Append(',');
        return true;
    }

    private bool ReadArrayOrTable()
    {
        _at++;
        var digits = _text[_at..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits > 0 && _text[_at..][digits..] is [(byte)']', (byte)'{' or (byte)'(', ..])
        {
            if (!System.Buffers.Text.Utf8Parser.TryParse(_text.Slice(_at, digits), out int rows, out _))
            {
                return false;
            }

            _at += digits + 1;
            return ReadTable(rows);
        }

        _output.Append('[');
        SkipBlank();
        if (!Take(']'))
        {
            do
            {
                SkipBlank();
                if (!ReadValue())
                {
                    return false;
                }

                SkipBlank();
            }
            while (TakeComma());
            if (!Take(']'))
            {
                return false;
            }
        }

        _output.Append(']');
        return true;
    }

    private bool ReadString()
    {
        var start = _at++;
        while (true)
        {
            var step = _text[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (step < 0 || _at + step + 1 > _text.Length)
            {
                return false;
            }

            _at += step + 1;
            if (_text[_at - 1] == (byte)'"')
            {
                _output.Append(_text[start.._at]);
                return true;
            }

            if (_at == _text.Length)
            {
                return false;
            }

            _at++;
        }
    }

    private bool ReadLiteral()
    {
        var length = _text[_at..].IndexOfAny(LiteralEnd);
        var literal = length < 0 ? _text[_at..] : _text.Slice(_at, length);
        if (!JsonLexeme.IsLiteral(literal))
        {
            return false;
        }

        _output.Append(literal);
        _at += literal.Length;
        return true;
    }

    private bool ReadEmbedded()
    {
        _at++;
        var length = _text[_at..].IndexOfAny((byte)'{', (byte)'[');
        if (length < 0)
        {
            return false;
        }

        EmbeddedJson? spelling = null;
        foreach (var candidate in EmbeddedJson.Spellings)
        {
            if (_text.Slice(_at, length).SequenceEqual(candidate.Name))
            {
                spelling = candidate;
            }
        }

        _at += length;
        var outer = _output;
        _output = new ByteBuffer(1024);
        var isRead = spelling is not null && ReadValue();
        var inner = _output;
        _output = outer;
        if (!isRead || JsonTape.Read(inner.ToArray(), CancellationToken.None) is not { } document
            || spelling!.Write(document) is not { } written)
        {
            return false;
        }

        _output.Append('"');
        JsonLexeme.AppendEscaped(_output, written.Written);
        _output.Append('"');
        return true;
    }

    private bool ReadTable(int rows)
    {
        // One kind of row without a letter, or several with one each.
        var kinds = new List<Column[]>();
        var isLettered = Take('(');
        do
        {
            if ((isLettered && !Take((char)ColumnWords.Letter(kinds.Count))) || !ReadHeader(out var columns))
            {
                return false;
            }

            kinds.Add(columns);
        }
        while (isLettered && Take(';'));
        if (isLettered && !Take(')'))
        {
            return false;
        }

        _output.Append('[');
        for (var r = 0; r < rows; r++)
        {
            // A line each, so a count that the text cannot hold is found out before it costs anything.
            if (!Take('\n') || (r > 0 && !Append(',')))
            {
                return false;
            }

            var columns = kinds[0];
            if (isLettered && Peek != '!')
            {
                var kind = Peek - 'a';
                if ((uint)kind >= (uint)kinds.Count)
                {
                    return false;
                }

                columns = kinds[kind];
                _at++;
            }

            if (Take('!') ? Peek != '{' || !ReadValue() : !ReadRow(columns, isFirst: !isLettered))
            {
                return false;
            }

            if (Peek is not ('\n' or -1))
            {
                return false;
            }
        }

        if (Peek == '\n')
        {
            _at++;
        }

        _output.Append(']');
        return true;
    }

    private readonly bool Append(char ascii)
    {
        _output.Append(ascii);
        return true;
    }

    private bool ReadHeader(out Column[] columns)
    {
        columns = [];
        if (_depth > JsonTape.MaxDepth || !Take('{'))
        {
            return false;
        }

        _depth++;
        var list = new List<Column>();
        do
        {
            if (!ReadColumn(out var column))
            {
                return false;
            }

            list.Add(column!);
        }
        while (Take(','));
        columns = [.. list];
        _depth--;
        return Take('}');
    }

    private bool ReadColumn(out Column? column)
    {
        column = null;
        var outer = _output;
        _output = new ByteBuffer(64);
        if (Peek == '"')
        {
            if (!ReadString())
            {
                return false;
            }
        }
        else
        {
            var length = _text[_at..].IndexOfAny(NameEnd);
            if (length <= 0)
            {
                return false;
            }

            _output.Append('"');
            JsonLexeme.AppendEscaped(_output, _text.Slice(_at, length));
            _output.Append('"');
            _at += length;
        }

        var name = _output.ToArray();
        _output.Truncate(0);
        var form = ColumnForm.Plain;
        byte[]? constant = null;
        Column[]? nested = null;
        byte[][]? words = null;
        byte[][]? ends = null;
        var isRead = true;
        switch (Peek)
        {
            case ':':
                _at++;
                isRead = ReadStringForm(out form, out words, out ends);
                break;
            case '=':
                form = ColumnForm.Constant;
                _at++;
                isRead = ReadCell(isNested: true, isText: false, nested: null);
                constant = _output.ToArray();
                break;
            case '{':
                form = ColumnForm.Group;
                isRead = ReadHeader(out nested);
                break;
            case '?':
                form = ColumnForm.OptionalGroup;
                _at++;
                isRead = ReadHeader(out nested);
                break;
            case '[':
                form = ColumnForm.List;
                isRead = _text[_at..].StartsWith("[]"u8);
                _at += 2;
                isRead = isRead && ReadHeader(out nested);
                break;
        }

        _output = outer;
        column = new Column(name, form, constant, nested, words, ends);
        return isRead;
    }

    // :str, a pattern with one star, or a list of words.
    private bool ReadStringForm(out ColumnForm form, out byte[][]? words, out byte[][]? ends)
    {
        (form, words, ends) = (ColumnForm.Text, null, null);
        if (Take('('))
        {
            form = ColumnForm.Dictionary;
            var list = new List<byte[]>();
            do
            {
                _output.Truncate(0);
                if (list.Count == ColumnWords.MaxEntries || !Take((char)ColumnWords.Letter(list.Count)) || !Take('=')
                    || !ReadCell(isNested: true, isText: true, nested: null))
                {
                    return false;
                }

                list.Add(_output.ToArray());
            }
            while (Take(';'));
            words = [.. list];
            return Take(')');
        }

        _output.Truncate(0);
        if (AtCellEnd(isNested: true) || !ReadCell(isNested: true, isText: true, nested: null))
        {
            return false;
        }

        var pattern = _output.Written;
        if (pattern.SequenceEqual("\"str\""u8))
        {
            return true;
        }

        form = ColumnForm.Pattern;
        var star = pattern.IndexOf((byte)'*');
        if (star < 1 || pattern.Count((byte)'*') > 1)
        {
            return false;
        }

        ends = [pattern[1..star].ToArray(), pattern[(star + 1)..^1].ToArray()];
        return true;
    }

    private bool ReadRow(Column[] columns, bool isFirst)
    {
        _output.Append('{');
        var start = _output.Length;
        if (!ReadCells(columns, isNested: false, ref isFirst))
        {
            return false;
        }

        if (Take(','))
        {
            if (Peek != '{')
            {
                return false;
            }

            // The extra object's members join the row's own; its brackets go.
            _at++;
            Separate(start);
            do
            {
                if (!ReadMember())
                {
                    return false;
                }
            }
            while (TakeComma());
            if (!Take('}'))
            {
                return false;
            }
        }

        _output.Append('}');
        return true;
    }

    private readonly void Separate(int start)
    {
        if (_output.Length > start)
        {
            _output.Append(',');
        }
    }

    private bool ReadCells(Column[] columns, bool isNested, ref bool isFirst)
    {
        var start = _output.Length;
        foreach (var column in columns)
        {
            if (column.Form is ColumnForm.Constant or ColumnForm.Group)
            {
                Separate(start);
                _output.Append(column.Name);
                _output.Append(':');
                if (column.Constant is not null)
                {
                    _output.Append(column.Constant);
                    continue;
                }

                _output.Append('{');
                if (!ReadCells(column.Nested!, isNested, ref isFirst))
                {
                    return false;
                }

                _output.Append('}');
                continue;
            }

            // No comma: the row is over, and this and all later cells are absent. Nothing after the comma: this one is.
            var isOver = !isFirst && !Take(',');
            isFirst = false;
            if (isOver || AtCellEnd(isNested))
            {
                continue;
            }

            Separate(start);
            _output.Append(column.Name);
            _output.Append(':');
            if (!ReadFormedCell(column, isNested))
            {
                return false;
            }
        }

        return true;
    }

    private bool ReadFormedCell(Column column, bool isNested)
    {
        if (column.Words is { } words)
        {
            var code = Peek - 'a';
            _at++;
            if ((uint)code >= (uint)words.Length || !AtCellEnd(isNested))
            {
                return false;
            }

            _output.Append(words[code]);
            return true;
        }

        if (column.Ends is not { } ends)
        {
            return ReadCell(isNested, column.Form == ColumnForm.Text, column.Nested is null ? null : column);
        }

        var start = _output.Length;
        if (!ReadCell(isNested, isText: true, nested: null) || _output.Written[start] != (byte)'"')
        {
            return false;
        }

        var rest = _output.Written[(start + 1)..^1].ToArray();
        _output.Truncate(start + 1);
        _output.Append(ends[0]);
        _output.Append(rest);
        _output.Append(ends[1]);
        _output.Append('"');
        return true;
    }

    private readonly bool AtCellEnd(bool isNested) =>
        Peek is ',' or '\n' or -1 || (isNested && Peek is ';' or ')');

    private bool ReadCell(bool isNested, bool isText, Column? nested)
    {
        switch (Peek)
        {
            case '"' or '{' or '[' or '@':
                return ReadValue();
            case '(':
                return nested is not null && ReadItems(nested);
        }

        var length = isNested ? _text[_at..].IndexOfAny(NestedCellEnd) : _text[_at..].IndexOfAny((byte)',', (byte)'\n');
        var cell = length < 0 ? _text[_at..] : _text.Slice(_at, length);
        if (cell.IsEmpty)
        {
            return false;
        }

        if (!isText && JsonLexeme.IsLiteral(cell))
        {
            _output.Append(cell);
        }
        else
        {
            _output.Append('"');
            JsonLexeme.AppendEscaped(_output, cell);
            _output.Append('"');
        }

        _at += cell.Length;
        return true;
    }

    private bool ReadItems(Column column)
    {
        _at++;
        var isList = column.Form == ColumnForm.List;
        if (isList)
        {
            _output.Append('[');
        }

        var isFirstItem = true;
        do
        {
            if (!isFirstItem)
            {
                _output.Append(',');
            }

            isFirstItem = false;
            _output.Append('{');
            var isFirst = true;
            if (!ReadCells(column.Nested!, isNested: true, ref isFirst))
            {
                return false;
            }

            _output.Append('}');
        }
        while (isList && Take(';'));
        if (isList)
        {
            _output.Append(']');
        }

        return Take(')');
    }
}
