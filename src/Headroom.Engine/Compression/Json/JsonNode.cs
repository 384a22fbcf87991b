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
internal readonly struct JsonNode(JsonTape tape, int index)
{
    /// <summary>Offset of the first byte in the source (of the opening quote for strings and names).</summary>
    public int Start => tape.EntryOf(index).Start;

    /// <summary>Length in the source, quotes and brackets included.</summary>
    public int Length => tape.EntryOf(index) is var entry && entry.IsContainer ? tape.ContainerOf(entry).Length : entry.Detail;

    /// <summary>Index of the node after this one's subtree.</summary>
    public int End => tape.EntryOf(index) is var entry && entry.IsContainer ? tape.ContainerOf(entry).End : index + 1;

    /// <summary>Number of members of an object or items of an array.</summary>
    public int Count => tape.EntryOf(index) is var entry && entry.IsContainer ? tape.ContainerOf(entry).Count : 0;

    /// <summary>For an object the id of its key sequence: equal ids mean the same keys in the same order. Else 0.</summary>
    public int Shape => tape.EntryOf(index) is var entry && entry.IsContainer ? tape.ContainerOf(entry).Shape : 0;

    /// <summary>What it is.</summary>
    public JsonNodeKind Kind => tape.EntryOf(index).Kind;

    /// <summary>For strings and names: the source holds a backslash.</summary>
    public bool IsEscaped => tape.EntryOf(index).IsEscaped;
}

/// <summary>All nodes of a tape.</summary>
internal readonly struct JsonNodes(JsonTape tape, int count)
{
    public int Length => count;

    public JsonNode this[int node] => new(tape, node);
}

/// <summary>
/// A node as a tape holds it, in eight bytes: most nodes are names and scalars, whose extent on the tape is known and whose length fits
/// beside the kind. Of a container the detail is the index of its <see cref="JsonContainer"/>.
/// </summary>
internal readonly struct JsonTapeEntry(int start, JsonNodeKind kind, bool isEscaped, int detail)
{
    /// <summary>The longest scalar, and the most containers, that fit.</summary>
    public const int MaxDetail = (1 << 28) - 1;

    private readonly uint _word = ((uint)detail << 4) | (isEscaped ? 8u : 0) | (uint)kind;

    public int Start => start;

    public JsonNodeKind Kind => (JsonNodeKind)(_word & 7);

    public bool IsContainer => (_word & 7) <= (uint)JsonNodeKind.Array;

    public bool IsEscaped => (_word & 8) != 0;

    public int Detail => (int)(_word >> 4);
}

/// <summary>What only objects and arrays have.</summary>
internal record struct JsonContainer(int Length, int End, int Count, int Shape);
