using System.Globalization;
using System.Text;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>Short lines that say what all of a set of rows hold, most telling first to be kept.</summary>
internal sealed class ArrayProfile
{
    private const int MostValues = 6;
    private const int MostRareValues = 8;
    private const int MostFewKeys = 12;
    private const int MostStandingOut = 12;
    private const int LongestValue = 40;
    private const int LongestTemplate = 60;
    private const int LongestContainer = 200;

    private readonly JsonTape _tape;
    private readonly RowColumns _rows;
    private readonly RowSignals _signals;
    private readonly int _copies;
    private readonly List<(int Importance, string Text, int Tokens)> _lines = [];

    /// <summary>Writes the lines about the columns, all of them.</summary>
    public ArrayProfile(JsonTape tape, RowColumns rows, RowSignals signals, int copies)
    {
        _tape = tape;
        _rows = rows;
        _signals = signals;
        _copies = copies;
        var constants = new List<string>();
        var few = new List<string>();
        for (var i = 0; i < rows.Columns.Count; i++)
        {
            var column = rows.Columns[i];
            if (column.Count == 0 || (i == 0 && !rows.IsScalar))
            {
                continue;
            }

            if (column.Facts.Kind == ColumnKind.Constant)
            {
                constants.Add($"{_rows.PathOf(i)}={Value(column, 0)}");
            }
            else if (column.RowCount <= RowSignals.Few(rows.Count))
            {
                // These rows are shown; what they hold needs no summary. A key says it for the keys below it.
                if (i > 0 && column.Key >= 0 && rows.Columns[column.Parent].RowCount > RowSignals.Few(rows.Count))
                {
                    few.Add(Inv($"{_rows.PathOf(i)} {column.RowCount}"));
                }
            }
            else if (Describe(column) is { } text)
            {
                Add(ImportanceOf(column), $"{_rows.PathOf(i)}: {text}{Gaps(column)}");
            }
        }

        if (rows.IsMixed)
        {
            Add(6, $"kinds: {string.Join(", ", Kinds())}");
        }

        if (IsSeries && StandingOut() is { Length: > 0 } standing)
        {
            Add(6, standing);
        }

        if (constants.Count > 0)
        {
            Add(3, $"in every row: {string.Join(", ", constants)}");
        }

        if (few.Count > 0)
        {
            Add(3, $"keys in few rows: {string.Join(", ", few.Take(MostFewKeys))}{(few.Count > MostFewKeys ? Inv($", {few.Count - MostFewKeys} more") : "")}");
        }
    }

    private string Noun => _rows.Layout == RowLayout.Members ? "entries" : _rows.IsScalar || _rows.IsMixed ? "items" : "rows";

    // Values that stand in arrays of their own, where nothing shows which is which.
    private bool IsSeries => _rows.IsSeries || _rows.Layout == RowLayout.Columns;

    /// <summary>Estimated tokens of all lines about columns.</summary>
    public double Tokens => _lines.Sum(l => l.Tokens);

    /// <summary>The rows shown, the errors, the copies, and as many lines about columns as fit, in column order.</summary>
    public string[] Lines(int[] shown, double budget)
    {
        var isKept = new bool[_lines.Count];
        foreach (var (index, (_, _, tokens)) in _lines.Index().OrderByDescending(l => l.Item.Importance).ThenBy(l => l.Index))
        {
            budget -= tokens;
            if (budget < 0)
            {
                break;
            }

            isKept[index] = true;
        }

        var place = JsonPlace.Of(_tape, _rows.Node) is { Length: > 0 } path ? $"{path}: " : "";
        var text = new List<string> { _rows.IsTable
            ? Inv($"{place}{Noun} {Ranges(shown)} of {_rows.Count} shown; of all {_rows.Count} {Noun}:")
            : Inv($"{place}{shown.Length} of {_rows.Count} {Noun} shown{(_rows.Layout == RowLayout.Members ? "" : ", numbered from 0")}; of all {_rows.Count} {Noun}:") };
        var errors = _signals.IsError.Count(e => e);
        if (errors > 0)
        {
            var errorsShown = shown.Count(row => _signals.IsError[row]);
            text.Add(errors == errorsShown ? Inv($"error {Noun}: {errors}, all shown") : Inv($"error {Noun}: {errors}, {errorsShown} shown"));
        }

        // Of scalars the number of different values says it.
        if (_copies > 0 && (!_rows.IsSeries || _copies == _rows.Count - 1))
        {
            text.Add(Copies());
        }

        text.AddRange(_lines.Where((_, i) => isKept[i]).Select(l => l.Text));
        return [.. text];
    }

    private static string Inv(FormattableString text) => FormattableString.Invariant(text);

    private static string Ranges(int[] rows)
    {
        var text = new StringBuilder();
        for (var i = 0; i < rows.Length;)
        {
            var from = i;
            while (i + 1 < rows.Length && rows[i + 1] == rows[i] + 1)
            {
                i++;
            }

            text.Append(text.Length > 0 ? "," : "");
            text.Append(i == from ? Inv($"{rows[i] + 1}") : Inv($"{rows[from] + 1}-{rows[i] + 1}"));
            i++;
        }

        return text.ToString();
    }

    private static int ImportanceOf(Column column) => column.Facts.Kind switch
    {
        ColumnKind.Category => 5,
        ColumnKind.Number => 4,
        ColumnKind.TemplatedText => 4,
        ColumnKind.Time => 2,
        _ => 1,
    };

    private void Add(int importance, string text) => _lines.Add((importance, text, TokenEstimator.Instance.Count(Encoding.UTF8.GetBytes(text)) + 1));

    private IEnumerable<string> Kinds()
    {
        var counts = new int[8];
        for (var row = 0; row < _rows.Count; row++)
        {
            counts[(int)_tape.Nodes[_rows.RowNodes[row]].Kind]++;
        }

        string[] names = ["objects", "arrays", "", "strings", "numbers", "true", "false", "null"];
        return counts.Index().Where(c => c.Item > 0).Select(c => Inv($"{names[c.Index]} {c.Item}"));
    }

    // The rows of a series that stand out, with their numbers, strongest first, and where its level changes.
    private string StandingOut()
    {
        var all = new HashSet<int>(_signals.Found.Where(s => s.Kind < SignalKind.CommonError).SelectMany(s => s.Rows));
        var rows = _signals.Found.Where(s => s.Kind < SignalKind.CommonError).SelectMany(s => s.Rows).Distinct().Take(MostStandingOut).ToArray();
        var more = all.Count - rows.Length;
        var parts = new List<string>();
        if (rows.Length > 0)
        {
            parts.Add($"stand out: {string.Join(", ", rows.Order().Select(Series))}{(more > 0 ? Inv($", {more} more") : "")}");
        }

        var changes = _signals.Found.Where(s => s is { Kind: SignalKind.Change, Rows.Length: 2 }).Select(s => s.Rows[1]).Distinct().Order().Take(MostStandingOut).ToArray();
        if (changes.Length > 0)
        {
            parts.Add($"level changes at {string.Join(", ", changes.Select(row => Inv($"{row}")))}");
        }

        return string.Join("; ", parts);
    }

    private string Series(int row) => _rows.Layout == RowLayout.Items
        ? Inv($"{row}={Value(_rows.RowNodes[row], isQuoted: true)}")
        : Inv($"{row}=({string.Join(' ', Enumerable.Range(1, _rows.Columns.Count - 1).Select(column => Value(_rows.Columns[column], row)))})");

    private string Copies()
    {
        if (_copies == _rows.Count - 1)
        {
            return Inv($"all {_rows.Count} {Noun} are identical");
        }

        var (hash, most) = _rows.RowHashes.CountBy(h => h).MaxBy(g => g.Value);
        var first = Array.IndexOf(_rows.RowHashes, hash) + 1;
        return most - 1 == _copies ? Inv($"{most} identical {Noun}, the first is {first}")
            : Inv($"{_copies} {Noun} repeat an earlier one; {most} are identical to number {first}");
    }

    private string? Describe(Column column)
    {
        var facts = column.Facts;
        return facts.Kind switch
        {
            ColumnKind.Container => null,
            ColumnKind.Category => Categories(column),
            ColumnKind.Number => Numbers(column),
            ColumnKind.Sequence or ColumnKind.Time => Range(column),
            ColumnKind.TemplatedText => Templates(column),
            _ => facts.Values.Length == column.Count
                ? Inv($"{facts.Values.Length} different, {Value(column, 0)} .. {Value(column, column.Count - 1)}")
                : Inv($"{facts.Values.Length} different, e.g. {Value(column, 0)}"),
        };
    }

    private string Categories(Column column)
    {
        // The frequent values, and all the rare ones when they are few.
        var ordered = column.Facts.Values.OrderByDescending(v => v.Count).ThenBy(v => v.FirstCell).ToArray();
        var rare = ordered.Skip(MostValues).All(v => v.Count <= Math.Max(1, column.Count / 100)) ? ordered.Length - MostValues : 0;
        var listed = rare is > 0 and <= MostRareValues ? ordered.Length : Math.Min(ordered.Length, MostValues);
        var text = string.Join(", ", ordered.Take(listed).Select(v => Inv($"{Value(column, v.FirstCell)}={v.Count}")));
        var others = ordered.Length - listed;
        return others == 0 ? text : Inv($"{text}, {others} others={ordered.Skip(listed).Sum(v => v.Count)}");
    }

    private string Numbers(Column column)
    {
        var facts = column.Facts;
        var (least, greatest, sum) = (0, 0, 0.0);
        for (var i = 0; i < facts.Numbers.Length; i++)
        {
            least = facts.Numbers[i] < facts.Numbers[least] ? i : least;
            greatest = facts.Numbers[i] > facts.Numbers[greatest] ? i : greatest;
            sum += facts.Numbers[i];
        }

        var range = $"{Value(column, facts.CellOf(least))}..{Value(column, facts.CellOf(greatest))}";
        var mean = sum / facts.Numbers.Length;
        var text = double.IsFinite(mean) ? $"{range} mean {Mean(mean, facts.Decimals)}" : range;
        var median = facts.Sorted[facts.Sorted.Length / 2];
        return !IsSeries ? text
            : facts.Sorted.Length == facts.Numbers.Length ? Inv($"{text} median {median}{Different(facts)}")
            : Inv($"{text} median about {median}{Different(facts)}");
    }

    // Very many numbers are not told apart.
    private static string Different(ColumnFacts facts) => facts.Values.Length == 0 ? "" : Inv($", {facts.Values.Length} different");

    // One place more than the values have, in whole numbers of a thousand and more none.
    private static string Mean(double mean, int decimals) =>
        decimals < 0 || Math.Abs(mean) >= 1e15 ? mean.ToString("G6", CultureInfo.InvariantCulture)
        : Math.Round(mean, Math.Min(decimals == 0 && Math.Abs(mean) < 1000 ? 1 : decimals, 6)).ToString(CultureInfo.InvariantCulture);

    private string Range(Column column)
    {
        var facts = column.Facts;
        var (least, greatest) = (0, 0);
        if (facts.Numbers.Length > 0)
        {
            for (var i = 0; i < facts.Numbers.Length; i++)
            {
                least = facts.Numbers[i] < facts.Numbers[least] ? i : least;
                greatest = facts.Numbers[i] > facts.Numbers[greatest] ? i : greatest;
            }

            return $"{Value(column, facts.CellOf(least))}..{Value(column, facts.CellOf(greatest))}";
        }

        // ISO 8601 sorts as text within one column.
        least = -1;
        greatest = -1;
        for (var cell = 0; cell < column.Count; cell++)
        {
            if (_tape.Nodes[column.Cells[cell].Node].Kind != JsonNodeKind.String)
            {
                continue;
            }

            least = least < 0 || Raw(cell).SequenceCompareTo(Raw(least)) < 0 ? cell : least;
            greatest = greatest < 0 || Raw(cell).SequenceCompareTo(Raw(greatest)) > 0 ? cell : greatest;
        }

        return $"{Value(column, least)}..{Value(column, greatest)}";

        ReadOnlySpan<byte> Raw(int cell) => _tape.Inner(column.Cells[cell].Node);
    }

    private string Templates(Column column)
    {
        var facts = column.Facts;
        var counts = new Dictionary<ulong, (int Value, int Count)>();
        for (var value = 0; value < facts.Values.Length; value++)
        {
            var template = facts.Forms!.Templates[value];
            var (first, count) = counts.GetValueOrDefault(template, (value, 0));
            counts[template] = (first, count + facts.Values[value].Count);
        }

        var ordered = counts.Values.OrderByDescending(t => t.Count).ThenBy(t => t.Value).ToArray();
        if (ordered[0].Count < Math.Max(3, column.Count / 50))
        {
            return Inv($"{facts.Values.Length} different texts, e.g. {Value(column, 0)}");
        }

        var listed = ordered.Length <= MostValues + 2 ? ordered.Length : MostValues;
        var text = string.Join("; ", ordered.Take(listed).Select(t => Inv($"{Template(column, facts.Values[t.Value].FirstCell)}={t.Count}")));
        return listed == ordered.Length ? text : Inv($"{text}; {ordered.Length - listed} other forms={ordered.Skip(listed).Sum(t => t.Count)}");
    }

    private string Template(Column column, int cell)
    {
        var node = column.Cells[cell].Node;
        return _tape.Nodes[node].Kind == JsonNodeKind.String ? Cut(ValueForms.Template(_tape.Inner(node)), LongestTemplate) : Value(column, cell);
    }

    // How many rows lack the key or hold a null, unless the values above already say so.
    private string Gaps(Column column)
    {
        var nulls = column.Of(JsonNodeKind.Null);
        var text = nulls > 0 && column.Facts.Kind != ColumnKind.Category ? Inv($", null {nulls}") : "";
        return column.RowCount < _rows.Count ? Inv($"{text}; in {column.RowCount} rows") : text;
    }

    // Strings stay as spelled in the source, so that a line is always one line; quotes only where the text could be taken for something else.
    private string Value(Column column, int cell) => Value(column.Cells[cell].Node, column.Facts.Kind is not (ColumnKind.Time or ColumnKind.Identifier));

    private string Value(int node, bool isQuoted)
    {
        if (_tape.Nodes[node].Kind is JsonNodeKind.Object or JsonNodeKind.Array)
        {
            if (_tape.CompactLength(node) > LongestContainer)
            {
                return Inv($"{(_tape.Nodes[node].Kind == JsonNodeKind.Array ? "array" : "object")} of {_tape.Nodes[node].Count}");
            }

            var output = new ByteBuffer(LongestContainer);
            Excerpt.Write(_tape, node, new ViewPlan(), output);
            return Cut(Encoding.UTF8.GetString(output.Written), LongestValue);
        }

        if (_tape.Nodes[node].Kind is not (JsonNodeKind.String or JsonNodeKind.Name))
        {
            return Cut(Encoding.UTF8.GetString(_tape.Raw(node)), LongestValue);
        }

        var text = Encoding.UTF8.GetString(_tape.Inner(node));
        var isPlain = text.Length > 0 && !char.IsAsciiDigit(text[0]) && text[0] is not (' ' or '-') && text[^1] != ' '
            && text is not ("true" or "false" or "null") && !text.AsSpan().ContainsAny(',', ';', '=');
        return isPlain || !isQuoted ? Cut(text, LongestValue) : $"\"{Cut(text, LongestValue)}\"";
    }

    private static string Cut(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        var at = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return $"{text.AsSpan(0, at).TrimEnd('\\')}…";
    }
}
