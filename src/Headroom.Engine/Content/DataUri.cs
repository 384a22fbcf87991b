using System.Buffers;
using System.Buffers.Text;

namespace Headroom.Engine.Content;

/// <summary>The grammar of data URIs (RFC 2397) whose bytes are in base64 (RFC 4648), and of base64 by itself.</summary>
internal static class DataUri
{
    /// <summary>Shorter payloads are not worth a part of their own.</summary>
    public const int MinimumPayload = 256;

    private const int MaxMediaType = 100;

    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);

    /// <summary>Finds the data URIs in a text, with payloads of at least <see cref="MinimumPayload"/> characters, in their order.</summary>
    public static List<Range> Find(ReadOnlySpan<byte> text)
    {
        var found = new List<Range>();
        for (var at = 0; at < text.Length;)
        {
            var next = text[at..].IndexOf("data:"u8);
            if (next < 0)
            {
                break;
            }

            at += next;
            if (TryReadStart(text[at..], out _, out var payload))
            {
                var length = PayloadLength(text[(at + payload)..]);
                if (length >= MinimumPayload)
                {
                    found.Add(at..(at + payload + length));
                }

                at += payload + length;
            }
            else
            {
                at += "data:".Length;
            }
        }

        return found;
    }

    /// <summary>Reads <c>data:image/png;base64,</c>.</summary>
    /// <param name="text">Begins with the URI.</param>
    /// <param name="mediaType">The type with its parameters; empty when it is not said.</param>
    /// <param name="payload">Where the base64 begins.</param>
    public static bool TryReadStart(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> mediaType, out int payload)
    {
        mediaType = default;
        payload = 0;
        var comma = text[..Math.Min(text.Length, MaxMediaType)].IndexOf((byte)',');
        if (comma < 0 || !text.StartsWith("data:"u8) || !text[..comma].EndsWith(";base64"u8) || text[..comma].IndexOfAny(" \n\"'"u8) >= 0)
        {
            return false;
        }

        mediaType = text["data:".Length..(comma - ";base64".Length)];
        payload = comma + 1;
        return true;
    }

    /// <summary>The bytes that a text of base64 stands for, in either alphabet, in one line or many; null when it is none.</summary>
    public static byte[]? Decode(ReadOnlySpan<byte> base64)
    {
        var packed = new byte[base64.Length + 3];
        var length = 0;
        foreach (var b in base64)
        {
            if (b > (byte)' ')
            {
                packed[length++] = b switch { (byte)'-' => (byte)'+', (byte)'_' => (byte)'/', _ => b };
            }
            else if (b is not ((byte)'\n' or (byte)'\r'))
            {
                return null;
            }
        }

        while (length > 0 && packed[length - 1] == (byte)'=')
        {
            length--;
        }

        for (; length % 4 != 0; length++)
        {
            packed[length] = (byte)'=';
        }

        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(length)];
        return length > 0 && Base64.DecodeFromUtf8(packed.AsSpan(0, length), bytes, out _, out var written) == OperationStatus.Done ? bytes[..written] : null;
    }

    private static int PayloadLength(ReadOnlySpan<byte> text)
    {
        var length = text.IndexOfAnyExcept(Alphabet);
        length = length < 0 ? text.Length : length;
        for (var padding = 0; padding < 2 && length < text.Length && text[length] == (byte)'='; padding++)
        {
            length++;
        }

        return length;
    }
}
