namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// All rows of an array from the most worth showing to the least. The order does not depend on any budget, and a view takes the rows
/// from its start until the budget is full, so a larger budget never shows less.
/// </summary>
internal sealed class RowOrder
{
    private const int First = 3;
    private const int Last = 2;

    /// <summary>Columns with more different values, or text with more templates, do not group rows.</summary>
    private const int MostGroupValues = 24;

    private const int MostFilling = 20_000;

    private readonly RowColumns _rows;
    private readonly RowSignals _signals;
    private readonly bool[] _isHuge;
    private ulong[] _groups = [];

    // The values that group rows, numbered over all columns, and those of each row one after the other: a row may have cells in few of very many columns.
    private readonly int[] _valuesOfRows;
    private readonly int[] _firstValueOf;
    private int _values;

    /// <summary>Prepares the order of the rows.</summary>
    public RowOrder(RowColumns rows, RowSignals signals)
    {
        _rows = rows;
        _signals = signals;
        _isHuge = new bool[rows.Count];

        // One row should not take what eight others need, unless it stands out.
        var average = rows.Bytes / (double)rows.Count;
        for (var row = 0; row < rows.Count; row++)
        {
            _isHuge[row] = rows.LengthOf(row) > Math.Max(8 * average, 2048);
        }

        var grouping = new List<(Column Column, int[] Values)>();
        foreach (var column in rows.Columns)
        {
            if (!column.IsRepeated && column.Facts.Kind is ColumnKind.Category or ColumnKind.TemplatedText && Group(column) is { } values)
            {
                grouping.Add((column, values));
            }
        }

        (_firstValueOf, _valuesOfRows) = ByRow(grouping);
    }

    private (int[] First, int[] Values) ByRow(List<(Column Column, int[] Values)> grouping)
    {
        var first = new int[_rows.Count + 1];
        foreach (var (column, _) in grouping)
        {
            foreach (var cell in column.Cells)
            {
                first[cell.Row + 1]++;
            }
        }

        for (var row = 0; row < _rows.Count; row++)
        {
            first[row + 1] += first[row];
        }

        var ofRows = new int[first[^1]];
        var next = first.AsSpan(0, _rows.Count).ToArray();
        foreach (var (column, values) in grouping)
        {
            for (var cell = 0; cell < column.Count; cell++)
            {
                ofRows[next[column.Cells[cell].Row]++] = values[cell];
            }
        }

        return (first, ofRows);
    }

    /// <summary>Every row once. Lazy: what is not asked for is not worked out.</summary>
    public IEnumerable<int> Rows()
    {
        var isTaken = new bool[_rows.Count];
        foreach (var row in Candidates())
        {
            if (!isTaken[row])
            {
                isTaken[row] = true;
                yield return row;
            }
        }
    }

    private IEnumerable<int> Candidates()
    {
        yield return 0;
        yield return _rows.Count - 1;
        var standingOut = StandingOut().ToList();
        foreach (var row in standingOut.Where(r => !_isHuge[r]))
        {
            yield return row;
        }

        foreach (var row in standingOut.Where(r => _isHuge[r]))
        {
            yield return row;
        }

        var seen = new HashSet<int>(standingOut) { 0, _rows.Count - 1 };
        foreach (var row in Filling(seen))
        {
            yield return row;
        }

        for (var row = 0; row < _rows.Count; row++)
        {
            yield return row;
        }
    }

    private IEnumerable<int> StandingOut()
    {
        // 1. One row of each strong signal, then of each weaker one, so that no single sign uses up the budget.
        var found = _signals.Found;
        var spread = found.Select(s => Spread(s.Rows)).ToArray();
        foreach (var (from, to) in new[] { (SignalKind.Query, SignalKind.ValueKind), (SignalKind.Category, SignalKind.CommonError) })
        {
            var covered = new HashSet<int>();
            for (var i = 0; i < found.Count; i++)
            {
                if (found[i].Kind >= from && found[i].Kind <= to && !Array.Exists(found[i].Rows, covered.Contains))
                {
                    covered.Add(spread[i][0]);
                    yield return spread[i][0];
                }
            }
        }

        // 2. All rows of the strong signals, then of the weaker ones that hold for few rows.
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i].Kind < SignalKind.CommonError)
            {
                foreach (var row in spread[i])
                {
                    yield return row;
                }
            }
        }

        // 3. What was asked for, as far as it fits.
        if (_signals.Scores.Length > 0)
        {
            var asked = Enumerable.Range(0, _rows.Count).Where(row => _signals.Scores[row] > 0).ToArray();
            Array.Sort(asked, (a, b) => _signals.Scores[a] != _signals.Scores[b] ? _signals.Scores[b].CompareTo(_signals.Scores[a]) : a.CompareTo(b));
            foreach (var row in asked)
            {
                yield return row;
            }
        }

        // 4. Both ends, where levels change, the extremes of every column.
        for (var row = 0; row < Math.Min(First, _rows.Count); row++)
        {
            yield return row;
        }

        for (var row = Math.Max(0, _rows.Count - Last); row < _rows.Count; row++)
        {
            yield return row;
        }

        foreach (var signal in found.Where(s => s.Kind > SignalKind.CommonError))
        {
            foreach (var row in signal.Rows.Take(2))
            {
                yield return row;
            }
        }

        // 5. A few more of the errors that are common.
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i].Kind == SignalKind.CommonError)
            {
                foreach (var row in spread[i].Take(4))
                {
                    yield return row;
                }
            }
        }
    }

    // Rows with values not seen so far; then the head of a ranking, two for one of the groups of similar rows in turn.
    private IEnumerable<int> Filling(HashSet<int> seen)
    {
        foreach (var row in Unseen(seen))
        {
            yield return row;
        }

        // Of very many rows so many, spread evenly, are more than a view ever shows.
        var step = Math.Max(1, _rows.Count / MostFilling);
        int[] all = [.. Enumerable.Range(0, _rows.Count).Where(r => r % step == 0 && !_isHuge[r])];
        var head = 0;
        foreach (var row in Spread(all))
        {
            yield return row;
            for (var i = 0; _signals.Falling >= 0 && i < 2 && head < _rows.Count; head++)
            {
                if (!_isHuge[head] && seen.Add(head))
                {
                    yield return head;
                    i++;
                }
            }

            seen.Add(row);
        }
    }

    private IEnumerable<int> Unseen(HashSet<int> seen)
    {
        var isSeen = new bool[_values];
        foreach (var row in seen)
        {
            Take(row);
        }

        var open = isSeen.AsSpan().Count(false);
        foreach (var row in Spaced(_rows.Count, 0))
        {
            if (open == 0)
            {
                yield break;
            }

            if (!_isHuge[row] && Take(row) is > 0 and var taken)
            {
                open -= taken;
                seen.Add(row);
                yield return row;
            }
        }

        int Take(int row)
        {
            var taken = 0;
            for (var i = _firstValueOf[row]; i < _firstValueOf[row + 1]; i++)
            {
                taken += isSeen[_valuesOfRows[i]] ? 0 : 1;
                isSeen[_valuesOfRows[i]] = true;
            }

            return taken;
        }
    }

    // The values of the cells; null where they do not group rows.
    private int[]? Group(Column column)
    {
        var facts = column.Facts;
        var values = facts.ValueOf;
        var count = facts.Values.Length;
        if (facts.Kind == ColumnKind.TemplatedText)
        {
            var numbers = new Dictionary<ulong, int>();
            var templates = facts.Forms!.Templates;
            var numberOf = new int[templates.Length];
            for (var i = 0; i < numberOf.Length; i++)
            {
                numbers.TryAdd(templates[i], numbers.Count);
                numberOf[i] = numbers[templates[i]];
            }

            values = Array.ConvertAll(values, value => numberOf[value]);
            count = numbers.Count;
        }

        if (count > MostGroupValues)
        {
            return null;
        }

        var first = _values;
        values = Array.ConvertAll(values, value => first + value);
        _values += count;
        _groups = _groups.Length == 0 ? new ulong[_rows.Count] : _groups;
        for (var cell = 0; cell < column.Count; cell++)
        {
            ref var group = ref _groups[column.Cells[cell].Row];
            group = (ulong.RotateLeft(group, 7) ^ (uint)(values[cell] + 1)) * 0x9E3779B97F4A7C15;
        }

        return values;
    }

    // One row of each group of similar rows in turn, the largest group first; within a group from all over it.
    private int[] Spread(int[] rows)
    {
        if (rows.Length <= 2)
        {
            return rows;
        }

        var groups = rows.GroupBy(row => _groups.Length == 0 ? 0 : _groups[row]).Select(g => g.ToArray()).OrderByDescending(g => g.Length).ThenBy(g => g[0]).ToArray();
        var turns = new (int Turn, int Group, int Row)[rows.Length];
        var at = 0;
        for (var group = 0; group < groups.Length; group++)
        {
            var turn = 0;
            foreach (var place in Spaced(groups[group].Length, group))
            {
                turns[at++] = (turn++, group, groups[group][place]);
            }
        }

        Array.Sort(turns);
        return Array.ConvertAll(turns, t => t.Row);
    }

    // 0 to count - 1 in the order of their reversed bits (van der Corput, 1935): every prefix is spread evenly. Each start is another
    // step of the golden ratio away from the middle, so that the first rows of many groups are spread as well.
    private static IEnumerable<int> Spaced(int count, int start)
    {
        const double GoldenRatio = 0.618033988749895;
        var offset = (int)((0.5 + (start * GoldenRatio)) % 1 * count);
        var bits = 32 - int.LeadingZeroCount(Math.Max(1, count - 1));
        for (var i = 0; i < 1 << bits; i++)
        {
            var reversed = 0;
            for (var bit = 0; bit < bits; bit++)
            {
                reversed |= (i >> bit & 1) << (bits - 1 - bit);
            }

            if (reversed < count)
            {
                yield return (reversed + offset) % count;
            }
        }
    }
}
