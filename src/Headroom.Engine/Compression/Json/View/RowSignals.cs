namespace Headroom.Engine.Compression.Json.View;

/// <summary>Which rows of an array stand out, and why. Whatever holds for many rows is no sign: it is left to the profile.</summary>
internal sealed class RowSignals
{
    /// <summary>Columns with fewer cells have nothing that is usual.</summary>
    private const int MinimumCells = 12;

    /// <summary>A value of a signal by value; above it all values share one signal.</summary>
    private const int MostGroups = 32;

    /// <summary>Where more keys are odd, none is.</summary>
    private const int MostShapes = 256;

    private readonly JsonTape _tape;
    private readonly RowColumns _rows;
    private readonly KeyMeaning[] _meanings;
    private readonly List<Signal> _signals = [];
    private readonly bool[] _isError;

    private RowSignals(JsonTape tape, RowColumns rows)
    {
        _tape = tape;
        _rows = rows;
        _isError = new bool[rows.Count];
        _meanings = new KeyMeaning[rows.Columns.Count];
        for (var i = 1; i < _meanings.Length; i++)
        {
            var column = rows.Columns[i];
            var own = column.Key < 0 ? KeyMeaning.None : ErrorSigns.MeaningOf(tape.KeyName(column.Key));
            _meanings[i] = _meanings[column.Parent] == KeyMeaning.Error ? KeyMeaning.Error
                : column.Key < 0 ? _meanings[column.Parent] : own;
        }
    }

    /// <summary>All signals by kind, then by strength.</summary>
    public IReadOnlyList<Signal> Found => _signals;

    /// <summary>Rows with a value that says that something failed.</summary>
    public IReadOnlyList<bool> IsError => _isError;

    /// <summary>A column whose numbers fall from the first row to the last, or -1: the head matters more.</summary>
    public int Falling { get; private set; } = -1;

    /// <summary>The falling column is a score: the rows are ranked.</summary>
    public bool IsRanked { get; private set; }

    /// <summary>A column holds severities (<c>info</c>, <c>warning</c>): the rows are events.</summary>
    public bool HasLevels { get; private set; }

    /// <summary>Few rows have a key that the others have not.</summary>
    public bool HasRareKey { get; private set; }

    /// <summary>True when there is a signal of this kind.</summary>
    public bool Has(SignalKind kind) => _signals.Exists(s => s.Kind == kind);

    /// <summary>How well each row fits what was asked for; empty when nothing was.</summary>
    public double[] Scores { get; private set; } = [];

    /// <summary>Looks at all columns.</summary>
    public static RowSignals Find(JsonTape tape, RowColumns rows, Relevance relevance, CancellationToken cancellationToken)
    {
        var signals = new RowSignals(tape, rows);
        signals.FindShapes();
        signals.FindRareRows();
        for (var i = 0; i < rows.Columns.Count; i++)
        {
            if ((i & 0xFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var column = rows.Columns[i];
            signals.FindErrors(column, signals._meanings[i]);
            if (column.Count < MinimumCells)
            {
                continue;
            }

            signals.FindValueKinds(column);
            signals.FindLengths(column);
            if (column.Facts.Kind is not (ColumnKind.Container or ColumnKind.Constant))
            {
                signals.FindCategories(column);
                signals.FindTexts(column, signals._meanings[i]);
                signals.FindNumbers(column, i);
            }
        }

        if (!relevance.IsEmpty)
        {
            signals.FindAskedFor(relevance, cancellationToken);
        }

        signals._signals.Sort(static (a, b) =>
            a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind)
            : a.Strength != b.Strength ? b.Strength.CompareTo(a.Strength)
            : a.Rows[0].CompareTo(b.Rows[0]));
        return signals;
    }

    /// <summary>Few among <paramref name="count"/>: two in a hundred or eight, but never more than one in ten.</summary>
    public static int Few(int count) => Math.Min(Math.Max(8, count / 50), count / 10);

    private static double Rarity(int count, int of) => Math.Log2(of / (double)count);

    private static int[] RowsOf(Column column, Func<int, bool> isWanted)
    {
        var rows = new List<int>();
        for (var i = 0; i < column.Count; i++)
        {
            var row = column.Cells[i].Row;
            if ((rows.Count == 0 || rows[^1] != row) && isWanted(i))
            {
                rows.Add(row);
            }
        }

        return [.. rows];
    }

    private void FindAskedFor(Relevance relevance, CancellationToken cancellationToken)
    {
        var text = new RowText(_tape);
        var ranking = relevance.Rank(
            _rows.Count,
            row => text.Of(_rows, row),
            _rows.Layout == RowLayout.Columns ? null : row => _tape.Source.Slice(_tape.Nodes[_rows.RowNodes[row]].Start, _tape.Nodes[_rows.RowNodes[row]].Length),
            cancellationToken);
        Scores = ranking.Scores;
        for (var row = 0; row < _rows.Count; row++)
        {
            if (ranking.IsMust[row])
            {
                _signals.Add(new Signal(SignalKind.Query, ranking.Scores[row], [row]));
                if (_rows.Layout == RowLayout.Columns)
                {
                    // Such a row is not written as one, so it matters which of its values was asked for.
                    var inRow = relevance.Rank(_rows.Columns.Count, column => column == 0 ? default : ValueText(_rows.Columns[column].Cells[row].Node), cancellationToken: cancellationToken);
                    _signals.AddRange(Enumerable.Range(1, _rows.Columns.Count - 1).Where(column => inRow.IsMust[column] || inRow.Scores[column] > 0)
                        .Select(column => new Signal(SignalKind.Query, inRow.Scores[column], [row], _rows.Columns[column])));
                }
            }
        }
    }

    private ReadOnlyMemory<byte> ValueText(int node) => _tape.Source.Slice(_tape.Nodes[node].Start, _tape.Nodes[node].Length);

    private void FindShapes()
    {
        var shapes = new List<Signal>();
        var hasRareKey = false;
        for (var i = 1; i < _rows.Columns.Count; i++)
        {
            var column = _rows.Columns[i];
            var parent = _rows.Columns[column.Parent];
            var isPosition = Column.PositionOf(column.Key) >= 0;
            var expected = parent.Of(isPosition ? JsonNodeKind.Array : JsonNodeKind.Object);
            if ((column.Key < 0 && !isPosition) || expected < MinimumCells)
            {
                continue;
            }

            var few = Few(expected);
            if (column.Count <= few)
            {
                hasRareKey |= column.Count > column.Of(JsonNodeKind.Null);
                shapes.Add(new Signal(SignalKind.Shape, Rarity(column.Count, expected) + 1, RowsOf(column, _ => true), column));
            }
            else if (expected > column.Count && expected - column.Count <= few)
            {
                shapes.Add(new Signal(SignalKind.Shape, Rarity(expected - column.Count, expected), RowsWithout(column, parent), column));
            }
        }

        var rows = new HashSet<int>(shapes.SelectMany(s => s.Rows));
        var isUsual = rows.Count > Math.Max(8, _rows.Count / 10);
        HasRareKey = hasRareKey && !isUsual;

        // Where most rows have keys of their own, or there are very many such keys, having one is nothing special.
        _signals.AddRange(isUsual || shapes.Count > MostShapes ? shapes.Select(s => s with { Kind = SignalKind.Change }) : shapes);
    }

    // Of rows of several kinds, those of a kind that few are of.
    private void FindRareRows()
    {
        foreach (var column in _rows.Columns)
        {
            if (_rows.IsMixed && (column.Parent < 0 || column.Key is Column.Strings or Column.Scalars or Column.Lists)
                && column.Count > 0 && column.Count <= Few(_rows.Count))
            {
                _signals.Add(new Signal(SignalKind.ValueKind, Rarity(column.Count, _rows.Count), RowsOf(column, _ => true)));
            }
        }
    }

    private int[] RowsWithout(Column column, Column parent)
    {
        var rows = new List<int>();
        var at = 0;
        foreach (var cell in parent.Cells)
        {
            var node = _tape.Nodes[cell.Node];
            if (node.Kind != (column.Key >= 0 ? JsonNodeKind.Object : JsonNodeKind.Array))
            {
                continue;
            }

            while (at < column.Count && column.Cells[at].Node < cell.Node)
            {
                at++;
            }

            if ((at == column.Count || column.Cells[at].Node >= node.End) && (rows.Count == 0 || rows[^1] != cell.Row))
            {
                rows.Add(cell.Row);
            }
        }

        return [.. rows];
    }

    private void FindErrors(Column column, KeyMeaning meaning)
    {
        var facts = column.Facts;
        if (facts.Values.Length == 0 || facts.Kind is ColumnKind.Time or ColumnKind.Sequence
            || (facts.Kind == ColumnKind.Identifier && meaning != KeyMeaning.Error))
        {
            return;
        }

        var isStatus = meaning == KeyMeaning.Status && facts.Sorted.Length > 0 && facts.Decimals == 0 && facts.Sorted[0] >= 100 && facts.Sorted[^1] < 600;
        var from = isStatus && facts.Sorted.Count(s => s >= 400) <= Math.Max(1, facts.Sorted.Length / 20) ? 400 : 500;
        var (cells, numbers) = (0, 0);
        var errors = new List<int>();
        for (var value = 0; value < facts.Values.Length; value++)
        {
            var node = column.Cells[facts.Values[value].FirstCell].Node;
            var isNumber = _tape.Nodes[node].Kind == JsonNodeKind.Number;
            if (isNumber && isStatus ? Number(node) >= from : SaysError(node, meaning))
            {
                errors.Add(value);
                cells += facts.Values[value].Count;
                numbers += isNumber && !isStatus ? facts.Values[value].Count : 0;
            }

            HasLevels |= facts.Kind == ColumnKind.Category && _tape.Nodes[node].Kind == JsonNodeKind.String && ErrorSigns.IsLevel(_tape.Inner(node));
        }

        // Numbers and flags that many rows have are measures, whatever the key is called.
        if (cells == 0 || (numbers == cells && cells > _rows.Count / 10) || (meaning == KeyMeaning.Success && cells > _rows.Count / 5))
        {
            return;
        }

        var isErrorValue = new bool[facts.Values.Length];
        errors.ForEach(value => isErrorValue[value] = true);
        var rows = RowsOf(column, cell => isErrorValue[facts.ValueOf[cell]]);
        Array.ForEach(rows, row => _isError[row] = true);
        if (rows.Length < _rows.Count || errors.Count > 1)
        {
            AddByValue(rows.Length <= Math.Max(Math.Min(10, _rows.Count / 4), _rows.Count / 10) ? SignalKind.Error : SignalKind.CommonError,
                column, errors, rows);
        }
    }

    private double Number(int node) => double.Parse(_tape.Raw(node), System.Globalization.CultureInfo.InvariantCulture);

    private bool SaysError(int node, KeyMeaning meaning) => _tape.Nodes[node].Kind switch
    {
        JsonNodeKind.String when meaning == KeyMeaning.Error => !ErrorSigns.IsNothing(_tape.Inner(node)),
        JsonNodeKind.String => ErrorSigns.IsFailure(_tape.Inner(node)),
        JsonNodeKind.Number => meaning == KeyMeaning.Error && Number(node) != 0,
        JsonNodeKind.True => meaning == KeyMeaning.Error,
        JsonNodeKind.False => meaning == KeyMeaning.Success,
        JsonNodeKind.Array => meaning == KeyMeaning.Error && _tape.Nodes[node].Count > 0,
        _ => false,
    };

    // One signal for each value, so that each is seen at least once; one for all where there are too many.
    private void AddByValue(SignalKind kind, Column column, List<int> values, int[] rows, double strength = 0, bool readsLikeError = false)
    {
        if (values.Count > MostGroups || values.Count == 1)
        {
            _signals.Add(new Signal(kind, strength + Rarity(rows.Length, _rows.Count), rows, column, readsLikeError));
            return;
        }

        var place = new int[column.Facts.Values.Length];
        Array.Fill(place, -1);
        var groups = new List<int>[values.Count];
        for (var i = 0; i < groups.Length; i++)
        {
            place[values[i]] = i;
            groups[i] = [];
        }

        for (var cell = 0; cell < column.Count; cell++)
        {
            var row = column.Cells[cell].Row;
            if (place[column.Facts.ValueOf[cell]] is >= 0 and var group && (groups[group].Count == 0 || groups[group][^1] != row))
            {
                groups[group].Add(row);
            }
        }

        _signals.AddRange(groups.Select(g => new Signal(kind, strength + Rarity(g.Count, _rows.Count), [.. g], column, readsLikeError)));
    }

    private void FindValueKinds(Column column)
    {
        var nodes = column.Count;
        var few = Few(nodes);
        Check(column.Of(JsonNodeKind.Null), k => k == JsonNodeKind.Null);
        Check(column.Booleans, k => k is JsonNodeKind.True or JsonNodeKind.False);
        Check(column.Of(JsonNodeKind.Number), k => k == JsonNodeKind.Number);
        Check(column.Of(JsonNodeKind.String), k => k == JsonNodeKind.String);
        Check(column.Of(JsonNodeKind.Array), k => k == JsonNodeKind.Array);
        Check(column.Of(JsonNodeKind.Object), k => k == JsonNodeKind.Object);

        void Check(int count, Func<JsonNodeKind, bool> isKind)
        {
            if (count > 0 && count <= few)
            {
                _signals.Add(new Signal(SignalKind.ValueKind, Rarity(count, column.Count),
                    RowsOf(column, cell => isKind(_tape.Nodes[column.Cells[cell].Node].Kind)), column));
            }
        }
    }

    // A value is rare in up to one row in a hundred (four rows in small arrays), where at least nine in ten rows have frequent values
    // and these are four times as frequent on average: the tail of an even distribution is not rare.
    private void FindCategories(Column column)
    {
        var facts = column.Facts;
        if (facts.Kind is ColumnKind.Time or ColumnKind.Sequence or ColumnKind.Identifier)
        {
            return;
        }

        var limit = Math.Max(1, Math.Min(Math.Max(4, column.Count / 100), column.Count / 20));
        var rare = new List<int>();
        var cells = 0;
        for (var value = 0; value < facts.Values.Length; value++)
        {
            if (facts.Values[value].Count <= limit)
            {
                rare.Add(value);
                cells += facts.Values[value].Count;
            }

            if (cells * 10 > column.Count)
            {
                return;
            }
        }

        var frequent = facts.Values.Length - rare.Count;
        rare.RemoveAll(value => facts.Values[value].Count * 4L * frequent > column.Count - cells);
        if (rare.Count > 0)
        {
            var isRare = new bool[facts.Values.Length];
            rare.ForEach(value => isRare[value] = true);
            AddByValue(SignalKind.Category, column, rare, RowsOf(column, cell => isRare[facts.ValueOf[cell]]));
        }
    }

    private void FindTexts(Column column, KeyMeaning meaning)
    {
        var facts = column.Facts;
        if (column.Of(JsonNodeKind.String) > 0 && meaning != KeyMeaning.Error && facts.Kind is not (ColumnKind.Time or ColumnKind.Identifier))
        {
            FindErrorTexts(column);
        }

        if (facts.Forms is not { } forms)
        {
            return;
        }

        var few = Few(column.Count);
        FindRareForms(column, forms.Outlines, few);
        if (facts.Kind == ColumnKind.TemplatedText)
        {
            FindRareForms(column, forms.Templates, few);
        }

        if (forms.Spaces < 2)
        {
            return;
        }

        // Words that stand in one row only, in some, in few: the fewer texts have them, the stronger the signal.
        FindRareWords(column, forms, 1, few);
        FindRareWords(column, forms, few / 4, few);
        FindRareWords(column, forms, few, few);
    }

    private void FindRareWords(Column column, ValueForms forms, int rareWord, int few)
    {
        var facts = column.Facts;
        var strange = new List<int>();
        var unusual = new List<int>();
        var (strangeCells, unusualCells) = (0, 0);
        for (var value = 0; value < facts.Values.Length; value++)
        {
            var words = forms.Words(value);
            var rare = 0;
            foreach (var word in words)
            {
                rare += forms.CellsOf(word) <= rareWord ? 1 : 0;
            }

            if (rare > 1 && rare * 2 >= words.Length)
            {
                strange.Add(value);
                strangeCells += facts.Values[value].Count;
            }

            if (rare > 0)
            {
                unusual.Add(value);
                unusualCells += facts.Values[value].Count;
            }
        }

        if (strange.Count > 0 && strangeCells <= few)
        {
            AddByValue(SignalKind.Text, column, strange, RowsWith(column, strange), 8);
        }

        if (unusual.Count > strange.Count && unusualCells <= few)
        {
            AddByValue(SignalKind.Text, column, unusual, RowsWith(column, unusual), 4);
        }
    }

    private void FindErrorTexts(Column column)
    {
        var facts = column.Facts;
        var values = new List<int>();
        for (var value = 0; value < facts.Values.Length; value++)
        {
            var node = column.Cells[facts.Values[value].FirstCell].Node;
            if (_tape.Nodes[node].Kind == JsonNodeKind.String && ErrorSigns.ReadsLikeError(_tape.Inner(node)))
            {
                values.Add(value);
            }
        }

        if (values.Count > 0)
        {
            var rows = RowsWith(column, values);
            var isRare = rows.Length <= Math.Max(Math.Min(10, _rows.Count / 4), _rows.Count / 20);
            AddByValue(isRare ? SignalKind.Text : SignalKind.CommonError, column, values, rows, isRare ? 16 : 0, readsLikeError: isRare);
        }
    }

    private static int[] RowsWith(Column column, List<int> values)
    {
        var isWanted = new bool[column.Facts.Values.Length];
        values.ForEach(value => isWanted[value] = true);
        return RowsOf(column, cell => isWanted[column.Facts.ValueOf[cell]]);
    }

    private void FindRareForms(Column column, ulong[] forms, int few)
    {
        var facts = column.Facts;
        var counts = new Dictionary<ulong, int>();
        for (var value = 0; value < forms.Length; value++)
        {
            counts[forms[value]] = counts.GetValueOrDefault(forms[value]) + facts.Values[value].Count;
        }

        var rare = new List<int>();
        var cells = 0;
        for (var value = 0; value < forms.Length; value++)
        {
            if (counts[forms[value]] <= Math.Max(1, few / 2))
            {
                rare.Add(value);
                cells += facts.Values[value].Count;
            }
        }

        if (rare.Count > 0 && cells <= few)
        {
            AddByValue(SignalKind.Text, column, rare, RowsWith(column, rare), 2);
        }
    }

    private void FindLengths(Column column)
    {
        // Lengths of strings in bytes; of arrays, where the column holds those, in items.
        var kind = column.Of(JsonNodeKind.String) >= column.Of(JsonNodeKind.Array) ? JsonNodeKind.String : JsonNodeKind.Array;
        var count = column.Of(kind);
        if (count < MinimumCells || column.Facts.Kind == ColumnKind.Constant)
        {
            return;
        }

        var slack = kind == JsonNodeKind.String ? 8 : 2;
        var (at, sum, least, greatest) = (0, 0.0, double.MaxValue, 0.0);
        var nodes = _tape.Nodes;
        foreach (var cell in column.Cells)
        {
            var node = nodes[cell.Node];
            if (node.Kind == kind)
            {
                var length = kind == JsonNodeKind.String ? node.Length : node.Count;
                sum += length;
                least = Math.Min(least, length);
                greatest = Math.Max(greatest, length);
            }
        }

        var mean = sum / count;
        if (greatest < (1.2 * mean) + (slack / 2) && least > (mean / 2) - 2)
        {
            return;
        }

        var lengths = new double[count];
        foreach (var cell in column.Cells)
        {
            var node = nodes[cell.Node];
            if (node.Kind == kind)
            {
                lengths[at++] = kind == JsonNodeKind.String ? node.Length : node.Count;
            }
        }

        var sorted = NumberSample.Sorted(lengths);
        var median = sorted[sorted.Length / 2];
        var fences = RobustFences.Around(sorted, Few(sorted.Length));
        at = 0;
        foreach (var cell in column.Cells)
        {
            if (nodes[cell.Node].Kind != kind)
            {
                continue;
            }

            var length = lengths[at++];
            if (fences.Excludes(length) && (length > (1.5 * median) + slack || length < (median / 2) - 2))
            {
                _signals.Add(new Signal(SignalKind.Length, Math.Abs(Math.Log2((length + 1) / (median + 1))), [cell.Row], column));
            }
        }
    }

    private void FindNumbers(Column column, int index)
    {
        var facts = column.Facts;
        if (facts.Kind == ColumnKind.Category && !column.IsRepeated)
        {
            FindSwitches(column);
        }

        if (facts.Numbers.Length < MinimumCells)
        {
            return;
        }

        if (facts.Kind == ColumnKind.Sequence)
        {
            FindBreaks(column);
            return;
        }

        var most = Math.Min(Math.Max(8, facts.Sorted.Length * 3 / 100), facts.Sorted.Length / 5);
        var fences = RobustFences.Around(facts.Sorted, most);
        var (least, greatest) = (0, 0);
        for (var i = 0; i < facts.Numbers.Length; i++)
        {
            var value = facts.Numbers[i];
            if (fences.Excludes(value))
            {
                var distance = Math.Max(fences.Low - value, value - fences.High);
                _signals.Add(new Signal(SignalKind.Outlier, fences.Scale > 0 ? distance / fences.Scale : 1, [RowOf(column, i)], column));
            }

            least = value < facts.Numbers[least] ? i : least;
            greatest = value > facts.Numbers[greatest] ? i : greatest;
        }

        if (column.IsRepeated || facts.Kind == ColumnKind.Time || facts.Sorted[0] == facts.Sorted[^1])
        {
            return;
        }

        _signals.Add(new Signal(SignalKind.Extreme, 1, [RowOf(column, greatest)]));
        _signals.Add(new Signal(SignalKind.Extreme, 0, [RowOf(column, least)]));
        var (up, down) = Directions(facts.Numbers);
        if (IsFalling(facts.Numbers, up, down) && facts.Numbers.Length >= 0.9 * _rows.Count)
        {
            // Rows in the strict order of a measure were sorted by it: who sorted them wanted the first.
            var isScore = (up == 0 && down * 2 > facts.Numbers.Length) || _meanings[index] == KeyMeaning.Score || (facts.Decimals != 0 && facts.Sorted[0] >= -1 && facts.Sorted[^1] <= 1);
            if (Falling < 0 || (isScore && !IsRanked))
            {
                (Falling, IsRanked) = (index, isScore);
            }
        }
        else if (Math.Max(up, down) < 0.9 * (up + down) || up + down < facts.Numbers.Length / 2)
        {
            foreach (var at in ChangePoints.Find(facts.Numbers))
            {
                _signals.Add(new Signal(SignalKind.Change, 1, [RowOf(column, at - 1), RowOf(column, at)]));
            }
        }
    }

    private static int RowOf(Column column, int number) => column.Cells[column.Facts.CellOf(number)].Row;

    private static (int Up, int Down) Directions(double[] numbers)
    {
        var (up, down) = (0, 0);
        for (var i = 1; i < numbers.Length; i++)
        {
            up += numbers[i] > numbers[i - 1] ? 1 : 0;
            down += numbers[i] < numbers[i - 1] ? 1 : 0;
        }

        return (up, down);
    }

    // Long series may be noisy: the medians of eight equal parts must fall. Short ones must fall from row to row.
    private static bool IsFalling(double[] numbers, int up, int down)
    {
        const int Parts = 8;
        const int LongestPart = 1 << 13;
        if (numbers.Length < 8 * Parts)
        {
            return down >= numbers.Length / 2 && up <= numbers.Length * 0.15;
        }

        var previous = double.PositiveInfinity;
        var length = numbers.Length / Parts;
        var step = Math.Max(1, length / LongestPart);
        var part = new double[length / step];
        for (var i = 0; i < Parts; i++)
        {
            for (var j = 0; j < part.Length; j++)
            {
                part[j] = numbers[(i * length) + (j * step)];
            }

            Array.Sort(part);
            if (part[part.Length / 2] >= previous)
            {
                return false;
            }

            previous = part[part.Length / 2];
        }

        return true;
    }

    private void FindBreaks(Column column)
    {
        var numbers = column.Facts.Numbers;
        var breaks = new List<int>();
        for (var i = 0; i + 1 < numbers.Length && breaks.Count <= Few(numbers.Length); i++)
        {
            if (numbers[i + 1] - numbers[i] != column.Facts.Step)
            {
                breaks.Add(i);
            }
        }

        if (breaks.Count <= Few(numbers.Length))
        {
            _signals.AddRange(breaks.Select(i => new Signal(SignalKind.Change, 1, [RowOf(column, i), RowOf(column, i + 1)])));
        }
    }

    private void FindSwitches(Column column)
    {
        var most = Math.Max(4, column.Count / 100);
        var switches = new List<int>();
        for (var i = 1; i < column.Count && switches.Count <= most; i++)
        {
            if (column.Facts.ValueOf[i] != column.Facts.ValueOf[i - 1])
            {
                switches.Add(i);
            }
        }

        if (switches.Count <= most)
        {
            _signals.AddRange(switches.Select(i => new Signal(SignalKind.Change, 2, [column.Cells[i - 1].Row, column.Cells[i].Row])));
        }
    }
}
