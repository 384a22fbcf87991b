using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json;

/// <summary>Writes a tape in <see cref="JsonNotation"/>.</summary>
internal sealed class JsonNotationWriter
{
    private const int MinCells = 6;
    private const int MinMatrixRows = 3;

    // A map of scalars is a table only where its keys or values have something in common, which few entries hardly have.
    private const int MinValues = 8;
    private const int MinRun = 3;
    private const int MinSequence = 4;

    private readonly JsonTape _tape;
    private readonly ByteBuffer _output;
    private readonly IReadOnlyDictionary<int, JsonExcerpted>? _excerpted;
    private readonly bool _isStrict;

    /// <param name="tape">The document.</param>
    /// <param name="output">Receives the text.</param>
    /// <param name="excerpted">
    /// For the excerpt of a document: per array or object which of its children it still has. Rows that have a common shape are
    /// shown as a table (<c>[2 of 9]{id,name}</c>, <c>{2 of 9}{key,name}</c>), all others with their position or key
    /// (<c>[2 of 9](0:x,7:y)</c>, <c>{2 of 9}(a:x,b:y)</c>). Null for a whole document.
    /// </param>
    /// <param name="isStrict">Writes nothing but JSON.</param>
    public JsonNotationWriter(
        JsonTape tape, ByteBuffer output, IReadOnlyDictionary<int, JsonExcerpted>? excerpted = null, bool isStrict = false)
    {
        _tape = tape;
        _output = output;
        _excerpted = excerpted;
        _isStrict = isStrict;
    }

    /// <summary>How many tables and embedded documents were written: with none, the text is JSON in which quotes are left off.</summary>
    public int Gains { get; private set; }

    /// <summary>Writes the whole document.</summary>
    public void WriteDocument() => WriteValue(0, isInRow: false, isItem: false);

    // Inside a row there is no room for a table: what stands there is on one line.
    private void WriteValue(int node, bool isInRow, bool isItem)
    {
        var value = _tape.Nodes[node];
        switch (value.Kind)
        {
            case JsonNodeKind.Object or JsonNodeKind.Array when isInRow && _excerpted?.GetValueOrDefault(node) is { } selected:
                WriteSelected(node, selected);
                break;
            case JsonNodeKind.Object:
                if (isInRow || _isStrict || !TryWriteKeyed(node))
                {
                    WriteObject(node, isInRow);
                }

                break;
            case JsonNodeKind.Array:
                if (isInRow || _isStrict || !TryWriteTable(node))
                {
                    WriteArray(node, isInRow);
                }

                break;
            case JsonNodeKind.String when !_isStrict && node > 0
                && JsonLexeme.Plain(_tape.Inner(node), value.IsEscaped) is { IsEmpty: false } plain
                && JsonLexeme.CanBeBareInline(plain, isItem):
                _output.Append(plain);
                break;
            case JsonNodeKind.String:
                WriteQuoted(node, isInRow);
                break;
            default:
                _output.Append(_tape.Raw(node));
                break;
        }
    }

    private void WriteQuoted(int node, bool isInRow)
    {
        if (_isStrict || _tape.Nodes[node].Kind == JsonNodeKind.Name || !TryWriteEmbedded(node, isInRow))
        {
            JsonLexeme.AppendQuoted(_output, _tape.Inner(node), _tape.Nodes[node].IsEscaped);
        }
    }

    private void WriteObject(int node, bool isInRow)
    {
        _output.Append('{');
        WriteMembers(node + 1, _tape.Nodes[node].End, isInRow);
        _output.Append('}');
    }

    private void WriteMembers(int first, int end, bool isInRow)
    {
        for (var name = first; name < end; name = _tape.Nodes[name + 1].End)
        {
            if (name > first)
            {
                _output.Append(',');
            }

            WriteMember(name, isInRow);
        }
    }

    private void WriteMember(int name, bool isInRow)
    {
        var isEscaped = _tape.Nodes[name].IsEscaped;
        if (!_isStrict && JsonLexeme.Plain(_tape.Inner(name), isEscaped) is { IsEmpty: false } plain && JsonLexeme.CanBeBareMember(plain))
        {
            _output.Append(plain);
        }
        else
        {
            JsonLexeme.AppendQuoted(_output, _tape.Inner(name), isEscaped);
        }

        _output.Append(':');
        WriteValue(name + 1, isInRow, isItem: false);
    }

    private void WriteArray(int array, bool isInRow)
    {
        _output.Append('[');
        var groups = _isStrict ? null : StringGroups.Find(_tape, array);
        var end = _tape.Nodes[array].End;
        var item = array + 1;
        for (var i = 0; item < end; i++)
        {
            if (i > 0)
            {
                _output.Append(',');
            }

            if (!_isStrict && (TryWriteSequence(ref item, end, ref i) || TryWriteRun(ref item, end, ref i)))
            {
                continue;
            }

            if (groups is not null && groups.Length(i) > 1)
            {
                WriteGroup(ref item, groups.Length(i), groups.Prefix(i));
                i += groups.Length(i) - 1;
                continue;
            }

            WriteValue(item, isInRow, isItem: true);
            item = _tape.Nodes[item].End;
        }

        _output.Append(']');
    }

    private bool TryWriteSequence(ref int item, int end, ref int ordinal)
    {
        if (_tape.Nodes[item].Kind != JsonNodeKind.Number || item + MinSequence > end
            || !NumberSequence.TryRead(_tape.Raw(item), out var first)
            || _tape.Nodes[item + 1].Kind != JsonNodeKind.Number || !NumberSequence.TryRead(_tape.Raw(item + 1), out var last)
            || first == last)
        {
            return false;
        }

        var step = last - first;
        var next = item + 2;
        while (next < end && _tape.Nodes[next].Kind == JsonNodeKind.Number && NumberSequence.TryRead(_tape.Raw(next), out var number)
            && number - last == step)
        {
            last = number;
            next++;
        }

        if (next - item < MinSequence)
        {
            return false;
        }

        new NumberSequence(first, last, step).Write(_output);
        ordinal += next - item - 1;
        item = next;
        return true;
    }

    private bool TryWriteRun(ref int item, int end, ref int ordinal)
    {
        if (_tape.Nodes[item].Kind is JsonNodeKind.Object or JsonNodeKind.Array)
        {
            return false;
        }

        var next = item + 1;
        while (next < end && _tape.Nodes[next].Kind == _tape.Nodes[item].Kind && _tape.Raw(next).SequenceEqual(_tape.Raw(item)))
        {
            next++;
        }

        if (next - item < MinRun)
        {
            return false;
        }

        var value = _tape.Nodes[item];
        if (value.Kind == JsonNodeKind.String)
        {
            // Not what else a string may be written as: a document in it has an end of its own.
            if (JsonLexeme.Plain(_tape.Inner(item), value.IsEscaped) is { IsEmpty: false } plain && JsonLexeme.CanBeBareInline(plain, isItem: true))
            {
                _output.Append(plain);
            }
            else
            {
                JsonLexeme.AppendQuoted(_output, _tape.Inner(item), value.IsEscaped);
            }
        }
        else
        {
            _output.Append(_tape.Raw(item));
        }

        _output.Append(" x"u8);
        _output.Append(next - item);
        ordinal += next - item - 1;
        item = next;
        return true;
    }

    private void WriteGroup(ref int item, int length, int prefix)
    {
        _output.Append(_tape.Inner(item)[..prefix]);
        _output.Append('{');
        for (var i = 0; i < length; i++)
        {
            if (i > 0)
            {
                _output.Append(',');
            }

            _output.Append(_tape.Inner(item++)[prefix..]);
        }

        _output.Append('}');
    }

    private bool TryWriteTable(int array)
    {
        var selected = _excerpted?.GetValueOrDefault(array);
        if (selected is null && _tape.Nodes[array].Count < 2)
        {
            return false;
        }

        if (JsonTable.Items(_tape, array) is not { } rows || HasExcerpted(rows))
        {
            if (selected is not null)
            {
                WriteSelected(array, selected);
                return true;
            }

            return TryWriteMatrix(array);
        }

        var table = JsonTable.OfRows(_tape, rows);
        var variants = table is null || table.HasLooseObjects ? JsonVariants.Find(_tape, rows) : null;

        // A header pays when it replaces at least a few repeated keys. The chosen rows of a view are written in any case.
        if (selected is null && variants is null && (table is null || rows.Length * table.Columns.Length < MinCells))
        {
            return false;
        }

        WriteCount('[', ']', rows.Length, selected?.Total ?? 0);
        var start = _output.Length;
        if (variants is not null)
        {
            WriteVariants(variants);
        }

        if (table is not null && variants is not null)
        {
            // Which of the two is smaller cannot be told without writing both.
            var asVariants = _output.Written[start..].ToArray();
            _output.Truncate(start);
            WriteTable(table);
            if (TokenEstimator.Instance.Count(asVariants) < TokenEstimator.Instance.Count(_output.Written[start..]))
            {
                _output.Truncate(start);
                _output.Append(asVariants);
            }
        }
        else if (table is not null)
        {
            WriteTable(table);
        }
        else if (variants is null)
        {
            foreach (var row in rows)
            {
                _output.Append("\n!"u8);
                WriteValue(row, isInRow: true, isItem: false);
            }
        }

        _output.Append('\n');
        Gains++;
        return true;
    }

    private void WriteCount(char open, char close, int shown, int total)
    {
        _output.Append(open);
        _output.Append(shown);
        if (total > 0)
        {
            _output.Append(" of "u8);
            _output.Append(total);
        }

        _output.Append(close);
    }

    // The chosen children one by one, each with its position or key.
    private void WriteSelected(int node, JsonExcerpted selected)
    {
        var isObject = _tape.Nodes[node].Kind == JsonNodeKind.Object;
        var children = JsonTable.Children(_tape, node);
        WriteCount(isObject ? '{' : '[', isObject ? '}' : ']', children.Length, selected.Total);
        _output.Append('(');
        for (var i = 0; i < children.Length; i++)
        {
            if (i > 0)
            {
                _output.Append(',');
            }

            if (isObject)
            {
                WriteMember(children[i] - 1, isInRow: true);
                continue;
            }

            _output.Append(selected.Ordinals[i]);
            _output.Append(':');
            WriteValue(children[i], isInRow: true, isItem: false);
        }

        _output.Append(')');
        Gains++;
    }

    private bool TryWriteMatrix(int array)
    {
        if (_tape.Nodes[array + 1].Kind != JsonNodeKind.Array || _tape.Nodes[array].Count < MinMatrixRows)
        {
            return false;
        }

        var rows = JsonTable.Children(_tape, array);
        if (HasExcerpted(rows) || !JsonTable.AreAll(_tape, rows, JsonNodeKind.Array) || JsonTable.OfArrays(_tape, rows) is not { } table)
        {
            return false;
        }

        return WriteIfShorter(array, table, "["u8, "]"u8);
    }

    // A row of which not all is shown has to say so, and in a table what it lacks looks absent.
    private bool HasExcerpted(int[] rows) => _excerpted is { Count: > 0 } && Array.Exists(rows, _excerpted.ContainsKey);

    private bool TryWriteKeyed(int node)
    {
        var selected = _excerpted?.GetValueOrDefault(node);
        if (selected is null && _tape.Nodes[node].Count < 2)
        {
            return false;
        }

        var rows = JsonTable.Children(_tape, node);
        if (!HasExcerpted(rows) && JsonTable.AreAll(_tape, rows, JsonNodeKind.Object))
        {
            var table = JsonTable.OfRows(_tape, rows, isKeyed: true);
            if (table is null || (selected is null && rows.Length * table.Columns.Length < MinCells))
            {
                if (selected is not null)
                {
                    WriteSelected(node, selected);
                }

                return selected is not null;
            }

            if (selected is null && (rows.Length < MinMatrixRows || rows.Any(r => _tape.Nodes[r].Shape != _tape.Nodes[rows[0]].Shape)))
            {
                return WriteIfShorter(node, table, "{"u8, "}"u8);
            }

            WriteCount('{', '}', rows.Length, selected?.Total ?? 0);
            WriteTable(table);
            _output.Append('\n');
            Gains++;
            return true;
        }

        if (selected is not null)
        {
            WriteSelected(node, selected);
            return true;
        }

        if (rows.Length < MinValues || rows.Any(r => _tape.Nodes[r].Kind is JsonNodeKind.Object or JsonNodeKind.Array))
        {
            return false;
        }

        var values = JsonTable.OfValues(_tape, rows);
        return values.Columns.Any(c => c.Form != ColumnForm.Plain && (c.Key >= 0 || c.Form != ColumnForm.Text)) && WriteIfShorter(node, values, "{"u8, "}"u8);
    }

    // A table whose rows are not all alike may be longer than the values one after the other: both are written and held against
    // each other.
    private bool WriteIfShorter(int node, JsonTable table, ReadOnlySpan<byte> open, ReadOnlySpan<byte> close)
    {
        var start = _output.Length;
        var gains = Gains;
        WriteCount((char)open[0], (char)close[0], table.Rows.Length, total: 0);
        WriteTable(table);
        _output.Append('\n');
        var asTable = _output.Written[start..].ToArray();
        var gainsOfTable = Gains;
        _output.Truncate(start);
        Gains = gains;
        if (_tape.Nodes[node].Kind == JsonNodeKind.Object)
        {
            WriteObject(node, isInRow: false);
        }
        else
        {
            WriteArray(node, isInRow: false);
        }

        // Where both cost nearly the same, rows are easier to read than arrays in an array, and an object easier than a table.
        var inline = TokenEstimator.Instance.Sample(_output.Written[start..]);
        var limit = table.Kind == RowKind.Arrays ? inline + (inline / 50) : inline - 1;
        if (TokenEstimator.Instance.Sample(asTable) > limit)
        {
            // What was written last stays.
            return true;
        }

        _output.Truncate(start);
        _output.Append(asTable);
        Gains = gainsOfTable + 1;
        return true;
    }

    private void WriteTable(JsonTable table)
    {
        if (table.Kind == RowKind.Arrays && table.Columns.All(c => c.Form == ColumnForm.Plain))
        {
            WriteCount('[', ']', table.Columns.Length, total: 0);
        }
        else
        {
            WriteHeader(table);
        }

        for (var r = 0; r < table.Rows.Length; r++)
        {
            _output.Append('\n');
            WriteRow(table, r, letter: -1);
        }
    }

    private void WriteVariants(JsonVariants variants)
    {
        _output.Append('(');
        for (var kind = 0; kind < variants.Tables.Length; kind++)
        {
            if (kind > 0)
            {
                _output.Append(';');
            }

            _output.Append(ColumnWords.Letter(kind));
            WriteHeader(variants.Tables[kind]);
        }

        _output.Append(')');
        foreach (var (kind, row) in variants.Rows)
        {
            _output.Append('\n');
            if (kind < 0)
            {
                _output.Append('!');
                WriteValue(row, isInRow: true, isItem: false);
            }
            else
            {
                WriteRow(variants.Tables[kind], row, ColumnWords.Letter(kind));
            }
        }
    }

    private void WriteHeader(JsonTable table)
    {
        var (open, close) = table.Kind switch
        {
            RowKind.Objects => ('{', '}'),
            RowKind.Arrays => ('[', ']'),
            _ => ('(', ')'),
        };
        _output.Append(open);
        for (var c = 0; c < table.Columns.Length; c++)
        {
            if (c > 0)
            {
                _output.Append(',');
            }

            var column = table.Columns[c];
            WriteColumnName(table, column);
            switch (column.Form)
            {
                case ColumnForm.Text when column.Key != JsonColumn.RowKey:
                    _output.Append(":str"u8);
                    break;
                case ColumnForm.Pattern:
                    _output.Append(':');
                    WritePattern(column.Shared!);
                    break;
                case ColumnForm.NumberPattern:
                    _output.Append('=');
                    WritePattern(column.Shared!);
                    break;
                case ColumnForm.Sequence:
                    _output.Append('=');
                    column.Steps!.Write(_output);
                    break;
                case ColumnForm.Dictionary:
                    WriteWords(column.Words!);
                    break;
                case ColumnForm.Constant:
                    _output.Append('=');
                    WriteConstant(column.Constant);
                    break;
                case ColumnForm.Group:
                    WriteHeader(column.Nested!);
                    break;
                case ColumnForm.OptionalGroup:
                    _output.Append('?');
                    WriteHeader(column.Nested!);
                    break;
                case ColumnForm.List:
                    _output.Append("[]"u8);
                    WriteHeader(column.Nested!);
                    break;
                case ColumnForm.KeyedList:
                    _output.Append("{}"u8);
                    WriteHeader(column.Nested!);
                    break;
            }
        }

        _output.Append(close);
    }

    private void WriteColumnName(JsonTable table, JsonColumn column)
    {
        if (column.Key == JsonColumn.RowKey)
        {
            _output.Append("key"u8);
            return;
        }

        if (table.Kind != RowKind.Objects)
        {
            if (table.Kind == RowKind.Values)
            {
                _output.Append("value"u8);
            }
            else
            {
                _output.Append(column.Key);
            }

            return;
        }

        var name = _tape.KeyName(column.Key);
        var isEscaped = name.Contains((byte)'\\');
        if (JsonLexeme.Plain(name, isEscaped) is { IsEmpty: false } plain && JsonLexeme.CanBeBareName(plain))
        {
            _output.Append(plain);
        }
        else
        {
            JsonLexeme.AppendQuoted(_output, name, isEscaped);
        }
    }

    // A constant is told from a sequence of numbers and from a pattern by its quotes.
    private void WriteConstant(int node)
    {
        var value = _tape.Nodes[node];
        if (value.Kind is JsonNodeKind.String or JsonNodeKind.Name
            && JsonLexeme.Plain(_tape.Inner(node), value.IsEscaped) is { IsEmpty: false } plain
            && (plain.Contains((byte)'*') || NumberSequence.Parse(plain) is not null))
        {
            JsonLexeme.AppendQuoted(_output, _tape.Inner(node), value.IsEscaped);
        }
        else
        {
            WriteCell(node, isNested: true, isText: false);
        }
    }

    private void WritePattern(ColumnPattern shared)
    {
        var sample = ColumnPattern.Text(_tape, shared.Sample);
        byte[] pattern = [.. sample[..shared.Prefix], (byte)'*', .. sample[^shared.Suffix..]];
        WriteText(pattern, isNested: true);
    }

    private void WriteWords(ColumnWords words)
    {
        _output.Append(":("u8);
        for (var code = 0; code < words.Values.Length; code++)
        {
            if (code > 0)
            {
                _output.Append(';');
            }

            _output.Append(ColumnWords.Letter(code));
            _output.Append('=');
            WriteCell(words.Values[code], isNested: true, isText: true);
        }

        _output.Append(')');
    }

    private void WriteRow(JsonTable table, int row, int letter)
    {
        var extra = table.Extras is null ? 0 : table.Extras[row];
        if (extra < 0)
        {
            _output.Append('!');
            if (table.IsKeyed)
            {
                WriteMember(table.Rows[row] - 1, isInRow: true);
            }
            else
            {
                WriteValue(table.Rows[row], isInRow: true, isItem: false);
            }

            return;
        }

        if (letter >= 0)
        {
            _output.Append((byte)letter);
        }

        var isFirst = letter < 0;
        var lastFilled = _output.Length;
        WriteCells(table, row, isNested: false, ref isFirst, ref lastFilled);
        if (extra > 0)
        {
            _output.Append(",{"u8);
            WriteMembers(extra, _tape.Nodes[table.Rows[row]].End, isInRow: true);
            _output.Append('}');
        }
        else
        {
            _output.Truncate(lastFilled);
        }
    }

    // Absent cells are empty; those at the end of a row or item are not written at all.
    private void WriteCells(JsonTable table, int row, bool isNested, ref bool isFirst, ref int lastFilled)
    {
        for (var c = 0; c < table.Columns.Length; c++)
        {
            var column = table.Columns[c];
            if (column.Form is ColumnForm.Constant or ColumnForm.Sequence)
            {
                continue;
            }

            if (column.Form == ColumnForm.Group)
            {
                WriteCells(column.Nested!, column.NestedRow![row], isNested, ref isFirst, ref lastFilled);
                continue;
            }

            if (!isFirst)
            {
                _output.Append(',');
            }

            isFirst = false;
            var cell = table.Cells[(row * table.Columns.Length) + c];
            if (cell < 0)
            {
                continue;
            }

            var nestedRow = column.NestedRow is null ? -1 : column.NestedRow[row];
            if (nestedRow >= 0)
            {
                _output.Append('(');
                var count = column.Form == ColumnForm.OptionalGroup ? 1 : _tape.Nodes[cell].Count;
                for (var i = 0; i < count; i++)
                {
                    if (i > 0)
                    {
                        _output.Append(';');
                    }

                    var isFirstInItem = true;
                    var lastFilledInItem = _output.Length;
                    WriteCells(column.Nested!, nestedRow + i, isNested: true, ref isFirstInItem, ref lastFilledInItem);
                    _output.Truncate(lastFilledInItem);
                }

                _output.Append(')');
            }
            else if (column.Words is { } words)
            {
                _output.Append(ColumnWords.Letter(words.Codes[row]));
            }
            else if (column.Shared is { } shared)
            {
                WriteText(ColumnPattern.Text(_tape, cell)[shared.Prefix..^shared.Suffix], isNested);
            }
            else
            {
                WriteCell(cell, isNested, column.Form == ColumnForm.Text);
            }

            lastFilled = _output.Length;
        }
    }

    private void WriteCell(int node, bool isNested, bool isText)
    {
        var value = _tape.Nodes[node];
        if (value.Kind is not (JsonNodeKind.String or JsonNodeKind.Name))
        {
            WriteValue(node, isInRow: true, isItem: false);
        }
        else if (JsonLexeme.Plain(_tape.Inner(node), value.IsEscaped) is { IsEmpty: false } plain && JsonLexeme.CanBeBare(plain, isNested, isText))
        {
            _output.Append(plain);
        }
        else
        {
            WriteQuoted(node, isInRow: true);
        }
    }

    private void WriteText(ReadOnlySpan<byte> text, bool isNested)
    {
        if (JsonLexeme.CanBeBare(text, isNested, isText: true))
        {
            _output.Append(text);
        }
        else
        {
            JsonLexeme.AppendQuoted(_output, text, isEscaped: false);
        }
    }

    private bool TryWriteEmbedded(int node, bool isInRow)
    {
        if (EmbeddedJson.Read(_tape, node) is not var (inner, style))
        {
            return false;
        }

        var start = _output.Length;
        _output.Append('@');
        _output.Append(style.Name);
        if (isInRow)
        {
            new JsonNotationWriter(inner, _output).WriteValue(0, isInRow: true, isItem: false);
        }
        else
        {
            new JsonNotationWriter(inner, _output).WriteDocument();
        }

        if (_output.Length - start > _tape.Nodes[node].Length)
        {
            _output.Truncate(start);
            return false;
        }

        Gains++;
        return true;
    }
}
