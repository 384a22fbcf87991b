namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// Rows taken apart into columns, one for each path: members of nested objects, the items of nested arrays of strings or objects, and the
/// positions of rows that are arrays are columns of their own. One pass over the tape; paths are found by shape, not by name.
/// </summary>
internal sealed class RowColumns
{
    // What a column takes is many times what a key takes in the source.
    private const int MostColumns = 1 << 15;

    private readonly JsonTape _tape;
    private readonly List<Column> _columns = [];
    private readonly Dictionary<(int Column, int Shape), int[]> _members = [];
    private readonly Dictionary<(int Column, int Key), int> _byKey = [];
    private readonly List<(int Shape, int[] Members)> _latest = [];
    private ulong _rowHash;

    private RowColumns(JsonTape tape, int node, RowLayout layout, int count)
    {
        _tape = tape;
        Node = node;
        Layout = layout;
        RowNodes = new int[count];
        RowHashes = [];
        Open(-1, Column.Items);
    }

    /// <summary>Tape index of the array or object that holds the rows.</summary>
    public int Node { get; }

    /// <summary>How the rows lie in it.</summary>
    public RowLayout Layout { get; }

    /// <summary>Tape index of each row: of its item, of its member's value, or of its item in the first column.</summary>
    public int[] RowNodes { get; }

    /// <summary>A hash of each row's keys and values: equal rows have equal hashes, whatever their white space. Empty for scalars of one kind.</summary>
    public ulong[] RowHashes { get; private set; }

    /// <summary>Number of rows.</summary>
    public int Count => RowNodes.Length;

    /// <summary>Bytes of all rows without white space.</summary>
    public long Bytes { get; private set; }

    /// <summary>Every row is one string, number, literal or null.</summary>
    public bool IsScalar => Layout == RowLayout.Items && Columns[0].Of(JsonNodeKind.Object) + Columns[0].Of(JsonNodeKind.Array) == 0 && Columns[0].Count == Count;

    /// <summary>Every row is a scalar, of one kind or of several.</summary>
    public bool IsSeries { get; private set; }

    /// <summary>Every row is an item that is an object: a view shows a table, in which nothing says which row is which.</summary>
    public bool IsTable => Layout == RowLayout.Items && Columns[0].Of(JsonNodeKind.Object) == Count;

    /// <summary>The rows are of several kinds: objects, arrays, strings and others.</summary>
    public bool IsMixed { get; private set; }

    /// <summary>All columns, first seen first. The first is the rows themselves.</summary>
    public IReadOnlyList<Column> Columns => _columns;

    /// <summary>Takes rows apart.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="node">The array or object that holds them.</param>
    /// <param name="layout">How they lie in it; of <see cref="RowLayout.Columns"/> each member in <paramref name="columns"/> must have as many items.</param>
    /// <param name="columns">The values of the members that are columns.</param>
    /// <param name="cancellationToken">Ends the work between rows.</param>
    public static RowColumns Read(JsonTape tape, int node, RowLayout layout, int[] columns, CancellationToken cancellationToken)
    {
        var nodes = tape.Nodes;
        var rows = new RowColumns(tape, node, layout, nodes[layout == RowLayout.Columns ? columns[0] : node].Count);
        switch (layout)
        {
            case RowLayout.Items:
                rows.ReadItems(nodes, cancellationToken);
                break;
            case RowLayout.Members:
                rows.ReadMembers(nodes, cancellationToken);
                break;
            default:
                rows.ReadColumns(nodes, columns, cancellationToken);
                break;
        }

        return rows;
    }

    /// <summary>Bytes of a row without white space.</summary>
    public int LengthOf(int row)
    {
        if (Layout != RowLayout.Columns)
        {
            return _tape.CompactLength(RowNodes[row]);
        }

        var length = 0;
        for (var column = 1; column < _columns.Count; column++)
        {
            length += _tape.Nodes[_columns[column].Cells[row].Node].Length + 1;
        }

        return length;
    }

    /// <summary>Names a column for the reader: <c>spec.ports[].name</c>.</summary>
    public string PathOf(int index)
    {
        if (index == 0)
        {
            return "values";
        }

        var column = _columns[index];
        var parent = column.Parent == 0 ? "" : PathOf(column.Parent);
        if (column.Key == Column.Items)
        {
            return $"{parent}[]";
        }

        if (Column.PositionOf(column.Key) is >= 0 and var position)
        {
            return position == Column.MostPositions ? FormattableString.Invariant($"{parent}[{position}..]") : FormattableString.Invariant($"{parent}[{position}]");
        }

        var name = column.Key switch
        {
            Column.Keys => "keys",
            Column.Strings => "strings",
            Column.Scalars => "numbers and literals",
            Column.Lists => "arrays",
            Column.Others => "other keys",
            _ => JsonPlace.Quoted(_tape.KeyName(column.Key)),
        };
        return parent.Length == 0 ? name : $"{parent}.{name}";
    }

    private void ReadItems(JsonNodes nodes, CancellationToken cancellationToken)
    {
        // Objects, arrays, strings and other scalars are different things: where there are several, each kind has its own column.
        var kinds = 0;
        for (var node = Node + 1; node < nodes[Node].End; node = nodes[node].End)
        {
            kinds |= GroupOf(nodes[node].Kind);
        }

        IsMixed = (kinds & (kinds - 1)) != 0;
        IsSeries = (kinds & (GroupOf(JsonNodeKind.Object) | GroupOf(JsonNodeKind.Array))) == 0;
        RowHashes = IsSeries && !IsMixed ? [] : new ulong[Count];
        var row = 0;
        for (var node = Node + 1; node < nodes[Node].End; node = nodes[node].End, row++)
        {
            Check(row, cancellationToken);
            _rowHash = 0;
            var kind = nodes[node].Kind;
            var column = !IsMixed || kind is JsonNodeKind.Object or JsonNodeKind.Null ? 0
                : kind == JsonNodeKind.Array ? ByKey(0, Column.Lists)
                : ByKey(0, kind == JsonNodeKind.String ? Column.Strings : Column.Scalars);
            if (kind == JsonNodeKind.Array)
            {
                VisitPositions(nodes, node, column, row);
            }
            else
            {
                Visit(nodes, node, column, row);
            }

            End(row, node, _tape.CompactLength(node));
        }
    }

    private void ReadMembers(JsonNodes nodes, CancellationToken cancellationToken)
    {
        RowHashes = new ulong[Count];
        var keys = ByKey(0, Column.Keys);
        var row = 0;
        for (var node = Node + 1; node < nodes[Node].End; node = nodes[node + 1].End, row++)
        {
            Check(row, cancellationToken);
            Add(nodes[node], node, keys, row);

            // Entries that differ in their keys only are equal.
            _rowHash = 0;
            Visit(nodes, node + 1, 0, row);
            End(row, node + 1, _tape.CompactLength(node + 1));
        }
    }

    private void ReadColumns(JsonNodes nodes, int[] columns, CancellationToken cancellationToken)
    {
        RowHashes = new ulong[Count];
        var keys = _tape.Keys(nodes[Node].Shape);
        var member = 0;
        var name = Node + 1;
        foreach (var array in columns)
        {
            for (; name + 1 != array; member++)
            {
                name = nodes[name + 1].End;
            }

            var column = ByKey(0, keys[member]);
            var row = 0;
            for (var node = array + 1; node < nodes[array].End; node = nodes[node].End, row++)
            {
                Check(row, cancellationToken);
                _rowHash = RowHashes[row];
                Visit(nodes, node, column, row);
                End(row, array == columns[0] ? node : RowNodes[row], nodes[node].Length + 1);
            }
        }
    }

    private void End(int row, int node, int length)
    {
        RowNodes[row] = node;
        if (RowHashes.Length > 0)
        {
            RowHashes[row] = _rowHash;
        }

        Bytes += length;
    }

    private static void Check(int row, CancellationToken cancellationToken)
    {
        if ((row & 0xFFF) == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static int GroupOf(JsonNodeKind kind) => kind switch
    {
        JsonNodeKind.Object => 1,
        JsonNodeKind.Array => 2,
        JsonNodeKind.String => 4,
        JsonNodeKind.Null => 0,
        _ => 8,
    };

    private void VisitPositions(JsonNodes nodes, int node, int column, int row)
    {
        var value = nodes[node];
        Add(value, node, column, row);
        var position = 0;
        for (var at = node + 1; at < value.End; at = nodes[at].End)
        {
            Visit(nodes, at, ByKey(column, Column.Position(position)), row);
            position = Math.Min(position + 1, Column.MostPositions);
        }
    }

    private void Visit(JsonNodes nodes, int node, int column, int row)
    {
        var value = nodes[node];
        if (value.Kind == JsonNodeKind.Object)
        {
            Add(value, node, column, row);
            var at = node + 2;
            foreach (var member in Members(column, value.Shape))
            {
                Visit(nodes, at, member, row);
                at = nodes[at].End + 1;
            }
        }
        else if (value.Kind == JsonNodeKind.Array && value.Count > 0 && nodes[node + 1].Kind is JsonNodeKind.Object or JsonNodeKind.String)
        {
            Add(value, node, column, row);
            var items = ByKey(column, Column.Items);
            for (var at = node + 1; at < value.End; at = nodes[at].End)
            {
                Visit(nodes, at, items, row);
            }
        }
        else
        {
            Add(value, node, column, row);
        }
    }

    private void Add(JsonNode value, int node, int column, int row)
    {
        if (RowHashes.Length > 0)
        {
            _rowHash = (ulong.RotateLeft(_rowHash, 5) ^ ValueIndex.HashOf(_tape, node) ^ (uint)column) * 0xD6E8FEB86659FD93;
        }

        _columns[column].Add(new Cell(row, node), value.Kind, value.End > node + 1 ? _tape.CompactLength(node) : value.Length);
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
            if (key >= 0 && _columns.Count >= MostColumns)
            {
                return ByKey(parent, Column.Others);
            }

            column = Open(parent, key);
            _byKey.Add((parent, key), column);
        }

        return column;
    }

    private int Open(int parent, int key)
    {
        _columns.Add(new Column(parent, key, Count));
        _latest.Add((-1, []));
        return _columns.Count - 1;
    }
}
