namespace Headroom.Engine.Compression.Json.View;

/// <summary>One value at a path: the row it is in and its tape node.</summary>
internal readonly record struct Cell(int Row, int Node);

/// <summary>A distinct value of a column: its first cell and in how many cells it stands.</summary>
internal readonly record struct ColumnValue(int FirstCell, int Count);

/// <summary>What a column's values are, as far as a summary of them is concerned.</summary>
internal enum ColumnKind
{
    /// <summary>Objects: the columns below hold the values.</summary>
    Container,

    /// <summary>One value in every row.</summary>
    Constant,

    /// <summary>Few values that repeat.</summary>
    Category,

    /// <summary>Numbers.</summary>
    Number,

    /// <summary>Numbers that grow by a constant step.</summary>
    Sequence,

    /// <summary>ISO 8601 dates or times, or Unix times.</summary>
    Time,

    /// <summary>Strings of one form that differ in digits or hexadecimals.</summary>
    Identifier,

    /// <summary>Sentences whose words come back in other rows.</summary>
    TemplatedText,

    /// <summary>Names, addresses, free text: what cannot be known from the other rows.</summary>
    Distinctive,
}

/// <summary>All values at one path of the rows of an array, in row order.</summary>
internal sealed class Column(int parent, int key, int rows)
{
    private readonly int[] _kinds = new int[8];
    private Cell[] _cells = new Cell[2];

    /// <summary>The key of the items of an array.</summary>
    public const int Items = -1;

    /// <summary>The key of the keys of rows that are members of an object.</summary>
    public const int Keys = -2;

    /// <summary>The key of the strings among rows of several kinds.</summary>
    public const int Strings = -3;

    /// <summary>The key of the numbers and literals among rows of several kinds.</summary>
    public const int Scalars = -4;

    /// <summary>The key of the arrays among rows of several kinds.</summary>
    public const int Lists = -5;

    /// <summary>The key of all members for which there is no column of their own any more.</summary>
    public const int Others = -6;

    /// <summary>Rows that are arrays have a column for each of so many positions, and one for all behind.</summary>
    public const int MostPositions = 64;

    private const int FirstPosition = -16;

    /// <summary>Index of the column of the objects or arrays that hold these values; -1 for the rows themselves.</summary>
    public int Parent { get; } = parent;

    /// <summary>Tape id of the last key of the path, or one of the negative keys above for what has no name.</summary>
    public int Key { get; } = key;

    /// <summary>The key of a position in rows that are arrays.</summary>
    public static int Position(int position) => FirstPosition - position;

    /// <summary>The position that a key stands for; negative when it is none.</summary>
    public static int PositionOf(int key) => FirstPosition - key;

    /// <summary>Number of cells.</summary>
    public int Count { get; private set; }

    /// <summary>Number of different rows that have a cell here.</summary>
    public int RowCount { get; private set; }

    /// <summary>Bytes of all cells without white space.</summary>
    public long Bytes { get; private set; }

    /// <summary>The cells in row order.</summary>
    public ReadOnlySpan<Cell> Cells => _cells.AsSpan(0, Count);

    /// <summary>Some row has several cells here.</summary>
    public bool IsRepeated => RowCount < Count;

    /// <summary>Facts over all cells; set once when they are all in.</summary>
    public ColumnFacts Facts { get; set; } = ColumnFacts.None;

    /// <summary>The cells are rows, or the arrays among them.</summary>
    public bool HoldsRows => Parent < 0 || Key == Lists;

    /// <summary>Cells of a kind; keys are strings.</summary>
    public int Of(JsonNodeKind kind) => _kinds[(int)kind];

    /// <summary>Cells that hold true or false.</summary>
    public int Booleans => Of(JsonNodeKind.True) + Of(JsonNodeKind.False);

    /// <summary>Appends a cell; rows come in ascending order.</summary>
    public void Add(Cell cell, JsonNodeKind kind, int length)
    {
        if (Count == _cells.Length)
        {
            // As many as there will be if the rest of the rows are like those so far: large arrays are not copied again and again.
            var expected = (long)Count * rows / Math.Max(1, cell.Row);
            Array.Resize(ref _cells, (int)Math.Max(Count + (Count / 2), Math.Min(expected + 16, 8L * Count)));
        }

        if (Count == 0 || _cells[Count - 1].Row != cell.Row)
        {
            RowCount++;
        }

        _cells[Count++] = cell;
        _kinds[(int)(kind == JsonNodeKind.Name ? JsonNodeKind.String : kind)]++;
        Bytes += length;
    }
}
