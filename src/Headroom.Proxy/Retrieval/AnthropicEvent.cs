using System.Globalization;
using System.Text.Json;

namespace Headroom.Proxy.Retrieval;

/// <summary>What matters in an event of an Anthropic stream, by place in its data. An empty range is something that is not there.</summary>
/// <param name="Type">The kind of event.</param>
/// <param name="Index">The number of the block that it is about; null when it is about none.</param>
/// <param name="IndexPlace">Where this number stands.</param>
/// <param name="Content">The object of a block that begins, or the delta.</param>
/// <param name="Usage">The usage report, also when it stands inside the message.</param>
/// <param name="StopReason">Why the model stopped.</param>
/// <param name="StopReasonPlace">Where this stands, with its quotes.</param>
internal readonly record struct AnthropicEvent(
    string? Type, int? Index, Range IndexPlace, Range Content, Range Usage, string? StopReason, Range StopReasonPlace)
{
    /// <summary>Reads an event's data; null when they are no JSON object.</summary>
    public static AnthropicEvent? Read(ReadOnlySpan<byte> data)
    {
        try
        {
            var read = default(AnthropicEvent);
            var json = JsonPlaces.Object(data);
            while (json.NextMember(out var name, out _))
            {
                if (name.SequenceEqual("type"u8))
                {
                    read = read with { Type = json.Text() };
                }
                else if (name.SequenceEqual("index"u8))
                {
                    var place = json.Place();
                    if (int.TryParse(data[place], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                    {
                        read = read with { Index = index, IndexPlace = place };
                    }
                }
                else if (name.SequenceEqual("content_block"u8))
                {
                    read = read with { Content = json.Place() };
                }
                else if (name.SequenceEqual("usage"u8))
                {
                    read = read with { Usage = json.Place() };
                }
                else if (name.SequenceEqual("message"u8) && json.TokenType == JsonTokenType.StartObject)
                {
                    read = read with { Usage = UsageIn(ref json) };
                }
                else if (name.SequenceEqual("delta"u8))
                {
                    var place = json.Place();
                    read = read.WithDelta(data, place);
                }
                else
                {
                    json.Skip();
                }
            }

            // Throws on what stands behind the object.
            return json.Read() ? null : read;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Range UsageIn(ref Utf8JsonReader json)
    {
        var usage = default(Range);
        while (json.NextMember(out var name, out _))
        {
            if (name.SequenceEqual("usage"u8))
            {
                usage = json.Place();
            }
            else
            {
                json.Skip();
            }
        }

        return usage;
    }

    private AnthropicEvent WithDelta(ReadOnlySpan<byte> data, Range place)
    {
        var read = this with { Content = place };
        if (data[place] is not [(byte)'{', ..])
        {
            return read;
        }

        var json = JsonPlaces.Object(data[place]);
        while (json.NextMember(out var name, out _))
        {
            if (name.SequenceEqual("stop_reason"u8) && json.TokenType == JsonTokenType.String)
            {
                var reason = json.Text();
                read = read with
                {
                    StopReason = reason,
                    StopReasonPlace = (place.Start.Value + (int)json.TokenStartIndex)..(place.Start.Value + (int)json.BytesConsumed),
                };
            }
            else
            {
                json.Skip();
            }
        }

        return read;
    }
}
