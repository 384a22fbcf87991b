using System.Buffers;
using System.Globalization;
using System.Text;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>Where a value is in its document: <c>pages[0].events</c>; nothing when it is the document.</summary>
internal static class JsonPlace
{
    private static readonly SearchValues<char> Punctuation = SearchValues.Create(" .:,=\"[]");

    public static string Of(JsonTape tape, int target)
    {
        var place = new StringBuilder();
        var nodes = tape.Nodes;
        for (var node = 0; node != target;)
        {
            var item = 0;
            var child = node + 1;
            while (nodes[child].End <= target)
            {
                child = nodes[child].End;
                item += nodes[child].Kind == JsonNodeKind.Name ? 0 : 1;
            }

            if (nodes[node].Kind == JsonNodeKind.Array)
            {
                place.Append(CultureInfo.InvariantCulture, $"[{item}]");
            }
            else
            {
                place.Append(place.Length > 0 ? "." : "").Append(Quoted(tape.Inner(child - 1)));
            }

            node = child;
        }

        return place.ToString();
    }

    /// <summary>A key's name, in quotes where it could be misread.</summary>
    public static string Quoted(ReadOnlySpan<byte> key)
    {
        var name = Encoding.UTF8.GetString(key);
        return name.Length == 0 || name.AsSpan().ContainsAny(Punctuation) ? $"\"{name}\"" : name;
    }
}
