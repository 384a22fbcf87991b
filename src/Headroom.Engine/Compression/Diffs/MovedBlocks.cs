using System.IO.Hashing;
using System.Numerics;

namespace Headroom.Engine.Compression.Diffs;

/// <summary>
/// Blocks of lines that are removed in one place and added in another. A line that occurs once on either side is an anchor (as in Bram Cohen's
/// patience diff), which is extended as far as the lines around it are the same. Linear.
/// </summary>
internal sealed class MovedBlocks
{
    private const int MinimumLines = 4;
    private const int MinimumBytes = 120;
    private const int Many = -1;

    private readonly TextLines _lines;
    private readonly List<int> _changed = [];
    private readonly List<ulong> _hashes = [];

    public MovedBlocks(TextLines lines) => _lines = lines;

    /// <summary>Takes in a changed line of a diff with one parent, in order.</summary>
    public void Add(int line)
    {
        _changed.Add(line);
        _hashes.Add(XxHash3.HashToUInt64(_lines[line][1..]));
    }

    /// <summary>Forgets the lines: what follows is another change.</summary>
    public void Clear()
    {
        _changed.Clear();
        _hashes.Clear();
    }

    /// <summary>The blocks: where each begins on the removed and on the added side, and its length in lines.</summary>
    public List<(int Removed, int Added, int Count)> Find(CancellationToken cancellationToken)
    {
        // :: Step 1: for each text, the place of the only line that removes it and of the only line that adds it.
        var mask = (uint)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, _changed.Count * 2)) - 1;
        var slots = new (int First, int Removed, int Added)[mask + 1];
        for (var i = 0; i < _changed.Count; i++)
        {
            ref var slot = ref slots[SlotOf(slots, mask, _hashes[i])];
            slot.First = slot.First == 0 ? i + 1 : slot.First;
            ref var place = ref IsAdded(i) ? ref slot.Added : ref slot.Removed;
            place = place == 0 ? i + 1 : Many;
        }

        // :: Step 2: extend every anchor both ways.
        var blocks = new List<(int, int, int)>();
        var isTaken = new bool[_changed.Count];
        for (var i = 0; i < _changed.Count; i++)
        {
            if ((i & 0xFFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (isTaken[i] || IsAdded(i) || _lines[_changed[i]].Length < 8 || slots[SlotOf(slots, mask, _hashes[i])] is not (_, > 0, > 0 and var other) || isTaken[other - 1])
            {
                continue;
            }

            var (removed, added) = (i, other - 1);
            while (removed > 0 && added > 0 && Continues(removed - 1) && Continues(added - 1) && IsPair(removed - 1, added - 1, isTaken))
            {
                removed--;
                added--;
            }

            var count = 0;
            var bytes = 0;
            while (removed + count < _changed.Count && added + count < _changed.Count && IsPair(removed + count, added + count, isTaken)
                && (count == 0 || (Continues(removed + count - 1) && Continues(added + count - 1))))
            {
                isTaken[removed + count] = true;
                isTaken[added + count] = true;
                bytes += _lines[_changed[removed + count]].Length;
                count++;
            }

            if (count >= MinimumLines && bytes >= MinimumBytes)
            {
                blocks.Add((_changed[removed], _changed[added], count));
            }
        }

        return blocks;
    }

    private bool IsAdded(int i) => _lines[_changed[i]][0] == (byte)'+';

    // The next changed line is the next line, and on the same side.
    private bool Continues(int i) => _changed[i + 1] == _changed[i] + 1 && IsAdded(i) == IsAdded(i + 1);

    private bool IsPair(int removed, int added, bool[] isTaken) =>
        !isTaken[removed] && !isTaken[added] && _hashes[removed] == _hashes[added] && !IsAdded(removed) && IsAdded(added)
        && _lines[_changed[removed]][1..].SequenceEqual(_lines[_changed[added]][1..]);

    private uint SlotOf((int First, int Removed, int Added)[] slots, uint mask, ulong hash)
    {
        var at = (uint)(hash >> 20) & mask;
        while (slots[at].First > 0 && _hashes[slots[at].First - 1] != hash)
        {
            at = (at + 1) & mask;
        }

        return at;
    }
}
