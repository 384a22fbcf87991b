using System.Globalization;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// The keys that a view shows of rows whose keys alone would take its budget: those that say which row it is, those where rows stand out, then
/// the first, and what is long last. The same of every row, so that rows of one shape stay of one shape. A larger budget never shows fewer.
/// </summary>
internal sealed class ShownKeys
{
    /// <summary>So many keys are shown whatever they take.</summary>
    private const int Fewest = 4;

    // What it takes to say which are missing.
    private const int NoteTokens = 30;
    private const int MostNamed = 6;

    // Values that name their row are short and all different.
    private const int MostNames = 2;
    private const int LongestName = 60;

    private const int ShortTokens = 12;
    private const int LongTokens = 30;

    private readonly JsonTape _tape;
    private readonly RowColumns _rows;

    // Per column: a key of the rows themselves or of an object in them, and whether it is shown. What is inside an array goes with the array.
    private readonly bool[] _isKey;
    private readonly bool[] _isShown;
    private readonly bool[] _hasKeys;

    /// <summary>Chooses keys.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="signals">What stands out in them.</param>
    /// <param name="shown">How many rows are shown.</param>
    /// <param name="budget">Tokens for them, and for saying what is missing.</param>
    public ShownKeys(JsonTape tape, RowColumns rows, RowSignals signals, int shown, double budget)
    {
        _tape = tape;
        _rows = rows;
        var columns = rows.Columns;
        _isKey = new bool[columns.Count];
        _isShown = new bool[columns.Count];
        _hasKeys = new bool[columns.Count];
        for (var i = 1; i < columns.Count; i++)
        {
            _isKey[i] = columns[i].Key is >= 0 or Column.Others && (columns[i].Parent == 0 || _isKey[columns[i].Parent]);
            _hasKeys[columns[i].Parent] |= _isKey[i];
        }

        var numbers = columns.Index().ToDictionary(c => c.Item, c => c.Index);
        var all = Enumerable.Range(1, columns.Count - 1).Where(key => _isKey[key] && !_hasKeys[key]).ToArray();
        var names = all.Where(key => NamesRow(columns[key])).Take(MostNames);
        int[] errors = [.. KeysOf(SignalKind.Query, SignalKind.Error)];
        errors = [.. errors, .. signals.Found.Where(s => s.ReadsLikeError).Select(s => KeyOf(numbers[s.Column!])).Where(key => key > 0 && !_hasKeys[key])];
        int[] first = [.. names, .. errors, .. KeysOf(SignalKind.Shape, SignalKind.Text)];
        var order = first.Where(key => !IsLong(key)).Concat(errors).Concat(all.Where(IsShort)).Concat(all.Where(key => !IsLong(key))).Concat(first).Concat(all).Distinct();
        var keys = 0;
        budget -= NoteTokens;
        foreach (var key in order)
        {
            budget -= TokensOf(columns[key], shown);
            if (budget < 0 && keys >= Fewest)
            {
                break;
            }

            keys++;
            for (var at = key; at > 0; at = columns[at].Parent)
            {
                _isShown[at] = true;
            }
        }

        IEnumerable<int> KeysOf(SignalKind from, SignalKind to) =>
            signals.Found.Where(s => s.Kind >= from && s.Kind <= to && s.Column is not null).Select(s => KeyOf(numbers[s.Column!])).Where(key => key > 0 && !_hasKeys[key]);

        bool IsShort(int key) => ValueTokens(columns[key]) <= ShortTokens;

        bool IsLong(int key) => ValueTokens(columns[key]) > LongTokens;
    }

    /// <summary>Adds to a view that keys are missing; nothing when all are shown.</summary>
    /// <param name="isCut">The rows it is true for lose keys.</param>
    /// <param name="hasWholeRows">Some rows that are shown keep all.</param>
    /// <param name="view">Gets what is not shown.</param>
    public void Hide(Func<int, bool> isCut, bool hasWholeRows, ViewPlan view)
    {
        var columns = _rows.Columns;
        var names = new List<int>();
        var hidden = new List<int>();
        for (var i = 1; i < columns.Count; i++)
        {
            if (!_isKey[i] || _isShown[i])
            {
                continue;
            }

            hidden.Add(i);
            if (_rows.Layout != RowLayout.Columns && (columns[i].Parent == 0 || _isShown[columns[i].Parent]))
            {
                foreach (var cell in columns[i].Cells)
                {
                    if (isCut(cell.Row))
                    {
                        names.Add(cell.Node - 1);
                    }
                }
            }
        }

        if (_rows.Layout == RowLayout.Columns)
        {
            // The arrays that hold the cells, which lie in the order of the columns.
            var name = _rows.Node + 1;
            foreach (var column in hidden)
            {
                while (_tape.Nodes[name + 1].End <= columns[column].Cells[0].Node)
                {
                    name = _tape.Nodes[name + 1].End;
                }

                names.Add(name);
            }
        }

        if (names.Count > 0)
        {
            var place = JsonPlace.Of(_tape, _rows.Node) is { Length: > 0 } path ? $"{path}: " : "";
            var named = hidden.Where(i => columns[i].Key >= 0).Take(MostNamed).Select(_rows.PathOf).ToArray();
            var more = hidden.Count - named.Length;
            view.Hide(names, hidden.Count, _isKey.Count(isKey => isKey), string.Create(
                CultureInfo.InvariantCulture, $"{place}keys not shown{(hasWholeRows && _rows.Layout != RowLayout.Columns ? " but in rows asked for" : "")}: {string.Join(", ", named)}{(more > 0 ? $" and {more} more" : "")}"));
        }
    }

    /// <summary>The values of a row that are shown: the row itself where it has no keys.</summary>
    public IEnumerable<int> Values(int row)
    {
        if (_rows.Layout == RowLayout.Columns)
        {
            yield break;
        }

        if (_tape.Nodes[_rows.RowNodes[row]].Kind != JsonNodeKind.Object)
        {
            yield return _rows.RowNodes[row];
            yield break;
        }

        for (var i = 1; i < _rows.Columns.Count; i++)
        {
            // What is in an object has keys of its own.
            if (_isKey[i] && _isShown[i] && CellOf(_rows.Columns[i], row) is >= 0 and var node && (_tape.Nodes[node].Kind != JsonNodeKind.Object || !_hasKeys[i]))
            {
                yield return node;
            }
        }
    }

    private static int CellOf(Column column, int row)
    {
        var (low, high) = (0, column.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var cell = column.Cells[middle];
            if (cell.Row == row)
            {
                return cell.Node;
            }

            (low, high) = cell.Row < row ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    // The key that a column belongs to: its own, or that of the array it is in.
    private int KeyOf(int column)
    {
        while (column > 0 && !_isKey[column])
        {
            column = _rows.Columns[column].Parent;
        }

        return column;
    }

    private double TokensOf(Column column, int shown)
    {
        var name = (column.Key >= 0 ? TokenEstimator.Instance.Count(_tape.KeyName(column.Key)) : 1) + 2;
        var value = ValueTokens(column);
        shown = Math.Min(shown, column.RowCount);

        // Each item of a column says in which row it is; a table names its columns once.
        return _rows.Layout == RowLayout.Columns ? name + (shown * (value + 3))
            : shown > 2 && column.RowCount > RowSignals.Few(_rows.Count) ? name + (shown * (value + 1))
            : shown * (name + value);
    }

    private bool NamesRow(Column column) =>
        column.Count == _rows.Count && column.Facts.Values.Length == _rows.Count && column.Of(JsonNodeKind.String) + column.Of(JsonNodeKind.Number) == _rows.Count
        && column.Bytes <= (long)LongestName * column.Count && column.Facts.Kind is not ColumnKind.Time;

    private double ValueTokens(Column column)
    {
        var cell = column.Cells[0].Node;
        var first = _tape.Nodes[cell].Kind is JsonNodeKind.Array or JsonNodeKind.Object ? 0 : TokenEstimator.Instance.Count(_tape.Raw(cell));
        return Math.Max(first, (double)column.Bytes / column.Count / 4);
    }
}
