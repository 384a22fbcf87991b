using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Headroom.Engine.Requests;

/// <summary>What a conversation is known by: the text of its first user message.</summary>
internal static class ConversationOpening
{
    // No byte of UTF-8 is one of these.
    private const byte TextFollows = 0xFE;
    private const byte TypeFollows = 0xFF;

    /// <summary>
    /// SHA-256 over the format's name and the message's text. Content that is one string and content that is a list with that text are the same:
    /// clients turn one into the other to set a cache mark. Of other parts only the type counts, but where there is no text at all, their bytes.
    /// </summary>
    /// <param name="format">The format's name.</param>
    /// <param name="body">The body.</param>
    /// <param name="message">The first user message, an object.</param>
    public static byte[] Hash(string format, ReadOnlySpan<byte> body, MessagePlace message)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(Encoding.UTF8.GetBytes(format));
        var content = MessageContent.Read(body, message);
        var hasText = false;
        foreach (var part in content.Parts)
        {
            if (part.Kind == ContentPartKind.Text)
            {
                sha.AppendData([TextFollows]);
                hasText |= AppendText(sha, body[part.Text]);
            }
            else
            {
                sha.AppendData([TypeFollows]);
                sha.AppendData(Encoding.UTF8.GetBytes(part.Type ?? ""));
            }
        }

        if (!hasText)
        {
            foreach (var part in content.Parts)
            {
                AppendMembers(sha, body[part.Place]);
            }
        }

        return sha.GetHashAndReset();
    }

    // False for an empty text.
    private static bool AppendText(IncrementalHash sha, ReadOnlySpan<byte> quoted)
    {
        if (!BodySplice.IsDecodable(quoted))
        {
            sha.AppendData(quoted);
            return true;
        }

        using var buffer = new Scratch(quoted.Length);
        var length = BodySplice.Decode(quoted, buffer.Bytes);
        sha.AppendData(buffer.Bytes[..length]);
        return length > 0;
    }

    // The bytes of all members but the mark.
    private static void AppendMembers(IncrementalHash sha, ReadOnlySpan<byte> part)
    {
        var json = new Utf8JsonReader(part);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            sha.AppendData(part);
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)json.TokenStartIndex;
            var isMark = RequestMemberName.Of(json) == RequestMember.CacheControl;
            json.Read();
            json.Skip();
            if (!isMark)
            {
                sha.AppendData(part[start..(int)json.BytesConsumed]);
            }
        }
    }
}
