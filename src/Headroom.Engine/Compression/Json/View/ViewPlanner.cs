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

    // What is long in a row has no more than it would have outside of one.
    private double _tokensPerByte = double.PositiveInfinity;

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
        var plan = new ViewPlanner(tape, relevance, depth, mayHideAnyRow, cancellationToken).PlanWhole(budget);
        return plan.IsEmpty ? null : plan;
    }

    // Without a budget of the whole every part has the same.
    private ViewPlan PlanInRow(int value, bool isAny)
    {
        var plan = new ViewPlan();
        foreach (var part in Parts(value, MinimumPartBytes, isAny, []))
        {
            Cut(part, Math.Min(PartTokens, _tokensPerByte * _tape.CompactLength(part.Node)), RowPlan.LeastProfileTokens, plan);
        }

        return plan;
    }

    private ViewPlan PlanWhole(double budget)
    {
        // 1. The outermost parts that may be cut, in document order, and what is left of the budget for them, in proportion to their size.
        var parts = Parts(0, 0, isAny: false, []);
        var outside = TokensOutside(parts);
        var rest = Math.Max(budget - MarkerTokens - outside, budget * LeastShare);
        var plan = new ViewPlan();
        CutAll(parts, rest, plan);
        var most = Math.Max(budget, FrameTokens);
        if (plan.IsEmpty || outside <= most)
        {
            return plan;
        }

        // 2. Where what stands around them exceeds the budget, that is cut as well, whether or not something says what matters in it: first around the rows known so
        //    far, then with them. They have no more for that: a larger budget must not show less.
        var known = parts.ToDictionary(part => part.Node);
        var size = Size(parts);
        _tokensPerByte = rest / size;
        parts = Parts(0, 0, isAny: true, known);
        outside = TokensOutside(parts);
        if (outside > most)
        {
            parts = Parts(0, 0, isAny: true, []);
            outside = TokensOutside(parts);
        }

        var (old, others) = (parts.Where(part => known.ContainsKey(part.Node)).ToList(), parts.Where(part => !known.ContainsKey(part.Node)).ToList());
        plan = new ViewPlan();
        CutAll(old, rest * Size(old) / size, plan);
        CutAll(others, Math.Max(budget - MarkerTokens - rest - outside, budget * LeastShare), plan);
        return plan;
    }

    private void CutAll(List<ViewPart> parts, double budget, ViewPlan plan)
    {
        var size = Size(parts);
        var leastProfile = Math.Min(RowPlan.LeastProfileTokens, budget * RowPlan.ProfileShare / Math.Max(1, parts.Count(part => part.Rows is not null)));
        foreach (var part in parts)
        {
            Cut(part, budget * _tape.CompactLength(part.Node) / size, leastProfile, plan);
        }
    }

    private double Size(IEnumerable<ViewPart> parts) => parts.Sum(part => (double)_tape.CompactLength(part.Node));

    // Any rows, or those in which something says what matters; with rows that are known already those and others around them.
    private List<ViewPart> Parts(int root, int minimumBytes, bool isAny, Dictionary<int, ViewPart> known)
    {
        var parts = new List<ViewPart>();
        int[] rowsKnown = [.. known.Values.Where(part => part.Rows is not null).Select(part => part.Node).Order()];
        var valuesEnd = isAny ? root + 1 : 0;
        var next = 0;
        for (var node = root; node < _tape.Nodes[root].End;)
        {
            var value = _tape.Nodes[node];
            var after = node + 1;
            if (next < rowsKnown.Length && rowsKnown[next] == node)
            {
                parts.Add(known[node]);
                next++;
                after = value.End;
            }
            else if (value.Kind == JsonNodeKind.String)
            {
                if (value.Length >= Math.Max(minimumBytes, LongString.MinimumBytes))
                {
                    parts.Add(new ViewPart(node, node < valuesEnd, null));
                }
            }
            else if (value.Kind is JsonNodeKind.Array or JsonNodeKind.Object)
            {
                var holdsKnown = next < rowsKnown.Length && rowsKnown[next] < value.End;
                if (_tape.CompactLength(node) < minimumBytes)
                {
                    after = value.End;
                }
                else if (!holdsKnown && RowsOf(node, isAny) is { } rows)
                {
                    parts.Add(new ViewPart(node, false, rows));
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

    private void Cut(ViewPart part, double budget, double leastProfile, ViewPlan plan)
    {
        if (part.Rows is { } rows)
        {
            rows.Select(budget, leastProfile, plan, _cancellationToken);
        }
        else
        {
            Shorten(part.Node, part.IsValue, budget, plan);
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

        RowPlan? Of(RowLayout layout, int[] columns) => RowPlan.Of(_tape, node, layout, columns, _relevance, isAny || _mayHideAnyRow, PlanInRow, _cancellationToken);
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
    private int TokensOutside(List<ViewPart> parts)
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

    /// <summary>What may be cut.</summary>
    /// <param name="Node">Where it is.</param>
    /// <param name="IsValue">It is a string that is a value of many in an object.</param>
    /// <param name="Rows">The rows; null of a string.</param>
    private sealed record ViewPart(int Node, bool IsValue, RowPlan? Rows);
}
