using System.Text.Json;

namespace Headroom.Mcp.Clients;

/// <summary>Where the members of one JSON object stand in the text. Positions are byte offsets.</summary>
/// <param name="Open">Of the opening brace.</param>
/// <param name="Close">Of the closing brace.</param>
/// <param name="Members">The members in their order.</param>
internal sealed record JsonObjectLayout(int Open, int Close, IReadOnlyList<JsonObjectLayout.Member> Members)
{
    private static readonly JsonReaderOptions Options = new() { AllowTrailingCommas = true, MaxDepth = 512 };

    /// <summary>The root object of a document that may have trailing commas; null where there is only white space.</summary>
    /// <param name="json">UTF-8 without a byte order mark and without comments (<see cref="WithoutComments"/>).</param>
    /// <param name="descend">The member of the root whose own members are wanted too.</param>
    /// <exception cref="ConfigurationException">It is not well-formed, or the root or that member is no object.</exception>
    public static JsonObjectLayout? Read(ReadOnlySpan<byte> json, string descend)
    {
        if (json.Trim(" \t\r\n"u8).IsEmpty)
        {
            return null;
        }

        var reader = new Utf8JsonReader(json, Options);
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new ConfigurationException($"{PlaceOf(json, (int)reader.TokenStartIndex)}: an object is expected.");
            }

            var root = ReadObject(json, ref reader, descend);
            while (reader.Read())
            {
                // Reading on is what finds text behind the end.
            }

            return root;
        }
        catch (JsonException failure)
        {
            var reason = failure.Message.Split(" LineNumber:", 2)[0];
            throw new ConfigurationException(
                FormattableString.Invariant($"line {failure.LineNumber + 1}, column {failure.BytePositionInLine + 1}: {reason}"), failure);
        }
        catch (InvalidOperationException failure)
        {
            throw new ConfigurationException($"{PlaceOf(json, (int)reader.TokenStartIndex)}: the text is not valid.", failure);
        }
    }

    /// <summary>
    /// The same text with spaces for comments, so that every position stays what it is. The reader of the base library knows no comments
    /// between a name and its colon; people write them there.
    /// </summary>
    public static byte[] WithoutComments(ReadOnlySpan<byte> json)
    {
        var text = json.ToArray();
        for (var position = 0; position < text.Length; position++)
        {
            var rest = text.AsSpan(position);
            if (rest[0] == '"')
            {
                // To the closing quotation mark; what is not closed is for the reader to say.
                for (position++; position < text.Length && text[position] != '"'; position++)
                {
                    position += text[position] == '\\' ? 1 : 0;
                }
            }
            else if (rest.StartsWith("//"u8) || rest.StartsWith("/*"u8))
            {
                var isLine = rest[1] == '/';
                var end = isLine ? rest.IndexOfAny((byte)'\n', (byte)'\r') : rest[2..].IndexOf("*/"u8) + 4;
                if (!isLine && end < 4)
                {
                    break;
                }

                var comment = rest[..(end < 0 ? rest.Length : end)];
                foreach (ref var b in comment)
                {
                    b = b is (byte)'\n' or (byte)'\r' ? b : (byte)' ';
                }

                position += comment.Length - 1;
            }
        }

        return text;
    }

    /// <summary>The last member of a name, which is the one that counts; null when there is none.</summary>
    public Member? this[string name] => Members.LastOrDefault(m => m.Name == name);

    /// <summary>Line and column, from 1, in bytes.</summary>
    public static string PlaceOf(ReadOnlySpan<byte> json, int position)
    {
        var before = json[..position];
        return FormattableString.Invariant($"line {before.Count((byte)'\n') + 1}, column {position - before.LastIndexOf((byte)'\n')}");
    }

    private static JsonObjectLayout ReadObject(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, string? descend)
    {
        var open = (int)reader.TokenStartIndex;
        var members = new List<Member>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var start = (int)reader.TokenStartIndex;
            var name = reader.GetString()!;
            reader.Read();
            var value = (int)reader.TokenStartIndex;
            JsonObjectLayout? nested = null;
            if (name == descend)
            {
                nested = reader.TokenType == JsonTokenType.StartObject
                    ? ReadObject(json, ref reader, descend: null)
                    : throw new ConfigurationException($"{PlaceOf(json, value)}: {name} is expected to be an object.");
            }
            else
            {
                reader.Skip();
            }

            var end = (int)reader.BytesConsumed;
            var next = json[end..].IndexOfAnyExcept(" \t\r\n"u8);
            members.Add(new Member(name, start, value, end, next >= 0 && json[end + next] == ',' ? end + next : null, nested));
        }

        return new JsonObjectLayout(open, (int)reader.TokenStartIndex, members);
    }

    /// <summary>One member.</summary>
    /// <param name="Name">Its name, unescaped.</param>
    /// <param name="Start">Where the name begins, with its quotation mark.</param>
    /// <param name="Value">Where the value begins.</param>
    /// <param name="End">Behind the value.</param>
    /// <param name="Comma">The comma that follows; null when none does.</param>
    /// <param name="Object">The value's own layout where it was asked for.</param>
    internal sealed record Member(string Name, int Start, int Value, int End, int? Comma, JsonObjectLayout? Object);
}
