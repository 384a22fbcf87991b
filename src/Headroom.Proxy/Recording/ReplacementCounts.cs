using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Tokens;

namespace Headroom.Proxy.Recording;

/// <summary>
/// The tokens of originals and replacements by a model's own counter. A replay is counted once and remembered, because an
/// agent re-sends each block every turn. Bounded: the least recently used entry goes first. Thread-safe.
/// </summary>
internal sealed class ReplacementCounts(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(PinKey, string), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];

    /// <summary>What was counted for a decision; null when nothing was.</summary>
    public BlockTokens? Find(PinKey pin, ITokenCounter counter)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue((pin, counter.Name), out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Tokens;
        }
    }

    /// <summary>Counts a block and remembers it.</summary>
    public BlockTokens Count(ReplacedBlock block, ITokenCounter counter)
    {
        var tokens = new BlockTokens(CountText(block.Quoted.Span, counter), counter.Count(block.Replacement.Span));
        lock (_gate)
        {
            var key = (block.Key, counter.Name);
            if (!_entries.ContainsKey(key))
            {
                if (_entries.Count >= capacity)
                {
                    _entries.Remove(_byUse.Last!.Value.Key);
                    _byUse.RemoveLast();
                }

                _entries[key] = _byUse.AddFirst(new Entry(key, tokens));
            }
        }

        return tokens;
    }

    private static int CountText(ReadOnlySpan<byte> quoted, ITokenCounter counter)
    {
        var json = new Utf8JsonReader(quoted);
        json.Read();
        var text = new byte[quoted.Length];
        return counter.Count(text.AsSpan(0, json.CopyString(text)));
    }

    private sealed record Entry((PinKey, string) Key, BlockTokens Tokens);
}
