using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Retrieval;

/// <summary>Takes out of an original what a request asks for.</summary>
/// <param name="bytes">The original's text, UTF-8.</param>
/// <param name="mostTokens">Where an answer ends, by the estimator; <see cref="int.MaxValue"/> for never.</param>
/// <param name="cancellationToken">Ends the work.</param>
internal sealed class OriginalPart(ReadOnlyMemory<byte> bytes, int mostTokens, CancellationToken cancellationToken)
{
    private const int MostPlaces = 5;

    // Values inside one another come again and again: ..* gives a document once for each of its levels.
    private const long MostBytes = 1L << 28;

    private readonly Original _original = new(bytes, cancellationToken);

    public RetrievalResult Of(RetrievalRequest request) => request switch
    {
        { Lines: { } lines } => Range("line", Lines(), lines, ""),
        { Rows: { } rows } => Rows(rows),
        { Path: { } path } => Path(path),
        { Pattern: { } pattern } => Pattern(pattern),
        { Bytes: { } some } => Bytes(some),
        _ => Whole(),
    };

    private RetrievalResult Whole()
    {
        // A sample says whether it is worth counting.
        if (bytes.Length <= mostTokens
            || (TokenEstimator.Instance.Sample(bytes.Span) / 2 <= mostTokens && TokenEstimator.Instance.Count(bytes.Span) <= mostTokens))
        {
            return new RetrievalResult { Status = RetrievalStatus.Found, Content = bytes, IsWhole = true };
        }

        return _original.Rows is { Count: > 1 }
            ? Rows(new RetrievalRequest.Span(1, long.MaxValue))
            : Range("line", Lines(), new RetrievalRequest.Span(1, long.MaxValue), "");
    }

    private RetrievalResult Rows(RetrievalRequest.Span span) => _original.Rows is { } rows
        ? Range("row", new Pieces(bytes, rows.Items, rows.Frame), span, rows.Place)
        : Failed(RetrievalStatus.Invalid, $"This is {_original.Description()} and has no rows; ask for {(_original.Json is null ? "lines" : "path")} or pattern.");

    private RetrievalResult Range(string noun, Pieces all, RetrievalRequest.Span span, string place)
    {
        var total = all.Items.Count;
        var of = $"{RetrievalMessage.Figure(total)}{(place.Length == 0 ? "" : $" at {place}")}";
        if (span.First > total)
        {
            return Failed(RetrievalStatus.NoMatch, $"There is no {noun} {RetrievalMessage.Figure(span.First)}: this is {_original.Description()}; the last {noun} is {RetrievalMessage.Figure(total)}.");
        }

        var first = (int)span.First - 1;
        var last = (int)Math.Min(span.Last, total);
        var shown = (all with { Items = all.Items[first..last] }).Show(mostTokens, cancellationToken);
        if (shown.Count == 0)
        {
            return Beginning(shown, $"{noun} {RetrievalMessage.Figure(span.First)} of {of}", all.Items[first]);
        }

        var end = first + shown.Count;
        var message = $"{RetrievalMessage.Range(noun, span.First, end)} of {of}; {Share(shown)}";
        return Found(shown, end == last
            ? message
            : FormattableString.Invariant($"{message}; more would be too long, ask for {noun}s {end + 1}-{Math.Min(last, end + shown.Count)} next"));
    }

    private RetrievalResult Bytes(RetrievalRequest.Span span)
    {
        if (span.First > bytes.Length)
        {
            return Failed(RetrievalStatus.NoMatch, $"There is no byte {RetrievalMessage.Figure(span.First)}; the last is {RetrievalMessage.Figure(bytes.Length)}.");
        }

        var asked = new Piece((int)span.First - 1, (int)Math.Min(span.Last, bytes.Length));
        var shown = new Pieces(bytes, new[] { asked }, PieceFrame.None).Show(mostTokens, cancellationToken);
        return shown.Count == 0
            ? Beginning(shown, "these", asked)
            : Found(shown, $"{RetrievalMessage.Range("byte", span.First, asked.End)} of {RetrievalMessage.Figure(bytes.Length)}");
    }

    private RetrievalResult Path(string text)
    {
        // :: Step 1: what the path leads to.
        if (JsonPath.Parse(text, out var problem) is not { } path)
        {
            return Failed(RetrievalStatus.Invalid, problem!);
        }

        if (_original.Json is not { } tape)
        {
            return Failed(RetrievalStatus.Invalid, $"This is {_original.Description()} and no JSON; ask for {(_original.Rows is null ? "" : "rows, ")}lines or pattern.");
        }

        var match = path.Match(tape, cancellationToken);
        if (match.IsEndless)
        {
            return Failed(RetrievalStatus.Invalid, $"The path {RetrievalMessage.Quote(path.Text)} leads to the same values many times; ask for each once.");
        }

        var place = path.Text.Length > 100 ? "this path" : RetrievalMessage.Line(path.Text);
        if (match.Nodes.Count == 0)
        {
            var whose = match.Last.Count == 1
                ? $"{match.LastText} is {Original.Describe(tape, match.Last[0])}"
                : $"{match.LastText} leads to {RetrievalMessage.Figure(match.Last.Count)} values, the first {Original.Describe(tape, match.Last[0])}";
            return Failed(RetrievalStatus.NoMatch, $"Nothing is at {place}; {RetrievalMessage.Line(whose)}.");
        }

        // :: Step 2: one value as it stands, several as an array.
        if (match.Nodes is not [var node])
        {
            var found = match.Nodes.Select(n => PieceOf(tape, n)).ToArray();
            return found.Sum(p => (long)p.Length) <= MostBytes
                ? Several(found)
                : Failed(RetrievalStatus.Invalid, $"{RetrievalMessage.Figure(found.Length)} values are at {place}, many inside others; ask for a narrower path.");
        }

        // JSON lines are no array in the source.
        if (node == 0 && _original.IsJsonLines)
        {
            return Several(OriginalRows.ItemsOf(tape, 0));
        }

        var shown = new Pieces(bytes, new[] { PieceOf(tape, node) }, PieceFrame.None).Show(mostTokens, cancellationToken);
        if (shown.Count == 1)
        {
            return Found(shown, $"{place}; {Share(shown)}");
        }

        // :: Step 3: of a value that is too long the first of what it holds.
        var value = tape.Nodes[node];
        if (value.Count > 1)
        {
            var isObject = value.Kind == JsonNodeKind.Object;
            var items = OriginalRows.ItemsOf(tape, node);
            var some = new Pieces(bytes, items, isObject ? PieceFrame.JsonObject : PieceFrame.JsonArray).Show(mostTokens, cancellationToken);
            if (some.Count > 0)
            {
                var next = isObject
                    ? $"{place} and a name, the next {string.Join(", ", NamesFrom(tape, node, some.Count))}"
                    : FormattableString.Invariant($"{place}[{some.Count}:{some.Count * 2}] next");
                return Found(some, $"first {RetrievalMessage.Figure(some.Count)} of {RetrievalMessage.Figure(items.Length)} {(isObject ? "members" : "items")} at {place}; {Share(some)}; more would be too long, ask for path {next}");
            }
        }

        return Beginning(shown, place, PieceOf(tape, node));

        RetrievalResult Several(Piece[] found)
        {
            var some = new Pieces(bytes, found, PieceFrame.JsonArray).Show(mostTokens, cancellationToken);
            return some.Count == 0 ? Beginning(some, $"the first value at {place}", found[0])
                : Found(some, some.Count == found.Length
                    ? $"{RetrievalMessage.Figure(found.Length)} values at {place}; {Share(some)}"
                    : $"first {RetrievalMessage.Figure(some.Count)} of {RetrievalMessage.Figure(found.Length)} values at {place}; {Share(some)}; more would be too long, ask for a narrower path");
        }
    }

    private RetrievalResult Pattern(string text)
    {
        if (TextPattern.Parse(text, out var problem) is not { } pattern)
        {
            return Failed(RetrievalStatus.Invalid, problem!);
        }

        try
        {
            return _original.IsAllRows && _original.Rows is { } rows ? MatchingRows(pattern, text, rows)
                : _original.Json is { } tape && !_original.IsJsonLines ? MatchingValues(pattern, text, tape)
                : MatchingLines(pattern, text);
        }
        catch (RegexMatchTimeoutException)
        {
            return Failed(RetrievalStatus.Invalid, "The regular expression takes too long on this original; give a simpler one.");
        }
    }

    private RetrievalResult MatchingRows(TextPattern pattern, string text, OriginalRows rows)
    {
        var isJson = _original.Json is not null;
        var numbers = Matching(rows.Count, i => pattern.IsIn(WithoutEnd(bytes.Span[rows.Items[i].Start..rows.Items[i].End]), isJson));

        // What a document holds beside its rows is not lost to the search.
        var places = _original.Json is { } tape && rows.Node > 0 ? Values(tape, rows.Node).Where(v => IsIn(pattern, v)).Select(v => v.Path).ToList() : [];
        var beside = places.Count == 0 ? "" : $"; beside the rows also at {RetrievalMessage.Line(string.Join(", ", places.Take(MostPlaces)))}{(places.Count > MostPlaces ? ", ..." : "")}";
        var at = rows.Place.Length == 0 ? "" : $" at {rows.Place}";
        if (numbers.Count == 0)
        {
            return Failed(RetrievalStatus.NoMatch, $"No row of {RetrievalMessage.Figure(rows.Count)}{at} holds {RetrievalMessage.Quote(text)}{beside}; {Totals()}.");
        }

        var shown = new Pieces(bytes, numbers.Select(i => rows.Items[i]).ToArray(), rows.Frame).Show(mostTokens, cancellationToken);
        return Matches(shown, numbers, "row", $"{RetrievalMessage.Figure(rows.Count, "row")}{at}", beside, rows.Items[numbers[0]]);
    }

    private RetrievalResult MatchingLines(TextPattern pattern, string text)
    {
        var lines = _original.Lines;
        var numbers = Matching(lines.Count, i => pattern.IsIn(lines[i], isJson: false));
        if (numbers.Count == 0)
        {
            return Failed(RetrievalStatus.NoMatch, $"No line of {RetrievalMessage.Figure(lines.Count)} holds {RetrievalMessage.Quote(text)}; {Totals()}.");
        }

        Piece[] found = [.. numbers.Select(i => new Piece(lines.StartOf(i), lines.StartOf(i + 1), FormattableString.Invariant($"{i + 1}: ")))];
        var shown = new Pieces(bytes, found, PieceFrame.None).Show(mostTokens, cancellationToken);
        return Matches(shown, numbers, "line", RetrievalMessage.Figure(lines.Count, "line"), ", each after its number", found[0]);
    }

    // A document that is no list: each value on a line of its own, after its path.
    private RetrievalResult MatchingValues(TextPattern pattern, string text, JsonTape tape)
    {
        var (found, total) = (new List<Piece>(), 0);
        foreach (var value in Values(tape, except: -1))
        {
            total++;
            if (IsIn(pattern, value))
            {
                found.Add(PieceOf(tape, value.Node) with { Label = $"{value.Path}: " });
            }
        }

        if (found.Count == 0)
        {
            return Failed(RetrievalStatus.NoMatch, $"None of {RetrievalMessage.Figure(total, "value")} nor a path to one holds {RetrievalMessage.Quote(text)}; {Totals()}.");
        }

        var shown = new Pieces(bytes, found.ToArray(), PieceFrame.Lines).Show(mostTokens, cancellationToken);
        if (shown.Count == 0)
        {
            return Beginning(shown, RetrievalMessage.Line(found[0].Label!.TrimEnd(' ', ':')), found[0]);
        }

        var head = $"{RetrievalMessage.Figure(found.Count)} of {RetrievalMessage.Figure(total, "value")} {(found.Count == 1 ? "matches" : "match")}, each after its path; {Share(shown)}";
        return Found(shown, shown.Count == found.Count ? head : $"{head}; only the first {RetrievalMessage.Figure(shown.Count)} are here, give a narrower pattern");
    }

    private RetrievalResult Matches(ShownPieces shown, List<int> numbers, string noun, string of, string note, Piece firstMatch)
    {
        if (shown.Count == 0)
        {
            return Beginning(shown, FormattableString.Invariant($"{noun} {numbers[0] + 1}, the first match"), firstMatch);
        }

        var which = noun == "row" ? $" ({RetrievalMessage.Numbers(numbers.Select(n => n + 1))})" : "";
        var head = $"{RetrievalMessage.Figure(numbers.Count)} of {of} {(numbers.Count == 1 ? "matches" : "match")}{which}{note}; {Share(shown)}";
        return Found(shown, shown.Count == numbers.Count
            ? head
            : FormattableString.Invariant($"{head}; only the first {shown.Count} are here, the next is {noun} {numbers[shown.Count] + 1}: give a narrower pattern"));
    }

    private List<int> Matching(int count, Predicate<int> isMatch)
    {
        var numbers = new List<int>();
        for (var i = 0; i < count; i++)
        {
            if ((i & 0xFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (isMatch(i))
            {
                numbers.Add(i);
            }
        }

        return numbers;
    }

    private bool IsIn(TextPattern pattern, (int Node, string Path) value) =>
        pattern.IsIn(Encoding.UTF8.GetBytes(value.Path), isJson: false) || pattern.IsIn(_original.Json!.Raw(value.Node), isJson: true);

    // Strings, numbers, literals and empty containers, with their paths; without those inside one node.
    private IEnumerable<(int Node, string Path)> Values(JsonTape tape, int except)
    {
        var nodes = tape.Nodes;
        var path = new StringBuilder("$");
        var open = new Stack<(int End, int Length, int Item)>();
        for (var node = 0; node < nodes.Length; node++)
        {
            if (nodes[node].Kind == JsonNodeKind.Name)
            {
                continue;
            }

            while (open.TryPeek(out var ended) && ended.End <= node)
            {
                open.Pop();
            }

            var length = 1;
            if (open.TryPop(out var holder))
            {
                path.Length = holder.Length;
                JsonLocation.Append(path, tape, node, holder.Item);
                open.Push(holder with { Item = holder.Item < 0 ? -1 : holder.Item + 1 });
                length = path.Length;
            }

            var value = nodes[node];
            if (node == except)
            {
                node = value.End - 1;
            }
            else if (value.Count > 0)
            {
                open.Push((value.End, length, value.Kind == JsonNodeKind.Object ? -1 : 0));
            }
            else
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return (node, path.ToString());
            }
        }
    }

    private Pieces Lines()
    {
        var lines = _original.Lines;
        var items = new Piece[lines.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = new Piece(lines.StartOf(i), lines.StartOf(i + 1));
        }

        return new Pieces(bytes, items, PieceFrame.None);
    }

    private static IEnumerable<string> NamesFrom(JsonTape tape, int node, int member) =>
        JsonTable.Children(tape, node).Skip(member).Take(MostPlaces).Select(child => JsonLocation.Name(tape.Inner(child - 1)));

    private static Piece PieceOf(JsonTape tape, int node) => new(tape.Nodes[node].Start, tape.Nodes[node].Start + tape.Nodes[node].Length);

    private static ReadOnlySpan<byte> WithoutEnd(ReadOnlySpan<byte> text) => text.TrimEnd("\r\n"u8);

    private string Totals() => $"{RetrievalMessage.Figure(bytes.Length, "byte")}, {_original.Description()}";

    private string Share(in ShownPieces shown) => $"{RetrievalMessage.Figure(shown.Bytes)} of {RetrievalMessage.Figure(bytes.Length, "byte")}";

    // How to go on is said in bytes, which reach everything.
    private RetrievalResult Beginning(in ShownPieces shown, string what, Piece piece)
    {
        var next = piece.Start + (int)shown.Bytes;
        var end = Math.Min(piece.End, next + (int)shown.Bytes);
        while (end < piece.End && end > next && (bytes.Span[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return Found(shown, FormattableString.Invariant(
            $"first {RetrievalMessage.Figure(shown.Bytes)} of {RetrievalMessage.Figure(piece.Length, "byte")} of {what}; {Share(shown)}; more would be too long, ask for a narrower part, or for bytes {next + 1}-{end} next"));
    }

    private static RetrievalResult Found(in ShownPieces shown, string message) =>
        new() { Status = RetrievalStatus.Found, Content = shown.Content, Message = message };

    private static RetrievalResult Failed(RetrievalStatus status, string message) => new() { Status = status, Message = message };
}
