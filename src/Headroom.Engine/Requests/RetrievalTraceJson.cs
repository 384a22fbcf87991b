using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Headroom.Engine.Requests;

/// <summary>
/// Traces as the store keeps them:
/// <c>{"version":1,"open":false,"parts":2,"text":90,"rounds":[{"parts":1,"text":40,"black":34,"calls":[{"id":"...","arguments":"...","result":"..."}]}]}</c>.
/// </summary>
internal static class RetrievalTraceJson
{
    private const int Version = 1;

    /// <summary>Writes a trace.</summary>
    public static byte[] Write(RetrievalTrace trace)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, Version);
            json.WriteBoolean("open"u8, trace.IsOpen);
            json.WriteNumber("parts"u8, trace.AnswerParts);
            json.WriteNumber("text"u8, trace.AnswerText);
            json.WriteStartArray("rounds"u8);
            foreach (var round in trace.Rounds)
            {
                json.WriteStartObject();
                json.WriteNumber("parts"u8, round.VisibleParts);
                json.WriteNumber("text"u8, round.VisibleText);
                json.WriteNumber("black"u8, round.VisibleTextWithoutWhiteSpace);
                json.WriteStartArray("calls"u8);
                foreach (var call in round.Calls)
                {
                    // Half a surrogate pair has no bytes; it becomes the replacement character.
                    json.WriteStartObject();
                    json.WriteString("id"u8, Encoding.UTF8.GetBytes(call.Id));
                    json.WriteString("arguments"u8, Encoding.UTF8.GetBytes(call.Arguments));
                    json.WriteString("result"u8, Encoding.UTF8.GetBytes(call.Result));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a trace; null when it is damaged or of a version that this one does not know.</summary>
    public static RetrievalTrace? Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            var json = document.RootElement;
            if (json.GetProperty("version"u8).GetInt32() != Version)
            {
                return null;
            }

            var rounds = json.GetProperty("rounds"u8).EnumerateArray().Select(Round).ToArray();
            var trace = new RetrievalTrace(rounds, json.GetProperty("open"u8).GetBoolean())
            {
                AnswerParts = json.GetProperty("parts"u8).GetInt32(),
                AnswerText = json.GetProperty("text"u8).GetInt32(),
            };
            return rounds.Length > 0 && rounds.All(r => r.Calls.Count > 0) ? trace : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private static RetrievalRound Round(JsonElement json) => new(
        json.GetProperty("parts"u8).GetInt32(),
        json.GetProperty("text"u8).GetInt32(),
        [.. json.GetProperty("calls"u8).EnumerateArray().Select(Call)])
    {
        VisibleTextWithoutWhiteSpace = json.GetProperty("black"u8).GetInt32(),
    };

    private static RetrievalCall Call(JsonElement json) => new(Text(json, "id"u8), Text(json, "arguments"u8), Text(json, "result"u8));

    private static string Text(JsonElement json, ReadOnlySpan<byte> name) => json.GetProperty(name).GetString() ?? throw new FormatException("A text is missing.");
}
