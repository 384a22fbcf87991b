using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Headroom.Engine.Compression.Json.View;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Search;

/// <summary>
/// A selection of a search: every file with the number of its matches (where these alone would be too much, every directory), and of
/// the lines first what was asked for, then matches that differ, from as many files as fit, and only then context and repetitions.
/// </summary>
internal sealed class SearchView
{
    /// <summary>The share of the content that its files' names may take, and the most tokens.</summary>
    private const double MostNames = 0.25;
    private const int MostNameTokens = 4_000;

    /// <summary>The share of the budget that lines have even where the names take all of it.</summary>
    private const double LeastLines = 0.4;

    // Header, profile and marker.
    private const int Frame = 110;

    private const int LongLine = 1_000;
    private const int ShownOfLongLine = 300;
    private const int MostNotices = 10;
    private const int MostPlaces = 3;
    private const int SameTextTokens = 8;
    private const int PlaceTokens = 12;

    private readonly SearchResults _results;
    private readonly ViewRequest _request;
    private readonly CancellationToken _cancellationToken;
    private readonly int[] _matchesOf;
    private Relevance.Ranking? _ranking;

    // By line: the first line with the same text, and for such a first one how many there are.
    private readonly int[] _representatives;
    private readonly int[] _sameText;

    private SearchView(SearchResults results, ViewRequest request, CancellationToken cancellationToken)
    {
        _results = results;
        _request = request;
        _cancellationToken = cancellationToken;
        _matchesOf = new int[results.Paths.Count];
        _representatives = new int[results.Lines.Count];
        _sameText = new int[results.Lines.Count];
    }

    /// <summary>Writes the view; null when everything would be shown, or too much must be.</summary>
    public static ContentForm? Write(SearchResults results, ViewRequest request, CancellationToken cancellationToken) =>
        new SearchView(results, request, cancellationToken).Write();

    private ContentForm? Write()
    {
        // :: Step 1: count the matches of each file and the lines with the same text.
        var lines = _results.Lines;
        Count();

        // :: Step 2: what must be shown, whatever the budget.
        var total = TokenEstimator.Instance.Sample(lines.Source.Span);
        _ranking = _request.Relevance.IsEmpty ? null : _request.Relevance.Rank(lines.Count, lines.Memory);
        var isMust = Musts(_ranking);
        var mustTokens = 0;
        for (var line = 0; line < lines.Count; line++)
        {
            mustTokens += isMust[line] ? Tokens(line) : 0;
        }

        if (mustTokens > total * BudgetSolver.MustShare)
        {
            return null;
        }

        // :: Step 3: the names of the files, or as deep as they can be said.
        var files = FoundFiles.Choose(_results, _matchesOf, Math.Min(total * MostNames, MostNameTokens), ((1 - LeastLines) * _request.Budget) - Frame);

        // :: Step 4: fill what is left of the budget, but no more than is left once deeper names fit: a larger budget must not show less.
        var order = Order(isMust, _ranking).ToList();
        var opensFile = OpensFile(order, files);
        var left = Math.Min(_request.Budget - files.Tokens - Frame, (files.DeeperTokens + Frame) * LeastLines / (1 - LeastLines));
        var isShown = BudgetSolver.Fill(
            isMust, Math.Max(_request.Budget * LeastLines, left), order, line => Tokens(line) + (opensFile[line] ? HeadingTokens(line) : 0), _cancellationToken);
        var shown = isShown.Count(s => s);
        var nonEmpty = Enumerable.Range(0, lines.Count).Count(IsPiece);
        if (shown == nonEmpty)
        {
            return null;
        }

        return Write(isShown, files, nonEmpty - shown, nonEmpty);
    }

    private void Count()
    {
        var firsts = new Dictionary<ulong, int>();
        for (var line = 0; line < _results.Lines.Count; line++)
        {
            if ((line & 0xFFFF) == 0)
            {
                _cancellationToken.ThrowIfCancellationRequested();
            }

            _representatives[line] = line;
            if (_results.Kind(line) != FoundKind.Match)
            {
                continue;
            }

            _matchesOf[_results.File(line)]++;
            var hash = XxHash3.HashToUInt64(_results.Text(line).Span.Trim(" \t"u8));
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(firsts, hash, out var isKnown);
            first = isKnown ? first : line;
            _representatives[line] = first;

            _sameText[_representatives[line]]++;
        }
    }

    // An empty line and the rule between groups say nothing; a heading is said by its file.
    private bool IsPiece(int line) => _results.Kind(line) switch
    {
        FoundKind.Heading => false,
        FoundKind.Other => _results.Lines[line].Length > 0 && !_results.Lines[line].SequenceEqual("--"u8),
        _ => true,
    };

    private bool[] Musts(Relevance.Ranking? ranking)
    {
        var isMust = new bool[_results.Lines.Count];
        var (first, last, notices) = (-1, -1, 0);
        for (var line = 0; line < isMust.Length; line++)
        {
            var isMatch = _results.Kind(line) == FoundKind.Match;
            first = isMatch && first < 0 ? line : first;
            last = isMatch ? line : last;
            var isNotice = _results.Kind(line) == FoundKind.Other && notices < MostNotices && IsPiece(line)
                && (notices < 3 || ErrorSigns.ReadsLikeError(_results.Lines[line]) || _results.Lines[line].IndexOf("enied"u8) >= 0);
            notices += isNotice ? 1 : 0;
            isMust[line] = isNotice || (ranking is not null && ranking.IsMust[line] && IsPiece(line));
        }

        if (first >= 0)
        {
            isMust[first] = isMust[last] = true;
        }

        return isMust;
    }

    private int Tokens(int line)
    {
        var text = _results.Kind(line) == FoundKind.Other ? _results.Lines[line] : _results.Entry(line);
        return text.Length > LongLine && !IsWhole(line) ? TokenEstimator.Instance.Count(text[..ShownOfLongLine]) + 12
            : TokenEstimator.Instance.Count(text) + 1 + (_sameText[line] > 1 ? SameTextTokens + (PlaceTokens * Math.Min(MostPlaces, _sameText[line] - 1)) : 0);
    }

    // Where not every file is named, the first line of each takes its name.
    private bool[] OpensFile(List<int> order, FoundFiles files)
    {
        var opensFile = new bool[_results.Lines.Count];
        var isOpen = new bool[_results.Paths.Count];
        foreach (var line in order)
        {
            var file = _results.Kind(line) == FoundKind.Other ? 0 : _results.File(line);
            opensFile[line] = file > 0 && !files.NamesFiles && !isOpen[file];
            isOpen[file] = true;
        }

        return opensFile;
    }

    private int HeadingTokens(int line) => TokenEstimator.Instance.Count(_results.Paths[_results.File(line)].Span) + 4;

    // What was asked for is not cut.
    private bool IsWhole(int line) => _ranking is not null && _ranking.IsMust[line];

    private IEnumerable<int> Order(bool[] isMust, Relevance.Ranking? ranking)
    {
        var isTaken = new bool[isMust.Length];
        for (var line = 0; line < isMust.Length; line++)
        {
            if (isMust[line])
            {
                isTaken[line] = true;
                yield return line;
            }
        }

        // :: What fits the query, a match before context that fits as well.
        if (ranking is not null)
        {
            var scored = Enumerable.Range(0, isMust.Length)
                .Where(line => !isTaken[line] && ranking.Scores[line] > 0 && IsPiece(line) && _representatives[line] == line)
                .OrderByDescending(line => ranking.Scores[line] * (_results.Kind(line) == FoundKind.Match ? 1 : 0.5));
            foreach (var line in scored)
            {
                isTaken[line] = true;
                yield return line;
            }
        }

        // :: In turn the match that differs most, and the next match of the next file.
        var byNovelty = ByNovelty();
        using var byFile = ByFile().GetEnumerator();
        for (var (more, hasFile) = (true, true); more || hasFile;)
        {
            more = byNovelty.TryDequeue(out var line, out _);
            if (more && !isTaken[line])
            {
                isTaken[line] = true;
                yield return line;
            }

            while ((hasFile = byFile.MoveNext()) && isTaken[byFile.Current])
            {
            }

            if (hasFile)
            {
                isTaken[byFile.Current] = true;
                yield return byFile.Current;
            }
        }

        // :: Notices, context, and repetitions at last.
        foreach (var kind in new[] { FoundKind.Other, FoundKind.Context, FoundKind.Match })
        {
            for (var line = 0; line < isMust.Length; line++)
            {
                if (!isTaken[line] && _results.Kind(line) == kind && IsPiece(line))
                {
                    yield return line;
                }
            }
        }
    }

    private PriorityQueue<int, ulong> ByNovelty()
    {
        var novelty = new LineNovelty(_results.Lines.Count);
        for (var line = 0; line < _results.Lines.Count; line++)
        {
            if (_results.Kind(line) == FoundKind.Match && _representatives[line] == line)
            {
                novelty.Add(line, _results.Text(line).Span);
            }
        }

        _cancellationToken.ThrowIfCancellationRequested();
        return novelty.Rank();
    }

    // The first match of each file, then the second of each.
    private IEnumerable<int> ByFile()
    {
        var next = new List<int>();
        var isLater = new int[_results.Paths.Count];
        for (var line = 0; line < _results.Lines.Count; line++)
        {
            if (_results.Kind(line) == FoundKind.Match && _representatives[line] == line && isLater[_results.File(line)]++ == 0)
            {
                next.Add(line);
            }
        }

        while (next.Count > 0)
        {
            var later = new List<int>();
            foreach (var line in next)
            {
                yield return line;
                for (var other = line + 1; other < _results.Lines.Count && _results.File(other) == _results.File(line); other++)
                {
                    if (_results.Kind(other) == FoundKind.Match && _representatives[other] == other)
                    {
                        later.Add(other);
                        break;
                    }
                }
            }

            next = later;
        }
    }

    // :: Writing

    private ContentForm Write(bool[] isShown, FoundFiles files, int hidden, int all)
    {
        var lines = _results.Lines;
        var output = new ByteBuffer((_request.Budget * 6) + 256);
        new NotationHeader(SearchNotation.Name, lines.Count, true, "path (matches), then some line:text" + SearchNotation.BlankLegend).Write(output);
        var hasLines = new bool[_results.Paths.Count];
        for (var line = 0; line < lines.Count; line++)
        {
            hasLines[_results.File(line)] |= isShown[line] && _results.Kind(line) != FoundKind.Other;
        }

        var places = Places(isShown);
        var current = 0;
        for (var line = 0; line < lines.Count; line++)
        {
            // :: Step 1: the file or its directory.
            var file = _results.File(line);
            files.WriteGroup(file, hasLines[file], output);
            if (!isShown[line])
            {
                continue;
            }

            if (_results.Kind(line) == FoundKind.Other)
            {
                files.EndLine(output);
                output.Append('\\');
                AppendCut(lines[line], line, output);
                output.Append('\n');
                continue;
            }

            if (file != current && file != 0)
            {
                files.WriteHeading(file, output);
            }

            // :: Step 2: the line, and where else its text was found.
            current = file;
            AppendEntry(line, output);
            if (places.TryGetValue(line, out var others))
            {
                output.Append(Encoding.UTF8.GetBytes($"[same text in {_sameText[line] - 1} more:{others}{(_sameText[line] - 1 > MostPlaces ? " ..." : "")}]\n"));
            }
        }

        // :: Step 3: what is left out, and how to get it back.
        files.EndLine(output);
        output.Append(Encoding.UTF8.GetBytes(Profile(isShown)));
        var marker = Encoding.UTF8.GetBytes(_request.Marker(string.Create(CultureInfo.InvariantCulture, $"{hidden} of {all} lines not shown")));
        output.Append(marker);
        return new ContentForm(output.ToArray(), "search view", marker.Length);
    }

    private void AppendEntry(int line, ByteBuffer output)
    {
        if (_results.Entry(line).Length > LongLine && !IsWhole(line))
        {
            AppendCut(_results.Entry(line), line, output);
            output.Append('\n');
        }
        else
        {
            SearchNotation.WriteEntry(_results, line, output);
        }
    }

    private void AppendCut(ReadOnlySpan<byte> text, int line, ByteBuffer output)
    {
        if (text.Length <= LongLine || IsWhole(line))
        {
            output.Append(text);
            return;
        }

        // Not inside a character.
        var end = ShownOfLongLine;
        while ((text[end] & 0xC0) == 0x80 && end > 0)
        {
            end--;
        }

        output.Append(text[..end]);
        output.Append(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $" [... {text.Length - end} bytes more]")));
    }

    private Dictionary<int, string> Places(bool[] isShown)
    {
        var places = new Dictionary<int, (int Count, string Text)>();
        for (var line = 0; line < isShown.Length; line++)
        {
            var first = _representatives[line];
            if (first == line || !isShown[first])
            {
                continue;
            }

            var (count, text) = places.GetValueOrDefault(first, (0, ""));
            if (count < MostPlaces)
            {
                var entry = _results.Entry(line);
                var digits = Math.Max(0, entry.IndexOfAnyExceptInRange((byte)'0', (byte)'9'));
                var path = _results.File(line) == _results.File(first) ? "" : Encoding.UTF8.GetString(_results.Paths[_results.File(line)].Span);
                var number = Encoding.UTF8.GetString(entry[..digits]);
                places[first] = (count + 1, $"{text} {path}{(path.Length > 0 && digits > 0 ? ":" : "")}{number}");
            }
        }

        return places.ToDictionary(place => place.Key, place => place.Value.Text);
    }

    private string Profile(bool[] isShown)
    {
        var counts = new int[4];
        var matches = 0;
        for (var line = 0; line < isShown.Length; line++)
        {
            counts[(int)_results.Kind(line)] += !isShown[line] && IsPiece(line) ? 1 : 0;
            matches += _results.Kind(line) == FoundKind.Match ? 1 : 0;
        }

        var parts = new List<string>();
        Add(counts[(int)FoundKind.Match], "matches");
        Add(counts[(int)FoundKind.Context], "lines of context");
        Add(counts[(int)FoundKind.Other], "other lines");
        var files = _results.Paths.Count - 1;
        return string.Create(CultureInfo.InvariantCulture,
            $"[{matches} matches{(files > 0 ? $" in {files} files" : "")}; not shown: {string.Join(", ", parts)}]\n");

        void Add(int count, string what)
        {
            if (count > 0)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {what}"));
            }
        }
    }
}
