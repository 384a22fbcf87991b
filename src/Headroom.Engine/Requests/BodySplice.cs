using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>A range of a body and what takes its place.</summary>
/// <param name="Start">Offset of the first byte; of a string value, of its opening quote.</param>
/// <param name="Length">Length; of a string value, with both quotes. 0 inserts.</param>
/// <param name="Text">The new text, decoded, as UTF-8, for the string value; or JSON as it is to be.</param>
/// <param name="IsJson">True when <paramref name="Text"/> goes in as it is.</param>
internal readonly record struct Replacement(int Start, int Length, ReadOnlyMemory<byte> Text, bool IsJson = false);

/// <summary>
/// Exchanges string values of a JSON text, puts JSON into it, and leaves every other byte where it is. Escaping is the least that RFC 8259,
/// section 7, asks for, and always the same: quote, backslash and control characters; all else is raw UTF-8.
/// </summary>
internal static class BodySplice
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [(byte)'"', (byte)'\\', .. Enumerable.Range(0, ' ').Select(c => (byte)c)]);

    /// <summary>True when a JSON string stands for text: its bytes are UTF-8 and its surrogate escapes come in pairs.</summary>
    /// <param name="quoted">The string value with its quotes, valid as JSON.</param>
    public static bool IsDecodable(ReadOnlySpan<byte> quoted)
    {
        if (!Utf8.IsValid(quoted))
        {
            return false;
        }

        // Other escapes than these cannot be wrong once the reader has passed them.
        if (quoted.IndexOf("\\u"u8) < 0)
        {
            return true;
        }

        using var buffer = new Scratch(quoted.Length);
        try
        {
            Decode(quoted, buffer.Bytes);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Writes the text that a JSON string stands for, as UTF-8.</summary>
    /// <param name="quoted">The string value with its quotes, valid as JSON.</param>
    /// <param name="destination">At least as long as <paramref name="quoted"/>.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="InvalidOperationException">The string is not decodable.</exception>
    public static int Decode(ReadOnlySpan<byte> quoted, Span<byte> destination)
    {
        var json = new Utf8JsonReader(quoted);
        json.Read();
        return json.CopyString(destination);
    }

    /// <summary>The body with each range replaced.</summary>
    /// <param name="body">The client's bytes.</param>
    /// <param name="replacements">In the order of the body, not overlapping.</param>
    public static byte[] Splice(ReadOnlySpan<byte> body, IReadOnlyList<Replacement> replacements)
    {
        var length = body.Length;
        foreach (var replacement in replacements)
        {
            length = checked(length - replacement.Length + (replacement.IsJson ? replacement.Text.Length : EncodedLength(replacement.Text.Span)));
        }

        var result = GC.AllocateUninitializedArray<byte>(length);
        int read = 0, written = 0;
        foreach (var replacement in replacements)
        {
            var kept = body[read..replacement.Start];
            kept.CopyTo(result.AsSpan(written));
            written += kept.Length;
            if (replacement.IsJson)
            {
                replacement.Text.Span.CopyTo(result.AsSpan(written));
                written += replacement.Text.Length;
            }
            else
            {
                written += Encode(replacement.Text.Span, result.AsSpan(written));
            }

            read = replacement.Start + replacement.Length;
        }

        body[read..].CopyTo(result.AsSpan(written));
        return result;
    }

    /// <summary>Appends a text as a JSON string.</summary>
    public static void AppendString(ByteBuffer json, string text)
    {
        // Half a surrogate pair has no bytes; it becomes the replacement character.
        AppendString(json, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Appends a text, as UTF-8, as a JSON string.</summary>
    public static void AppendString(ByteBuffer json, ReadOnlySpan<byte> text)
    {
        var quoted = new byte[EncodedLength(text)];
        Encode(text, quoted);
        json.Append(quoted);
    }

    private static int EncodedLength(ReadOnlySpan<byte> text)
    {
        var length = text.Length + 2;
        for (var i = text.IndexOfAny(Escaped); i >= 0; i = text.IndexOfAny(Escaped))
        {
            length += ShortEscape(text[i]) == 0 ? 5 : 1;
            text = text[(i + 1)..];
        }

        return length;
    }

    private static int Encode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var written = 0;
        destination[written++] = (byte)'"';
        for (var i = text.IndexOfAny(Escaped); i >= 0; i = text.IndexOfAny(Escaped))
        {
            text[..i].CopyTo(destination[written..]);
            written += i;
            destination[written++] = (byte)'\\';
            var letter = ShortEscape(text[i]);
            if (letter != 0)
            {
                destination[written++] = letter;
            }
            else
            {
                "u00"u8.CopyTo(destination[written..]);
                destination[written + 3] = (byte)('0' + (text[i] >> 4));
                destination[written + 4] = "0123456789abcdef"u8[text[i] & 15];
                written += 5;
            }

            text = text[(i + 1)..];
        }

        text.CopyTo(destination[written..]);
        written += text.Length;
        destination[written++] = (byte)'"';
        return written;
    }

    private static byte ShortEscape(byte character) => character switch
    {
        (byte)'"' => (byte)'"',
        (byte)'\\' => (byte)'\\',
        (byte)'\b' => (byte)'b',
        (byte)'\f' => (byte)'f',
        (byte)'\n' => (byte)'n',
        (byte)'\r' => (byte)'r',
        (byte)'\t' => (byte)'t',
        _ => 0,
    };
}
