using System.Text.Json;
using System.Text.Unicode;

namespace Headroom.Engine.Compression.Json;

/// <summary>What a node of a <see cref="JsonTape"/> is.</summary>
internal enum JsonNodeKind : byte
{
    Object,
    Array,
    Name,
    String,
    Number,
    True,
    False,
    Null,
}

/// <summary>One value or member name: a range of the source and, for containers, of the tape.</summary>
/// <param name="Start">Offset of the first byte in the source (of the opening quote for strings and names).</param>
/// <param name="Length">Length in the source, quotes and brackets included.</param>
/// <param name="End">Index of the node after this one's subtree.</param>
/// <param name="Count">Number of members of an object or items of an array.</param>
/// <param name="Shape">For an object the id of its key sequence: equal ids mean the same keys in the same order. Else 0.</param>
/// <param name="Kind">What it is.</param>
/// <param name="IsEscaped">For strings and names: the source holds a backslash.</param>
internal readonly record struct JsonNode(int Start, int Length, int End, int Count, int Shape, JsonNodeKind Kind, bool IsEscaped);

/// <summary>
/// A JSON document as a flat list of nodes in source order over the untouched source bytes, so that number and string lexemes,
/// key order and duplicate keys are all still there. An object node is followed by name, value, name, value ...; an array
/// node by its items. Key sequences are interned while reading: comparing two rows' shapes is comparing two integers.
/// </summary>
internal sealed class JsonTape
{
    /// <summary>Deeper documents are left alone.</summary>
    public const int MaxDepth = 128;

    private readonly record struct ShapeState(int Parent, int Name, int KeyCount, bool HasDuplicates, int LikelyNext);

    private readonly Dictionary<(int State, int Name), int> _transitions = [];
    private readonly Dictionary<ulong, List<int>> _names = [];
    private readonly List<(int Start, int Length)> _nameRanges = [];
    private ShapeState[] _shapes = new ShapeState[64];
    private int _shapeCount = 1;
    private JsonNode[] _nodes;
    private int _count;
    private int[]? _compactStarts;

    private JsonTape(ReadOnlyMemory<byte> source)
    {
        Source = source;
        _nodes = new JsonNode[Math.Max(16, source.Length / 10)];
        _shapes[0] = new ShapeState(-1, -1, 0, false, -1);
    }

    /// <summary>The document as it came in.</summary>
    public ReadOnlyMemory<byte> Source { get; }

    /// <summary>All nodes; the root value is the first.</summary>
    public ReadOnlySpan<JsonNode> Nodes => _nodes.AsSpan(0, _count);

    /// <summary>Reads a document; null when it is not one valid JSON value in valid UTF-8 of at most <see cref="MaxDepth"/> levels.</summary>
    public static JsonTape? Read(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (!Utf8.IsValid(source.Span))
        {
            return null;
        }

        var tape = new JsonTape(source);
        try
        {
            tape.Read(cancellationToken);
            return tape;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The source bytes of a node, quotes and brackets included.</summary>
    public ReadOnlySpan<byte> Raw(int node) => Source.Span.Slice(_nodes[node].Start, _nodes[node].Length);

    /// <summary>The source bytes between the quotes of a string or name, escapes as they stand.</summary>
    public ReadOnlySpan<byte> Inner(int node) => Source.Span.Slice(_nodes[node].Start + 1, _nodes[node].Length - 2);

    /// <summary>The bytes that a value takes without white space: what is decided by size does not hang on how a document is laid out.</summary>
    public int CompactLength(int node)
    {
        if (_compactStarts is null)
        {
            // Each value with the comma or bracket behind it, each name with the colon, each container with the bracket that opens it.
            _compactStarts = new int[_count + 1];
            for (var i = 0; i < _count; i++)
            {
                _compactStarts[i + 1] = _compactStarts[i]
                    + (_nodes[i].Kind is not (JsonNodeKind.Object or JsonNodeKind.Array) ? _nodes[i].Length + 1 : _nodes[i].Count == 0 ? 3 : 2);
            }
        }

        return _compactStarts[_nodes[node].End] - _compactStarts[node] - 1;
    }

    /// <summary>True when a key stands twice in objects of this shape (compared as decoded text).</summary>
    public bool HasDuplicateKeys(int shape) => _shapes[shape].HasDuplicates;

    /// <summary>The number of keys of a shape.</summary>
    public int KeyCount(int shape) => _shapes[shape].KeyCount;

    /// <summary>The ids of a shape's keys in order; ids are the same for the same decoded key in all shapes of the tape.</summary>
    public int[] Keys(int shape)
    {
        var keys = new int[_shapes[shape].KeyCount];
        for (var i = keys.Length - 1; i >= 0; i--)
        {
            keys[i] = _shapes[shape].Name;
            shape = _shapes[shape].Parent;
        }

        return keys;
    }

    /// <summary>The source bytes between the quotes of a key, as spelled where it was first seen.</summary>
    public ReadOnlySpan<byte> KeyName(int key) => Source.Span.Slice(_nameRanges[key].Start + 1, _nameRanges[key].Length - 2);

    private void Read(CancellationToken cancellationToken)
    {
        var reader = new Utf8JsonReader(Source.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        Span<int> open = stackalloc int[MaxDepth + 1];
        Span<int> shapes = stackalloc int[MaxDepth + 1];
        var depth = -1;
        var sinceCheck = 0;
        while (reader.Read())
        {
            if (++sinceCheck == 1 << 15)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sinceCheck = 0;
            }

            var start = (int)reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                case JsonTokenType.StartArray:
                    CountItem(open, depth);
                    depth++;
                    open[depth] = _count;
                    shapes[depth] = 0;
                    Add(new JsonNode(start, 0, 0, 0, 0,
                        reader.TokenType == JsonTokenType.StartObject ? JsonNodeKind.Object : JsonNodeKind.Array, false));
                    break;
                case JsonTokenType.EndObject:
                case JsonTokenType.EndArray:
                    ref var node = ref _nodes[open[depth]];
                    node = node with { Length = start + 1 - node.Start, End = _count, Shape = shapes[depth] };
                    depth--;
                    break;
                case JsonTokenType.PropertyName:
                    var length = (int)(NameEnd(ref reader) - start);
                    Add(new JsonNode(start, length, _count + 1, 0, 0, JsonNodeKind.Name, reader.ValueIsEscaped));
                    shapes[depth] = Next(shapes[depth], ref reader, start, length);
                    break;
                default:
                    CountItem(open, depth);
                    var kind = reader.TokenType switch
                    {
                        JsonTokenType.String => JsonNodeKind.String,
                        JsonTokenType.Number => JsonNodeKind.Number,
                        JsonTokenType.True => JsonNodeKind.True,
                        JsonTokenType.False => JsonNodeKind.False,
                        _ => JsonNodeKind.Null,
                    };
                    Add(new JsonNode(start, (int)reader.BytesConsumed - start, _count + 1, 0, 0, kind, reader.ValueIsEscaped));
                    break;
            }
        }
    }

    // The reader has consumed the colon and white space after a name; its value span has no quotes.
    private static long NameEnd(ref Utf8JsonReader reader) => reader.TokenStartIndex + reader.ValueSpan.Length + 2;

    private void CountItem(ReadOnlySpan<int> open, int depth)
    {
        if (depth >= 0)
        {
            ref var parent = ref _nodes[open[depth]];
            parent = parent with { Count = parent.Count + 1 };
        }
    }

    private void Add(JsonNode node)
    {
        if (_count == _nodes.Length)
        {
            Array.Resize(ref _nodes, _count * 2);
        }

        _nodes[_count++] = node;
    }

    private int Next(int state, ref Utf8JsonReader reader, int start, int length)
    {
        // Rows mostly repeat the shape before them, so the likely next key is compared before anything is looked up.
        var likely = _shapes[state].LikelyNext;
        if (likely >= 0 && Source.Span.Slice(start, length).SequenceEqual(NameSource(_shapes[likely].Name)))
        {
            return likely;
        }

        var known = _nameRanges.Count;
        var name = Intern(ref reader, start, length);
        if (!_transitions.TryGetValue((state, name), out var next))
        {
            next = _shapeCount++;
            if (next == _shapes.Length)
            {
                Array.Resize(ref _shapes, next * 2);
            }

            _shapes[next] = new ShapeState(state, name, _shapes[state].KeyCount + 1,
                _shapes[state].HasDuplicates || (name < known && Contains(state, name)), -1);
            _transitions.Add((state, name), next);
        }

        _shapes[state] = _shapes[state] with { LikelyNext = next };
        return next;
    }

    private ReadOnlySpan<byte> NameSource(int name) => Source.Span.Slice(_nameRanges[name].Start, _nameRanges[name].Length);

    private bool Contains(int state, int name)
    {
        for (; state > 0; state = _shapes[state].Parent)
        {
            if (_shapes[state].Name == name)
            {
                return true;
            }
        }

        return false;
    }

    private int Intern(ref Utf8JsonReader reader, int start, int length)
    {
        // Escaped spellings are rare; they are compared decoded, so that "a" and "\u0061" count as one key.
        ReadOnlySpan<byte> decoded = reader.ValueSpan;
        if (reader.ValueIsEscaped)
        {
            var buffer = new byte[reader.ValueSpan.Length];
            decoded = TryUnescape(ref reader, buffer, out var written) ? buffer.AsSpan(0, written) : reader.ValueSpan;
        }

        var hash = Fnv(decoded);
        if (!_names.TryGetValue(hash, out var candidates))
        {
            _names.Add(hash, candidates = []);
        }

        foreach (var candidate in candidates)
        {
            if (DecodedName(candidate).SequenceEqual(decoded))
            {
                return candidate;
            }
        }

        var name = _nameRanges.Count;
        _nameRanges.Add((start, length));
        candidates.Add(name);
        return name;
    }

    private ReadOnlySpan<byte> DecodedName(int name)
    {
        var source = NameSource(name);
        if (source.IndexOf((byte)'\\') < 0)
        {
            return source[1..^1];
        }

        var reader = new Utf8JsonReader(source);
        reader.Read();
        var buffer = new byte[source.Length];
        return TryUnescape(ref reader, buffer, out var written) ? buffer.AsSpan(0, written) : source[1..^1];
    }

    private static bool TryUnescape(ref Utf8JsonReader reader, byte[] buffer, out int written)
    {
        try
        {
            written = reader.CopyString(buffer);
            return true;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate has no UTF-8 form.
            written = 0;
            return false;
        }
    }

    private static ulong Fnv(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in bytes)
        {
            hash = (hash ^ b) * 1099511628211UL;
        }

        return hash;
    }
}
