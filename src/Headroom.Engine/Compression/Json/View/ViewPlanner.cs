using System.Buffers;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// Decides which rows of the arrays of objects in a document a view shows, and says what the others hold. A pure function of the
/// document, the budget and what was asked for.
/// </summary>
internal static class ViewPlanner
{
    /// <summary>Shorter arrays stay whole.</summary>
    public const int MinimumRows = 12;

    private const int MarkerTokens = 30;

    /// <summary>A view of an array that must share the budget with much else still gets this part of it.</summary>
    private const double LeastShare = 0.25;

    /// <summary>The profile takes at most this part of an array's budget; what it does not need goes to rows.</summary>
    private const double ProfileShare = 0.22;

    /// <summary>Rows that must be shown may exceed the budget up to this part of the array.</summary>
    private const double MustShare = 0.3;

    /// <summary>What the number of a shown row costs in the profile's first line, by measurement.</summary>
    private const int RowNumberTokens = 2;

    /// <summary>
    /// The arrays of which not all rows are shown; arrays not named stay whole. Null when nothing is to be left out: nothing says which
    /// rows matter, or all fit.
    /// </summary>
    /// <param name="tape">The document.</param>
    /// <param name="budgetTokens">What the whole view should take, by the estimator; a larger budget never shows less.</param>
    /// <param name="relevance">What the caller asked for.</param>
    /// <param name="ct">Ends the work between steps.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IReadOnlyList<RowSelection>? Plan(JsonTape tape, int budgetTokens, Relevance relevance, CancellationToken ct)
    {
        // 1. The arrays that a view may cut.
        var plans = new List<ArrayPlan>();
        foreach (var array in ObjectArrays(tape))
        {
            if (ArrayPlan.Of(tape, array, relevance, ct) is { } plan)
            {
                plans.Add(plan);
            }
        }

        if (plans.Count == 0)
        {
            return null;
        }

        // 2. What is left of the budget for them, in proportion to their size.
        var rest = Math.Max(budgetTokens - MarkerTokens - TokensOutside(tape, plans), budgetTokens * LeastShare);
        var size = plans.Sum(p => (double)tape.Nodes[p.Rows.ArrayNode].Length);

        // 3. Rows from the start of each array's order until its part is full.
        var selections = new List<RowSelection>(plans.Count);
        foreach (var plan in plans)
        {
            if (Select(tape, plan, rest * tape.Nodes[plan.Rows.ArrayNode].Length / size, ct) is { } selection)
            {
                selections.Add(selection);
            }
        }

        return selections.Count == 0 ? null : selections;
    }

    private static RowSelection? Select(JsonTape tape, ArrayPlan plan, double budget, CancellationToken ct)
    {
        var profile = new ArrayProfile(tape, plan.Rows, plan.Signals, plan.Copies);
        var forProfile = Math.Min(profile.Tokens, budget * ProfileShare);
        var left = budget - forProfile - plan.HeaderTokens(tape);
        var isShown = BudgetSolver.Fill(
            Musts(tape, plan), left, new RowOrder(tape, plan.Rows, plan.Signals).Rows(), row => plan.RowTokens(tape, row) + RowNumberTokens, ct);
        var shown = isShown.Count(s => s);
        if (shown == isShown.Length)
        {
            return null;
        }

        var rows = new int[shown];
        for (var (row, at) = (0, 0); at < shown; row++)
        {
            if (isShown[row])
            {
                rows[at++] = row;
            }
        }

        return new RowSelection(plan.Rows.ArrayNode, rows, profile.Lines(rows, forProfile));
    }

    // What was asked for, errors, odd shapes, rare values and outliers: all of them, or the strongest kinds alone, as long as a view of them still pays.
    // Does not depend on the budget, so that a larger one never shows less.
    private static bool[] Musts(JsonTape tape, ArrayPlan plan)
    {
        foreach (var weakest in new[] { SignalKind.Length, SignalKind.Category, SignalKind.Shape, SignalKind.Error, SignalKind.Query })
        {
            var isMust = new bool[plan.Rows.Count];
            var bytes = 0L;
            foreach (var row in plan.Signals.Found.Where(s => s.Kind <= weakest).SelectMany(s => s.Rows))
            {
                if (!isMust[row])
                {
                    isMust[row] = true;
                    bytes += tape.Nodes[plan.Rows.RowNodes[row]].Length;
                }
            }

            if (bytes <= tape.Nodes[plan.Rows.ArrayNode].Length * MustShare)
            {
                return isMust;
            }
        }

        return new bool[plan.Rows.Count];
    }

    // Outermost arrays whose items are all objects; what is nested in their rows belongs to the rows.
    private static IEnumerable<int> ObjectArrays(JsonTape tape)
    {
        var count = tape.Nodes.Length;
        for (var node = 0; node < count;)
        {
            var next = node + 1;
            if (tape.Nodes[node] is { Kind: JsonNodeKind.Array, Count: >= MinimumRows } && HasOnlyObjects(tape, node))
            {
                yield return node;
                next = tape.Nodes[node].End;
            }

            node = next;
        }
    }

    private static bool HasOnlyObjects(JsonTape tape, int array)
    {
        var nodes = tape.Nodes;
        for (var item = array + 1; item < nodes[array].End; item = nodes[item].End)
        {
            if (nodes[item].Kind != JsonNodeKind.Object)
            {
                return false;
            }
        }

        return true;
    }

    private static int TokensOutside(JsonTape tape, List<ArrayPlan> plans)
    {
        var source = tape.Source.Span;
        var root = tape.Nodes[0];
        var (tokens, from) = (0, root.Start);
        foreach (var plan in plans)
        {
            var array = tape.Nodes[plan.Rows.ArrayNode];
            tokens += TokenEstimator.Instance.Count(source[from..array.Start]);
            from = array.Start + array.Length;
        }

        return tokens + TokenEstimator.Instance.Count(source[from..(root.Start + root.Length)]);
    }

    /// <summary>An array that a view may cut, with all that does not depend on the budget.</summary>
    private sealed record ArrayPlan(RowColumns Rows, RowSignals Signals, int Copies)
    {
        private readonly ArrayBufferWriter<byte> _values = new();

        // Columns with one value are written once, above the rows.
        private double VaryingShare { get; init; }

        public static ArrayPlan? Of(JsonTape tape, int array, Relevance relevance, CancellationToken ct)
        {
            var rows = RowColumns.Read(tape, array, ct);
            var index = new ValueIndex();
            double all = 0;
            double constant = 0;
            foreach (var column in rows.Columns)
            {
                column.Facts = ColumnFacts.Of(tape, column, rows.Count, index);
                all += column.Facts.Kind == ColumnKind.Container ? 0 : column.Bytes;
                constant += column.Facts.Kind == ColumnKind.Constant ? column.Bytes : 0;
            }

            var signals = RowSignals.Find(tape, rows, relevance, ct);
            var copies = rows.Count - new HashSet<ulong>(rows.RowHashes).Count;
            return Redundancy.AllowsView(rows, signals, copies)
                ? new ArrayPlan(rows, signals, copies) { VaryingShare = all == 0 ? 1 : 1 - (constant / all) }
                : null;
        }

        public int HeaderTokens(JsonTape tape)
        {
            _values.ResetWrittenCount();
            foreach (var column in Rows.Columns)
            {
                if (column.Key != Column.Items)
                {
                    _values.Write(tape.KeyName(column.Key));
                    _values.Write(","u8);
                }
            }

            return TokenEstimator.Instance.Count(_values.WrittenSpan);
        }

        // A row of a table: its values and what stands between them.
        public double RowTokens(JsonTape tape, int row)
        {
            _values.ResetWrittenCount();
            var nodes = tape.Nodes;
            for (var node = Rows.RowNodes[row]; node < nodes[Rows.RowNodes[row]].End; node++)
            {
                if (nodes[node].Kind is not (JsonNodeKind.Name or JsonNodeKind.Object or JsonNodeKind.Array))
                {
                    _values.Write(nodes[node].Kind == JsonNodeKind.String ? tape.Inner(node) : tape.Raw(node));
                    _values.Write(","u8);
                }
            }

            return (TokenEstimator.Instance.Count(_values.WrittenSpan) * VaryingShare) + 1;
        }
    }
}
