using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Headroom.Engine.Tokens;

/// <summary>
/// Tells whether a text of 2 to 32 bytes is one token of o200k_base: a blocked Bloom filter (one 64-bit block a key, five bits set;
/// Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007) of 512 KiB, built from the vocabulary and kept as a
/// resource of this assembly. It never denies a token and takes about one text of a thousand for a token that it is not.
/// </summary>
internal static class VocabularyFilter
{
    /// <summary>The longest text that can be asked for, in bytes.</summary>
    public const int MaxLength = 32;

    private const int BlockBits = 16;
    private const string Resource = "Headroom.Engine.Tokens.o200k_base.filter";

    private static readonly ulong[] Blocks = Load();

    /// <summary>The hash of a text of 2 to <see cref="MaxLength"/> bytes.</summary>
    public static ulong Hash(ReadOnlySpan<byte> text)
    {
        Span<byte> padded = stackalloc byte[MaxLength];
        padded.Clear();
        text.CopyTo(padded);
        var hash = Hash(BinaryPrimitives.ReadUInt64LittleEndian(padded), BinaryPrimitives.ReadUInt64LittleEndian(padded[8..]), text.Length);
        return text.Length <= 16
            ? hash
            : Hash(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(padded[16..]), BinaryPrimitives.ReadUInt64LittleEndian(padded[24..]), text.Length);
    }

    /// <summary>The same for a text of at most 16 bytes that was read as two zero-padded little-endian words.</summary>
    public static ulong Hash(ulong low, ulong high, int length)
    {
        var hash = (low ^ (ulong)length) * 0x9E3779B97F4A7C15;
        hash = (hash ^ (hash >> 32) ^ high) * 0xD6E8FEB86659FD93;
        return hash ^ (hash >> 29);
    }

    /// <summary>Whether the text with this hash is (most likely) a token.</summary>
    public static bool Contains(ulong hash)
    {
        var bits = Bits(hash);
        return (Blocks[(int)(hash >> (64 - BlockBits))] & bits) == bits;
    }

    /// <summary>The filter of a vocabulary as the bytes of the resource. Tokens outside 2 to 32 bytes are left out.</summary>
    public static byte[] Build(IEnumerable<ReadOnlyMemory<byte>> vocabulary)
    {
        var blocks = new ulong[1 << BlockBits];
        foreach (var token in vocabulary)
        {
            if (token.Length is >= 2 and <= MaxLength)
            {
                var hash = Hash(token.Span);
                blocks[hash >> (64 - BlockBits)] |= Bits(hash);
            }
        }

        var bytes = new byte[blocks.Length * sizeof(ulong)];
        for (var i = 0; i < blocks.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), blocks[i]);
        }

        return bytes;
    }

    private static ulong Bits(ulong hash) => (1UL << (int)(hash & 63)) | (1UL << (int)((hash >> 6) & 63)) | (1UL << (int)((hash >> 12) & 63)) | (1UL << (int)((hash >> 18) & 63)) | (1UL << (int)((hash >> 24) & 63));

    private static ulong[] Load()
    {
        using var stream = typeof(VocabularyFilter).Assembly.GetManifestResourceStream(Resource)!;
        var blocks = new ulong[1 << BlockBits];
        stream.ReadExactly(MemoryMarshal.AsBytes(blocks.AsSpan()));
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(blocks, blocks);
        }

        return blocks;
    }
}
