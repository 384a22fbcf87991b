using System.Diagnostics.CodeAnalysis;

namespace Headroom.Engine.Ccr;

/// <summary>
/// Pins in memory up to a number of bytes, the least recently used ones leaving first. Thread-safe. A pin never changes once it
/// is stored, so an entry cannot be out of date.
/// </summary>
/// <param name="capacity">The most bytes to hold; a pin alone above this is not kept.</param>
internal sealed class PinCache(long capacity)
{
    // Key, record, list node and dictionary slot, measured roughly: it only has to keep the bound honest for pins without bytes.
    private const int EntryOverhead = 500;

    private readonly Lock _gate = new();
    private readonly Dictionary<PinKey, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();
    private long _bytes;

    /// <summary>Finds a pin and notes the use.</summary>
    /// <param name="key">The pin's key.</param>
    /// <param name="now">The time of use, Unix milliseconds.</param>
    /// <param name="pin">The pin.</param>
    /// <param name="isStale">True when the store last heard of a use more than <see cref="SqliteCcrStore.UseResolution"/> ago; the caller now tells it.</param>
    public bool TryGet(PinKey key, long now, [NotNullWhen(true)] out Pin? pin, out bool isStale)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node))
            {
                pin = null;
                isStale = false;
                return false;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            pin = node.Value.Pin;
            isStale = now - node.Value.Reported >= SqliteCcrStore.UseResolution;
            if (isStale)
            {
                node.Value = node.Value with { Reported = now };
            }

            return true;
        }
    }

    /// <summary>Adds a pin that the store has or has just been given.</summary>
    public void Add(Pin pin, long now)
    {
        lock (_gate)
        {
            var size = SizeOf(pin);
            if (size > capacity || _entries.ContainsKey(pin.Key))
            {
                return;
            }

            _entries.Add(pin.Key, _byUse.AddFirst(new Entry(pin, now)));
            _bytes += size;
            while (_bytes > capacity)
            {
                var last = _byUse.Last!.Value.Pin;
                _byUse.RemoveLast();
                _entries.Remove(last.Key);
                _bytes -= SizeOf(last);
            }
        }
    }

    private static long SizeOf(Pin pin) => EntryOverhead + (pin.Replacement?.Length ?? 0);

    private readonly record struct Entry(Pin Pin, long Reported);
}
