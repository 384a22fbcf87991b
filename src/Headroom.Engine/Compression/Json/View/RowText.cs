namespace Headroom.Engine.Compression.Json.View;

/// <summary>The values of a row as plain text, for what searches in rows: without keys, strings as decoded, a line each.</summary>
internal sealed class RowText(JsonTape tape)
{
    private byte[] _text = new byte[1024];
    private int _length;

    /// <summary>The text of all values in a row, and of its own key; overwritten by the next.</summary>
    public ReadOnlyMemory<byte> Of(RowColumns rows, int row)
    {
        _length = 0;
        if (rows.Layout == RowLayout.Columns)
        {
            for (var column = 1; column < rows.Columns.Count; column++)
            {
                Append(rows.Columns[column].Cells[row].Node);
            }

            return _text.AsMemory(0, _length);
        }

        var node = rows.RowNodes[row];
        if (rows.Layout == RowLayout.Members)
        {
            Append(node - 1);
        }

        for (var end = tape.Nodes[node].End; node < end; node++)
        {
            if (tape.Nodes[node].Kind is not (JsonNodeKind.Name or JsonNodeKind.Object or JsonNodeKind.Array))
            {
                Append(node);
            }
        }

        return _text.AsMemory(0, _length);
    }

    private void Append(int node)
    {
        var value = tape.Nodes[node];

        // A lone surrogate has no text; its source spelling is searched.
        var text = value.Kind is not (JsonNodeKind.String or JsonNodeKind.Name) ? tape.Raw(node)
            : value.IsEscaped && JsonLexeme.Decode(tape.Inner(node)) is { } decoded ? decoded
            : tape.Inner(node);
        if (_text.Length < _length + text.Length + 1)
        {
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _length + text.Length + 1));
        }

        text.CopyTo(_text.AsSpan(_length));
        _length += text.Length;
        _text[_length++] = (byte)'\n';
    }
}
