namespace Headroom.Engine.Compression.Json.View;

/// <summary>A document that holds what a plan shows and nothing else, as JSON without white space.</summary>
internal sealed class Excerpt
{
    private readonly JsonTape _tape;
    private readonly ViewPlan _plan;
    private readonly ByteBuffer _output;
    private readonly Dictionary<int, JsonExcerpted> _rows = [];
    private readonly Dictionary<int, JsonExcerpted> _excerpted = [];
    private int _nodes;

    private Excerpt(JsonTape tape, ViewPlan plan, ByteBuffer output)
    {
        _tape = tape;
        _plan = plan;
        _output = output;
        foreach (var selection in plan.Selections)
        {
            foreach (var node in selection.Layout == RowLayout.Columns ? selection.Columns : [selection.Node])
            {
                _rows[node] = new JsonExcerpted(selection.Rows, selection.Total);
            }
        }
    }

    /// <summary>Writes the excerpt of one value to <paramref name="output"/>.</summary>
    /// <returns>For each array or object of which not all is shown, by its place in the tape of the excerpt, what is shown.</returns>
    public static IReadOnlyDictionary<int, JsonExcerpted> Write(JsonTape tape, int node, ViewPlan plan, ByteBuffer output)
    {
        var excerpt = new Excerpt(tape, plan, output);
        excerpt.Write(node);
        return excerpt._excerpted;
    }

    private void Write(int node)
    {
        var value = _tape.Nodes[node];
        var place = _nodes++;
        switch (value.Kind)
        {
            case JsonNodeKind.Object or JsonNodeKind.Array:
                var isObject = value.Kind == JsonNodeKind.Object;
                var shown = _rows.GetValueOrDefault(node);
                if (shown is not null)
                {
                    _excerpted.Add(place, shown);
                }

                _output.Append(isObject ? '{' : '[');
                var (row, next) = (0, 0);
                var child = node + 1;
                for (var isFirst = true; child < value.End && (shown is null || next < shown.Ordinals.Length); row++)
                {
                    var item = isObject ? child + 1 : child;
                    if (!_plan.HiddenKeys.Contains(child) && (shown is null || shown.Ordinals[next] == row))
                    {
                        next++;
                        if (!isFirst)
                        {
                            _output.Append(',');
                        }

                        isFirst = false;
                        if (isObject)
                        {
                            _nodes++;
                            _output.Append(_tape.Raw(child));
                            _output.Append(':');
                        }

                        Write(item);
                    }

                    child = _tape.Nodes[item].End;
                }

                _output.Append(isObject ? '}' : ']');
                break;
            case JsonNodeKind.String when _plan.Strings.TryGetValue(node, out var text):
                _output.Append('"');
                JsonLexeme.AppendEscaped(_output, text);
                _output.Append('"');
                break;
            default:
                _output.Append(_tape.Raw(node));
                break;
        }
    }
}
