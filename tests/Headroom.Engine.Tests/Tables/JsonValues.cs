using System.Text;
using System.Text.Json;
using Headroom.Engine.Tests.Json;

namespace Headroom.Engine.Tests.Tables;

/// <summary>The values of a text of JSON values, to compare two spellings of it.</summary>
internal static class JsonValues
{
    /// <summary>Each value in one spelling, and each line that is none as it stands; blank lines too.</summary>
    public static string Of(byte[] text)
    {
        var values = new StringBuilder();
        var at = 0;
        while (at < text.Length)
        {
            var end = Array.IndexOf(text, (byte)'\n', at);
            end = end < 0 ? text.Length : end;
            var rest = text.AsSpan(at);
            var length = Length(rest);
            if (length > 0)
            {
                values.Append(JsonValueComparer.Canonical(rest[..length].ToArray())).Append('\n');
                at += length;
                continue;
            }

            values.Append(Encoding.UTF8.GetString(text.AsSpan(at, end - at)).Trim()).Append('\n');
            at = end + 1;
        }

        return values.ToString().ReplaceLineEndings("\n").Replace("\n\n", "\n", StringComparison.Ordinal).Replace("\n\n", "\n", StringComparison.Ordinal);
    }

    private static int Length(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { AllowMultipleValues = true });
            return reader.Read() && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.TrySkip() ? (int)reader.BytesConsumed : 0;
        }
        catch (JsonException)
        {
            return 0;
        }
    }
}
