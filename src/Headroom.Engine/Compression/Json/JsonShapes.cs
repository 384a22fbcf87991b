using System.IO.Hashing;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Json;

/// <summary>
/// The key sequences of a document, interned while it is read. A shape is a sequence, the empty one is 0; equal ids mean the same keys in the
/// same order, whatever their spelling.
/// </summary>
internal sealed class JsonShapes
{
    // A sequence is walked up to this length to see whether it has a key; of longer ones the keys are gathered once.
    private const int ShortSequence = 32;

    private record struct Shape(int Parent, int Key, int KeyCount, bool HasDuplicates, int LikelyNext);

    private readonly Dictionary<(int Shape, int Key), int> _transitions = [];

    // By the hash of the decoded name the key that came last; those with the same hash are chained.
    private readonly Dictionary<ulong, int> _keys = [];
    private readonly List<(ReadOnlyMemory<byte> Name, int Next)> _names = [];
    // The keys of long sequences to which objects that are still being read have come.
    private readonly Dictionary<int, HashSet<int>> _gathered = [];
    private Shape[] _shapes = new Shape[4];
    private int _count = 1;

    public JsonShapes() => _shapes[0] = new Shape(-1, -1, 0, false, -1);

    /// <summary>True when a key stands twice in objects of this shape (compared as decoded text).</summary>
    public bool HasDuplicateKeys(int shape) => _shapes[shape].HasDuplicates;

    /// <summary>The ids of a shape's keys in order; ids are the same for the same decoded key in all shapes.</summary>
    public int[] Keys(int shape)
    {
        var keys = new int[_shapes[shape].KeyCount];
        for (var i = keys.Length - 1; i >= 0; i--)
        {
            keys[i] = _shapes[shape].Key;
            shape = _shapes[shape].Parent;
        }

        return keys;
    }

    /// <summary>A key as spelled where it was first seen, with its quotes.</summary>
    public ReadOnlySpan<byte> Name(int key) => _names[key].Name.Span;

    /// <summary>The shape that follows when a name is added to another.</summary>
    /// <param name="shape">The shape so far.</param>
    /// <param name="name">The name in its source, with quotes; kept.</param>
    /// <param name="isEscaped">It holds a backslash.</param>
    public int Next(int shape, ReadOnlyMemory<byte> name, bool isEscaped)
    {
        // Rows mostly repeat the shape before them, so the likely next key is compared before anything is looked up.
        var likely = _shapes[shape].LikelyNext;
        if (likely >= 0 && name.Span.SequenceEqual(Name(_shapes[likely].Key)))
        {
            return likely;
        }

        var known = _names.Count;
        var key = Intern(name, isEscaped);
        if (!_transitions.TryGetValue((shape, key), out var next))
        {
            next = _count++;
            if (next == _shapes.Length)
            {
                Array.Resize(ref _shapes, next * 2);
            }

            _shapes[next] = new Shape(shape, key, _shapes[shape].KeyCount + 1, HasDuplicates(shape, key, next, isNew: key >= known), -1);
            _transitions.Add((shape, key), next);
        }

        _shapes[shape].LikelyNext = next;
        return next;
    }

    /// <summary>An object with these keys has been read.</summary>
    public void Close(int shape)
    {
        if (_gathered.Count > 0)
        {
            _gathered.Remove(shape);
        }
    }

    // Whether a sequence with one key more has one twice.
    private bool HasDuplicates(int shape, int key, int next, bool isNew)
    {
        if (_shapes[shape].HasDuplicates)
        {
            return true;
        }

        if (_shapes[shape].KeyCount < ShortSequence)
        {
            return !isNew && Contains(shape, key);
        }

        if (!_gathered.Remove(shape, out var keys))
        {
            if (isNew)
            {
                return false;
            }

            keys = [.. Keys(shape)];
        }

        _gathered[next] = keys;
        return !keys.Add(key);
    }

    private bool Contains(int shape, int key)
    {
        for (; shape > 0; shape = _shapes[shape].Parent)
        {
            Work.Count();
            if (_shapes[shape].Key == key)
            {
                return true;
            }
        }

        return false;
    }

    private int Intern(ReadOnlyMemory<byte> name, bool isEscaped)
    {
        var decoded = Decoded(name.Span, isEscaped);
        var hash = XxHash3.HashToUInt64(decoded);
        var first = _keys.GetValueOrDefault(hash, -1);
        for (var key = first; key >= 0; key = _names[key].Next)
        {
            if (Decoded(Name(key), Name(key).Contains((byte)'\\')).SequenceEqual(decoded))
            {
                return key;
            }
        }

        _keys[hash] = _names.Count;
        _names.Add((name, first));
        return _names.Count - 1;
    }

    // Escaped spellings are rare; they are compared decoded, so that "a" and "\u0061" count as one key.
    private static ReadOnlySpan<byte> Decoded(ReadOnlySpan<byte> name, bool isEscaped) =>
        isEscaped && JsonLexeme.Decode(name[1..^1]) is { } text ? text : name[1..^1];
}
