using System.Text.Json;

namespace Headroom.Engine.Requests;

/// <summary>A call of a tool, as far as the treatment of its result goes.</summary>
/// <param name="Name">The tool's name; null when the request does not say.</param>
/// <param name="Arguments">Where the arguments stand in the body.</param>
internal readonly record struct ToolCall(string? Name, Range Arguments)
{
    private const int MaxDepth = 64;

    /// <summary>
    /// The command that a call asks to run: the argument <c>command</c>, <c>cmd</c> or <c>script</c>, a list joined by spaces. Null when there is none.
    /// </summary>
    /// <param name="arguments">A JSON object, or a JSON string that holds one.</param>
    public static string? CommandIn(ReadOnlySpan<byte> arguments)
    {
        if (arguments.IsEmpty)
        {
            return null;
        }

        if (arguments[0] == (byte)'"')
        {
            if (!BodySplice.IsDecodable(arguments))
            {
                return null;
            }

            var decoded = new byte[arguments.Length];
            arguments = decoded.AsSpan(0, BodySplice.Decode(arguments, decoded));
        }

        try
        {
            return ReadCommand(arguments);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // Models write broken arguments now and then; such a call has no command.
            return null;
        }
    }

    private static string? ReadCommand(ReadOnlySpan<byte> arguments)
    {
        var json = new Utf8JsonReader(arguments, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isCommand = json.ValueTextEquals("command"u8) || json.ValueTextEquals("cmd"u8) || json.ValueTextEquals("script"u8);
            json.Read();
            if (isCommand && json.TokenType == JsonTokenType.String)
            {
                return json.GetString();
            }

            if (isCommand && json.TokenType == JsonTokenType.StartArray)
            {
                var words = new List<string>();
                while (json.Read() && json.TokenType == JsonTokenType.String)
                {
                    words.Add(json.GetString()!);
                }

                return json.TokenType == JsonTokenType.EndArray ? string.Join(' ', words) : null;
            }

            json.Skip();
        }

        return null;
    }
}
