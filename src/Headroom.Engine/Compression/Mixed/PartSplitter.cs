using System.Buffers.Text;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Mixed;

/// <summary>Lines of a text that may be compressed on their own: from the first to behind the last. All other lines stay as they are.</summary>
internal readonly record struct Part(int From, int To);

/// <summary>
/// Finds the parts of a text of several kinds: what stands between the fences of Markdown, JSON documents, diffs (by the line counts of their
/// hunks), the output of each command after a prompt, and runs of lines of one kind. Nothing is taken away or moved.
/// </summary>
internal sealed class PartSplitter
{
    private const int RunLines = 3;

    // A run goes on over so many lines of another kind.
    private const int GapLines = 3;

    private readonly TextLines _lines;
    private readonly LineKind[] _kinds;
    private readonly List<Part> _parts = [];

    // Scans for documents that make no part are limited to a few times the text.
    private long _scanned;

    // What was looked for in vain is not looked for again: a fence of either sign that closes, and hunks below headers up to a line.
    private bool _hasOpenTicks;
    private bool _hasOpenTildes;
    private int _noHunksBefore;

    private PartSplitter(TextLines lines, CancellationToken cancellationToken)
    {
        _lines = lines;
        _kinds = new LineKind[lines.Count];
        for (var i = 0; i < _kinds.Length; i++)
        {
            if ((i & 0x3FF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            _kinds[i] = LineGrammar.Classify(lines[i]);
        }
    }

    /// <summary>The parts, in order; they do not overlap.</summary>
    public static IReadOnlyList<Part> Split(TextLines lines, CancellationToken cancellationToken)
    {
        var splitter = new PartSplitter(lines, cancellationToken);
        var stretch = 0;
        for (var i = 0; i < lines.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (from, to, next) = splitter.BlockAt(i);
            if (next == i)
            {
                i++;
                continue;
            }

            splitter.AddStretch(stretch, i);
            splitter.Add(from, to);
            i = stretch = next;
        }

        splitter.AddStretch(stretch, lines.Count);
        return splitter._parts;
    }

    /// <summary>What clearly begins at a line: the part in it, and the line behind it all; the line itself where nothing does.</summary>
    private (int From, int To, int Next) BlockAt(int at)
    {
        switch (_kinds[at])
        {
            case LineKind.Prompt:
                return (at, at, at + 1);
            case LineKind.Fence:
                var fence = _lines[at].TrimStart((byte)' ')[..3];
                ref var isOpen = ref fence[0] == (byte)'~' ? ref _hasOpenTildes : ref _hasOpenTicks;
                for (var i = at + 1; !isOpen && i < _lines.Count; i++)
                {
                    if (_kinds[i] == LineKind.Fence && _lines[i].Trim(" \r"u8) is var close && close.StartsWith(fence) && close.IndexOfAnyExcept(fence[0]) < 0)
                    {
                        return (at + 1, i, i + 1);
                    }
                }

                isOpen = true;
                return (at, at, at);
            case LineKind.DiffHeader when at >= _noHunksBefore && DiffEnd(at) is var end && end > at + 1:
                return (at, end, end);
            case LineKind.Json:
                var last = at + 1;
                while (last < _lines.Count && _kinds[last] == LineKind.Json)
                {
                    last++;
                }

                return (at, last, last);
            default:
                var next = _lines[at] is [(byte)'{' or (byte)'[', ..] ? DocumentEnd(at) : at;
                return (at, next, next);
        }
    }

    private int DocumentEnd(int at)
    {
        var text = _lines.Source.Span[_lines.StartOf(at)..];
        if (_scanned > 2L * _lines.Source.Length)
        {
            return at;
        }

        var result = JsonScan.Scan(text, out var length);
        if (result != JsonScanResult.Closed)
        {
            _scanned += length;
            return at;
        }

        var end = _lines.StartOf(at) + length;
        var line = at;
        while (_lines.StartOf(line + 1) < end)
        {
            line++;
        }

        // Text after it on its last line makes it something else.
        if (_lines.Source.Span[end.._lines.StartOf(line + 1)].Trim(" \t\r\n"u8).IsEmpty)
        {
            return line + 1;
        }

        _scanned += length;
        return at;
    }

    private int DiffEnd(int at)
    {
        var end = at;
        var hasHunks = false;
        var i = at;
        for (; i < _lines.Count; i++)
        {
            var line = _lines[i];
            if (line.StartsWith("@@ "u8) && HunkLines(line) is var (before, after) && before + after > 0)
            {
                hasHunks = true;
                for (i++; i < _lines.Count && (before > 0 || after > 0); i++)
                {
                    var first = _lines[i] is [var b, ..] ? b : (byte)' ';
                    before -= first is (byte)' ' or (byte)'-' ? 1 : 0;
                    after -= first is (byte)' ' or (byte)'+' ? 1 : 0;
                    if (first is not ((byte)' ' or (byte)'-' or (byte)'+' or (byte)'\\'))
                    {
                        return i > end ? i : end;
                    }
                }

                i += i < _lines.Count && _lines[i].StartsWith("\\ "u8) ? 1 : 0;
                end = i;
                i--;
            }
            else if (_kinds[i] == LineKind.DiffHeader || line.StartsWith("old mode "u8) || line.StartsWith("new mode "u8))
            {
                end = i + 1;
            }
            else if (!IsCommitText(line) || !FollowsCommit(i))
            {
                break;
            }
        }

        if (!hasHunks)
        {
            _noHunksBefore = i;
            return at;
        }

        return end;
    }

    private static bool IsCommitText(ReadOnlySpan<byte> line) =>
        line.IsEmpty || line.StartsWith("    "u8) || line.StartsWith("Author"u8) || line.StartsWith("Date"u8) || line.StartsWith("Commit"u8)
        || line.StartsWith("Merge: "u8) || line.StartsWith("AuthorDate"u8);

    private bool FollowsCommit(int line)
    {
        // The blank line before the next commit or diff belongs to what is before it.
        for (var i = line; i < Math.Min(line + GapLines, _lines.Count); i++)
        {
            if (_kinds[i] == LineKind.DiffHeader)
            {
                return true;
            }

            if (_kinds[i] != LineKind.Blank)
            {
                break;
            }
        }

        for (var i = line; i >= Math.Max(0, line - 60); i--)
        {
            if (_kinds[i] == LineKind.DiffHeader)
            {
                return _lines[i].StartsWith("commit "u8);
            }
        }

        return false;
    }

    private static (int Before, int After) HunkLines(ReadOnlySpan<byte> line)
    {
        // @@ -12,7 +12,9 @@
        return Count(line, (byte)'-') is >= 0 and var before && Count(line, (byte)'+') is >= 0 and var after ? (before, after) : default;

        static int Count(ReadOnlySpan<byte> line, byte sign)
        {
            var at = line.IndexOf(sign) + 1;
            if (at == 0 || !Utf8Parser.TryParse(line[at..], out int _, out var digits))
            {
                return -1;
            }

            var rest = line[(at + digits)..];
            return rest is not [(byte)',', ..] ? 1 : Utf8Parser.TryParse(rest[1..], out int count, out _) && count is >= 0 and < 1 << 28 ? count : -1;
        }
    }

    /// <summary>Lines among which nothing clearly begins: of one kind as a whole, or runs of several.</summary>
    private void AddStretch(int from, int to)
    {
        while (from < to && _kinds[from] == LineKind.Blank)
        {
            from++;
        }

        while (to > from && _kinds[to - 1] == LineKind.Blank)
        {
            to--;
        }

        if (from >= to)
        {
            return;
        }

        if (ContentDetector.Detect(Bytes(from, to)) != ContentKind.Mixed)
        {
            Add(from, to);
            return;
        }

        // :: Step 1: runs of one family; single lines of another and what is indented below belong to them.
        var rest = from;
        for (var i = from; i < to;)
        {
            var family = FamilyOf(_kinds[i]);
            var end = family == LineKind.Plain ? i : RunEnd(i, to, family);
            if (end - i < RunLines)
            {
                i++;
                continue;
            }

            AddParagraphs(rest, i);
            Add(i, end);
            i = rest = end;
        }

        AddParagraphs(rest, to);
    }

    // :: Step 2: paragraphs between them; tables have no lines that show it.
    private void AddParagraphs(int from, int to)
    {
        for (var i = from; i < to;)
        {
            if (_kinds[i] == LineKind.Blank)
            {
                i++;
                continue;
            }

            var end = i;
            while (end < to && _kinds[end] != LineKind.Blank)
            {
                end++;
            }

            if (ContentDetector.Detect(Bytes(i, end)) is not (ContentKind.Text or ContentKind.Mixed or ContentKind.SourceCode))
            {
                AddText(from, i);
                Add(i, end);
                from = end;
            }

            i = end;
        }

        AddText(from, to);
    }

    // Text is one part over its paragraphs: what repeats in it may be anywhere.
    private void AddText(int from, int to) => Add(from, to);

    private int RunEnd(int from, int to, LineKind family)
    {
        var end = from;
        var lines = 0;
        for (var i = from; i < to && i - end <= GapLines; i++)
        {
            if (FamilyOf(_kinds[i]) == family)
            {
                lines++;
                end = i + 1;
            }
            else if (family is LineKind.Log or LineKind.Frame or LineKind.Build && i == end && _kinds[i] != LineKind.Blank && _lines[i] is [(byte)' ' or (byte)'\t', ..])
            {
                end = i + 1;
            }
        }

        return lines < RunLines ? from : end;
    }

    private static LineKind FamilyOf(LineKind kind) => kind switch
    {
        LineKind.NumberedLine => LineKind.Search,
        LineKind.Branch or LineKind.Path => LineKind.FileRow,
        LineKind.Log or LineKind.Build or LineKind.Search or LineKind.FileRow or LineKind.Frame or LineKind.Bar => kind,
        _ => LineKind.Plain,
    };

    private void Add(int from, int to)
    {
        if (from < to && _lines.StartOf(to) - _lines.StartOf(from) >= ContentRouter.MinimumBytes)
        {
            _parts.Add(new Part(from, to));
        }
    }

    private ReadOnlySpan<byte> Bytes(int from, int to) => _lines.Source.Span[_lines.StartOf(from).._lines.StartOf(to)];
}
