using System.Text.Json;

namespace Headroom.Fuzz;

/// <summary>A member or an element of a JSON text, by place.</summary>
/// <param name="Start">Where it begins; of a member, where its name does.</param>
/// <param name="Value">Where its value begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Kind">The kind of its value.</param>
internal readonly record struct JsonPiece(int Start, int Value, int End, JsonTokenType Kind)
{
    public bool IsMember => Value > Start;
}

/// <summary>The members and elements of a JSON text, at all depths; as far as it can be read.</summary>
internal static class JsonPieces
{
    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>True for exactly one JSON value, without comments.</summary>
    public static bool IsJson(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            var hasAny = false;
            while (reader.Read())
            {
                hasAny = true;
            }

            return hasAny;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public static List<JsonPiece> Of(ReadOnlySpan<byte> json)
    {
        var pieces = new List<JsonPiece>();
        var open = new Stack<(int Start, int Value, JsonTokenType Kind)>();
        var name = -1;
        var reader = new Utf8JsonReader(json, Options);
        try
        {
            while (reader.Read())
            {
                var (at, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
                switch (kind)
                {
                    case JsonTokenType.PropertyName:
                        name = at;
                        continue;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        open.Push((name < 0 ? at : name, at, kind));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        var begun = open.Pop();
                        pieces.Add(new JsonPiece(begun.Start, begun.Value, (int)reader.BytesConsumed, begun.Kind));
                        break;
                    default:
                        pieces.Add(new JsonPiece(name < 0 ? at : name, at, (int)reader.BytesConsumed, kind));
                        break;
                }

                name = -1;
            }
        }
        catch (JsonException)
        {
            // What stands before the mistake can be changed all the same.
        }

        return pieces;
    }

    /// <summary>The text without a piece and without the comma that it then has too many.</summary>
    public static byte[] Without(byte[] json, JsonPiece piece)
    {
        var end = piece.End;
        while (end < json.Length && json[end] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            end++;
        }

        if (end < json.Length && json[end] == ',')
        {
            return [.. json[..piece.Start], .. json[(end + 1)..]];
        }

        var start = json.AsSpan(0, piece.Start).TrimEnd(" \t\r\n"u8).Length;
        return [.. json[..(start > 0 && json[start - 1] == ',' ? start - 1 : piece.Start)], .. json[piece.End..]];
    }
}
