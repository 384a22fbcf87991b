using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>Changes of a JSON text that leave it JSON, most of them.</summary>
internal static class JsonMutation
{
    private const int MostBytes = 256 << 10;

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Literals =
    [
        "null", "true", "false", "0", "-0.0", "1e400", "9223372036854775808", "\"\"", "\" \"", "\"\\u0000\"", "\"\\ud83d\"", "\"\\ud83d\\ude00\"", "[]", "{}", "[[]]", "[null]", "\"tool\"", "\"assistant\"",
        "\"user\"", "\"text\"", "\"tool_result\"", "{\"type\":\"text\",\"text\":\"x\"}", "[{\"type\":\"text\",\"text\":\"\"}]", "{\"type\":\"ephemeral\"}",
    ];

    private static readonly string[] Members =
    [
        "\"cache_control\":{\"type\":\"ephemeral\"}", "\"is_error\":true", "\"role\":\"user\"", "\"type\":\"text\"", "\"content\":[]", "\"tools\":[]", "\"messages\":[]", "\"stream\":true", "\"tool_choice\":\"none\"",
        "\"n\":2", "\"\":null", "\"\\u0063ontent\":\"x\"", "\"thread\":{\"type\":\"continue\"}", "\"usage\":{\"input_tokens\":1,\"input_tokens\":2}", "\"index\":7",
    ];

    /// <summary>The input with a few changes, now and then one of its bytes too.</summary>
    public static byte[] Of(byte[] input, SeededRandom random)
    {
        for (var changes = random.Next(0, 6); changes > 0; changes--)
        {
            input = Once(input, random);
        }

        input = random.Chance(0.2) ? Mutation.Of(input, random) : input;
        return input.Length > MostBytes ? input[..MostBytes] : input;
    }

    private static byte[] Once(byte[] json, SeededRandom random)
    {
        var pieces = JsonPieces.Of(json);
        if (pieces.Count == 0)
        {
            return json;
        }

        // Half of the time a long one: there are few of them, and they are what it is about.
        var piece = random.Chance(0.5) ? pieces.OrderByDescending(p => p.End - p.Value).ElementAt(random.Next(Math.Min(pieces.Count, 12))) : random.Pick(pieces);
        var other = random.Pick(pieces);
        switch (random.Next(12))
        {
            case 0:
                return JsonPieces.Without(json, piece);
            case 1:
                return [.. json[..piece.End], (byte)',', .. json[piece.Start..piece.End], .. json[piece.End..]];
            case 2:
                return Value(Encoding.UTF8.GetBytes(random.Pick(Literals)));
            case 3:
                return Value(json[other.Value..other.End]);
            case 4 when piece.End <= other.Start && piece.IsMember == other.IsMember:
                return [.. json[..piece.Start], .. json[other.Start..other.End], .. json[piece.End..other.Start], .. json[piece.Start..piece.End], .. json[other.End..]];
            case 5:
                return Value([(byte)'[', .. json[piece.Value..piece.End], (byte)']']);
            case 6 when pieces.FindAll(p => p.Kind == JsonTokenType.StartObject) is { Count: > 0 } objects:
                var at = random.Pick(objects).Value + 1;
                var isEmpty = json.AsSpan(at).TrimStart(" \t\r\n"u8).StartsWith("}"u8);
                return [.. json[..at], .. Encoding.UTF8.GetBytes(random.Pick(Members)), .. isEmpty ? [] : ","u8.ToArray(), .. json[at..]];
            case 7:
                return [.. json[..piece.Start], .. Encoding.ASCII.GetBytes(random.Pick(["\n", " ", "\r\n\t", "      "])), .. json[piece.Start..]];
            case 8:
                var depth = random.Next(1, 70);
                return Value([.. Enumerable.Repeat((byte)'[', depth), .. json[piece.Value..piece.End], .. Enumerable.Repeat((byte)']', depth)]);
            case 9 when Strings(pieces) is { Count: > 0 } strings:
                piece = random.Pick(strings);
                return Value(Escaped(json[piece.Value..piece.End], random));
            default:
                // What a tool printed takes the place of a text.
                piece = Strings(pieces) is { Count: > 0 } texts ? texts.OrderByDescending(p => p.End - p.Value).ElementAt(random.Next(Math.Min(texts.Count, 4))) : piece;
                var text = Encoding.UTF8.GetString(random.Chance(0.5) ? Texts.Window(random) : Texts.Draw(random));
                return Value(JsonSerializer.SerializeToUtf8Bytes(text, random.Chance(0.5) ? Relaxed : JsonSerializerOptions.Default));
        }

        byte[] Value(byte[] value) => [.. json[..piece.Value], .. value, .. json[piece.End..]];
    }

    private static List<JsonPiece> Strings(List<JsonPiece> pieces) => pieces.FindAll(p => p.Kind == JsonTokenType.String);

    // The same text with some of its letters spelled as escapes.
    private static byte[] Escaped(byte[] quoted, SeededRandom random)
    {
        var spelled = new List<byte>(quoted.Length);
        for (var i = 0; i < quoted.Length; i++)
        {
            if (quoted[i] == '\\')
            {
                var escape = quoted.AsSpan(i, Math.Min(quoted.AsSpan(i).StartsWith("\\u"u8) ? 6 : 2, quoted.Length - i));
                spelled.AddRange(escape);
                i += escape.Length - 1;
            }
            else if (quoted[i] is (>= (byte)'a' and <= (byte)'z') or (byte)' ' && random.Chance(0.1))
            {
                spelled.AddRange(Encoding.ASCII.GetBytes($"\\u00{quoted[i]:x2}"));
            }
            else
            {
                spelled.Add(quoted[i]);
            }
        }

        return [.. spelled];
    }
}
