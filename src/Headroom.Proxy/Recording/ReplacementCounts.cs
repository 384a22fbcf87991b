using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;
using Headroom.Engine.Tokens;

namespace Headroom.Proxy.Recording;

/// <summary>
/// The tokens of originals and replacements by a model's own counter. A replay is counted once and remembered, because an
/// agent re-sends each block every turn. Bounded: the least recently used entry goes first. Not thread-safe.
/// </summary>
internal sealed class ReplacementCounts(int capacity)
{
    private readonly Dictionary<(PinKey, string), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];

    /// <summary>Tokens of a replaced block before and after.</summary>
    /// <param name="pin">The decision, with a replacement.</param>
    /// <param name="block">Where the original is in the body.</param>
    /// <param name="body">The client's body.</param>
    /// <param name="counter">The model's counter.</param>
    public (int Before, int After) Of(Pin pin, Block block, ReadOnlySpan<byte> body, ITokenCounter counter)
    {
        var key = (pin.Key, counter.Name);
        if (_entries.TryGetValue(key, out var node))
        {
            _byUse.Remove(node);
        }
        else
        {
            if (_entries.Count >= capacity)
            {
                _entries.Remove(_byUse.Last!.Value.Key);
                _byUse.RemoveLast();
            }

            node = new LinkedListNode<Entry>(new Entry(key, CountText(body.Slice(block.Start, block.Length), counter), counter.Count(pin.Replacement)));
            _entries[key] = node;
        }

        _byUse.AddFirst(node);
        return (node.Value.Before, node.Value.After);
    }

    private static int CountText(ReadOnlySpan<byte> quoted, ITokenCounter counter)
    {
        var json = new Utf8JsonReader(quoted);
        json.Read();
        var text = new byte[quoted.Length];
        return counter.Count(text.AsSpan(0, json.CopyString(text)));
    }

    private sealed record Entry((PinKey, string) Key, int Before, int After);
}
