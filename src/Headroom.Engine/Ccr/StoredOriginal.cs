using System.IO.Compression;

namespace Headroom.Engine.Ccr;

/// <summary>How a stored body is to be read. The numbers are in the file.</summary>
internal enum OriginalEncoding
{
    /// <summary>The original itself.</summary>
    None = 0,

    /// <summary>Brotli (RFC 7932).</summary>
    Brotli = 1,
}

/// <summary>An original in the form in which it is kept.</summary>
/// <param name="Encoding">How to read <paramref name="Body"/>.</param>
/// <param name="Length">Length of the original in bytes.</param>
/// <param name="Body">What is in the file.</param>
internal sealed record StoredOriginal(OriginalEncoding Encoding, long Length, byte[] Body)
{
    // Quality 1 is the fastest of Brotli's that still finds repetition; the write is on the way of a request.
    private const int Quality = 1;
    private const int Window = 22;

    // Below this Brotli's own frame eats the gain.
    private const int MinimumLength = 64;

    /// <summary>Compresses where that makes the body smaller.</summary>
    public static StoredOriginal Encode(ReadOnlySpan<byte> original)
    {
        if (original.Length >= MinimumLength)
        {
            // One byte less than the original: what does not fit is not smaller.
            // Not from the pool, which would keep large ones for whoever never comes again.
            var buffer = GC.AllocateUninitializedArray<byte>(original.Length - 1);
            if (BrotliEncoder.TryCompress(original, buffer, out var written, Quality, Window))
            {
                return new StoredOriginal(OriginalEncoding.Brotli, original.Length, buffer[..written]);
            }
        }

        return new StoredOriginal(OriginalEncoding.None, original.Length, original.ToArray());
    }

    /// <summary>The original's bytes, or null when the body does not hold them.</summary>
    public byte[]? Decode()
    {
        if (Encoding == OriginalEncoding.None)
        {
            return Body.Length == Length ? Body : null;
        }

        if (Encoding != OriginalEncoding.Brotli || Length < 0 || Length > Array.MaxLength)
        {
            return null;
        }

        var original = new byte[Length];
        return BrotliDecoder.TryDecompress(Body, original, out var written) && written == Length ? original : null;
    }
}
