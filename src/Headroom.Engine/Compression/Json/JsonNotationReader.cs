using System.Buffers;

namespace Headroom.Engine.Compression.Json;

/// <summary>Reads <see cref="JsonNotation"/> and writes JSON. Every method returns false at the first thing out of place.</summary>
internal ref struct JsonNotationReader(ReadOnlySpan<byte> text, DecodeLimit limit)
{
    // Words, patterns and constants are kept as JSON: words with their quotes, the two ends of a pattern without.
    private sealed record Column(
        byte[] Name, ColumnForm Form, byte[]? Constant, Column[]? Nested, byte[][]? Words, byte[][]? Ends, NumberSequence? Steps)
    {
        /// <summary>Rows read so far of a sequence.</summary>
        public long Taken { get; set; }
    }

    private readonly record struct Table(RowKind Kind, bool IsKeyed, List<Column[]> Variants, bool IsLettered);

    private static readonly SearchValues<byte> InlineEnd = SearchValues.Create(",[]{}\"\n"u8);
    private static readonly SearchValues<byte> MemberEnd = SearchValues.Create(",:[]{}\"\\\n"u8);
    private static readonly SearchValues<byte> NameEnd = SearchValues.Create(",:=?[]{}()"u8);
    private static readonly SearchValues<byte> NestedCellEnd = SearchValues.Create(",;)]}\n"u8);

    private readonly ReadOnlySpan<byte> _text = text;
    private readonly DecodeLimit _limit = limit;
    private ByteBuffer _output = limit.Buffer(text.Length * 2);
    private int _at;
    private int _depth;

    /// <summary>The document as JSON, or null.</summary>
    public byte[]? ReadDocument()
    {
        SkipBlank();

        // What has no bracket is JSON: no text is a document merely because a string may stand without quotes.
        if (Peek is not ('{' or '[' or '"' or '@') ? !ReadLiteral(_text[_at..].TrimEnd(" \t\r\n"u8)) : !ReadValue())
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
            '{' => ReadObjectOrTable(),
            '[' => ReadArrayOrTable(),
            '"' => ReadString(),
            '@' => ReadEmbedded(),
            _ => ReadBare(),
        };
        _depth--;
        return isRead;
    }

    private bool ReadObjectOrTable()
    {
        if (TakeCount('{', '}', out var rows))
        {
            return ReadTable(rows, isKeyed: true);
        }

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

    // {12} or [12] before a header.
    private bool TakeCount(char open, char close, out int count)
    {
        count = 0;
        var digits = _text[(_at + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (Peek != open || digits < 1 || _text[(_at + 1 + digits)..] is not [var end, (byte)'{' or (byte)'(' or (byte)'[', ..] || end != close
            || !System.Buffers.Text.Utf8Parser.TryParse(_text.Slice(_at + 1, digits), out count, out _))
        {
            return false;
        }

        _at += digits + 2;
        return true;
    }

    private bool ReadMember()
    {
        if (!ReadName())
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

    private bool ReadName()
    {
        if (Peek == '"')
        {
            return ReadString();
        }

        var length = _text[_at..].IndexOfAny(MemberEnd);
        if (length < 1)
        {
            return false;
        }

        AppendString(_text.Slice(_at, length).TrimEnd(" \t\r"u8));
        _at += length;
        return true;
    }

    private readonly void AppendString(ReadOnlySpan<byte> text)
    {
        _output.Append('"');
        JsonLexeme.AppendEscaped(_output, text);
        _output.Append('"');
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
        if (TakeCount('[', ']', out var rows))
        {
            return ReadTable(rows, isKeyed: false);
        }

        _at++;
        _output.Append('[');
        SkipBlank();
        if (!Take(']'))
        {
            do
            {
                SkipBlank();
                if (!ReadItem())
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

    // One item, or what stands for several: a sequence, a run, or strings that begin alike.
    private bool ReadItem()
    {
        var start = _output.Length;
        if (Peek is '{' or '[' or '@')
        {
            return ReadValue();
        }

        if (Peek == '"')
        {
            if (!ReadString())
            {
                return false;
            }

            var rest = Bare();
            var sign = rest.TrimEnd(" \t\r"u8);
            if (sign.IsEmpty)
            {
                return true;
            }

            _at += rest.Length;
            return JsonLexeme.Repeat(sign, out var before) is > 0 and var times && before == 0 && Repeat(start, times);
        }

        var text = Bare();
        _at += text.Length;
        if (Peek == '{')
        {
            return ReadGroup(text);
        }

        text = text.TrimEnd(" \t\r"u8);
        if (text.IsEmpty)
        {
            return false;
        }

        if (NumberSequence.Parse(text) is { } sequence)
        {
            for (long i = 0; i < sequence.Count; i++)
            {
                if (i > 0)
                {
                    _output.Append(',');
                }

                NumberSequence.Append(_output, sequence.First + (i * sequence.Step));
            }

            return true;
        }

        var count = JsonLexeme.Repeat(text, out var length);
        AppendBare(count > 0 ? text[..length] : text);
        return count == 0 || Repeat(start, count);
    }

    private readonly ReadOnlySpan<byte> Bare()
    {
        var length = _text[_at..].IndexOfAny(InlineEnd);
        return length < 0 ? default : _text.Slice(_at, length);
    }

    private readonly void AppendBare(ReadOnlySpan<byte> text)
    {
        if (JsonLexeme.IsLiteral(text))
        {
            _output.Append(text);
        }
        else
        {
            AppendString(text);
        }
    }

    private readonly bool Repeat(int start, int times)
    {
        if (times > 1)
        {
            var comma = _output.Length;
            _output.Append(',');
            _output.Append(_output.Written[start..comma]);
            _output.AppendRepeated(_output.Written[comma..], times - 2);
        }

        return true;
    }

    private bool ReadGroup(ReadOnlySpan<byte> prefix)
    {
        _at++;
        var isFirst = true;
        do
        {
            var rest = Bare();
            _at += rest.Length;
            if (!isFirst)
            {
                _output.Append(',');
            }

            isFirst = false;
            _output.Append('"');
            JsonLexeme.AppendEscaped(_output, prefix);
            JsonLexeme.AppendEscaped(_output, rest);
            _output.Append('"');
        }
        while (Take(','));
        return !prefix.IsEmpty && Take('}');
    }

    private bool ReadBare()
    {
        var text = Bare();
        _at += text.Length;
        text = text.TrimEnd(" \t\r"u8);
        if (text.IsEmpty)
        {
            return false;
        }

        AppendBare(text);
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

    private bool ReadLiteral(ReadOnlySpan<byte> literal)
    {
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
        _output = _limit.Buffer(1024);
        var isRead = spelling is not null && ReadValue();
        var inner = _output;
        _output = outer;
        if (!isRead || _limit.Read(inner.Memory) is not { } document || spelling!.Write(document, _limit) is not { } written)
        {
            return false;
        }

        _limit.Take(written.Length);

        _output.Append('"');
        JsonLexeme.AppendEscaped(_output, written.Written);
        _output.Append('"');
        return true;
    }

    private bool ReadTable(int rows, bool isKeyed)
    {
        if (!ReadShape(isKeyed, out var table))
        {
            return false;
        }

        _output.Append(isKeyed ? '{' : '[');
        for (var r = 0; r < rows; r++)
        {
            // A line each, so a count that the text cannot hold is found out before it costs anything.
            if (!Take('\n') || (r > 0 && !Append(',')))
            {
                return false;
            }

            var columns = table.Variants[0];
            if (table.IsLettered && Peek != '!')
            {
                var kind = Peek - 'a';
                if ((uint)kind >= (uint)table.Variants.Count)
                {
                    return false;
                }

                columns = table.Variants[kind];
                _at++;
            }

            if (Take('!') ? !ReadIrregular(isKeyed) : !ReadRow(table, columns))
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

        _output.Append(isKeyed ? '}' : ']');
        return true;
    }

    private bool ReadIrregular(bool isKeyed) => isKeyed ? ReadMember() : Peek == '{' && ReadValue();

    // What stands between the count and the rows: one header, several with a letter each, or the width of plain rows.
    private bool ReadShape(bool isKeyed, out Table table)
    {
        var kinds = new List<Column[]>();
        if (Peek == '[')
        {
            table = new Table(RowKind.Arrays, isKeyed, kinds, IsLettered: false);
            return !isKeyed && ReadPositions(kinds);
        }

        var isLettered = Peek == '(' && !isKeyed;
        table = new Table(Peek == '(' && isKeyed ? RowKind.Values : RowKind.Objects, isKeyed, kinds, isLettered);
        if (!isLettered)
        {
            var isValues = table.Kind == RowKind.Values;
            kinds.Add([]);
            return (isValues ? ReadHeader('(', ')', out var columns) : ReadHeader('{', '}', out columns))
                && (!isKeyed || AsKeyed(columns)) && (!isValues || columns.Length == 2) && (kinds[0] = columns) is not null;
        }

        _at++;
        do
        {
            if (!Take((char)ColumnWords.Letter(kinds.Count)) || !ReadHeader('{', '}', out var columns))
            {
                return false;
            }

            kinds.Add(columns);
        }
        while (Take(';'));
        return Take(')');
    }

    private bool ReadPositions(List<Column[]> kinds)
    {
        var digits = _text[(_at + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 1 || _text[_at + 1 + digits] != (byte)']')
        {
            kinds.Add([]);
            return ReadHeader('[', ']', out var columns) && (kinds[0] = columns) is not null;
        }

        if (!System.Buffers.Text.Utf8Parser.TryParse(_text.Slice(_at + 1, digits), out int width, out _) || width > JsonTable.MaxColumns)
        {
            return false;
        }

        _at += digits + 2;
        var plain = new Column([], ColumnForm.Plain, null, null, null, null, null);
        var all = new Column[width];
        Array.Fill(all, plain);
        kinds.Add(all);
        return true;
    }

    // The first column has the keys, which are strings whatever they look like.
    private static bool AsKeyed(Column[] columns)
    {
        if (!columns[0].Name.AsSpan().SequenceEqual("\"key\""u8))
        {
            return false;
        }

        if (columns[0].Form == ColumnForm.Plain)
        {
            columns[0] = columns[0] with { Form = ColumnForm.Text };
        }

        return columns[0].Form is ColumnForm.Text or ColumnForm.Pattern or ColumnForm.Dictionary or ColumnForm.Constant;
    }

    private readonly bool Append(char ascii)
    {
        _output.Append(ascii);
        return true;
    }

    private bool ReadHeader(char open, char close, out Column[] columns)
    {
        columns = [];
        if (_depth > JsonTape.MaxDepth || !Take(open))
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
        return Take(close);
    }

    private bool ReadColumn(out Column? column)
    {
        column = null;
        var outer = _output;
        _output = _limit.Buffer(64);
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

        var name = Kept();
        _output.Truncate(0);
        var form = ColumnForm.Plain;
        byte[]? constant = null;
        Column[]? nested = null;
        byte[][]? words = null;
        byte[][]? ends = null;
        NumberSequence? steps = null;
        var isRead = true;
        switch (Peek)
        {
            case ':':
                _at++;
                isRead = ReadStringForm(out form, out words, out ends);
                break;
            case '=':
                _at++;
                isRead = ReadNumberForm(out form, out constant, out ends, out steps);
                break;
            case '{' when _text[_at..].StartsWith("{}"u8):
                form = ColumnForm.KeyedList;
                _at += 2;
                isRead = ReadHeader('{', '}', out nested) && AsKeyed(nested);
                break;
            case '{':
                form = ColumnForm.Group;
                isRead = ReadHeader('{', '}', out nested);
                break;
            case '?':
                form = ColumnForm.OptionalGroup;
                _at++;
                isRead = ReadHeader('{', '}', out nested);
                break;
            case '[':
                form = ColumnForm.List;
                isRead = _text[_at..].StartsWith("[]"u8);
                _at += 2;
                isRead = isRead && ReadHeader('{', '}', out nested);
                break;
        }

        _output = outer;
        column = new Column(name, form, constant, nested, words, ends, steps);
        return isRead;
    }

    // A value that all rows have, or in a bare word a sequence or a pattern with one star.
    private bool ReadNumberForm(out ColumnForm form, out byte[]? constant, out byte[][]? ends, out NumberSequence? steps)
    {
        (form, constant, ends, steps) = (ColumnForm.Constant, null, null, null);
        var isBare = Peek is not ('"' or '{' or '[' or '@');
        if (!ReadCell(isNested: true, isText: false, nested: null))
        {
            return false;
        }

        constant = Kept();
        if (!isBare || constant[0] != (byte)'"')
        {
            return true;
        }

        var text = constant.AsSpan()[1..^1];
        steps = NumberSequence.Parse(text);
        var star = text.IndexOf((byte)'*');
        if (steps is null && star < 0)
        {
            return true;
        }

        if (steps is null && !Ends(text, out ends))
        {
            return false;
        }

        form = steps is null ? ColumnForm.NumberPattern : ColumnForm.Sequence;
        constant = null;
        return true;
    }

    // What a header keeps stands in the rows, so it must not cost more than they may.
    private readonly byte[] Kept()
    {
        _limit.Take(_output.Length);
        return _output.ToArray();
    }

    private static bool Ends(ReadOnlySpan<byte> pattern, out byte[][]? ends)
    {
        var star = pattern.IndexOf((byte)'*');
        ends = star < 0 ? null : [pattern[..star].ToArray(), pattern[(star + 1)..].ToArray()];
        return star >= 0 && pattern.Count((byte)'*') == 1;
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

                list.Add(Kept());
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

        var pattern = Kept().AsSpan();
        if (pattern.SequenceEqual("\"str\""u8))
        {
            return true;
        }

        form = ColumnForm.Pattern;
        return pattern[0] == (byte)'"' && Ends(pattern[1..^1], out ends);
    }

    private bool ReadRow(Table table, Column[] columns)
    {
        var isFirst = !table.IsLettered;
        if (table.IsKeyed && !ReadKey(columns[0], isNested: false, ref isFirst))
        {
            return false;
        }

        if (table.Kind == RowKind.Values)
        {
            return ReadValueCell(columns[1]);
        }

        if (table.Kind == RowKind.Arrays)
        {
            _output.Append('[');
            var isRead = ReadCells(columns, isNested: false, isNamed: false, ref isFirst);
            _output.Append(']');
            return isRead;
        }

        _output.Append('{');
        var start = _output.Length;
        if (!ReadCells(table.IsKeyed ? columns.AsSpan(1) : columns, isNested: false, isNamed: true, ref isFirst))
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

    private bool ReadKey(Column column, bool isNested, ref bool isFirst)
    {
        var start = _output.Length;
        if (column.Constant is { } constant)
        {
            _output.Append(constant);
        }
        else
        {
            if (AtCellEnd(isNested) || !ReadFormedCell(column, isNested))
            {
                return false;
            }

            isFirst = false;
        }

        var isString = _output.Written[start] == (byte)'"';
        _output.Append(':');
        return isString;
    }

    private bool ReadValueCell(Column column)
    {
        if (column.Constant is { } constant)
        {
            _output.Append(constant);
            return true;
        }

        return Take(',') && !AtCellEnd(isNested: false) && ReadFormedCell(column, isNested: false);
    }

    private readonly void Separate(int start)
    {
        if (_output.Length > start)
        {
            _output.Append(',');
        }
    }

    private bool ReadCells(ReadOnlySpan<Column> columns, bool isNested, bool isNamed, ref bool isFirst)
    {
        var start = _output.Length;
        foreach (var column in columns)
        {
            if (column.Form is ColumnForm.Constant or ColumnForm.Group or ColumnForm.Sequence)
            {
                Begin(column, isNamed, start);
                if (column.Constant is not null)
                {
                    _output.Append(column.Constant);
                    continue;
                }

                if (column.Steps is { } steps)
                {
                    NumberSequence.Append(_output, steps.First + (steps.Step * column.Taken));
                    if (column.Taken++ >= steps.Count)
                    {
                        return false;
                    }

                    continue;
                }

                _output.Append('{');
                if (!ReadCells(column.Nested!, isNested, isNamed: true, ref isFirst))
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

            Begin(column, isNamed, start);
            if (!ReadFormedCell(column, isNested))
            {
                return false;
            }
        }

        return true;
    }

    private readonly void Begin(Column column, bool isNamed, int start)
    {
        Separate(start);
        if (isNamed)
        {
            _output.Append(column.Name);
            _output.Append(':');
        }
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
        _output.Truncate(start);
        var isNumber = column.Form == ColumnForm.NumberPattern;
        if (!isNumber)
        {
            _output.Append('"');
        }

        _output.Append(ends[0]);
        _output.Append(rest);
        _output.Append(ends[1]);
        if (!isNumber)
        {
            _output.Append('"');
        }

        return !isNumber || JsonLexeme.IsLiteral(_output.Written[start..]);
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
        var isKeyed = column.Form == ColumnForm.KeyedList;
        var isList = column.Form == ColumnForm.List;
        if (isList || isKeyed)
        {
            _output.Append(isList ? '[' : '{');
        }

        var isFirstItem = true;
        do
        {
            if (!isFirstItem)
            {
                _output.Append(',');
            }

            isFirstItem = false;
            var isFirst = true;
            if (isKeyed && !ReadKey(column.Nested![0], isNested: true, ref isFirst))
            {
                return false;
            }

            _output.Append('{');
            if (!ReadCells(isKeyed ? column.Nested.AsSpan(1) : column.Nested!, isNested: true, isNamed: true, ref isFirst))
            {
                return false;
            }

            _output.Append('}');
        }
        while ((isList || isKeyed) && Take(';'));
        if (isList || isKeyed)
        {
            _output.Append(isList ? ']' : '}');
        }

        return Take(')');
    }
}
