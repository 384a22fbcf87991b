using System.Buffers;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Search;

/// <summary>What a line of a search is.</summary>
internal enum FoundKind : byte
{
    /// <summary>Kept as it is: an empty line, the rule between groups, a notice.</summary>
    Other,

    /// <summary>Only the path of the lines below.</summary>
    Heading,

    /// <summary>A line around a match.</summary>
    Context,

    /// <summary>A line that was searched for.</summary>
    Match,
}

/// <summary>
/// The lines of a search with their paths. Where a path ends is found by consistency: of all the readings of a line the one that most of
/// the lines after it continue, under the same path with rising numbers, the leftmost of equals. A hyphen makes context only where its
/// path has a match in the same run.
/// </summary>
internal sealed class SearchResults
{
    private const int LookAhead = 8;
    private const int MostReadings = 6;
    private const int ContextLookAhead = 256;

    private static readonly SearchValues<byte> NotInPathsWithBlanks = SearchValues.Create("[]<>\"|"u8);
    private static readonly SearchValues<byte> NotInPaths = SearchValues.Create(" \t[]<>\"|=(){}"u8);

    private readonly TextLines _lines;
    private readonly FoundKind[] _kinds;
    private readonly int[] _files;
    private readonly int[] _entries;
    private readonly List<ReadOnlyMemory<byte>> _paths = [];
    private readonly Dictionary<ReadOnlyMemory<byte>, int> _numbers = new(Utf8Comparer.Instance);

    // A run of context that met no match need not be walked again from its second line.
    private int _barrenUntil;
    private int _barrenPath;

    private SearchResults(TextLines lines, SearchForm form)
    {
        _lines = lines;
        Form = form;
        _kinds = new FoundKind[lines.Count];
        _files = new int[lines.Count];
        _entries = new int[lines.Count];
    }

    public SearchForm Form { get; private set; }

    public TextLines Lines => _lines;

    /// <summary>The files in the order in which they first appear; the first is that of lines without a path.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Paths => _paths;

    /// <summary>Reads a search; null when the text is none.</summary>
    public static SearchResults? Read(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var lines = TextLines.Read(utf8);
        var results = new SearchResults(lines, FormOf(lines));
        if (results.Form == SearchForm.Flat && results.ReadNumbered(cancellationToken) < 0.6)
        {
            results = new SearchResults(lines, SearchForm.Unnumbered);
        }

        return results.Form switch
        {
            SearchForm.Unnumbered => results.ReadUnnumbered(cancellationToken) < 0.8 ? null : results,
            SearchForm.SelectString => results.ReadNumbered(cancellationToken) < 0.6 ? null : results,
            _ => results,
        };
    }

    public FoundKind Kind(int line) => _kinds[line];

    /// <summary>The index in <see cref="Paths"/> of the file that a line is of.</summary>
    public int File(int line) => _files[line];

    /// <summary>The line from its number on; of an unnumbered one from the colon or hyphen on.</summary>
    public ReadOnlySpan<byte> Entry(int line) => _lines[line][_entries[line]..];

    /// <summary>What was found, without path and number.</summary>
    public ReadOnlyMemory<byte> Text(int line)
    {
        var entry = _lines.Memory(line)[_entries[line]..];
        return Form == SearchForm.Unnumbered ? entry[1..]
            : SearchLine.TryParse(entry.Span, 0, out var reading) ? entry[reading.TextStart..] : entry;
    }

    private static SearchForm FormOf(TextLines lines)
    {
        var (marked, indented, other) = (0, 0, 0);
        for (var line = 0; line < Math.Min(lines.Count, 200); line++)
        {
            var text = lines[line];
            _ = text.StartsWith("> "u8) ? marked++ : text.StartsWith("  "u8) ? indented++ : text.IsEmpty ? 0 : other++;
        }

        return marked > 0 && other * 4 <= marked + indented ? SearchForm.SelectString : SearchForm.Flat;
    }

    // :: Numbered lines

    private double ReadNumbered(CancellationToken cancellationToken)
    {
        FileOf(default);
        var (open, file) = (false, 0);
        ReadOnlyMemory<byte> path = default;
        SearchLine last = default;
        var (read, nonEmpty, lastLine) = (0, 0, 0);
        for (var line = 0; line < _lines.Count; line++)
        {
            if ((line & 0xFFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var text = Source(line);
            nonEmpty += text.Length > 2 ? 1 : 0;
            if (open && SearchLine.TryParse(text.Span, path.Span, out var reading)
                && reading.Follows(last, text.Span[reading.TextStart..], Source(lastLine).Span[last.TextStart..]))
            {
                Set(line, reading, file);
                (last, lastLine) = (reading, line);
                read++;
                continue;
            }

            if (text.Length < 3 || Best(line) is not { } best)
            {
                // An empty line ends the file of a heading.
                open = open && !(text.Length == 0 && Form == SearchForm.Headings);
                continue;
            }

            (open, last, lastLine) = (true, best, line);
            path = text[..best.PathLength];
            file = FileOf(path);
            if (path.IsEmpty && IsHeading(line - 1))
            {
                Form = SearchForm.Headings;
                file = FileOf(_lines.Memory(line - 1));
                (_kinds[line - 1], _files[line - 1]) = (FoundKind.Heading, file);
                read++;
            }

            Set(line, best, file);
            read++;
        }

        return nonEmpty == 0 ? 0 : (double)read / nonEmpty;
    }

    private ReadOnlyMemory<byte> Source(int line) =>
        Form == SearchForm.SelectString && _lines[line].Length > 2 && (_lines[line].StartsWith("> "u8) || _lines[line].StartsWith("  "u8))
            ? _lines.Memory(line)[2..]
            : _lines.Memory(line);

    private void Set(int line, SearchLine reading, int file)
    {
        var skipped = _lines[line].Length - Source(line).Length;
        if (Form == SearchForm.SelectString && (skipped == 0 || !reading.IsMatch))
        {
            return;
        }

        var isMatch = Form == SearchForm.SelectString ? _lines[line][0] == (byte)'>' : reading.IsMatch;
        _kinds[line] = isMatch ? FoundKind.Match : FoundKind.Context;
        _files[line] = file;
        _entries[line] = skipped + (reading.PathLength == 0 ? 0 : reading.PathLength + 1);
    }

    private bool IsHeading(int line) =>
        line >= 0 && _kinds[line] == FoundKind.Other && _lines[line].Length > 0 && (line == 0 || _lines[line - 1].IsEmpty)
        && (Form == SearchForm.Headings || _paths.Count == 1);

    private SearchLine? Best(int line)
    {
        var text = Source(line);
        SearchLine? best = null;
        var most = -1;
        var from = 0;
        for (var i = 0; i < MostReadings && SearchLine.TryParse(text.Span, from, out var reading); i++, from = reading.PathLength + 1)
        {
            var run = reading.IsMatch ? Run(line, reading) : ContextRun(line, reading);
            var isAcceptable = reading.PathLength > 0
                ? IsPathLike(text.Span[..reading.PathLength]) && (run > 0 || reading.IsMatch)
                : run > 0 || (reading.IsMatch && IsHeading(line - 1));
            if (isAcceptable && run > most)
            {
                (best, most) = (reading, run);
                if (run == LookAhead)
                {
                    break;
                }
            }
        }

        return best;
    }

    private int Run(int line, SearchLine reading)
    {
        var path = Source(line).Span[..reading.PathLength];
        var run = 0;
        for (var next = line + 1; run < LookAhead && next < _lines.Count; next++, run++)
        {
            var text = Source(next).Span;
            if (!SearchLine.TryParse(text, path, out var following)
                || !following.Follows(reading, text[following.TextStart..], Source(next - 1).Span[reading.TextStart..]))
            {
                break;
            }

            reading = following;
        }

        return run;
    }

    private int ContextRun(int line, SearchLine reading)
    {
        if (line < _barrenUntil && reading.PathLength == _barrenPath)
        {
            return 0;
        }

        var path = Source(line).Span[..reading.PathLength];
        var number = reading.Number;
        var next = line + 1;
        for (var end = Math.Min(_lines.Count, line + ContextLookAhead); next < end; next++)
        {
            if (!SearchLine.TryParse(Source(next).Span, path, out var following) || following.Number != ++number)
            {
                break;
            }

            if (following.IsMatch)
            {
                return Math.Min(LookAhead, next - line);
            }
        }

        (_barrenUntil, _barrenPath) = (next, reading.PathLength);
        return 0;
    }

    // The time of a log has the signs of a path with a number, and may rise as numbers do.
    private static bool IsPathLike(ReadOnlySpan<byte> path)
    {
        if (path.IndexOfAnyInRange((byte)0, (byte)31) >= 0 || path[0] == (byte)' '
            || path.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            || (path.Length is 13 && path[10] == (byte)'T' && path[4] == (byte)'-'))
        {
            return false;
        }

        var blank = path.LastIndexOf((byte)' ');
        return blank < 0 || ((path.IndexOfAny((byte)'/', (byte)'\\') >= 0 || path[blank..].Contains((byte)'.'))
            && path.IndexOfAny(NotInPathsWithBlanks) < 0 && path.IndexOf(": "u8) < 0);
    }

    // :: Lines without numbers

    private double ReadUnnumbered(CancellationToken cancellationToken)
    {
        FileOf(default);
        var (file, read, nonEmpty) = (0, 0, 0);
        ReadOnlyMemory<byte> path = default;
        for (var line = 0; line < _lines.Count; line++)
        {
            if ((line & 0xFFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var text = _lines.Memory(line);
            nonEmpty += text.Length > 2 ? 1 : 0;
            var isContext = false;
            if (path.IsEmpty || text.Length <= path.Length || !text.Span.StartsWith(path.Span)
                || !(text.Span[path.Length] == (byte)':' || (isContext = text.Span[path.Length] == (byte)'-')))
            {
                if (UnnumberedPath(text.Span) is not (> 0 and var length))
                {
                    continue;
                }

                path = text[..length];
                file = FileOf(path);
                isContext = false;
            }

            if (text.Span[path.Length..].SequenceEqual("--"u8))
            {
                continue;
            }

            (_kinds[line], _files[line], _entries[line]) = (isContext ? FoundKind.Context : FoundKind.Match, file, path.Length);
            read++;
        }

        // Most lines of prose or of a log have no such path; and a search has more lines than files, or it is a list of counts.
        return nonEmpty == 0 || _paths.Count - 1 > read * 0.7 ? 0 : (double)read / nonEmpty;
    }

    private static int UnnumberedPath(ReadOnlySpan<byte> text)
    {
        var from = text.Length > 2 && text[1] == (byte)':' && text[2] is (byte)'\\' or (byte)'/' ? 2 : 0;
        var end = text[from..].IndexOf((byte)':') + from;
        if (end <= from)
        {
            return 0;
        }

        var path = text[..end];
        return path.IndexOfAny(NotInPaths) < 0 && path.IndexOfAny("/\\."u8) >= 0 && path[0] is not ((byte)'\\' or (byte)'-') ? end : 0;
    }

    private int FileOf(ReadOnlyMemory<byte> path)
    {
        if (!_numbers.TryGetValue(path, out var file))
        {
            file = _paths.Count;
            _numbers.Add(path, file);
            _paths.Add(path);
        }

        return file;
    }
}
