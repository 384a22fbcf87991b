using System.Globalization;
using System.Text;
using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Retrieval;

/// <summary>Writes where a value is in its document as a path that finds it again (RFC 9535): <c>$.pages[0].events</c>.</summary>
internal static class JsonLocation
{
    public static string Of(JsonTape tape, int target)
    {
        var path = new StringBuilder("$");
        var nodes = tape.Nodes;
        for (var node = 0; node != target;)
        {
            var isObject = nodes[node].Kind == JsonNodeKind.Object;
            var item = 0;
            var child = node + (isObject ? 2 : 1);
            while (nodes[child].End <= target)
            {
                child = nodes[child].End + (isObject ? 1 : 0);
                item++;
            }

            Append(path, tape, child, isObject ? -1 : item);
            node = child;
        }

        return path.ToString();
    }

    /// <summary>Appends the step to a value.</summary>
    /// <param name="path">The path of what holds it.</param>
    /// <param name="tape">The document.</param>
    /// <param name="node">The value.</param>
    /// <param name="item">Its place in an array; negative for a member of an object.</param>
    public static void Append(StringBuilder path, JsonTape tape, int node, int item)
    {
        if (item >= 0)
        {
            path.Append(CultureInfo.InvariantCulture, $"[{item}]");
            return;
        }

        var name = Name(tape.Inner(node - 1));
        path.Append(name[0] == '\'' ? "[" : ".").Append(name).Append(name[0] == '\'' ? "]" : "");
    }

    /// <summary>A name as a path spells it: bare, or in quotes where it could be misread.</summary>
    /// <param name="inner">The source between the name's quotes.</param>
    public static string Name(ReadOnlySpan<byte> inner)
    {
        var name = Encoding.UTF8.GetString(inner);
        if (name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_' || (c >= 0x80 && !char.IsWhiteSpace(c) && !char.IsControl(c))))
        {
            return name;
        }

        // The escapes of JSON are those of a path; only the other quote needs one of its own.
        return $"'{name.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
    }
}
