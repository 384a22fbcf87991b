using System.Text.Json;

namespace Headroom.Proxy.Sidecar;

/// <summary>The body of <c>POST /v1/compress</c>: <c>{"messages":[...],"model":"...","token_budget":n,"config":{...}}</c>.</summary>
internal sealed record SidecarRequest
{
    /// <summary>The range of the messages array in the body, in bytes.</summary>
    public required (int Start, int Length) Messages { get; init; }

    /// <summary>The model that the messages are for.</summary>
    public required string Model { get; init; }

    /// <summary>The most tokens that the caller wants the messages to take; null when it does not say.</summary>
    public long? TokenBudget { get; init; }

    /// <summary>True when user messages may be compressed like tool results.</summary>
    public bool CompressUserMessages { get; init; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">UTF-8 JSON.</param>
    /// <param name="problem">What is wrong with it, as one sentence for the caller; null when nothing is.</param>
    /// <returns>The request, or null when there is a problem.</returns>
    public static SidecarRequest? Read(ReadOnlySpan<byte> body, out string? problem)
    {
        (int Start, int Length)? messages = null;
        string? model = null;
        long? budget = null;
        var userMessages = false;
        problem = null;
        try
        {
            var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 64 });
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                problem = "The body is not a JSON object.";
                return null;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("messages"u8))
                {
                    messages = ReadMessages(ref json);
                }
                else if (json.ValueTextEquals("model"u8))
                {
                    json.Read();
                    model = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                    json.Skip();
                }
                else if (json.ValueTextEquals("token_budget"u8))
                {
                    json.Read();
                    if (json.TokenType != JsonTokenType.Null)
                    {
                        if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var number) || number <= 0)
                        {
                            problem = "token_budget is not a positive whole number.";
                            return null;
                        }

                        budget = number;
                    }
                }
                else if (json.ValueTextEquals("config"u8))
                {
                    userMessages = ReadConfig(ref json);
                }
                else
                {
                    json.Read();
                    json.Skip();
                }
            }

            // Anything after the object is an error that only the next read shows.
            while (json.Read())
            {
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            problem = "The body is not valid JSON.";
            return null;
        }

        problem = messages is null ? "messages is missing or not an array." : model is null ? "model is missing or not a string." : null;
        return messages is { } range && model is not null
            ? new SidecarRequest { Messages = range, Model = model, TokenBudget = budget, CompressUserMessages = userMessages }
            : null;
    }

    private static (int, int)? ReadMessages(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return null;
        }

        var start = (int)json.TokenStartIndex;
        json.Skip();
        return (start, (int)json.BytesConsumed - start);
    }

    private static bool ReadConfig(ref Utf8JsonReader json)
    {
        json.Read();
        var userMessages = false;
        if (json.TokenType == JsonTokenType.StartObject)
        {
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                // target_ratio, protect_recent and protect_analysis_context are not used: what stands at the end of one turn stands in
                // the middle of the next, and what was sent for it must not change.
                var isUserMessages = json.ValueTextEquals("compress_user_messages"u8);
                json.Read();
                userMessages |= isUserMessages && json.TokenType == JsonTokenType.True;
                json.Skip();
            }
        }

        return userMessages;
    }
}
