using System.Diagnostics.CodeAnalysis;

namespace Headroom.Engine.Ccr;

/// <summary>
/// Pins in memory up to a number of bytes, the least recently used ones leaving first. Thread-safe. A pin never changes while it
/// is stored; when the store removes pins, by whichever process, its generation grows, and all that was held before is dropped.
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
    private long _generation;

    /// <summary>Drops everything if the store has removed pins since they were read.</summary>
    /// <param name="generation">The store's generation as just read.</param>
    public void Observe(long generation)
    {
        lock (_gate)
        {
            if (generation > _generation)
            {
                _generation = generation;
                _entries.Clear();
                _byUse.Clear();
                _bytes = 0;
            }
        }
    }

    /// <summary>Finds those of several pins that are held, as <see cref="TryGet"/> finds each.</summary>
    /// <param name="keys">The pins' keys.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="generation">They were not removed as long as the store has not gone beyond it.</param>
    public Dictionary<PinKey, Pin> Find(IReadOnlyCollection<PinKey> keys, long now, out long generation)
    {
        var found = new Dictionary<PinKey, Pin>(keys.Count);
        lock (_gate)
        {
            foreach (var key in keys)
            {
                if (TryGet(key, now, out var pin))
                {
                    found[key] = pin;
                }
            }

            generation = _generation;
        }

        return found;
    }

    /// <summary>Finds a pin that was read from the store less than <see cref="SqliteCcrStore.NoteInterval"/> ago.</summary>
    /// <param name="key">The pin's key.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="pin">The pin.</param>
    public bool TryGet(PinKey key, long now, [NotNullWhen(true)] out Pin? pin)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node) || now - node.Value.Read >= SqliteCcrStore.NoteInterval)
            {
                pin = null;
                return false;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            pin = node.Value.Pin;
            return true;
        }
    }

    /// <summary>Adds a pin that the store has or has just been given.</summary>
    /// <param name="pin">The pin.</param>
    /// <param name="now">When it was read, Unix milliseconds.</param>
    /// <param name="generation">The store's generation, read before the pin; an earlier one than the cache has seen adds nothing.</param>
    public void Add(Pin pin, long now, long generation)
    {
        lock (_gate)
        {
            var size = SizeOf(pin);
            if (size > capacity || generation < _generation)
            {
                return;
            }

            if (_entries.Remove(pin.Key, out var earlier))
            {
                _byUse.Remove(earlier);
                _bytes -= SizeOf(earlier.Value.Pin);
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

    private readonly record struct Entry(Pin Pin, long Read);
}
