using System.Runtime.InteropServices;

namespace Headroom.Engine.Compression.Json;

/// <summary>How the values of one column are written.</summary>
internal enum ColumnForm
{
    /// <summary>One cell a row: a scalar, or JSON on one line.</summary>
    Plain,

    /// <summary>Strings only; what looks like a number or literal is a string all the same.</summary>
    Text,

    /// <summary>Strings that begin or end alike: the header has what they share, the cells have the rest.</summary>
    Pattern,

    /// <summary>Few different strings: the header lists them with a letter each, the cells have the letters.</summary>
    Dictionary,

    /// <summary>The same value in every row, written once in the header.</summary>
    Constant,

    /// <summary>An object in every row; its columns stand in the row itself.</summary>
    Group,

    /// <summary>An object in some rows, in parentheses where it is there.</summary>
    OptionalGroup,

    /// <summary>An array of objects, in parentheses with a semicolon between them.</summary>
    List,

    /// <summary>An object of objects, in parentheses with a semicolon between them, each after its key.</summary>
    KeyedList,

    /// <summary>Whole numbers with equal steps; the header has the first and the last, the rows have no cell.</summary>
    Sequence,

    /// <summary>Numbers that begin or end alike, written as the strings of <see cref="Pattern"/> are.</summary>
    NumberPattern,
}

/// <summary>What the rows of a table are.</summary>
internal enum RowKind
{
    /// <summary>Objects: a column for each key.</summary>
    Objects,

    /// <summary>Arrays: a column for each position.</summary>
    Arrays,

    /// <summary>The scalar members of one object: a column for the keys and one for the values.</summary>
    Values,
}

/// <summary>One column of a <see cref="JsonTable"/>.</summary>
/// <param name="Key">The key's id on the tape, <see cref="RowKey"/>, or the position in rows that are arrays.</param>
/// <param name="Form">How its values are written.</param>
/// <param name="Constant">The node of the value of a <see cref="ColumnForm.Constant"/> column.</param>
/// <param name="Nested">The table of the objects inside a group or list.</param>
/// <param name="NestedRow">Per row the first row in <paramref name="Nested"/>, or -1.</param>
/// <param name="Words">The entries of a <see cref="ColumnForm.Dictionary"/> column.</param>
/// <param name="Shared">What the strings of a <see cref="ColumnForm.Pattern"/> column share.</param>
/// <param name="Steps">The numbers of a <see cref="ColumnForm.Sequence"/> column.</param>
/// <param name="IsLoose">True for a plain column in which most cells are objects.</param>
internal sealed record JsonColumn(
    int Key, ColumnForm Form, int Constant = -1, JsonTable? Nested = null, int[]? NestedRow = null, ColumnWords? Words = null,
    ColumnPattern? Shared = null, NumberSequence? Steps = null, bool IsLoose = false)
{
    /// <summary>Stands for the keys of the rows themselves, where the rows are members of one object.</summary>
    public const int RowKey = -1;
}

/// <summary>
/// Objects laid out as rows over shared columns. Source order of rows and keys is kept: a row whose keys do not follow the
/// order of the columns is irregular and written as JSON; keys that few rows have follow the row's cells. Rows may be arrays as
/// well, and the members of one object, whose keys are then the first column.
/// </summary>
internal sealed class JsonTable
{
    // A key becomes a column when at least one row in this many has it; rarer keys are spelled out where they occur.
    private const int ColumnShare = 8;

    // With more different key sequences there is no common shape to speak of, and looking for one would take long.
    private const int MaxShapes = 1024;

    /// <summary>More keys in one table are a map in disguise.</summary>
    public const int MaxColumns = 512;

    private JsonTable(RowKind kind, bool isKeyed, int[] rows, JsonColumn[] columns, int[] cells, int[]? extras)
    {
        Kind = kind;
        IsKeyed = isKeyed;
        Rows = rows;
        Columns = columns;
        Cells = cells;
        Extras = extras;
    }

    /// <summary>What the rows are.</summary>
    public RowKind Kind { get; }

    /// <summary>True when the rows are members of one object and the first column has their keys.</summary>
    public bool IsKeyed { get; }

    /// <summary>The tape nodes of the rows' values.</summary>
    public int[] Rows { get; }

    /// <summary>The columns, in the order of the keys.</summary>
    public JsonColumn[] Columns { get; }

    /// <summary>Value nodes, row after row; -1 where a row has no such key.</summary>
    public int[] Cells { get; }

    /// <summary>Per row the name node of its first key that is no column, 0 for none, -1 for an irregular row; null when no row has either.</summary>
    public int[]? Extras { get; }

    /// <summary>True when a column's cells are mostly objects that have no common shape.</summary>
    public bool HasLooseObjects => Columns.Any(c => c.IsLoose);

    /// <summary>Lays out objects; null when they are too unlike each other.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="rows">The nodes of the objects.</param>
    /// <param name="isKeyed">The objects are the values of one object's members.</param>
    /// <param name="isCounted">Numbers with equal steps may be left out of the rows.</param>
    public static JsonTable? OfRows(JsonTape tape, int[] rows, bool isKeyed = false, bool isCounted = true) =>
        Build(tape, rows, isNested: false, isKeyed, isCounted);

    /// <summary>Lays out arrays; null when their lengths are too unlike each other.</summary>
    public static JsonTable? OfArrays(JsonTape tape, int[] rows)
    {
        var width = 0;
        long filled = 0;
        foreach (var row in rows)
        {
            var count = tape.Nodes[row].Count;
            width = Math.Max(width, count);
            filled += count;
        }

        if (width is < 2 or > MaxColumns || filled * 4 < (long)width * rows.Length * 3)
        {
            return null;
        }

        var cells = new int[rows.Length * width];
        for (var r = 0; r < rows.Length; r++)
        {
            var item = rows[r] + 1;
            for (var c = 0; c < width; c++)
            {
                cells[(r * width) + c] = item < tape.Nodes[rows[r]].End ? item : -1;
                item = item < tape.Nodes[rows[r]].End ? tape.Nodes[item].End : item;
            }
        }

        var columns = new JsonColumn[width];
        for (var c = 0; c < width; c++)
        {
            columns[c] = FormOf(tape, c, cells, c, width, extras: null, isCounted: false);
        }

        return new JsonTable(RowKind.Arrays, isKeyed: false, rows, columns, cells, extras: null);
    }

    /// <summary>Lays out the values of one object's members with their keys.</summary>
    public static JsonTable OfValues(JsonTape tape, int[] rows)
    {
        var cells = new int[rows.Length * 2];
        for (var r = 0; r < rows.Length; r++)
        {
            cells[r * 2] = rows[r] - 1;
            cells[(r * 2) + 1] = rows[r];
        }

        JsonColumn[] columns =
        [
            FormOf(tape, JsonColumn.RowKey, cells, 0, 2, extras: null, isCounted: false),
            FormOf(tape, 0, cells, 1, 2, extras: null, isCounted: false),
        ];
        return new JsonTable(RowKind.Values, isKeyed: true, rows, columns, cells, extras: null);
    }

    /// <summary>The item nodes of an array, or the value nodes of an object's members.</summary>
    public static int[] Children(JsonTape tape, int node)
    {
        var nodes = tape.Nodes;
        var isObject = nodes[node].Kind == JsonNodeKind.Object;
        var children = new int[nodes[node].Count];
        var child = node + 1;
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = child + (isObject ? 1 : 0);
            child = nodes[children[i]].End;
        }

        return children;
    }

    /// <summary>The item nodes of an array of at least two objects, else null.</summary>
    public static int[]? Items(JsonTape tape, int array)
    {
        var nodes = tape.Nodes;
        if (nodes[array].Kind != JsonNodeKind.Array || nodes[array].Count < 2)
        {
            return null;
        }

        return nodes[array + 1].Kind == JsonNodeKind.Object && Children(tape, array) is var items
            && AreAll(tape, items, JsonNodeKind.Object) ? items : null;
    }

    /// <summary>True when all nodes are of one kind.</summary>
    public static bool AreAll(JsonTape tape, int[] nodes, JsonNodeKind kind)
    {
        foreach (var node in nodes)
        {
            if (tape.Nodes[node].Kind != kind)
            {
                return false;
            }
        }

        return true;
    }

    private static JsonTable? Build(JsonTape tape, int[] rows, bool isNested, bool isKeyed, bool isCounted)
    {
        // :: Step 1: which key sequences are there, and how often?
        var nodes = tape.Nodes;
        var counts = new Dictionary<int, int>();
        foreach (var row in rows)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, nodes[row].Shape, out _)++;
        }

        if (counts.Count > MaxShapes)
        {
            return null;
        }

        var shapes = counts.Keys.ToArray();
        Array.Sort(shapes, (a, b) => counts[a] != counts[b] ? counts[b].CompareTo(counts[a]) : a.CompareTo(b));

        // :: Step 2: the columns, from the commonest sequence outwards.
        var keys = MergeKeys(tape, shapes, counts, rows.Length, isNested);
        if (keys.Count == 0)
        {
            return null;
        }

        // :: Step 3: where each sequence's members go.
        var layouts = new Dictionary<int, int[]?>();
        long irregular = 0;
        long filled = 0;
        foreach (var shape in shapes)
        {
            var layout = Layout(tape, shape, keys);
            layouts.Add(shape, layout);
            irregular += layout is null ? counts[shape] : 0;
            filled += layout is null ? 0 : (long)counts[shape] * layout.Length;
            if (isNested && (layout is null || layout.Contains(-1)))
            {
                return null;
            }
        }

        if (irregular * 4 > rows.Length || (isNested && filled * 5 < (long)rows.Length * keys.Count * 2))
        {
            return null;
        }

        // :: Step 4: the cells.
        if (isKeyed)
        {
            keys.Insert(0, JsonColumn.RowKey);
        }

        if ((long)rows.Length * keys.Count > Array.MaxLength)
        {
            return null;
        }

        var first = isKeyed ? 1 : 0;
        var cells = new int[rows.Length * keys.Count];
        Array.Fill(cells, -1);
        int[]? extras = null;
        for (var r = 0; r < rows.Length; r++)
        {
            if (isKeyed)
            {
                cells[r * keys.Count] = rows[r] - 1;
            }

            var layout = layouts[nodes[rows[r]].Shape];
            if (layout is null)
            {
                (extras ??= new int[rows.Length])[r] = -1;
                continue;
            }

            var name = rows[r] + 1;
            foreach (var column in layout)
            {
                if (column < 0)
                {
                    (extras ??= new int[rows.Length])[r] = name;
                    break;
                }

                cells[(r * keys.Count) + first + column] = name + 1;
                name = nodes[name + 1].End;
            }
        }

        // :: Step 5: how each column is written.
        var columns = new JsonColumn[keys.Count];
        for (var c = 0; c < columns.Length; c++)
        {
            columns[c] = FormOf(tape, keys[c], cells, c, keys.Count, extras, isCounted);
        }

        return new JsonTable(RowKind.Objects, isKeyed, rows, columns, cells, extras);
    }

    private static List<int> MergeKeys(JsonTape tape, int[] shapes, Dictionary<int, int> counts, int rows, bool isNested)
    {
        var presence = new Dictionary<int, int>();
        foreach (var shape in shapes)
        {
            foreach (var key in tape.Keys(shape))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(presence, key, out _) += counts[shape];
            }
        }

        var merged = new List<int>();
        var known = new HashSet<int>();
        foreach (var shape in shapes)
        {
            if (tape.HasDuplicateKeys(shape))
            {
                continue;
            }

            var at = 0;
            foreach (var key in tape.Keys(shape))
            {
                if (known.Contains(key))
                {
                    at = merged.IndexOf(key) + 1;
                }
                else if (isNested || shape == shapes[0] || presence[key] * ColumnShare >= rows)
                {
                    merged.Insert(at++, key);
                    known.Add(key);
                }
            }

            if (merged.Count > MaxColumns)
            {
                // So many keys in one table are a map in disguise; its rows are better left as they are.
                return [];
            }
        }

        return merged;
    }

    // The column of each member; a trailing -1 stands for all members from there on; null for an irregular sequence.
    private static int[]? Layout(JsonTape tape, int shape, List<int> keys)
    {
        if (tape.HasDuplicateKeys(shape))
        {
            return null;
        }

        var own = tape.Keys(shape);
        var layout = new List<int>(own.Length);
        var last = -1;
        foreach (var key in own)
        {
            var column = keys.IndexOf(key);
            if (column < 0)
            {
                if (layout.Count == 0 || layout[^1] != -1)
                {
                    layout.Add(-1);
                }
            }
            else if (column < last || (layout.Count > 0 && layout[^1] == -1))
            {
                return null;
            }
            else
            {
                layout.Add(column);
                last = column;
            }
        }

        return [.. layout];
    }

    private static JsonColumn FormOf(JsonTape tape, int key, int[] cells, int column, int width, int[]? extras, bool isCounted)
    {
        var nodes = tape.Nodes;
        var rowCount = cells.Length / width;
        int present = 0, absent = 0, strings = 0, numbers = 0, objects = 0, arrays = 0, first = -1;
        bool isConstant = true, hasLiteralText = false;
        for (var r = 0; r < rowCount; r++)
        {
            if (extras is not null && extras[r] == -1)
            {
                continue;
            }

            var cell = cells[(r * width) + column];
            if (cell < 0)
            {
                absent++;
                continue;
            }

            present++;
            switch (nodes[cell].Kind)
            {
                case JsonNodeKind.String or JsonNodeKind.Name:
                    strings++;
                    hasLiteralText |= JsonLexeme.IsLiteral(JsonLexeme.Plain(tape.Inner(cell), nodes[cell].IsEscaped));
                    break;
                case JsonNodeKind.Number: numbers++; break;
                case JsonNodeKind.Object: objects++; break;
                case JsonNodeKind.Array: arrays++; break;
            }

            if (first < 0)
            {
                first = cell;
            }
            else if (isConstant)
            {
                isConstant = tape.Raw(cell).SequenceEqual(tape.Raw(first));
            }
        }

        if (isConstant && absent == 0 && present > 1)
        {
            return new JsonColumn(key, ColumnForm.Constant, first);
        }

        if (objects >= 2)
        {
            var isGroup = objects == present && absent == 0;
            if (Nested(tape, cells, column, width, ColumnForm.Group, isCounted && isGroup, out var groupRows) is { } group)
            {
                return new JsonColumn(key, isGroup ? ColumnForm.Group : ColumnForm.OptionalGroup, Nested: group, NestedRow: groupRows);
            }

            if (Nested(tape, cells, column, width, ColumnForm.KeyedList, isCounted: false, out var keyedRows) is { } keyed)
            {
                return new JsonColumn(key, ColumnForm.KeyedList, Nested: keyed, NestedRow: keyedRows);
            }
        }

        if (arrays > 0 && Nested(tape, cells, column, width, ColumnForm.List, isCounted: false, out var listRows) is { } list)
        {
            return new JsonColumn(key, ColumnForm.List, Nested: list, NestedRow: listRows);
        }

        if (strings == present)
        {
            if (ColumnWords.Find(tape, cells, column, width) is { } words)
            {
                return new JsonColumn(key, ColumnForm.Dictionary, Words: words);
            }

            if (ColumnPattern.Find(tape, cells, column, width) is { } shared)
            {
                return new JsonColumn(key, ColumnForm.Pattern, Shared: shared);
            }
        }
        else if (numbers == present)
        {
            if (isCounted && absent == 0 && NumberSequence.Of(tape, cells, column, width, extras) is { } steps)
            {
                return new JsonColumn(key, ColumnForm.Sequence, Steps: steps);
            }

            if (ColumnPattern.Find(tape, cells, column, width) is { } shared)
            {
                return new JsonColumn(key, ColumnForm.NumberPattern, Shared: shared);
            }
        }

        // A key is a string whatever it looks like, so that no column of keys has to say so.
        return new JsonColumn(
            key, strings == present && (hasLiteralText || key == JsonColumn.RowKey) ? ColumnForm.Text : ColumnForm.Plain,
            IsLoose: objects > 1 && objects * 2 > present);
    }

    private static JsonTable? Nested(
        JsonTape tape, int[] cells, int column, int width, ColumnForm form, bool isCounted, out int[] nestedRow)
    {
        var nodes = tape.Nodes;
        var kind = form == ColumnForm.List ? JsonNodeKind.Array : JsonNodeKind.Object;
        nestedRow = new int[cells.Length / width];
        var objects = new List<int>();
        for (var r = 0; r < nestedRow.Length; r++)
        {
            nestedRow[r] = -1;
            var cell = cells[(r * width) + column];
            if (cell < 0 || nodes[cell].Kind != kind)
            {
                continue;
            }

            if (form == ColumnForm.Group)
            {
                nestedRow[r] = objects.Count;
                objects.Add(cell);
                continue;
            }

            // An empty list is written as it is; any other must hold objects only.
            if (nodes[cell].Count > 0)
            {
                nestedRow[r] = objects.Count;
            }

            var first = form == ColumnForm.KeyedList ? 1 : 0;
            for (var item = cell + 1 + first; item < nodes[cell].End; item = nodes[item].End + first)
            {
                if (nodes[item].Kind != JsonNodeKind.Object)
                {
                    return null;
                }

                objects.Add(item);
            }
        }

        return objects.Count < 2 ? null : Build(tape, [.. objects], isNested: true, isKeyed: form == ColumnForm.KeyedList, isCounted);
    }
}
