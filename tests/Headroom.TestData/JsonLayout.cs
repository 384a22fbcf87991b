using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Headroom.TestData;

/// <summary>How the white space of a JSON text is laid out; keys, their order and the values are the same in all.</summary>
public enum JsonLayout
{
    /// <summary>No white space: what <c>JSON.stringify</c> writes.</summary>
    Compact,

    /// <summary>A space after each comma and colon: what Python's <c>json.dumps</c> writes by default.</summary>
    Spaced,

    /// <summary>Indented by two, one member or item a line: what <c>JSON.stringify(value, null, 2)</c> writes.</summary>
    Pretty,
}

/// <summary>Writes JSON in each <see cref="JsonLayout"/>. Text beyond ASCII stays as it is.</summary>
public static class JsonLayouts
{
    private static readonly JsonSerializerOptions Scalars = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of a value.</summary>
    public static string Write(JsonNode? value, JsonLayout layout)
    {
        var text = new StringBuilder();
        Write(text, value, layout, 0);
        return text.ToString();
    }

    /// <summary>The text of a value as UTF-8.</summary>
    public static byte[] WriteUtf8(JsonNode? value, JsonLayout layout) => Encoding.UTF8.GetBytes(Write(value, layout));

    private static void Write(StringBuilder text, JsonNode? value, JsonLayout layout, int depth)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject { Count: > 0 } members:
                text.Append('{');
                var first = true;
                foreach (var (name, member) in members)
                {
                    Separate(text, layout, depth + 1, ref first);
                    text.Append(JsonSerializer.Serialize(name, Scalars)).Append(layout is JsonLayout.Compact ? ":" : ": ");
                    Write(text, member, layout, depth + 1);
                }

                Break(text, layout, depth);
                text.Append('}');
                break;
            case JsonArray { Count: > 0 } items:
                text.Append('[');
                first = true;
                foreach (var item in items)
                {
                    Separate(text, layout, depth + 1, ref first);
                    Write(text, item, layout, depth + 1);
                }

                Break(text, layout, depth);
                text.Append(']');
                break;
            default:
                text.Append(value.ToJsonString(Scalars));
                break;
        }
    }

    private static void Separate(StringBuilder text, JsonLayout layout, int depth, ref bool first)
    {
        if (!first)
        {
            text.Append(layout is JsonLayout.Spaced ? ", " : ",");
        }

        first = false;
        Break(text, layout, depth);
    }

    private static void Break(StringBuilder text, JsonLayout layout, int depth)
    {
        if (layout is JsonLayout.Pretty)
        {
            text.Append('\n').Append(' ', 2 * depth);
        }
    }
}
