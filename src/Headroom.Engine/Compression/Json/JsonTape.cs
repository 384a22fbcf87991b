using System.Text.Json;
using System.Text.Unicode;

namespace Headroom.Engine.Compression.Json;

/// <summary>
/// A JSON document as a flat list of nodes in source order over the untouched source bytes, so that number and string lexemes,
/// key order and duplicate keys are all still there. An object node is followed by name, value, name, value ...; an array
/// node by its items. Key sequences are interned while reading (<see cref="JsonShapes"/>): comparing two rows' shapes is comparing
/// two integers.
/// </summary>
internal sealed class JsonTape
{
    /// <summary>Deeper documents are left alone.</summary>
    public const int MaxDepth = 128;

    private readonly JsonTapeEntry[] _entries;
    private readonly int _count;
    private readonly JsonContainer[] _containers;
    private readonly JsonShapes _shapes;
    private int[]? _compactStarts;

    /// <param name="source">The bytes that the nodes are ranges of.</param>
    /// <param name="entries">The nodes.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="containers">What the entries of objects and arrays point to.</param>
    /// <param name="shapes">The key sequences.</param>
    public JsonTape(ReadOnlyMemory<byte> source, JsonTapeEntry[] entries, int count, JsonContainer[] containers, JsonShapes shapes)
    {
        Source = source;
        _entries = entries;
        _count = count;
        _containers = containers;
        _shapes = shapes;
    }

    /// <summary>The document as it came in; of rows that were no JSON, the bytes of their names and values.</summary>
    public ReadOnlyMemory<byte> Source { get; }

    /// <summary>All nodes; the root value is the first.</summary>
    public JsonNodes Nodes => new(this, _count);

    /// <summary>Reads a document; null when it is not one valid JSON value in valid UTF-8 of at most <see cref="MaxDepth"/> levels.</summary>
    public static JsonTape? Read(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (!Utf8.IsValid(source.Span))
        {
            return null;
        }

        var builder = new JsonTapeBuilder(source.Length);
        try
        {
            builder.Read(source, 0, source.Length, cancellationToken);
            return builder.Build(source);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The source bytes of a node, quotes and brackets included.</summary>
    public ReadOnlySpan<byte> Raw(int node) => Source.Span.Slice(_entries[node].Start, Nodes[node].Length);

    /// <summary>The source bytes between the quotes of a string or name, escapes as they stand.</summary>
    public ReadOnlySpan<byte> Inner(int node) => Source.Span.Slice(_entries[node].Start + 1, _entries[node].Detail - 2);

    /// <summary>The bytes that a value takes without white space: what is decided by size does not hang on how a document is laid out.</summary>
    public int CompactLength(int node)
    {
        if (_compactStarts is null)
        {
            // Each value with the comma or bracket behind it, each name with the colon, each container with the bracket that opens it.
            _compactStarts = new int[_count + 1];
            for (var i = 0; i < _count; i++)
            {
                _compactStarts[i + 1] = _compactStarts[i] + (!_entries[i].IsContainer ? _entries[i].Detail + 1 : Nodes[i].Count == 0 ? 3 : 2);
            }
        }

        return _compactStarts[Nodes[node].End] - _compactStarts[node] - 1;
    }

    /// <summary>True when a key stands twice in objects of this shape (compared as decoded text).</summary>
    public bool HasDuplicateKeys(int shape) => _shapes.HasDuplicateKeys(shape);

    /// <summary>The ids of a shape's keys in order; ids are the same for the same decoded key in all shapes of the tape.</summary>
    public int[] Keys(int shape) => _shapes.Keys(shape);

    /// <summary>The source bytes between the quotes of a key, as spelled where it was first seen.</summary>
    public ReadOnlySpan<byte> KeyName(int key) => _shapes.Name(key)[1..^1];

    internal ref readonly JsonTapeEntry EntryOf(int node) => ref _entries[node];

    internal ref readonly JsonContainer ContainerOf(JsonTapeEntry entry) => ref _containers[entry.Detail];
}
