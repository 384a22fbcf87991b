using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// Decides what a view of a document shows: which rows of its arrays, of its maps and of columns that lie side by side, and how much of its
/// long strings. A pure function of the document, the budget and what was asked for.
/// </summary>
internal sealed class ViewPlanner
{
    /// <summary>Smaller sets of rows stay whole.</summary>
    public const int MinimumRows = 12;

    private const int MarkerTokens = 30;

    /// <summary>What stands around the parts that are cut may take so much, whatever the budget is.</summary>
    private const int FrameTokens = 200;

    /// <summary>Objects with fewer members stay whole there.</summary>
    private const int MinimumMembers = 32;

    /// <summary>What may be cut gets at least this part of the budget, however much else there is.</summary>
    private const double LeastShare = 0.25;

    /// <summary>Inside a row only what is longer is cut, to these tokens, whatever the budget is: else a larger budget could show fewer rows.</summary>
    private const int MinimumPartBytes = 700;

    private const int PartTokens = 160;

    /// <summary>Documents inside strings inside documents: deeper ones stay whole.</summary>
    private const int MostDocuments = 4;

    private readonly JsonTape _tape;
    private readonly Relevance _relevance;
    private readonly int _depth;
    private readonly bool _mayHideAnyRow;
    private readonly CancellationToken _cancellationToken;

    private ViewPlanner(JsonTape tape, Relevance relevance, int depth, bool mayHideAnyRow, CancellationToken cancellationToken)
    {
        _tape = tape;
        _relevance = relevance;
        _depth = depth;
        _mayHideAnyRow = mayHideAnyRow;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Plans a view; null when nothing is to be left out: nothing says what matters, or all fits.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="budgetTokens">What the whole view should take, by the estimator; a larger budget never shows less.</param>
    /// <param name="relevance">What the caller asked for.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    /// <param name="mayHideAnyRow">Rows may be left out even where they are all different and nothing says which of them matter.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ViewPlan? Plan(JsonTape tape, int budgetTokens, Relevance relevance, CancellationToken cancellationToken, bool mayHideAnyRow = false) =>
        Plan(tape, budgetTokens, relevance, depth: 0, mayHideAnyRow, cancellationToken);

    private static ViewPlan? Plan(JsonTape tape, double budget, Relevance relevance, int depth, bool mayHideAnyRow, CancellationToken cancellationToken)
    {
        var plan = new ViewPlanner(tape, relevance, depth, mayHideAnyRow, cancellationToken).PlanValue(0, 0, budget);
        return plan.IsEmpty ? null : plan;
    }

    private ViewPlan PlanRow(int row) => PlanValue(row, MinimumPartBytes, budget: null);

    // Without a budget of the whole every part has the same.
    private ViewPlan PlanValue(int root, int minimumBytes, double? budget)
    {
        // 1. The outermost parts that may be cut, in document order.
        var parts = Parts(root, minimumBytes, null);

        // 2. What is left of the budget for them, in proportion to their size.
        var outside = budget is null ? 0 : TokensOutside(parts);
        var rest = budget is null ? 0 : Math.Max(budget.Value - MarkerTokens - outside, budget.Value * LeastShare);
        var plan = new ViewPlan();
        Cut(parts, budget is null ? null : rest, plan);

        // 3. Where what stands around them exceeds the budget, that is cut as well, whether or not something says what matters in it.
        if (parts.Count > 0 && outside > Math.Max(budget ?? 0, FrameTokens))
        {
            var more = Parts(root, minimumBytes, parts);
            Cut(more, Math.Max(budget!.Value - MarkerTokens - rest - TokensOutside([.. parts, .. more]), rest), plan);
        }

        return plan;
    }

    // With parts that are known already, those around them: any rows.
    private List<(int Node, bool IsValue, RowPlan? Rows)> Parts(int root, int minimumBytes, List<(int Node, bool IsValue, RowPlan? Rows)>? known)
    {
        var parts = new List<(int Node, bool IsValue, RowPlan? Rows)>();
        var valuesEnd = 0;
        var next = 0;
        for (var node = root; node < _tape.Nodes[root].End;)
        {
            var value = _tape.Nodes[node];
            var after = node + 1;
            if (known is not null && next < known.Count && known[next].Node == node)
            {
                next++;
                after = value.End;
            }
            else if (value.Kind == JsonNodeKind.String)
            {
                if (value.Length >= Math.Max(minimumBytes, LongString.MinimumBytes))
                {
                    parts.Add((node, node < valuesEnd, null));
                }
            }
            else if (value.Kind is JsonNodeKind.Array or JsonNodeKind.Object)
            {
                var holdsKnown = known is not null && next < known.Count && known[next].Node < value.End;
                if (_tape.CompactLength(node) < minimumBytes)
                {
                    after = value.End;
                }
                else if (!holdsKnown && RowsOf(node, isAny: known is not null) is { } rows)
                {
                    parts.Add((node, false, rows));
                    after = value.End;
                }
                else if (value.Kind == JsonNodeKind.Object && value.Count >= MinimumRows)
                {
                    valuesEnd = Math.Max(valuesEnd, value.End);
                }
            }

            node = after;
        }

        return parts;
    }

    private void Cut(List<(int Node, bool IsValue, RowPlan? Rows)> parts, double? rest, ViewPlan plan)
    {
        var size = parts.Sum(part => (double)_tape.CompactLength(part.Node));
        var sets = parts.Count(part => part.Rows is not null);
        var leastProfile = rest is null ? RowPlan.LeastProfileTokens : Math.Min(RowPlan.LeastProfileTokens, rest.Value * RowPlan.ProfileShare / Math.Max(1, sets));
        foreach (var (node, isValue, rows) in parts)
        {
            var share = rest is null ? PartTokens : rest.Value * _tape.CompactLength(node) / size;
            if (rows is not null)
            {
                rows.Select(share, leastProfile, plan, _cancellationToken);
            }
            else
            {
                Shorten(node, isValue, share, plan);
            }
        }
    }

    private RowPlan? RowsOf(int node, bool isAny)
    {
        var value = _tape.Nodes[node];
        if (value.Kind == JsonNodeKind.Array)
        {
            return value.Count >= MinimumRows ? Of(RowLayout.Items, []) : null;
        }

        return (Columns(node) is { } columns ? Of(RowLayout.Columns, columns) : null)
            ?? (value.Count >= MinimumRows && (isAny ? value.Count >= MinimumMembers && !_tape.HasDuplicateKeys(value.Shape) : IsMap(node)) ? Of(RowLayout.Members, []) : null);

        RowPlan? Of(RowLayout layout, int[] columns) => RowPlan.Of(_tape, node, layout, columns, _relevance, isAny || _mayHideAnyRow, PlanRow, _cancellationToken);
    }

    private void Shorten(int node, bool isValue, double budget, ViewPlan plan)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        var inner = _tape.Inner(node);
        if ((_tape.Nodes[node].IsEscaped ? JsonLexeme.Decode(inner) : inner.ToArray()) is not { } text)
        {
            return;
        }

        // What fits stays as it is.
        if (TokenEstimator.Instance.Sample(text) <= budget)
        {
            return;
        }

        // A document is cut as a document, and stays one.
        if (text[0] is (byte)'{' or (byte)'[' && JsonTape.Read(text, _cancellationToken) is { } document)
        {
            if (_depth < MostDocuments && Plan(document, budget, _relevance, _depth + 1, mayHideAnyRow: false, _cancellationToken) is { } view)
            {
                var output = new ByteBuffer(text.Length / 4);
                Excerpt.Write(document, 0, view, output);
                plan.Add(node, output.ToArray(), view, JsonPlace.Of(_tape, node));
            }

            return;
        }

        var missing = new List<string>();
        var request = new ViewRequest((int)budget, _relevance, statement =>
        {
            missing.Add(statement);
            return "";
        });
        if (LongString.Shorten(text, isValue, request, _cancellationToken) is { } shorter)
        {
            plan.Add(node, shorter, missing.Where(m => m.Length > 0).Select(m => $"{JsonPlace.Of(_tape, node)}: {m}"));
        }
    }

    // Members that are arrays of one length of at least so many scalars each, and most of the object; null when it is not laid out so.
    private int[]? Columns(int node)
    {
        var nodes = _tape.Nodes;
        var columns = new List<int>();
        var (longest, bytes) = (0, 0L);
        for (var name = node + 1; name < nodes[node].End; name = nodes[name + 1].End)
        {
            var value = nodes[name + 1];
            if (value.Kind != JsonNodeKind.Array || value.Count < MinimumRows || value.End - name - 2 != value.Count)
            {
                continue;
            }

            if (value.Count != longest)
            {
                if (value.Count < longest)
                {
                    return null;
                }

                longest = value.Count;
                columns.Clear();
                bytes = 0;
            }

            columns.Add(name + 1);
            bytes += _tape.CompactLength(name + 1);
        }

        return columns.Count >= 2 && bytes * 2 > _tape.CompactLength(node) && !_tape.HasDuplicateKeys(nodes[node].Shape) ? [.. columns] : null;
    }

    // All values are objects, and a few key sequences account for them.
    private bool IsMap(int node)
    {
        var nodes = _tape.Nodes;
        var shapes = new HashSet<int>();
        for (var name = node + 1; name < nodes[node].End; name = nodes[name + 1].End)
        {
            if (nodes[name + 1].Kind != JsonNodeKind.Object)
            {
                return false;
            }

            shapes.Add(nodes[name + 1].Shape);
        }

        return shapes.Count * 3 <= nodes[node].Count && !_tape.HasDuplicateKeys(nodes[node].Shape);
    }

    // The document without its parts.
    private int TokensOutside(List<(int Node, bool IsValue, RowPlan? Rows)> parts)
    {
        var frame = new ViewPlan();
        foreach (var (node, _, rows) in parts)
        {
            if (rows is null)
            {
                frame.Strings[node] = [];
            }
            else
            {
                frame.Add(rows.Selection([]));
            }
        }

        var output = new ByteBuffer(1 << 10);
        Excerpt.Write(_tape, 0, frame, output);
        return TokenEstimator.Instance.Sample(output.Written);
    }
}
