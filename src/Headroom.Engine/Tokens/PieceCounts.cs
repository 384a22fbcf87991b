using System.Buffers.Binary;

namespace Headroom.Engine.Tokens;

/// <summary>
/// Remembers how many tokens short pieces are: a table of fixed size (2.5 MiB), each entry behind a sequence lock (odd while it is being written), so that
/// readers never wait. A piece is found by its bytes, not by their hash alone. What is forgotten or not seen in time is counted again.
/// </summary>
internal sealed class PieceCounts
{
    /// <summary>The longest piece that is remembered, in bytes.</summary>
    public const int MaxLength = 32;

    private const int SlotBits = 16;

    private readonly Entry[] _entries = new Entry[1 << SlotBits];

    /// <summary>The remembered count, or 0.</summary>
    public int Find(in Key key)
    {
        var slot = key.Hash >> (64 - SlotBits);
        var count = _entries[slot].Find(key);
        return count > 0 ? count : _entries[slot ^ 1].Find(key);
    }

    /// <summary>Remembers a count of 1 to 255.</summary>
    public void Add(in Key key, int count)
    {
        // The older half of a pair stays: a stream of pieces that never come again takes only every other entry.
        var slot = key.Hash >> (64 - SlotBits);
        if (!_entries[slot].Add(key, count, onlyIfFree: true))
        {
            _entries[slot ^ 1].Add(key, count, onlyIfFree: false);
        }
    }

    /// <summary>A piece of at most <see cref="MaxLength"/> bytes as zero-padded words.</summary>
    public readonly struct Key
    {
        public Key(ReadOnlySpan<byte> utf8, int start, int length)
        {
            Length = length;
            if (length <= 16 && utf8.Length - start >= 16)
            {
                var low = BinaryPrimitives.ReadUInt64LittleEndian(utf8[start..]);
                First = length < 8 ? low & ((1UL << (8 * length)) - 1) : low;
                Second = length <= 8 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(utf8[(start + 8)..]) & (ulong.MaxValue >> (128 - (8 * length)));
            }
            else
            {
                Span<byte> padded = stackalloc byte[MaxLength];
                padded.Clear();
                utf8.Slice(start, length).CopyTo(padded);
                First = BinaryPrimitives.ReadUInt64LittleEndian(padded);
                Second = BinaryPrimitives.ReadUInt64LittleEndian(padded[8..]);
                Third = BinaryPrimitives.ReadUInt64LittleEndian(padded[16..]);
                Fourth = BinaryPrimitives.ReadUInt64LittleEndian(padded[24..]);
            }

            Hash = VocabularyFilter.Hash(First ^ (Third * 0x9E3779B97F4A7C15), Second ^ Fourth, length);
        }

        public readonly ulong First { get; }

        public readonly ulong Second { get; }

        public readonly ulong Third { get; }

        public readonly ulong Fourth { get; }

        public readonly int Length { get; }

        public readonly ulong Hash { get; }
    }

    private struct Entry
    {
        private int _version;
        private byte _length;
        private byte _count;
        private ulong _first;
        private ulong _second;
        private ulong _third;
        private ulong _fourth;

        public readonly int Find(in Key key)
        {
            var version = Volatile.Read(in _version);
            var isKey = _first == key.First && _second == key.Second && _third == key.Third && _fourth == key.Fourth && _length == key.Length;
            var count = (int)_count;
            Volatile.ReadBarrier();
            return isKey && (version & 1) == 0 && version == _version ? count : 0;
        }

        public bool Add(in Key key, int count, bool onlyIfFree)
        {
            var version = _version;
            if ((onlyIfFree && version != 0) || (version & 1) != 0 || Interlocked.CompareExchange(ref _version, version + 1, version) != version)
            {
                return false;
            }

            _first = key.First;
            _second = key.Second;
            _third = key.Third;
            _fourth = key.Fourth;
            _length = (byte)key.Length;
            _count = (byte)count;
            Volatile.Write(ref _version, version + 2);
            return true;
        }
    }
}
