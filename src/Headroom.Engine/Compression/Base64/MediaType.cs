namespace Headroom.Engine.Compression.Base64;

/// <summary>What bytes are, by the numbers that file formats begin with.</summary>
internal static class MediaType
{
    private static readonly (byte[] Start, int Offset, string Type)[] Signatures =
    [
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A], 0, "image/png"),
        ([0xFF, 0xD8, 0xFF], 0, "image/jpeg"),
        ([.. "GIF8"u8], 0, "image/gif"),
        ([.. "WEBP"u8], 8, "image/webp"),
        ([.. "BM"u8], 0, "image/bmp"),
        ([0, 0, 1, 0], 0, "image/x-icon"),
        ([.. "%PDF-"u8], 0, "application/pdf"),
        ([.. "PK\u0003\u0004"u8], 0, "application/zip"),
        ([0x1F, 0x8B], 0, "application/gzip"),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, "application/zstd"),
        ([0x7F, 0x45, 0x4C, 0x46], 0, "application/x-elf"),
        ([.. "MZ"u8], 0, "application/vnd.microsoft.portable-executable"),
        ([.. "SQLite format 3"u8], 0, "application/vnd.sqlite3"),
        ([.. "wOF2"u8], 0, "font/woff2"),
        ([.. "wOFF"u8], 0, "font/woff"),
        ([.. "OggS"u8], 0, "audio/ogg"),
        ([.. "ID3"u8], 0, "audio/mpeg"),
        ([.. "WAVE"u8], 8, "audio/wav"),
        ([.. "ftyp"u8], 4, "video/mp4"),
        ([0x30, 0x82], 0, "application/pkix-cert or other DER"),
    ];

    /// <summary>The media type, or null when no format is known that begins so.</summary>
    public static string? Of(ReadOnlySpan<byte> bytes)
    {
        foreach (var (start, offset, type) in Signatures)
        {
            if (bytes.Length >= offset + start.Length && bytes[offset..].StartsWith(start))
            {
                return type;
            }
        }

        return null;
    }
}
