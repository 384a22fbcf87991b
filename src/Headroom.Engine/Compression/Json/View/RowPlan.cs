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
    private const int BigRowBytes = 1_500;

    /// <summary>The fewest rows that a view shows may take so much, whatever the budget is, before they lose keys.</summary>
    private const int WideRowsTokens = 200;

    /// <summary>Rows are wide where they take so much on the average, names included.</summary>
    private const int WideRowTokens = 300;

    private readonly ArrayBufferWriter<byte> _values = new();
    private readonly JsonTape _tape;
    private readonly int[] _columns;
    private readonly int _copies;
    private readonly double _varyingShare;
    private readonly Func<int, bool, ViewPlan> _shorten;
    private readonly Dictionary<int, (ViewPlan Plan, double Tokens)> _bigRows = [];

    private RowPlan(JsonTape tape, RowColumns rows, RowSignals signals, int[] columns, int copies, double varyingShare, Func<int, bool, ViewPlan> shorten)
    {
        _tape = tape;
        Rows = rows;
        Signals = signals;
        _columns = columns;
        _copies = copies;
        _varyingShare = varyingShare;
        _shorten = shorten;
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
    /// <param name="shorten">Plans what is long inside a row: gets its node, and whether rows may be left out where nothing says which of them matter.</param>
    /// <param name="cancellationToken">Ends the work between rows and columns.</param>
    public static RowPlan? Of(
        JsonTape tape, int node, RowLayout layout, int[] columns, Relevance relevance, bool mayHideAnyRow, Func<int, bool, ViewPlan> shorten, CancellationToken cancellationToken)
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
        return mayHideAnyRow || Redundancy.AllowsView(rows, signals, copies) ? new RowPlan(tape, rows, signals, columns, copies, varying, shorten) : null;
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
        var (header, rareKeys) = HeaderTokens();
        var order = new RowOrder(Rows, Signals).Rows();
        var musts = Musts();
        var isWide = IsWide();
        var left = isWide ? 0 : budget - forProfile - header;
        var isShown = BudgetSolver.Fill(musts, left, order, row => Tokens(row) + RowNumberTokens, cancellationToken);
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
        else if (!isWide && (_bigRows.Count == 0 || rows.Sum(row => ValueTokens(Rows.RowNodes[row]) + RowNumberTokens) <= left))
        {
            return;
        }

        // What was asked for is not cut.
        HashSet<int> isAsked = isWide ? [.. Signals.Found.Where(s => s.Kind == SignalKind.Query).SelectMany(s => s.Rows)] : [];
        var keys = isWide ? new ShownKeys(_tape, Rows, Signals, rows.Length, Math.Max(budget, WideRowsTokens) * (1 - ProfileShare)) : null;
        keys?.Hide(row => isShown[row] && !isAsked.Contains(row), hasWholeRows: rows.Any(isAsked.Contains), view);
        foreach (var row in rows)
        {
            if (keys is not null && !isAsked.Contains(row))
            {
                foreach (var value in keys.Values(row))
                {
                    view.Add(_shorten(value, true));
                }
            }
            else if (_bigRows.TryGetValue(row, out var big))
            {
                view.Add(big.Plan);
            }
        }

        double Tokens(int row) => RowTokens(row) + (rareKeys is null ? 0 : rareKeys[row]);

        // The two rows that are shown in any case exceed the budget, or they and what must be shown do because the rows are wide.
        bool IsWide()
        {
            var most = Math.Max(budget, WideRowsTokens);
            int[] two = [.. order.Take(2)];
            int[] least = [.. two.Union(musts.Index().Where(m => m.Item).Select(m => m.Index))];
            var tokens = header + least.Sum(Tokens);
            return header + two.Sum(Tokens) > most || (tokens > most && tokens > WideRowTokens * least.Length);
        }
    }

    // What was asked for, errors, odd shapes, rare values and outliers: all of them, or the strongest kinds alone, as long as a view of
    // them still pays. Does not depend on the budget, so that a larger one never shows less.
    private bool[] Musts()
    {
        foreach (var weakest in new[] { SignalKind.Length, SignalKind.Category, SignalKind.Shape, SignalKind.Error, SignalKind.Query })
        {
            var isMust = new bool[Rows.Count];
            var bytes = 0L;
            foreach (var row in Signals.Found.Where(s => s.Kind <= weakest || (s.ReadsLikeError && weakest >= SignalKind.Error)).SelectMany(s => s.Rows))
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

    // The names of all columns. Where they are too many, those that few rows have are charged to these rows.
    private (double Tokens, double[]? RareKeys) HeaderTokens()
    {
        var all = NameTokens(_ => true);
        if (all <= WideRowsTokens)
        {
            return (all, null);
        }

        var few = RowSignals.Few(Rows.Count);
        var rareKeys = new double[Rows.Count];
        foreach (var column in Rows.Columns)
        {
            if (column.Key >= 0 && column.RowCount <= few)
            {
                var tokens = TokenEstimator.Instance.Count(_tape.KeyName(column.Key)) + 1;
                foreach (var cell in column.Cells)
                {
                    rareKeys[cell.Row] += tokens;
                }
            }
        }

        return (NameTokens(column => column.RowCount > few), rareKeys);
    }

    private double NameTokens(Func<Column, bool> isNamed)
    {
        _values.ResetWrittenCount();
        foreach (var column in Rows.Columns)
        {
            if (column.Key >= 0 && isNamed(column))
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
            var plan = _shorten(node, Rows.Layout == RowLayout.Members && _tape.Nodes[node].Kind == JsonNodeKind.String);
            var tokens = ValueTokens(node);
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
