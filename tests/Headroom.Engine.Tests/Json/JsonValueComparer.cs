using System.Text.Json;

namespace Headroom.Engine.Tests.Json;

/// <summary>
/// Compares JSON by value with its own reading of both sides: kinds, number lexemes, decoded strings (undecodable ones by
/// source), key order, duplicate keys and item order all count; white space does not.
/// </summary>
internal static class JsonValueComparer
{
    public static string Canonical(byte[] json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 200 });
        var text = new System.Text.StringBuilder();
        Append(document.RootElement, text);
        return text.ToString();
    }

    private static void Append(JsonElement element, System.Text.StringBuilder text)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append("{\n");
                foreach (var member in element.EnumerateObject())
                {
                    string name;
                    try
                    {
                        name = "s" + member.Name;
                    }
                    catch (InvalidOperationException)
                    {
                        name = "r" + member.ToString();
                    }

                    text.Append(name).Append("\n:");
                    Append(member.Value, text);
                }

                text.Append("}\n");
                break;
            case JsonValueKind.Array:
                text.Append("[\n");
                foreach (var item in element.EnumerateArray())
                {
                    Append(item, text);
                }

                text.Append("]\n");
                break;
            case JsonValueKind.String:
                try
                {
                    text.Append('s').Append(element.GetString()).Append('\n');
                }
                catch (InvalidOperationException)
                {
                    text.Append('r').Append(element.GetRawText()).Append('\n');
                }

                break;
            default:
                text.Append(element.GetRawText()).Append('\n');
                break;
        }
    }
}
