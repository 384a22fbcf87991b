using System.Text.Json;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>Where a body's list of messages ends, so that a turn can be put there.</summary>
internal static class MessageList
{
    // What a model writes into its arguments may nest deeper than what a client may send.
    private const int MaxDepth = 1 << 12;

    /// <summary>The body with a turn and its results behind the last of its messages.</summary>
    /// <param name="body">A request body.</param>
    /// <param name="turn">A JSON object.</param>
    /// <param name="results">JSON objects with commas between them.</param>
    /// <exception cref="ArgumentException">The body has no list of messages.</exception>
    public static byte[] Append(ReadOnlySpan<byte> body, ReadOnlySpan<byte> turn, ByteBuffer results)
    {
        var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isMessages = RequestMemberName.Of(json) == RequestMember.Messages;
            json.Read();
            if (isMessages && json.TokenType == JsonTokenType.StartArray)
            {
                var start = (int)json.BytesConsumed;
                json.Skip();
                var end = (int)json.BytesConsumed - 1;
                var comma = body[start..end].Trim(" \t\r\n"u8).IsEmpty ? default : ","u8;
                return [.. body[..end], .. comma, .. turn, (byte)',', .. results.Written, .. body[end..]];
            }

            json.Skip();
        }

        throw new ArgumentException("The body has no list of messages.", nameof(body));
    }
}
