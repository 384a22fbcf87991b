using System.Globalization;
using System.Text;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Logs;

/// <summary>
/// A view of a log: first and last entries, every error and warning with its message and stack, what was said once or twice, what has a
/// value that is seldom or far off, what was asked for, and what surrounds them; then how often each statement was made, from when to when, with which values.
/// </summary>
internal sealed class LogView
{
    /// <summary>Entries that must be shown take at most their part of a log, and this many tokens, before the same ones are shown once only.</summary>
    private const int MustTokens = 8_000;

    private const double WarningShare = 0.15;
    private const int WarningTokens = 2_000;

    private const double RareShare = 0.1;
    private const int RareTokens = 3_000;

    /// <summary>The same for lines that stand out by a value.</summary>
    private const double OddShare = 0.25;
    private const int OddTokens = 1_500;

    /// <summary>A statement made at most this often is rare.</summary>
    private const int RareCount = 2;

    private const int HeadAndTail = 3;
    private const int MoreHeadAndTail = 10;

    /// <summary>The profile takes at most this part of the budget, but always this many statements.</summary>
    private const double ProfileShare = 0.5;
    private const int LeastStatements = 12;

    /// <summary>What header, totals and marker take.</summary>
    private const int FrameTokens = 120;

    /// <summary>Entries before and after an error.</summary>
    private const int Context = 2;

    /// <summary>What the numbers of the lines left out before an entry take.</summary>
    private const int GapTokens = 8;

    private const int MaxShapesShown = 512;

    /// <summary>Longer entries are shown by their messages and innermost frames.</summary>
    private const int LongEntry = 32;
    private const int LongEntryHead = 14;
    private const int LongEntryTail = 8;

    /// <summary>So many lines of a stack that was shown before are named instead.</summary>
    private const int LeastSameLines = 3;

    private readonly Log _log;
    private readonly LogLines _lines;
    private readonly LogEntries _entries;
    private readonly int[] _groupOfShape;
    private readonly int[] _groupCounts;
    private readonly double _tokensPerByte;
    private readonly double _tokens;
    private readonly int[] _sameStackAs;
    private readonly LogProfile _profile;

    private LogView(Log log, CancellationToken cancellationToken)
    {
        _log = log;
        _lines = log.Lines;
        _entries = LogEntries.Read(log, cancellationToken);
        _groupOfShape = new int[_lines.Shapes.Count];
        _groupCounts = new int[log.Groups.Count];
        for (var group = 0; group < log.Groups.Count; group++)
        {
            foreach (var shape in log.Groups[group].Shapes)
            {
                _groupOfShape[shape] = group;
                _groupCounts[group] += _lines.Shapes[shape].Count;
            }
        }

        var source = _lines.Text.Source.Span;
        _tokens = TokenEstimator.Instance.Sample(source);
        _tokensPerByte = _tokens / source.Length;
        _sameStackAs = new int[_entries.Count];
        Array.Fill(_sameStackAs, -1);
        _profile = new LogProfile(log, _entries, _groupOfShape, cancellationToken);
    }

    /// <summary>The view, or null when it would hide nothing, or the text is no log.</summary>
    public static ContentForm? Write(Log log, ViewRequest request, CancellationToken cancellationToken)
    {
        if (log.Lines.Timed == 0 && !Array.Exists(log.Severities, severity => severity != LogSeverity.None))
        {
            return null;
        }

        var view = new LogView(log, cancellationToken);
        var isShown = view.Choose(request, cancellationToken);
        return view.Write(request, isShown);
    }

    private int GroupOf(int line) => _lines.ShapeOf[line] is var shape && shape == LogLines.NoShape ? -1 : _groupOfShape[shape];

    private bool[] Choose(ViewRequest request, CancellationToken cancellationToken)
    {
        var count = _entries.Count;

        // 1. What was asked for.
        var ranking = request.Relevance.IsEmpty ? null
            : request.Relevance.Rank(count, entry => _lines.Text.Source[_lines.Text.StartOf(_entries.FirstLine(entry)).._lines.Text.StartOf(_entries.EndLine(entry))], cancellationToken: cancellationToken);
        var isMust = ranking?.IsMust ?? new bool[count];

        // 2. First and last.
        for (var i = 0; i < Math.Min(HeadAndTail, count); i++)
        {
            isMust[i] = true;
            isMust[count - 1 - i] = true;
        }

        // 3. Errors, warnings and rare things: all, or where they are too many one of each.
        var errors = new List<int>();
        var warnings = new List<int>();
        var rare = new List<int>();
        for (var entry = 0; entry < count; entry++)
        {
            var severity = _entries.Severities[entry];
            (severity >= LogSeverity.Error ? errors : severity == LogSeverity.Warning ? warnings : IsRare(entry) ? rare : null)?.Add(entry);
        }

        errors = Within(errors, BudgetSolver.MustShare, MustTokens, cancellationToken);
        Mark(isMust, errors);
        warnings = Within(warnings, WarningShare, WarningTokens, cancellationToken);
        Mark(isMust, warnings);
        if (TokensOf(rare) <= Math.Min(_tokens * RareShare, RareTokens))
        {
            Mark(isMust, rare);
        }

        var odd = OddValues.Lines(_log, _groupOfShape, _groupCounts, cancellationToken).ConvertAll(_entries.EntryOf);
        var oddTokens = Math.Min(_tokens * OddShare, OddTokens);
        Mark(isMust, [.. odd.Distinct().TakeWhile(entry => (oddTokens -= Approximately(entry)) >= 0)]);

        // 4. A stack that has been shown is not shown again.
        FindSameStacks(isMust);

        // 5. The rest of the budget, from what is worth most.
        var order = new List<int>();
        var isListed = new bool[count];
        List(Enumerable.Range(0, count).Where(entry => isMust[entry]));
        if (ranking is not null)
        {
            List(Enumerable.Range(0, count).Where(entry => ranking.Scores[entry] > 0).OrderByDescending(entry => ranking.Scores[entry]));
        }

        List(odd);
        List(rare);
        for (var distance = 1; distance <= Context; distance++)
        {
            List(errors.Concat(warnings).Concat(odd).Where(entry => isMust[entry]).SelectMany(entry => (int[])[entry - distance, entry + distance]));
        }

        List(Examples());
        for (var i = 0; i < Math.Min(MoreHeadAndTail, count); i++)
        {
            List([i, count - 1 - i]);
        }

        var most = request.Budget * ProfileShare;
        var entryBudget = Math.Max(most, request.Budget - FrameTokens - _profile.TokensUpTo(most));
        return BudgetSolver.Fill(isMust, entryBudget, order, TokensOf, cancellationToken);

        void List(IEnumerable<int> entries)
        {
            foreach (var entry in entries)
            {
                if (entry >= 0 && entry < count && !isListed[entry])
                {
                    isListed[entry] = true;
                    order.Add(entry);
                }
            }
        }
    }

    // The first and the last of each statement, the most frequent first, and then the first of each of its shapes.
    private IEnumerable<int> Examples()
    {
        var groups = Enumerable.Range(0, _groupCounts.Length).OrderByDescending(group => _groupCounts[group]).Take(MaxShapesShown).ToList();
        return groups.Select(group => _lines.Shapes[_log.Groups[group].Shapes[0]].First)
            .Concat(groups.Select(group => _log.Groups[group].Shapes.Max(shape => _lines.Shapes[shape].Last)))
            .Concat(groups.SelectMany(group => _log.Groups[group].Shapes.Skip(1)).Take(MaxShapesShown).Select(shape => _lines.Shapes[shape].First))
            .Select(_entries.EntryOf);
    }

    private void FindSameStacks(bool[] isMust)
    {
        var first = new Dictionary<ulong, int>();
        for (var entry = 0; entry < isMust.Length; entry++)
        {
            var lines = _entries.EndLine(entry) - _entries.FirstLine(entry);
            if (!isMust[entry] || lines <= LeastSameLines)
            {
                continue;
            }

            var key = (ulong)lines;
            for (var line = _entries.FirstLine(entry) + 1; line < _entries.EndLine(entry); line++)
            {
                if (_lines.Text[line] is [(byte)' ' or (byte)'\t', ..])
                {
                    key = (key ^ _lines.Hashes[line]) * 0x9E3779B97F4A7C15;
                    key ^= key >> 31;
                }
            }

            if (!first.TryAdd(key, entry))
            {
                _sameStackAs[entry] = first[key];
            }
        }
    }

    private bool IsSameLine(int entry, int line) =>
        _lines.Text[line].SequenceEqual(_lines.Text[_entries.FirstLine(_sameStackAs[entry]) + line - _entries.FirstLine(entry)]);

    private static void Mark(bool[] isMust, List<int> entries)
    {
        foreach (var entry in entries)
        {
            isMust[entry] = true;
        }
    }

    private bool IsRare(int entry)
    {
        for (var line = _entries.FirstLine(entry); line < _entries.EndLine(entry); line++)
        {
            var group = GroupOf(line);
            if (_lines.Text[line].Length > 0 && (group < 0 || _groupCounts[group] <= RareCount))
            {
                return true;
            }
        }

        return false;
    }

    private double TokensOf(List<int> entries) => entries.Sum(Approximately);

    private double Approximately(int entry)
    {
        var bytes = 0;
        foreach (var (from, to) in ShownLines(entry))
        {
            bytes += _lines.Text.StartOf(to) - _lines.Text.StartOf(from);
        }

        return bytes * _tokensPerByte;
    }

    private double TokensOf(int entry)
    {
        var tokens = GapTokens;
        foreach (var (from, to) in ShownLines(entry))
        {
            tokens += TokenEstimator.Instance.Count(_lines.Text.Source.Span[_lines.Text.StartOf(from).._lines.Text.StartOf(to)]);
        }

        return tokens;
    }

    // All of them; or the first of each shape; or the first of each statement, as many as fit.
    private List<int> Within(List<int> entries, double share, int most, CancellationToken cancellationToken)
    {
        if (TokensOf(entries) <= Math.Min(_tokens * share, most))
        {
            return entries;
        }

        var byShape = FirstOfEach(entries, line => _lines.ShapeOf[line], cancellationToken);
        if (TokensOf(byShape) <= Math.Min(_tokens * share, most))
        {
            return byShape;
        }

        var byGroup = FirstOfEach(byShape, GroupOf, cancellationToken);
        var tokens = 0.0;
        return [.. byGroup.TakeWhile(entry => (tokens += Approximately(entry)) <= Math.Min(_tokens * share, most))];
    }

    // Told apart by the first line and by every message in the stack.
    private List<int> FirstOfEach(List<int> entries, Func<int, int> kindOf, CancellationToken cancellationToken)
    {
        var seen = new HashSet<ulong>();
        var first = new List<int>();
        foreach (var entry in entries)
        {
            var key = 17UL;
            for (var line = _entries.FirstLine(entry); line < _entries.EndLine(entry); line++)
            {
                if (line == _entries.FirstLine(entry) || _log.SeverityOf(line) >= LogSeverity.Warning)
                {
                    var kind = kindOf(line);
                    key = (key ^ (kind < 0 ? _lines.Hashes[line] : (ulong)kind)) * 0x9E3779B97F4A7C15;
                    key ^= key >> 31;
                }
            }

            if (seen.Add(key))
            {
                first.Add(entry);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return first;
    }

    // Ranges of lines: the whole entry, or of a long one its messages and its innermost frames, which are first or, in Python, last.
    private IEnumerable<(int From, int To)> ShownLines(int entry)
    {
        var first = _entries.FirstLine(entry);
        var end = _entries.EndLine(entry);
        if (_sameStackAs[entry] >= 0)
        {
            var shownFrom = first;
            for (var line = first + 1; line < end; line++)
            {
                var same = line;
                while (same < end && IsSameLine(entry, same))
                {
                    same++;
                }

                if (same - line >= LeastSameLines)
                {
                    yield return (shownFrom, line);
                    shownFrom = same;
                }

                line = Math.Max(line, same - 1);
            }

            yield return (shownFrom, end);
            yield break;
        }

        if (end - first <= LongEntry)
        {
            yield return (first, end);
            yield break;
        }

        yield return (first, first + LongEntryHead);
        for (var line = first + LongEntryHead; line < end - LongEntryTail; line++)
        {
            var text = _lines.Text[line];
            if (text.Length > 0 && !StackFrames.IsFrame(text) && _log.SeverityOf(line) >= LogSeverity.Error)
            {
                var to = Math.Min(line + 3, end - LongEntryTail);
                yield return (line, to);
                line = to - 1;
            }
        }

        yield return (end - LongEntryTail, end);
    }

    private ContentForm? Write(ViewRequest request, bool[] isShown)
    {
        // 1. The entries in their order, and the numbers of the lines between them.
        var output = new ByteBuffer(request.Budget * 8);
        new NotationHeader(LogNotation.Name, _lines.Count, true, "[... a-b] lines not shown; [5x ...] what they say, {} values").Write(output);
        var shownLines = 0;
        var next = 0;
        var isLineShown = new bool[_lines.Count];
        for (var entry = 0; entry < isShown.Length; entry++)
        {
            if (!isShown[entry])
            {
                continue;
            }

            var first = _entries.FirstLine(entry);
            WriteGap(output, next, first, -1);
            next = first;
            foreach (var (from, to) in ShownLines(entry))
            {
                WriteGap(output, next, from, _sameStackAs[entry] < 0 ? -1 : _entries.FirstLine(_sameStackAs[entry]) + next - first);
                for (var line = from; line < to; line++)
                {
                    WriteLine(output, _lines.Text[line]);
                    isLineShown[line] = true;
                }

                // What is said to be the same is told.
                isLineShown.AsSpan(_sameStackAs[entry] < 0 ? from : next, _sameStackAs[entry] < 0 ? 0 : from - next).Fill(true);
                shownLines += to - from;
                next = to;
            }
        }

        WriteGap(output, next, _lines.Count, -1);
        if (shownLines == _lines.Count)
        {
            return null;
        }

        // 2. What the others say.
        _profile.Write(output, isLineShown, request.Budget * ProfileShare, LeastStatements);
        var marker = Encoding.UTF8.GetBytes(request.Marker(string.Create(
            CultureInfo.InvariantCulture, $"{_lines.Count - shownLines} of {_lines.Count} lines not shown")));
        output.Append(marker);
        return new ContentForm(output.ToArray(), "view", marker.Length);
    }

    private static void WriteGap(ByteBuffer output, int from, int to, int sameAs)
    {
        if (from < to)
        {
            output.Append("[... "u8);
            output.Append(from + 1);
            if (to > from + 1)
            {
                output.Append('-');
                output.Append(to);
            }

            if (sameAs >= 0)
            {
                output.Append(" as "u8);
                output.Append(sameAs + 1);
                output.Append('-');
                output.Append(sameAs + to - from);
            }

            output.Append("]\n"u8);
        }
    }

    private static void WriteLine(ByteBuffer output, ReadOnlySpan<byte> line)
    {
        if (LogProfile.IsNoteLike(line))
        {
            output.Append(LogNotation.Escape);
        }

        output.Append(line);
        output.Append((byte)'\n');
    }
}
