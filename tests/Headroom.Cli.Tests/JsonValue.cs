using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Headroom.Cli.Tests;

/// <summary>A JSON value apart from its white space and escapes: key order, row order and number lexemes count.</summary>
internal static class JsonValue
{
    public static IReadOnlyList<string> Of(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 1024 });
        var tokens = new List<string>();
        while (reader.Read())
        {
            tokens.Add(reader.TokenType switch
            {
                JsonTokenType.String or JsonTokenType.PropertyName => string.Create(CultureInfo.InvariantCulture, $"{reader.TokenType} {reader.GetString()}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"{reader.TokenType} {Encoding.UTF8.GetString(reader.ValueSpan)}"),
            });
        }

        return tokens;
    }
}
