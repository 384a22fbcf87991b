using System.IO.Compression;
using ZstdSharp;

namespace Headroom.Proxy.Bodies;

/// <summary>How decoding a body ended.</summary>
internal enum DecodeOutcome
{
    /// <summary>The plain bytes are there.</summary>
    Decoded,

    /// <summary>The coding is not known here, or more than one was applied.</summary>
    UnknownCoding,

    /// <summary>The bytes are not what the header says.</summary>
    Corrupt,

    /// <summary>The plain bytes would exceed the limit, or grow beyond any plausible ratio.</summary>
    TooLarge,
}

/// <summary>Undoes a content coding (RFC 9110, section 8.4.1; zstd: RFC 8878) in bounded memory.</summary>
internal static class ContentCoding
{
    // Repetitive JSON reaches about 100:1; bombs work with 1,000:1 and more.
    private const int MaximumRatio = 250;
    private const int RatioFreeBytes = 1 << 20;

    /// <summary>Decodes a whole body.</summary>
    /// <param name="encoded">The bytes as received.</param>
    /// <param name="coding">The Content-Encoding header's value.</param>
    /// <param name="limit">The most plain bytes to make.</param>
    /// <param name="cancellationToken">Ends the work between blocks.</param>
    public static (DecodeOutcome Outcome, byte[] Plain) Decode(
        ReadOnlyMemory<byte> encoded, string coding, long limit, CancellationToken cancellationToken)
    {
        using var source = new MemoryStream(encoded.ToArray(), writable: false);
        using var decoder = Open(coding, source);
        if (decoder is null)
        {
            return (DecodeOutcome.UnknownCoding, []);
        }

        limit = Math.Min(limit, Math.Max(RatioFreeBytes, (long)encoded.Length * MaximumRatio));
        using var plain = new MemoryStream();
        var block = new byte[64 << 10];
        try
        {
            while (decoder.Read(block) is var read and > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (plain.Length + read > limit)
                {
                    return (DecodeOutcome.TooLarge, []);
                }

                plain.Write(block, 0, read);
            }
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or EndOfStreamException or InvalidOperationException)
        {
            return (DecodeOutcome.Corrupt, []);
        }

        return (DecodeOutcome.Decoded, plain.ToArray());
    }

    /// <summary>A stream of the plain bytes; null when the coding is not known here, or more than one was applied.</summary>
    /// <param name="coding">The Content-Encoding header's value.</param>
    /// <param name="source">The bytes as received.</param>
    public static Stream? Open(string coding, Stream source) => coding.Trim().ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(source, CompressionMode.Decompress),
        "br" => new BrotliStream(source, CompressionMode.Decompress),
        "deflate" => new ZLibStream(source, CompressionMode.Decompress),
        "zstd" => new DecompressionStream(source),
        _ => null,
    };
}
