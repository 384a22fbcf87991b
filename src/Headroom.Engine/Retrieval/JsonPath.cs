using System.Globalization;
using System.Text;
using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Retrieval;

/// <summary>
/// A path in a JSON document (RFC 9535) without filters: names, indexes, slices, wildcards, several of them in one bracket, and descendants. The
/// leading <c>$</c> may be missing, and a bare name of digits is an index where it meets an array, as models write it.
/// </summary>
internal sealed class JsonPath
{
    private readonly List<Segment> _segments;

    private JsonPath(string text, List<Segment> segments)
    {
        Text = text;
        _segments = segments;
    }

    private enum SelectorKind
    {
        Name,
        Index,
        Slice,
        Wildcard,
    }

    private readonly record struct Selector(SelectorKind Kind, byte[]? Name = null, long? First = null, long? Last = null, long Step = 1);

    private sealed record Segment(bool IsDescendant, List<Selector> Selectors, string Text);

    /// <summary>The path with its <c>$</c>.</summary>
    public string Text { get; }

    /// <summary>Reads a path.</summary>
    /// <param name="text">The path.</param>
    /// <param name="problem">What is wrong and where, as a sentence; null when nothing is.</param>
    public static JsonPath? Parse(string text, out string? problem) => new Parser(text).Parse(out problem);

    /// <summary>The values that the path leads to, in the order of the path's own selectors.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="cancellationToken">Ends the work between values.</param>
    public JsonPathMatch Match(JsonTape tape, CancellationToken cancellationToken)
    {
        List<int> nodes = [0];
        var path = new StringBuilder("$");
        foreach (var segment in _segments)
        {
            var next = new List<int>();
            foreach (var node in segment.IsDescendant ? Descendants(tape, nodes) : nodes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var selector in segment.Selectors)
                {
                    Select(tape, node, selector, next);
                }

                // Only selectors that overlap can give more values than there are, and these without end.
                if (next.Count > tape.Nodes.Length)
                {
                    return new JsonPathMatch([], nodes, path.ToString(), IsEndless: true);
                }
            }

            if (next.Count == 0)
            {
                return new JsonPathMatch([], nodes, path.ToString());
            }

            path.Append(segment.Text);
            nodes = next;
        }

        return new JsonPathMatch(nodes, nodes, path.ToString());
    }

    private static void Select(JsonTape tape, int node, in Selector selector, List<int> found)
    {
        var nodes = tape.Nodes;
        if (nodes[node].Kind == JsonNodeKind.Object)
        {
            if (selector.Kind is SelectorKind.Name or SelectorKind.Wildcard)
            {
                for (var name = node + 1; name < nodes[node].End; name = nodes[name + 1].End)
                {
                    if (selector.Kind == SelectorKind.Wildcard || IsNamed(tape, name, selector.Name))
                    {
                        found.Add(name + 1);
                    }
                }
            }

            return;
        }

        if (nodes[node].Kind != JsonNodeKind.Array || (selector.Kind == SelectorKind.Name && selector.First is null))
        {
            return;
        }

        var items = JsonTable.Children(tape, node);
        switch (selector.Kind)
        {
            case SelectorKind.Wildcard:
                found.AddRange(items);
                break;
            case SelectorKind.Slice:
                foreach (var item in Slice(items.Length, selector))
                {
                    found.Add(items[item]);
                }

                break;
            default:
                var index = selector.First!.Value < 0 ? selector.First.Value + items.Length : selector.First.Value;
                if (index >= 0 && index < items.Length)
                {
                    found.Add(items[index]);
                }

                break;
        }
    }

    // RFC 9535, 2.3.4.2.2.
    private static IEnumerable<int> Slice(int length, Selector selector)
    {
        var step = selector.Step;
        if (step == 0)
        {
            yield break;
        }

        var first = Normalize(selector.First ?? (step > 0 ? 0 : length - 1));
        var last = selector.Last is { } end ? Normalize(end) : step > 0 ? length : -1;
        var (lower, upper) = step > 0
            ? (Math.Clamp(first, 0, length), Math.Clamp(last, 0, length))
            : (Math.Clamp(last, -1, length - 1), Math.Clamp(first, -1, length - 1));
        for (var i = step > 0 ? lower : upper; step > 0 ? i < upper : i > lower; i += step)
        {
            yield return (int)i;
        }

        long Normalize(long i) => i >= 0 ? i : length + i;
    }

    private static bool IsNamed(JsonTape tape, int node, ReadOnlySpan<byte> name) =>
        tape.Nodes[node].IsEscaped ? JsonLexeme.Decode(tape.Inner(node)) is { } decoded && name.SequenceEqual(decoded) : name.SequenceEqual(tape.Inner(node));

    // Each value once, however often the path reaches it, so that this takes no longer than the document.
    private static IEnumerable<int> Descendants(JsonTape tape, List<int> roots)
    {
        var nodes = tape.Nodes;
        var end = 0;
        foreach (var root in roots.Order())
        {
            for (var node = Math.Max(root, end); node < nodes[root].End; node++)
            {
                if (nodes[node].Kind is JsonNodeKind.Object or JsonNodeKind.Array)
                {
                    yield return node;
                }
            }

            end = Math.Max(end, nodes[root].End);
        }
    }

    private sealed class Parser(string text)
    {
        // The largest whole number that every JSON reader holds exactly (RFC 7493); longer ones lead nowhere.
        private const long LargestIndex = (1L << 53) - 1;

        private int _at;
        private string? _problem;

        public JsonPath? Parse(out string? problem)
        {
            var segments = new List<Segment>();
            SkipSpace();
            var isRooted = Skip('$');
            var start = _at;
            while (_problem is null)
            {
                SkipSpace();
                if (_at == text.Length)
                {
                    break;
                }

                var from = _at;
                if (ReadSegment(isFirst: !isRooted && segments.Count == 0) is var (isDescendant, selectors))
                {
                    var spelled = text[from.._at];
                    segments.Add(new Segment(isDescendant, selectors, spelled[0] is '.' or '[' ? spelled : $".{spelled}"));
                }
            }

            if (!isRooted && segments.Count == 0)
            {
                Fail("a path begins with $");
            }

            problem = _problem;
            return problem is null ? new JsonPath(string.Concat(segments.Select(s => s.Text).Prepend("$")), segments) : null;
        }

        private (bool IsDescendant, List<Selector> Selectors)? ReadSegment(bool isFirst)
        {
            var hasDot = Skip('.');
            var isDescendant = hasDot && Skip('.');
            if (Skip('['))
            {
                return ReadBracket() is { } selectors ? (isDescendant, selectors) : null;
            }

            if (!hasDot && !isFirst)
            {
                return Fail("a dot or a bracket must stand here");
            }

            if (Skip('*'))
            {
                return (isDescendant, [new Selector(SelectorKind.Wildcard)]);
            }

            if (_at < text.Length && text[_at] is '"' or '\'')
            {
                return ReadQuoted() is { } quoted ? (isDescendant, [new Selector(SelectorKind.Name, quoted)]) : null;
            }

            var start = _at;
            while (_at < text.Length && text[_at] is not ('.' or '[' or ']' or '\'' or '"' or '*' or '?' or '(' or ')' or ',' or '@' or '$') && !char.IsWhiteSpace(text[_at]))
            {
                _at++;
            }

            var name = text.AsSpan(start, _at - start);
            if (name.IsEmpty)
            {
                return Fail("a name or a bracket must stand here");
            }

            // Digits after a dot name a member, but models mean the index as well.
            long? index = long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= LargestIndex ? number : null;
            return (isDescendant, [new Selector(SelectorKind.Name, Encoding.UTF8.GetBytes(name.ToString()), index)]);
        }

        private List<Selector>? ReadBracket()
        {
            var selectors = new List<Selector>();
            do
            {
                SkipSpace();
                if (ReadSelector() is not { } selector)
                {
                    return null;
                }

                selectors.Add(selector);
                SkipSpace();
            }
            while (Skip(','));

            if (!Skip(']'))
            {
                Fail("a comma or ] must stand here");
                return null;
            }

            return selectors;
        }

        private Selector? ReadSelector()
        {
            if (Skip('*'))
            {
                return new Selector(SelectorKind.Wildcard);
            }

            if (_at == text.Length || text[_at] is not ('\'' or '"' or ':' or '-' or (>= '0' and <= '9')))
            {
                Fail(_at < text.Length && text[_at] == '?' ? "filters are not known here; use pattern instead" : "an index, a slice, a name in quotes or * must stand here");
                return null;
            }

            if (text[_at] is '\'' or '"')
            {
                return ReadQuoted() is { } name ? new Selector(SelectorKind.Name, name) : null;
            }

            if (!TryNumber(out var first))
            {
                return null;
            }

            SkipSpace();
            if (!Skip(':'))
            {
                return new Selector(SelectorKind.Index, First: first);
            }

            SkipSpace();
            long? step = null;
            if (!TryNumber(out var last))
            {
                return null;
            }

            SkipSpace();
            if (Skip(':'))
            {
                SkipSpace();
                if (!TryNumber(out step))
                {
                    return null;
                }
            }

            return new Selector(SelectorKind.Slice, First: first, Last: last, Step: step ?? 1);
        }

        // No number where none stands; false where one is wrong.
        private bool TryNumber(out long? number)
        {
            number = null;
            var start = _at;
            var isNegative = Skip('-');
            var digits = _at;
            while (_at < text.Length && char.IsAsciiDigit(text[_at]))
            {
                _at++;
            }

            if (start == _at)
            {
                return true;
            }

            var isNumber = long.TryParse(text.AsSpan(digits, _at - digits), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= LargestIndex;
            if (!isNumber || (text[digits] == '0' && (isNegative || _at - digits > 1)))
            {
                _at = start;
                Fail("this is no index");
                return false;
            }

            number = isNegative ? -value : value;
            return true;
        }

        private byte[]? ReadQuoted()
        {
            var start = _at;
            var quote = text[_at++];
            var name = new StringBuilder();
            while (_at < text.Length && text[_at] != quote)
            {
                var c = text[_at++];
                if (c != '\\')
                {
                    name.Append(c);
                    continue;
                }

                var escaped = _at < text.Length ? text[_at++] : '\0';
                switch (escaped)
                {
                    case 'b': name.Append('\b'); break;
                    case 'f': name.Append('\f'); break;
                    case 'n': name.Append('\n'); break;
                    case 'r': name.Append('\r'); break;
                    case 't': name.Append('\t'); break;
                    case '/' or '\\' or '\'' or '"': name.Append(escaped); break;
                    case 'u' when _at + 4 <= text.Length
                        && ushort.TryParse(text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit):
                        name.Append((char)unit);
                        _at += 4;
                        break;
                    default:
                        Fail("this is no escape");
                        return null;
                }
            }

            if (_at == text.Length)
            {
                _at = start;
                Fail("the quote is not closed");
                return null;
            }

            _at++;
            return Encoding.UTF8.GetBytes(name.ToString());
        }

        private bool Skip(char c)
        {
            var isThere = _at < text.Length && text[_at] == c;
            _at += isThere ? 1 : 0;
            return isThere;
        }

        private void SkipSpace()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\r' or '\n')
            {
                _at++;
            }
        }

        private (bool IsDescendant, List<Selector> Selectors)? Fail(string what)
        {
            _problem ??= $"The path {RetrievalMessage.Quote(text)} is wrong at character {RetrievalMessage.Figure(_at + 1)}: {what}.";
            return null;
        }
    }
}

/// <summary>Where a path led.</summary>
/// <param name="Nodes">The values; none when it leads nowhere.</param>
/// <param name="Last">The values that its longest beginning leads to that leads anywhere.</param>
/// <param name="LastText">That beginning.</param>
/// <param name="IsEndless">It reaches values so often that it was given up.</param>
internal sealed record JsonPathMatch(IReadOnlyList<int> Nodes, IReadOnlyList<int> Last, string LastText, bool IsEndless = false);
