using System.IO.Hashing;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// Numbers the distinct values of a column. An open-addressing table that grows with the number of different values, reused from column to column.
/// </summary>
internal sealed class ValueIndex
{
    private int[] _slots = new int[256];
    private ColumnValue[] _values = new ColumnValue[128];
    private ulong[] _hashes = new ulong[128];

    /// <summary>A hash of a value's source bytes; of an object its shape, of a list of objects its length.</summary>
    public static ulong HashOf(JsonTape tape, int node)
    {
        var nodes = tape.Nodes;
        var value = nodes[node];
        var hash = value.Kind == JsonNodeKind.Object ? (ulong)value.Shape
            : value is { Kind: JsonNodeKind.Array, Count: > 0 } && nodes[node + 1].Kind == JsonNodeKind.Object ? (ulong)value.Count
            : XxHash3.HashToUInt64(tape.Raw(node));
        return (hash ^ (ulong)value.Kind) * 0x9E3779B97F4A7C15;
    }

    /// <summary>For each cell the number of its value, and the values, first seen first.</summary>
    public (int[] ValueOf, ColumnValue[] Values) Distinct(JsonTape tape, ReadOnlySpan<Cell> cells)
    {
        // Only the part that is in use is cleared: many small columns stay cheap.
        var size = 256;
        _slots.AsSpan(0, size).Clear();
        var valueOf = new int[cells.Length];
        var count = 0;
        for (var i = 0; i < cells.Length; i++)
        {
            if (count * 2 == size)
            {
                size *= 4;
                Rehash(size, count);
            }

            var hash = HashOf(tape, cells[i].Node);
            var slot = SlotOf(hash, size);
            while (_slots[slot] is not 0 and var taken && _hashes[taken - 1] != hash)
            {
                slot = (slot + 1) & (size - 1);
            }

            if (_slots[slot] == 0)
            {
                _values[count] = new ColumnValue(i, 0);
                _hashes[count] = hash;
                _slots[slot] = ++count;
            }

            var value = _slots[slot] - 1;
            _values[value] = _values[value] with { Count = _values[value].Count + 1 };
            valueOf[i] = value;
        }

        return (valueOf, _values.AsSpan(0, count).ToArray());
    }

    private static int SlotOf(ulong hash, int size) => (int)((hash ^ (hash >> 32)) & (ulong)(size - 1));

    private void Rehash(int size, int count)
    {
        if (_slots.Length < size)
        {
            _slots = new int[size];
            Array.Resize(ref _values, size / 2);
            Array.Resize(ref _hashes, size / 2);
        }

        _slots.AsSpan(0, size).Clear();
        for (var value = 0; value < count; value++)
        {
            var slot = SlotOf(_hashes[value], size);
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & (size - 1);
            }

            _slots[slot] = value + 1;
        }
    }
}
