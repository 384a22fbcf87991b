using System.Globalization;
using System.Text.Json;

namespace Headroom.Proxy.Retrieval;

/// <summary>An element of <c>tool_calls</c> in a delta or in a message.</summary>
/// <param name="Index">Its number; null when it has none.</param>
/// <param name="IndexPlace">Where this stands in the element.</param>
/// <param name="Id">The call's id.</param>
/// <param name="Name">The tool's name.</param>
/// <param name="Arguments">Where the arguments stand in the element, between their quotes.</param>
internal readonly record struct OpenAICallDelta(int? Index, Range IndexPlace, string? Id, string? Name, Range Arguments)
{
    /// <summary>Reads an element.</summary>
    /// <exception cref="JsonException">It is not an object.</exception>
    public static OpenAICallDelta Read(ReadOnlySpan<byte> element)
    {
        var read = default(OpenAICallDelta);
        var json = JsonPlaces.Object(element);
        while (json.NextMember(out var name, out _))
        {
            if (name.SequenceEqual("index"u8))
            {
                var place = json.Place();
                if (int.TryParse(element[place], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                {
                    read = read with { Index = index, IndexPlace = place };
                }
            }
            else if (name.SequenceEqual("id"u8))
            {
                read = read with { Id = json.Text() };
            }
            else if ((name.SequenceEqual("function"u8) || name.SequenceEqual("custom"u8)) && json.TokenType == JsonTokenType.StartObject)
            {
                while (json.NextMember(out name, out _))
                {
                    if (name.SequenceEqual("name"u8))
                    {
                        read = read with { Name = json.Text() };
                    }
                    else if (name.SequenceEqual("arguments"u8) && json.TokenType == JsonTokenType.String)
                    {
                        read = read with { Arguments = ((int)json.TokenStartIndex + 1)..((int)json.BytesConsumed - 1) };
                    }
                    else
                    {
                        json.Skip();
                    }
                }
            }
            else
            {
                json.Skip();
            }
        }

        return read;
    }
}
