using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json;

/// <summary>Writes a tape in <see cref="JsonNotation"/>.</summary>
internal sealed class JsonNotationWriter
{
    private const int MinCells = 6;

    private readonly JsonTape _tape;
    private readonly ByteBuffer _output;
    private readonly IReadOnlyDictionary<int, int>? _totals;

    /// <param name="tape">The document.</param>
    /// <param name="output">Receives the text.</param>
    /// <param name="totals">For the excerpt of a document: how many rows an array had of which it has some. Null for a document that is whole.</param>
    public JsonNotationWriter(JsonTape tape, ByteBuffer output, IReadOnlyDictionary<int, int>? totals = null)
    {
        _tape = tape;
        _output = output;
        _totals = totals;
    }

    /// <summary>How many tables and embedded documents were written: with none, the text is JSON without white space.</summary>
    public int Gains { get; private set; }

    /// <summary>Writes the whole document.</summary>
    public void WriteDocument() => WriteValue(0, isInRow: false);

    // Inside a row there is no room for a table: what stands there is JSON on one line.
    private void WriteValue(int node, bool isInRow)
    {
        ref readonly var value = ref _tape.Nodes[node];
        switch (value.Kind)
        {
            case JsonNodeKind.Object:
                _output.Append('{');
                WriteMembers(node + 1, value.End, isInRow);
                _output.Append('}');
                break;
            case JsonNodeKind.Array when isInRow || !TryWriteTable(node):
                _output.Append('[');
                for (var item = node + 1; item < value.End; item = _tape.Nodes[item].End)
                {
                    if (item > node + 1)
                    {
                        _output.Append(',');
                    }

                    WriteValue(item, isInRow);
                }

                _output.Append(']');
                break;
            case JsonNodeKind.Array:
                break;
            case JsonNodeKind.String:
                if (!TryWriteEmbedded(node, isInRow))
                {
                    JsonLexeme.AppendQuoted(_output, _tape.Inner(node), value.IsEscaped);
                }

                break;
            default:
                _output.Append(_tape.Raw(node));
                break;
        }
    }

    private void WriteMembers(int first, int end, bool isInRow)
    {
        for (var name = first; name < end; name = _tape.Nodes[name + 1].End)
        {
            if (name > first)
            {
                _output.Append(',');
            }

            JsonLexeme.AppendQuoted(_output, _tape.Inner(name), _tape.Nodes[name].IsEscaped);
            _output.Append(':');
            WriteValue(name + 1, isInRow);
        }
    }

    private bool TryWriteTable(int array)
    {
        if (JsonTable.Items(_tape, array) is not { } rows)
        {
            return false;
        }

        var total = _totals?.GetValueOrDefault(array) ?? 0;
        var table = JsonTable.OfRows(_tape, rows);
        var variants = table is null || table.HasLooseObjects ? JsonVariants.Find(_tape, rows) : null;

        // A header pays when it replaces at least a few repeated keys. The chosen rows of a view are written in any case.
        if (total == 0 && variants is null && (table is null || rows.Length * table.Columns.Length < MinCells))
        {
            return false;
        }

        _output.Append('[');
        _output.Append(rows.Length);
        if (total > 0)
        {
            _output.Append(" of "u8);
            _output.Append(total);
        }

        _output.Append(']');
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
                WriteValue(row, isInRow: true);
            }
        }

        _output.Append('\n');
        Gains++;
        return true;
    }

    private void WriteTable(JsonTable table)
    {
        WriteHeader(table);
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
                WriteValue(row, isInRow: true);
            }
            else
            {
                WriteRow(variants.Tables[kind], row, ColumnWords.Letter(kind));
            }
        }
    }

    private void WriteHeader(JsonTable table)
    {
        _output.Append('{');
        for (var c = 0; c < table.Columns.Length; c++)
        {
            if (c > 0)
            {
                _output.Append(',');
            }

            var column = table.Columns[c];
            var name = _tape.KeyName(column.Key);
            var isEscaped = name.Contains((byte)'\\');
            if (!isEscaped && JsonLexeme.CanBeBareName(name))
            {
                _output.Append(name);
            }
            else
            {
                JsonLexeme.AppendQuoted(_output, name, isEscaped);
            }

            switch (column.Form)
            {
                case ColumnForm.Text:
                    _output.Append(":str"u8);
                    break;
                case ColumnForm.Pattern:
                    WritePattern(column.Shared!);
                    break;
                case ColumnForm.Dictionary:
                    WriteWords(column.Words!);
                    break;
                case ColumnForm.Constant:
                    _output.Append('=');
                    WriteCell(column.Constant, isNested: true, isText: false);
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
            }
        }

        _output.Append('}');
    }

    private void WritePattern(ColumnPattern shared)
    {
        var sample = _tape.Inner(shared.Sample);
        byte[] pattern = [.. sample[..shared.Prefix], (byte)'*', .. sample[^shared.Suffix..]];
        _output.Append(':');
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
            WriteValue(table.Rows[row], isInRow: true);
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
            if (column.Form == ColumnForm.Constant)
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
                var count = column.Form == ColumnForm.List ? _tape.Nodes[cell].Count : 1;
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
                WriteText(_tape.Inner(cell)[shared.Prefix..^shared.Suffix], isNested);
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
        ref readonly var value = ref _tape.Nodes[node];
        if (value.Kind == JsonNodeKind.String && JsonLexeme.Plain(_tape.Inner(node), value.IsEscaped) is { IsEmpty: false } plain
            && JsonLexeme.CanBeBare(plain, isNested, isText))
        {
            _output.Append(plain);
        }
        else
        {
            WriteValue(node, isInRow: true);
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
            new JsonNotationWriter(inner, _output).WriteValue(0, isInRow: true);
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
