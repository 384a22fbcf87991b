namespace Headroom.Engine.Tokens;

/// <summary>Pairs of neighbours that wait to be joined, the lowest rank first and of equal ones the leftmost: eight bytes a pair.</summary>
/// <param name="capacity">How many there are at first.</param>
internal sealed class PairHeap(int capacity)
{
    private long[] _items = new long[Math.Max(4, capacity)];
    private int _count;

    /// <summary>Adds a pair.</summary>
    /// <param name="rank">The rank of both together.</param>
    /// <param name="at">Where the pair begins.</param>
    public void Add(int rank, int at)
    {
        if (_count == _items.Length)
        {
            Array.Resize(ref _items, _count + (_count / 4) + 4);
        }

        var item = ((long)rank << 32) | (uint)at;
        var place = _count++;
        for (int parent; place > 0 && _items[parent = (place - 1) >> 2] > item; place = parent)
        {
            _items[place] = _items[parent];
        }

        _items[place] = item;
    }

    /// <summary>Takes the first pair away; false when there is none.</summary>
    public bool TryTake(out int rank, out int at)
    {
        if (_count == 0)
        {
            (rank, at) = (0, 0);
            return false;
        }

        (rank, at) = ((int)(_items[0] >> 32), (int)_items[0]);
        var last = _items[--_count];
        var place = 0;
        for (var child = 1; child < _count; child = (place << 2) + 1)
        {
            var least = child;
            for (var other = child + 1; other < Math.Min(child + 4, _count); other++)
            {
                least = _items[other] < _items[least] ? other : least;
            }

            if (_items[least] >= last)
            {
                break;
            }

            _items[place] = _items[least];
            place = least;
        }

        _items[place] = last;
        return true;
    }
}
