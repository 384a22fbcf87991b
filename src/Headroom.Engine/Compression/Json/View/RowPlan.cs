using System.Buffers;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>Rows that a view may leave out, with all that does not depend on the budget.</summary>
internal sealed class RowPlan
{
    /// <summary>The profile takes at most this part of the budget; what it does not need goes to rows.</summary>
    public const double ProfileShare = 0.22;

    /// <summary>The profile of a set of rows is given so much at least, unless there are too many sets for that.</summary>
    public const int LeastProfileTokens = 24;

    /// <summary>Below this there is no room for a line.</summary>
    private const int ProfileLineTokens = 12;

    /// <summary>What the number of a shown row costs in the profile's first line, by measurement.</summary>
    private const int RowNumberTokens = 2;

    /// <summary>What is long inside a longer row is shortened as well.</summary>
    public const int BigRowBytes = 1_500;

    /// <summary>A row that takes more even so is cut to a part of its values, whatever the budget is.</summary>
    private const int WideRowTokens = 600;
    private const int CutRowTokens = 200;
    private const int MostNames = 6;

    private readonly ArrayBufferWriter<byte> _values = new();
    private readonly JsonTape _tape;
    private readonly int[] _columns;
    private readonly int _copies;
    private readonly double _varyingShare;
    private readonly Func<int, ViewPlan> _shortenRow;
    private readonly Dictionary<int, (ViewPlan Plan, double Tokens)> _bigRows = [];
    private readonly bool[] _isAsked;

    // Values that a cut row shows; 0 when no row is cut.
    private readonly int _mostValues;

    private RowPlan(JsonTape tape, RowColumns rows, RowSignals signals, int[] columns, int copies, double varyingShare, Func<int, ViewPlan> shortenRow)
    {
        _tape = tape;
        Rows = rows;
        Signals = signals;
        _columns = columns;
        _copies = copies;
        _varyingShare = varyingShare;
        _shortenRow = shortenRow;
        _isAsked = AskedFor();
        _mostValues = MostValues();
    }

    public RowColumns Rows { get; }

    public RowSignals Signals { get; }

    /// <summary>Plans a set of rows; null when none may be left out.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="node">What holds the rows.</param>
    /// <param name="layout">How they lie in it.</param>
    /// <param name="columns">The arrays that are columns, of <see cref="RowLayout.Columns"/>.</param>
    /// <param name="relevance">What the caller asked for.</param>
    /// <param name="mayHideAnyRow">They may be left out even where they are all different.</param>
    /// <param name="shortenRow">Plans what is long inside a row: gets the row's node.</param>
    /// <param name="cancellationToken">Ends the work between rows and columns.</param>
    public static RowPlan? Of(
        JsonTape tape, int node, RowLayout layout, int[] columns, Relevance relevance, bool mayHideAnyRow, Func<int, ViewPlan> shortenRow, CancellationToken cancellationToken)
    {
        var rows = RowColumns.Read(tape, node, layout, columns, cancellationToken);
        var index = new ValueIndex();
        double all = 0;
        double constant = 0;
        foreach (var column in rows.Columns)
        {
            cancellationToken.ThrowIfCancellationRequested();
            column.Facts = ColumnFacts.Of(tape, column, rows.Count, index);
            all += column.Facts.Kind == ColumnKind.Container ? 0 : column.Bytes;
            constant += column.Facts.Kind == ColumnKind.Constant ? column.Bytes : 0;
        }

        // Columns that lie in arrays of their own are written value by value.
        var varying = all == 0 || layout == RowLayout.Columns || rows.IsScalar ? 1 : 1 - (constant / all);
        var signals = RowSignals.Find(tape, rows, relevance, cancellationToken);
        var copies = !rows.IsScalar ? rows.Count - Distinct(rows.RowHashes)
            : rows.Columns[0].Facts.Values is { Length: > 0 } values ? rows.Count - values.Length : 0;
        return mayHideAnyRow || Redundancy.AllowsView(rows, signals, copies) ? new RowPlan(tape, rows, signals, columns, copies, varying, shortenRow) : null;
    }

    /// <summary>Some of the rows, without a profile.</summary>
    public RowSelection Selection(int[] rows) => new(Rows.Node, Rows.Layout, _columns, rows, Rows.Count, []);

    /// <summary>Adds to a view what it shows of these rows: nothing when they are shown as they are.</summary>
    /// <param name="budget">Tokens for these rows.</param>
    /// <param name="leastProfile">What their profile is given at least.</param>
    /// <param name="view">Gets what is shown.</param>
    /// <param name="cancellationToken">Ends the work between rows.</param>
    public void Select(double budget, double leastProfile, ViewPlan view, CancellationToken cancellationToken)
    {
        var profile = new ArrayProfile(_tape, Rows, Signals, _copies);
        var forProfile = Math.Min(profile.Tokens, Math.Max(budget * ProfileShare, leastProfile));
        var left = budget - forProfile - (_mostValues > 0 ? Math.Min(CutRowTokens, HeaderTokens()) : HeaderTokens());
        var isShown = BudgetSolver.Fill(Musts(), left, new RowOrder(Rows, Signals).Rows(), row => RowTokens(row) + RowNumberTokens, cancellationToken);
        var shown = new List<int>();
        for (var row = 0; row < isShown.Length; row++)
        {
            if (isShown[row])
            {
                shown.Add(row);
            }
        }

        int[] rows = [.. shown];
        if (rows.Length < isShown.Length)
        {
            // Where very many sets of rows share a budget, the form itself says how many of each are shown and which; a table does not say which.
            var hasProfile = Rows.IsTable || Math.Max(budget * ProfileShare, leastProfile) >= ProfileLineTokens;
            view.Add(hasProfile ? Selection(rows) with { Profile = profile.Lines(rows, forProfile) } : Selection(rows));
        }
        else if (_bigRows.Count == 0 || rows.Sum(row => ValueTokens(Rows.RowNodes[row]) + RowNumberTokens) <= left)
        {
            return;
        }

        var cut = new List<ViewPlan>();
        foreach (var row in rows)
        {
            if (_bigRows.TryGetValue(row, out var big))
            {
                view.Add(big.Plan);
                if (big.Plan.CutRows > 0)
                {
                    cut.Add(big.Plan);
                }
            }
        }

        if (cut.Count > 0)
        {
            view.Note(CutNote(cut));
        }
    }

    // What was asked for is not cut, unless that is most of it.
    private bool[] AskedFor()
    {
        var isAsked = new bool[Rows.Count];
        var bytes = 0L;
        foreach (var row in Signals.Found.Where(s => s.Kind == SignalKind.Query).SelectMany(s => s.Rows))
        {
            bytes += isAsked[row] ? 0 : Rows.LengthOf(row);
            isAsked[row] = true;
        }

        return bytes <= Rows.Bytes * BudgetSolver.MustShare ? isAsked : new bool[Rows.Count];
    }

    // By the longest row, so that rows with the same keys show the same of them.
    private int MostValues()
    {
        var longest = Rows.Layout == RowLayout.Columns || Rows.Count == 0 ? -1 : Enumerable.Range(0, Rows.Count).MaxBy(Rows.LengthOf);
        if (longest < 0 || Rows.LengthOf(longest) <= BigRowBytes)
        {
            return 0;
        }

        // What is long inside it does not count.
        var node = Rows.RowNodes[longest];
        var output = new ByteBuffer(BigRowBytes);
        Excerpt.Write(_tape, node, _shortenRow(node), output);
        var tokens = TokenEstimator.Instance.Sample(output.Written);
        var values = JsonTape.Read(output.ToArray(), CancellationToken.None)?.Nodes is { } nodes ? Enumerable.Range(0, nodes[0].End).Count(i => IsValue(nodes[i].Kind)) : 0;
        return tokens <= WideRowTokens ? 0 : Math.Max(1, (int)((long)values * CutRowTokens / tokens));
    }

    private static bool IsValue(JsonNodeKind kind) => kind is not (JsonNodeKind.Name or JsonNodeKind.Object or JsonNodeKind.Array);

    private string CutNote(List<ViewPlan> cut)
    {
        var names = cut[0].Hidden.Order().Where(node => _tape.Nodes[node].Kind == JsonNodeKind.Name).Take(MostNames).Select(JsonPlaceOf).ToArray();
        var place = JsonPlace.Of(_tape, Rows.Node) is { Length: > 0 } path ? $"{path}: " : "";
        return FormattableString.Invariant(
            $"{place}{cut.Count} wide rows cut: of the first of them {cut[0].Hidden.Count} values not shown{(names.Length > 0 ? $": {string.Join(", ", names)}{(cut[0].Hidden.Count > names.Length ? ", ..." : "")}" : "")}");

        string JsonPlaceOf(int node) => JsonPlace.Quoted(_tape.Inner(node));
    }

    // Gives the values that are left; fields of which nothing is shown go with their name.
    private int Cut(int node, HashSet<int> excerpted, int left, List<int> hidden)
    {
        var nodes = _tape.Nodes;
        var isObject = nodes[node].Kind == JsonNodeKind.Object;
        for (var child = node + 1; child < nodes[node].End;)
        {
            var value = isObject ? child + 1 : child;
            var before = hidden.Count;
            if (nodes[value].Kind == JsonNodeKind.Object && nodes[value].Count > 0 && !excerpted.Contains(value))
            {
                var rest = Cut(value, excerpted, left, hidden);
                if (hidden.Count - before == nodes[value].Count && rest == left)
                {
                    hidden.RemoveRange(before, hidden.Count - before);
                    hidden.Add(child);
                }

                left = rest;
            }
            else
            {
                var weight = nodes[value].Kind == JsonNodeKind.Array && !excerpted.Contains(value) ? Math.Max(1, nodes[value].End - value - 1) : 1;
                if (left >= weight || Signals.ErrorNodes.Contains(value))
                {
                    left = Math.Max(0, left - weight);
                }
                else
                {
                    hidden.Add(child);
                }
            }

            child = nodes[value].End;
        }

        return left;
    }

    // What was asked for, errors, odd shapes, rare values and outliers: all of them, or the strongest kinds alone, as long as a view of
    // them still pays. Does not depend on the budget, so that a larger one never shows less.
    private bool[] Musts()
    {
        foreach (var weakest in new[] { SignalKind.Length, SignalKind.Category, SignalKind.Shape, SignalKind.Error, SignalKind.Query })
        {
            var isMust = new bool[Rows.Count];
            var bytes = 0L;
            foreach (var row in Signals.Found.Where(s => s.Kind <= weakest).SelectMany(s => s.Rows))
            {
                if (!isMust[row])
                {
                    isMust[row] = true;
                    bytes += Rows.LengthOf(row) > BigRowBytes ? Math.Min(Rows.LengthOf(row), (long)BigRow(row).Tokens * 4) : Rows.LengthOf(row);
                }
            }

            if (bytes <= Rows.Bytes * BudgetSolver.MustShare)
            {
                return isMust;
            }
        }

        return new bool[Rows.Count];
    }

    private static int Distinct(ulong[] hashes)
    {
        ulong[] sorted = [.. hashes];
        Array.Sort(sorted);
        var distinct = sorted.Length > 0 ? 1 : 0;
        for (var i = 1; i < sorted.Length; i++)
        {
            distinct += sorted[i] != sorted[i - 1] ? 1 : 0;
        }

        return distinct;
    }

    private double HeaderTokens()
    {
        _values.ResetWrittenCount();
        foreach (var column in Rows.Columns)
        {
            if (column.Key >= 0)
            {
                _values.Write(_tape.KeyName(column.Key));
                _values.Write(","u8);
            }
        }

        return TokenEstimator.Instance.Count(_values.WrittenSpan);
    }

    private double RowTokens(int row)
    {
        if (Rows.Layout == RowLayout.Columns)
        {
            _values.ResetWrittenCount();
            for (var column = 1; column < Rows.Columns.Count; column++)
            {
                _values.Write(_tape.Raw(Rows.Columns[column].Cells[row].Node));
                _values.Write(","u8);
            }

            return TokenEstimator.Instance.Count(_values.WrittenSpan);
        }

        return Rows.LengthOf(row) > BigRowBytes ? BigRow(row).Tokens : ValueTokens(Rows.RowNodes[row]);
    }

    private (ViewPlan Plan, double Tokens) BigRow(int row)
    {
        if (!_bigRows.TryGetValue(row, out var big))
        {
            var node = Rows.RowNodes[row];
            var plan = _shortenRow(node);
            var tokens = ValueTokens(node);
            var excerpted = plan.Selections.Select(s => s.Node).ToHashSet();
            if (_mostValues > 0 && !_isAsked[row] && _tape.Nodes[node].Kind is JsonNodeKind.Object or JsonNodeKind.Array && !excerpted.Contains(node))
            {
                var hidden = new List<int>();
                Cut(node, excerpted, _mostValues, hidden);
                if (hidden.Count > 0)
                {
                    plan.Cut(hidden);
                }
            }

            if (!plan.IsEmpty)
            {
                var output = new ByteBuffer(BigRowBytes);
                Excerpt.Write(_tape, node, plan, output);
                tokens = TokenEstimator.Instance.Count(output.Written) + plan.Profile.Sum(line => TokenEstimator.Instance.Count(System.Text.Encoding.UTF8.GetBytes(line)) + 1);
            }

            _bigRows.Add(row, big = (plan, tokens));
        }

        return big;
    }

    // A row of a table: its values and what stands between them.
    private double ValueTokens(int row)
    {
        _values.ResetWrittenCount();
        var nodes = _tape.Nodes;
        if (Rows.Layout == RowLayout.Members)
        {
            _values.Write(_tape.Raw(row - 1));
        }

        for (var node = row; node < nodes[row].End; node++)
        {
            if (nodes[node].Kind is not (JsonNodeKind.Name or JsonNodeKind.Object or JsonNodeKind.Array))
            {
                _values.Write(nodes[node].Kind == JsonNodeKind.String ? _tape.Inner(node) : _tape.Raw(node));
                _values.Write(","u8);
            }
        }

        return (TokenEstimator.Instance.Count(_values.WrittenSpan) * _varyingShare) + 1;
    }
}
