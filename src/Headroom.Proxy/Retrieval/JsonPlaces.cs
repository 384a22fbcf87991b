using System.Text.Json;

namespace Headroom.Proxy.Retrieval;

/// <summary>Finds where values stand in a JSON text, so that they can be copied or replaced as the bytes they are.</summary>
internal static class JsonPlaces
{
    /// <summary>A reader that stands on the opening brace of an object.</summary>
    /// <exception cref="JsonException">The text does not begin with an object.</exception>
    public static Utf8JsonReader Object(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? reader : throw new JsonException("No object.");
    }

    /// <summary>Goes to the value of the next member of the current object; false at the object's end.</summary>
    /// <param name="reader">Stands on the brace, or at the end of the value before.</param>
    /// <param name="name">The member's name, spelled as it stands there, without quotes.</param>
    /// <param name="start">Where the name's opening quote stands.</param>
    public static bool NextMember(this scoped ref Utf8JsonReader reader, out ReadOnlySpan<byte> name, out int start)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
        {
            name = [];
            start = 0;
            return false;
        }

        name = reader.ValueSpan;
        start = (int)reader.TokenStartIndex;
        reader.Read();
        return true;
    }

    /// <summary>Goes to the next element of the current array; false at its end.</summary>
    public static bool NextElement(this scoped ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.EndArray;

    /// <summary>Where the current value stands; the reader is then at its end.</summary>
    public static Range Place(this scoped ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return start..(int)reader.BytesConsumed;
    }

    /// <summary>The current value if it is a string, between its quotes and with its escapes; else nothing, and the value is skipped.</summary>
    public static ReadOnlySpan<byte> Escaped(this scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.ValueSpan;
        }

        reader.Skip();
        return [];
    }

    /// <summary>The current value if it is a string; else null, and the value is skipped.</summary>
    public static string? Text(this scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        reader.Skip();
        return null;
    }
}
