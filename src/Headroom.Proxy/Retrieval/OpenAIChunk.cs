using System.Globalization;
using System.Text.Json;

namespace Headroom.Proxy.Retrieval;

/// <summary>One of the answers in a chunk or in a completion, by place in its JSON.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Content">The delta, or the message.</param>
/// <param name="FinishReason">Why the model stopped; null while it has not.</param>
/// <param name="FinishReasonPlace">Where this stands, with its quotes.</param>
internal readonly record struct OpenAIChoice(int Index, Range Content, string? FinishReason, Range FinishReasonPlace);

/// <summary>What matters in a chunk of an OpenAI stream, or in a whole completion, by place. An empty range is something that is not there.</summary>
internal sealed class OpenAIChunk
{
    /// <summary>The members that are the same in all chunks of an answer.</summary>
    public static readonly IReadOnlyList<string> Identity = ["id", "created", "model", "system_fingerprint"];

    /// <summary>The places of <see cref="Identity"/>.</summary>
    public Dictionary<string, Range> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>The answers.</summary>
    public List<OpenAIChoice> Choices { get; } = [];

    /// <summary>The usage report, if it is an object.</summary>
    public Range Usage { get; private set; }

    /// <summary>True when this says that something failed.</summary>
    public bool HasError { get; private set; }

    /// <summary>Reads a chunk; null when it is no JSON object.</summary>
    public static OpenAIChunk? Read(ReadOnlySpan<byte> data)
    {
        try
        {
            var chunk = new OpenAIChunk();
            var json = JsonPlaces.Object(data);
            while (json.NextMember(out var name, out _))
            {
                if (name.SequenceEqual("choices"u8) && json.TokenType == JsonTokenType.StartArray)
                {
                    while (json.NextElement())
                    {
                        chunk.Choices.Add(ReadChoice(ref json, data));
                    }
                }
                else if (name.SequenceEqual("usage"u8) && json.TokenType == JsonTokenType.StartObject)
                {
                    chunk.Usage = json.Place();
                }
                else if (name.SequenceEqual("error"u8))
                {
                    chunk.HasError = json.TokenType != JsonTokenType.Null;
                    json.Skip();
                }
                else
                {
                    chunk.Note(name, json.Place());
                }
            }

            // Throws on what stands behind the object.
            return json.Read() ? null : chunk;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static OpenAIChoice ReadChoice(ref Utf8JsonReader json, ReadOnlySpan<byte> data)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A choice is an object.");
        }

        var choice = default(OpenAIChoice);
        while (json.NextMember(out var name, out _))
        {
            if (name.SequenceEqual("index"u8))
            {
                choice = choice with { Index = int.TryParse(data[json.Place()], NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1 };
            }
            else if ((name.SequenceEqual("delta"u8) || name.SequenceEqual("message"u8)) && json.TokenType == JsonTokenType.StartObject)
            {
                choice = choice with { Content = json.Place() };
            }
            else if (name.SequenceEqual("finish_reason"u8) && json.TokenType == JsonTokenType.String)
            {
                choice = choice with { FinishReason = json.Text(), FinishReasonPlace = json.Place() };
            }
            else
            {
                json.Skip();
            }
        }

        return choice;
    }

    private void Note(ReadOnlySpan<byte> name, Range place)
    {
        foreach (var known in Identity)
        {
            if (name.SequenceEqual(System.Text.Encoding.ASCII.GetBytes(known)))
            {
                Names[known] = place;
            }
        }
    }
}
