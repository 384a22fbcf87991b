namespace Headroom.Engine.Compression.Json.View;

/// <summary>Numbers the distinct values of a column. An open-addressing table over hashes that are already good, reused from column to column.</summary>
internal sealed class ValueIndex
{
    private int[] _slots = new int[256];
    private ColumnValue[] _values = new ColumnValue[128];

    /// <summary>For each cell the number of its value, and the values, first seen first.</summary>
    public (int[] ValueOf, ColumnValue[] Values) Distinct(ReadOnlySpan<Cell> cells)
    {
        var size = 16;
        while (size < cells.Length * 2)
        {
            size *= 2;
        }

        if (_slots.Length < size)
        {
            _slots = new int[size];
            _values = new ColumnValue[size / 2];
        }

        // Only the part that this column can reach is cleared: many small columns stay cheap.
        var slots = _slots.AsSpan(0, size);
        slots.Clear();
        var valueOf = new int[cells.Length];
        var count = 0;
        for (var i = 0; i < cells.Length; i++)
        {
            var hash = cells[i].Hash;
            var slot = (int)((hash ^ (hash >> 32)) & (ulong)(size - 1));
            while (slots[slot] is not 0 and var taken && cells[_values[taken - 1].FirstCell].Hash != hash)
            {
                slot = (slot + 1) & (size - 1);
            }

            if (slots[slot] == 0)
            {
                _values[count] = new ColumnValue(i, 0);
                slots[slot] = ++count;
            }

            var value = slots[slot] - 1;
            _values[value] = _values[value] with { Count = _values[value].Count + 1 };
            valueOf[i] = value;
        }

        return (valueOf, _values.AsSpan(0, count).ToArray());
    }
}
