using System.IO.Hashing;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// The rows of an array of objects taken apart into columns, one for each path: members of nested objects, and the items of nested
/// arrays of strings or objects, are columns of their own. One pass over the tape; paths are found by shape, not by name.
/// </summary>
internal sealed class RowColumns
{
    private readonly JsonTape _tape;
    private readonly List<Column> _columns = [];
    private readonly Dictionary<(int Column, int Shape), int[]> _members = [];
    private readonly Dictionary<(int Column, int Key), int> _byKey = [];
    private readonly List<(int Shape, int[] Members)> _latest = [];
    private ulong _rowHash;

    private RowColumns(JsonTape tape, int arrayNode)
    {
        _tape = tape;
        ArrayNode = arrayNode;
        var count = tape.Nodes[arrayNode].Count;
        RowNodes = new int[count];
        RowHashes = new ulong[count];
        Open(-1, Column.Items);
    }

    /// <summary>Tape index of the array.</summary>
    public int ArrayNode { get; }

    /// <summary>Tape index of each row.</summary>
    public int[] RowNodes { get; }

    /// <summary>A hash of each row's keys and values: equal rows have equal hashes, whatever their white space.</summary>
    public ulong[] RowHashes { get; }

    /// <summary>Number of rows.</summary>
    public int Count => RowNodes.Length;

    /// <summary>All columns, first seen first. The first is the rows themselves.</summary>
    public IReadOnlyList<Column> Columns => _columns;

    /// <summary>Takes an array apart; every item must be an object.</summary>
    public static RowColumns Read(JsonTape tape, int arrayNode, CancellationToken cancellationToken)
    {
        var rows = new RowColumns(tape, arrayNode);
        var nodes = tape.Nodes;
        var row = 0;
        for (var node = arrayNode + 1; node < nodes[arrayNode].End; node = nodes[node].End, row++)
        {
            if ((row & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            rows._rowHash = 0;
            rows.Visit(nodes, node, 0, row);
            rows.RowNodes[row] = node;
            rows.RowHashes[row] = rows._rowHash;
        }

        return rows;
    }

    private void Visit(ReadOnlySpan<JsonNode> nodes, int node, int column, int row)
    {
        ref readonly var value = ref nodes[node];
        if (value.Kind == JsonNodeKind.Object)
        {
            Add(in value, node, column, row, (ulong)value.Shape);
            var at = node + 2;
            foreach (var member in Members(column, value.Shape))
            {
                Visit(nodes, at, member, row);
                at = nodes[at].End + 1;
            }
        }
        else if (value.Kind == JsonNodeKind.Array && value.Count > 0 && nodes[node + 1].Kind is JsonNodeKind.Object or JsonNodeKind.String)
        {
            Add(in value, node, column, row, nodes[node + 1].Kind == JsonNodeKind.Object ? (ulong)value.Count : Hash(node));
            var items = ByKey(column, Column.Items);
            for (var at = node + 1; at < value.End; at = nodes[at].End)
            {
                Visit(nodes, at, items, row);
            }
        }
        else
        {
            Add(in value, node, column, row, Hash(node));
        }
    }

    private ulong Hash(int node) => XxHash3.HashToUInt64(_tape.Raw(node));

    private void Add(ref readonly JsonNode value, int node, int column, int row, ulong hash)
    {
        hash = (hash ^ (ulong)value.Kind) * 0x9E3779B97F4A7C15;
        _rowHash = (ulong.RotateLeft(_rowHash, 5) ^ hash ^ (uint)column) * 0xD6E8FEB86659FD93;
        _columns[column].Add(new Cell(row, node, hash), value.Kind, value.Length);
    }

    private int[] Members(int column, int shape)
    {
        var (latest, members) = _latest[column];
        if (latest == shape)
        {
            return members;
        }

        if (!_members.TryGetValue((column, shape), out var found))
        {
            found = Array.ConvertAll(_tape.Keys(shape), key => ByKey(column, key));
            _members.Add((column, shape), found);
        }

        _latest[column] = (shape, found);
        return found;
    }

    private int ByKey(int parent, int key)
    {
        if (!_byKey.TryGetValue((parent, key), out var column))
        {
            column = Open(parent, key);
            _byKey.Add((parent, key), column);
        }

        return column;
    }

    private int Open(int parent, int key)
    {
        _columns.Add(new Column(parent, key));
        _latest.Add((-1, []));
        return _columns.Count - 1;
    }
}
