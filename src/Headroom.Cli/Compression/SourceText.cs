using System.Text;
using System.Text.Unicode;

namespace Headroom.Cli.Compression;

/// <summary>The text in a file's bytes.</summary>
internal static class SourceText
{
    private static readonly Encoding[] Utf16 =
    [
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
    ];

    /// <summary>
    /// The text as UTF-8 without a byte order mark; null when the bytes are not text in UTF-8, or in UTF-16 with a byte order mark.
    /// </summary>
    public static ReadOnlyMemory<byte>? AsUtf8(ReadOnlyMemory<byte> file)
    {
        if (file.Span.StartsWith(Encoding.UTF8.Preamble))
        {
            file = file[Encoding.UTF8.Preamble.Length..];
        }

        var isUtf32 = file.Span.StartsWith(Encoding.UTF32.Preamble);
        foreach (var encoding in Utf16)
        {
            if (!isUtf32 && file.Span.StartsWith(encoding.Preamble))
            {
                try
                {
                    return Encoding.UTF8.GetBytes(encoding.GetString(file.Span[encoding.Preamble.Length..]));
                }
                catch (DecoderFallbackException)
                {
                    return null;
                }
            }
        }

        return Utf8.IsValid(file.Span) ? file : default(ReadOnlyMemory<byte>?);
    }
}
