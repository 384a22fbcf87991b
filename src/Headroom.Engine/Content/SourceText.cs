using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Headroom.Engine.Content;

/// <summary>
/// A file's own bytes and the text in them. The bytes are what is stored and comes back; the text is what is compressed, counted and cut into parts.
/// </summary>
public sealed class SourceText
{
    // UTF-32 before UTF-16: in little-endian order its mark begins with the other's.
    private static readonly Encoding[] Marked =
        [Encoding.UTF8, Encoding.UTF32, new UTF32Encoding(bigEndian: true, byteOrderMark: true), Encoding.Unicode, Encoding.BigEndianUnicode];

    // Before stored bytes that do not say by themselves how to read them; the number of the code page and a line feed follow. No UTF-8 begins so, and no mark.
    private static readonly byte[] Tag = [0xFE, .. "headroom code page "u8];

    private const int MinimumUnits = 32;

    private readonly Encoding? _encoding;

    private SourceText(ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte>? utf8, Encoding? encoding) => (Bytes, Utf8, _encoding) = (bytes, utf8, encoding);

    /// <summary>The bytes as they came.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The text as UTF-8 without a byte order mark; null when nothing says what the bytes are and they are not UTF-8.</summary>
    public ReadOnlyMemory<byte>? Utf8 { get; }

    /// <summary>
    /// What to put into a store of originals: the bytes themselves where their mark or nothing at all says how to read them, and otherwise the same behind
    /// the name of their encoding. So a store knows nothing but bytes, and equal bytes that were read differently are different originals.
    /// </summary>
    public ReadOnlyMemory<byte> Stored
    {
        get
        {
            if (_encoding is null || (MarkOf(Bytes.Span) ?? Encoding.UTF8).CodePage == _encoding.CodePage)
            {
                return Bytes;
            }

            return (byte[])[.. Tag, .. Encoding.ASCII.GetBytes(_encoding.CodePage.ToString(CultureInfo.InvariantCulture)), (byte)'\n', .. Bytes.Span];
        }
    }

    /// <summary>
    /// Reads bytes by their byte order mark, or else as the named encoding, or else as UTF-8 or as UTF-16 that cannot be anything else.
    /// </summary>
    /// <param name="bytes">The bytes of a file or of an input.</param>
    /// <param name="named">The encoding that somebody named.</param>
    /// <exception cref="SourceTextException">The bytes are not what their mark or the name says.</exception>
    public static SourceText Read(ReadOnlyMemory<byte> bytes, Encoding? named = null)
    {
        var mark = MarkOf(bytes.Span, named);
        if ((mark ?? named) is { } encoding)
        {
            return Decode(bytes, encoding, out var failure) ?? throw new SourceTextException(encoding, isNamed: mark is null, failure);
        }

        return (WithoutMark(bytes.Span) is { } utf16 ? Decode(bytes, utf16, out _) : null)
            ?? Decode(bytes, Encoding.UTF8, out _)
            ?? new SourceText(bytes, null, null);
    }

    /// <summary>Reads what <see cref="Stored"/> wrote, and any other original.</summary>
    /// <param name="stored">The bytes in a store.</param>
    public static SourceText ReadStored(ReadOnlyMemory<byte> stored)
    {
        var encoding = Encoding.UTF8;
        var bytes = stored;
        if (stored.Span.StartsWith(Tag)
            && Utf8Parser.TryParse(stored.Span[Tag.Length..], out int page, out var digits)
            && stored.Span[(Tag.Length + digits)..] is [(byte)'\n', ..]
            && EncodingName.Find(page.ToString(CultureInfo.InvariantCulture), out _) is { } named)
        {
            (encoding, bytes) = (named, stored[(Tag.Length + digits + 1)..]);
        }

        return Decode(bytes, MarkOf(bytes.Span, encoding) ?? encoding, out _) ?? new SourceText(bytes, null, null);
    }

    private static Encoding? MarkOf(ReadOnlySpan<byte> bytes, Encoding? named = null)
    {
        // UTF-16 whose text begins with a zero character has UTF-32's mark.
        if (named is { Preamble.IsEmpty: false } && bytes.StartsWith(named.Preamble))
        {
            return named;
        }

        foreach (var encoding in Marked)
        {
            if (bytes.StartsWith(encoding.Preamble))
            {
                return encoding;
            }
        }

        return null;
    }

    private static SourceText? Decode(ReadOnlyMemory<byte> bytes, Encoding encoding, out Exception? failure)
    {
        failure = null;
        var text = bytes.Span.StartsWith(encoding.Preamble) ? bytes[encoding.Preamble.Length..] : bytes;
        if (encoding.CodePage == Encoding.UTF8.CodePage && System.Text.Unicode.Utf8.IsValid(text.Span))
        {
            return new SourceText(bytes, text, encoding);
        }

        // Never a replacement character in silence.
        var strict = (Encoding)encoding.Clone();
        strict.DecoderFallback = DecoderFallback.ExceptionFallback;
        try
        {
            var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            return new SourceText(bytes, utf8.GetBytes(strict.GetString(text.Span)), encoding);
        }
        catch (ArgumentException e)
        {
            failure = e;
            return null;
        }
    }

    /// <summary>
    /// The byte order of UTF-16 that has no mark, where it is certain: Latin letters have a zero in each unit, always on the same side, and a list whose
    /// entries end with zeros has no blanks or line feeds of its own among entries of one letter.
    /// </summary>
    private static Encoding? WithoutMark(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % 2 != 0 || bytes.Length < MinimumUnits * 2 || !bytes.Contains((byte)0))
        {
            return null;
        }

        Span<int> zeros = [0, 0];
        Span<bool> isDivided = [false, false];
        for (var i = 0; i < bytes.Length; i += 2)
        {
            zeros[0] += bytes[i] == 0 ? 1 : 0;
            zeros[1] += bytes[i + 1] == 0 ? 1 : 0;
            isDivided[0] |= bytes[i] == 0 && bytes[i + 1] is (byte)' ' or (byte)'\n';
            isDivided[1] |= bytes[i + 1] == 0 && bytes[i] is (byte)' ' or (byte)'\n';
            if (zeros[0] > 0 && zeros[1] > 0)
            {
                return null;
            }
        }

        var side = zeros[0] > 0 ? 0 : 1;
        return zeros[side] < bytes.Length / 2 / 4 * 3 || !isDivided[side] ? null : side == 0 ? Encoding.BigEndianUnicode : Encoding.Unicode;
    }
}
