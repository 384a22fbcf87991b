using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Hashing;

namespace Headroom.Engine.Requests;

/// <summary>What messages come to, remembered: a conversation brings the same bytes with every request, and to read them again takes as long as to locate its blocks.</summary>
internal sealed class MessageDigests
{
    /// <summary>The length of a digest in bytes.</summary>
    public const int Size = 16;

    // A hundred long conversations; some megabytes.
    private const int Most = 1 << 15;

    private readonly ConcurrentDictionary<(UInt128 Bytes, bool IsAnswer), (UInt128 Digest, bool HasCalls)> _known = new();

    /// <summary>Gives a message's digest; true when it has calls.</summary>
    /// <param name="message">Its bytes.</param>
    /// <param name="isAnswer">True for one of the model's.</param>
    /// <param name="writer">Reads what is not known; made when there is such.</param>
    /// <param name="digest">Takes the digest.</param>
    public bool Read(ReadOnlySpan<byte> message, bool isAnswer, ref LinkWriter? writer, Span<byte> digest)
    {
        var key = (XxHash128.HashToUInt128(message), isAnswer);
        if (_known.TryGetValue(key, out var known))
        {
            BinaryPrimitives.WriteUInt128BigEndian(digest, known.Digest);
            return known.HasCalls;
        }

        writer ??= new LinkWriter();
        var hasCalls = writer.Write(message, isAnswer, digest);
        if (_known.Count >= Most)
        {
            _known.Clear();
        }

        _known[key] = (BinaryPrimitives.ReadUInt128BigEndian(digest), hasCalls);
        return hasCalls;
    }
}
