namespace Headroom.Engine.Compression.Json.View;

/// <summary>The values of a row as plain text, for what searches in rows: without keys, strings as decoded, a line each.</summary>
internal sealed class RowText(JsonTape tape)
{
    private byte[] _text = new byte[1024];

    /// <summary>The text of a value and all values in it; overwritten by the next.</summary>
    public ReadOnlyMemory<byte> Of(int row)
    {
        var nodes = tape.Nodes;
        var length = 0;
        if (_text.Length < nodes[row].Length + 1)
        {
            _text = new byte[nodes[row].Length * 2];
        }

        for (var node = row; node < nodes[row].End; node++)
        {
            ref readonly var value = ref nodes[node];
            if (value.Kind is JsonNodeKind.Name or JsonNodeKind.Object or JsonNodeKind.Array)
            {
                continue;
            }

            // A lone surrogate has no text; its source spelling is searched.
            var text = value.Kind != JsonNodeKind.String ? tape.Raw(node)
                : value.IsEscaped && JsonLexeme.Decode(tape.Inner(node)) is { } decoded ? decoded
                : tape.Inner(node);
            text.CopyTo(_text.AsSpan(length));
            length += text.Length;
            _text[length++] = (byte)'\n';
        }

        return _text.AsMemory(0, length);
    }
}
