using System.Buffers.Binary;
using System.Numerics;

namespace Headroom.Engine.Compression.Builds;

/// <summary>Numbers 64-bit hashes in the order they are first seen, and counts them. Equal hashes are not proof of equal texts.</summary>
internal sealed class TextIndex(int capacity)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private int[] _slots = new int[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, capacity))];
    private ulong[] _hashes = new ulong[Math.Max(16, capacity / 2)];
    private int[] _counts = new int[Math.Max(16, capacity / 2)];

    public int Size { get; private set; }

    /// <summary>The hash of a text: a multiplication for every eight bytes.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> text)
    {
        var hash = Golden ^ ((ulong)text.Length * 0xD6E8FEB86659FD93);
        for (; text.Length >= 8; text = text[8..])
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(text));
        }

        var last = 0UL;
        for (var i = 0; i < text.Length; i++)
        {
            last = (last << 8) | text[i];
        }

        return Mix(hash, last);
    }

    /// <summary>A hash that depends on two others and their order.</summary>
    public static ulong Mix(ulong first, ulong second)
    {
        var high = Math.BigMul(first ^ Golden, second ^ 0xE7037ED1A0B428DB, out var low);
        return high ^ low ^ BitOperations.RotateLeft(first, 23);
    }

    public int CountOf(int number) => _counts[number];

    /// <summary>The number of a hash, and whether it was new.</summary>
    public int Add(ulong hash)
    {
        if (Size * 2 >= _slots.Length)
        {
            Grow();
        }

        var mask = _slots.Length - 1;
        for (var slot = (int)(hash >> 7) & mask; ; slot = (slot + 1) & mask)
        {
            var number = _slots[slot] - 1;
            if (number < 0)
            {
                if (Size == _hashes.Length)
                {
                    Array.Resize(ref _hashes, Size * 2);
                    Array.Resize(ref _counts, Size * 2);
                }

                _slots[slot] = Size + 1;
                _hashes[Size] = hash;
                _counts[Size] = 1;
                return Size++;
            }

            if (_hashes[number] == hash)
            {
                _counts[number]++;
                return number;
            }
        }
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        var mask = _slots.Length - 1;
        for (var number = 0; number < Size; number++)
        {
            var slot = (int)(_hashes[number] >> 7) & mask;
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            _slots[slot] = number + 1;
        }
    }
}
