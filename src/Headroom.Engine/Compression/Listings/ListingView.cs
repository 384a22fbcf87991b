using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Headroom.Engine.Compression.Json.View;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Listings;

/// <summary>
/// A selection of a listing by directory: each directory with how much is below it, shallow ones first, and of the entries first what was
/// asked for, then the largest, the newest, names that differ, and those near the top.
/// </summary>
internal sealed class ListingView
{
    // Header, profile and marker.
    private const int Frame = 160;
    private const int MostNotices = 10;

    // A longer line that lists nothing is no message.
    private const int LongestNotice = 1_000;
    private const int Extremes = 4;
    private const int MostExtensions = 12;

    private readonly ListedFiles _files;
    private readonly ViewRequest _request;
    private readonly CancellationToken _cancellationToken;
    private readonly int _lines;

    private ListingView(ListedFiles files, ViewRequest request, CancellationToken cancellationToken)
    {
        _files = files;
        _request = request;
        _cancellationToken = cancellationToken;
        _lines = files.Lines.Count;
    }

    /// <summary>Writes the view; null when everything would be shown, or too much must be.</summary>
    public static ContentForm? Write(ListedFiles files, ViewRequest request, CancellationToken cancellationToken) =>
        new ListingView(files, request, cancellationToken).Write();

    private ContentForm? Write()
    {
        // :: Step 1: what must be shown. A piece is a line, or after the lines a directory.
        var ranking = _request.Relevance.IsEmpty ? null : _request.Relevance.Rank(_lines, _files.Lines.Memory);
        var isMust = Musts(ranking);
        var mustTokens = 0;
        for (var line = 0; line < _lines; line++)
        {
            mustTokens += isMust[line] ? Tokens(line) : 0;
        }

        if (mustTokens > TokenEstimator.Instance.Sample(_files.Lines.Source.Span) * BudgetSolver.MustShare)
        {
            return null;
        }

        // :: Step 2: fill the budget.
        var isShown = BudgetSolver.Fill(
            isMust, _request.Budget - Frame, Order(isMust, ranking), piece => Tokens(piece), _cancellationToken);
        var (shown, all) = (0, 0);
        for (var line = 0; line < _lines; line++)
        {
            all += IsPiece(line) ? 1 : 0;
            shown += isShown[line] ? 1 : 0;
        }

        return shown == all ? null : Write(isShown, all - shown, all);
    }

    private bool IsPiece(int line) => _files.DirectoryOf[line] >= 0 || IsNotice(line);

    // "total 12" and the heading of a directory are said by the directory.
    private bool IsNotice(int line)
    {
        var text = _files.Lines[line];
        return _files.DirectoryOf[line] < 0 && text.Length > 0 && !text.StartsWith("total "u8)
            && !(_files.Form == ListingForm.Long && text[^1] == (byte)':' && text.IndexOf(": "u8) < 0)
            && !(_files.Form == ListingForm.Tree && line == 0)
            && !(_files.Form == ListingForm.ChildItems && (text.StartsWith("Mode "u8) || text.StartsWith("---- "u8) || text.TrimStart((byte)' ').StartsWith("Directory: "u8)));
    }

    private bool[] Musts(Relevance.Ranking? ranking)
    {
        var isMust = new bool[_lines + _files.Directories.Count];
        var (first, last, notices) = (-1, -1, 0);
        for (var line = 0; line < _lines; line++)
        {
            if (_files.DirectoryOf[line] >= 0)
            {
                first = first < 0 ? line : first;
                last = line;
            }

            var isNotice = notices < MostNotices && _files.Lines[line].Length <= LongestNotice && IsNotice(line)
                && (notices < 3 || _files.Lines[line].IndexOf("enied"u8) >= 0 || ErrorSigns.ReadsLikeError(_files.Lines[line]));
            notices += isNotice ? 1 : 0;
            isMust[line] = isNotice || (ranking is not null && ranking.IsMust[line] && IsPiece(line));
        }

        if (first >= 0)
        {
            isMust[first] = isMust[last] = true;
        }

        return isMust;
    }

    private IEnumerable<int> Order(bool[] isMust, Relevance.Ranking? ranking)
    {
        // :: What must be there, and what was asked for.
        var isTaken = new bool[isMust.Length];
        var entries = Entries();
        IEnumerable<int> asked = ranking is null ? [] : entries.Where(line => ranking.Scores[line] > 0).OrderByDescending(line => ranking.Scores[line]);
        foreach (var piece in Enumerable.Range(0, isMust.Length).Where(piece => isMust[piece]).Concat(asked))
        {
            if (!isTaken[piece])
            {
                isTaken[piece] = true;
                yield return piece;
            }
        }

        // :: The top directories, and the extremes.
        // :: One with nothing but another directory in it is said by that.
        var directories = Enumerable.Range(0, _files.Directories.Count).Where(d => _files.Directories[d] is not { OwnEntries: 0, Children: 1 }).OrderBy(d => _files.Directories[d].Depth).Select(d => _lines + d).ToArray();
        var top = directories.Length == 0 ? 0 : _files.Directories[directories[0] - _lines].Depth + 1;
        var tops = directories.TakeWhile(piece => _files.Directories[piece - _lines].Depth <= top).ToArray();
        var largest = _files.HasSizes ? Largest(entries, _files.Size) : [];
        var newest = _files.HasDates ? Largest(entries, line => _files.Date(line)) : [];
        foreach (var piece in tops.Concat(largest).Concat(newest))
        {
            if (!isTaken[piece])
            {
                isTaken[piece] = true;
                yield return piece;
            }
        }

        // :: In turn two directories, the name that differs most, and the next entry from the top.
        var novelty = new LineNovelty(entries.Length);
        foreach (var line in entries)
        {
            novelty.Add(line, _files.Name(line).Span);
        }

        _cancellationToken.ThrowIfCancellationRequested();
        var byNovelty = novelty.Rank();
        SortByDepth(entries);
        var nextEntry = 0;
        for (var next = tops.Length; next < directories.Length || byNovelty.Count > 0 || nextEntry < entries.Length;)
        {
            for (var i = 0; i < 2 && next < directories.Length; i++)
            {
                yield return directories[next++];
            }

            if (byNovelty.TryDequeue(out var line, out _) && !isTaken[line])
            {
                isTaken[line] = true;
                yield return line;
            }

            if (nextEntry < entries.Length && entries[nextEntry++] is var fromTop && !isTaken[fromTop])
            {
                isTaken[fromTop] = true;
                yield return fromTop;
            }
        }

        foreach (var line in Enumerable.Range(0, _lines).Where(line => !isTaken[line] && IsNotice(line)))
        {
            yield return line;
        }
    }

    // The lines that list something.
    private int[] Entries()
    {
        var entries = new int[_lines - _files.DirectoryOf.AsSpan().Count(-1)];
        for (var (line, at) = (0, 0); line < _lines; line++)
        {
            if (_files.DirectoryOf[line] >= 0)
            {
                entries[at++] = line;
            }
        }

        return entries;
    }

    // From the top, those of one depth as they came: a counting sort.
    private void SortByDepth(int[] entries)
    {
        var starts = new int[_files.Directories.Select(directory => directory.Depth).DefaultIfEmpty().Max() + 2];
        foreach (var line in entries)
        {
            starts[DepthOf(line) + 1]++;
        }

        for (var depth = 1; depth < starts.Length; depth++)
        {
            starts[depth] += starts[depth - 1];
        }

        var at = 0;
        for (var line = 0; at < entries.Length; line++)
        {
            if (_files.DirectoryOf[line] >= 0)
            {
                entries[starts[DepthOf(line)]++] = line;
                at++;
            }
        }
    }

    private int DepthOf(int line) => _files.Directories[_files.DirectoryOf[line]].Depth;

    // The few largest by a number, none where all are zero.
    private static IEnumerable<int> Largest(int[] entries, Func<int, long> number)
    {
        var kept = new PriorityQueue<int, (long Number, int Line)>();
        foreach (var line in entries)
        {
            var value = number(line);
            if (value > 0)
            {
                kept.Enqueue(line, (value, -line));
                if (kept.Count > Extremes)
                {
                    kept.Dequeue();
                }
            }
        }

        return kept.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element);
    }

    private int Tokens(int piece)
    {
        if (piece < _lines)
        {
            // The text without its directory, and now and then a directory for it.
            var text = _files.Form is ListingForm.Long or ListingForm.ChildItems || _files.DirectoryOf[piece] < 0 ? _files.Lines[piece] : _files.Name(piece).Span;
            return TokenEstimator.Instance.Count(text) + 2;
        }

        var path = _files.Directories[piece - _lines].Path.Span;
        return TokenEstimator.Instance.Count(path[(path.Length < 2 ? 0 : path[..^1].LastIndexOfAny((byte)'/', (byte)'\\') + 1)..]) + (_files.Form == ListingForm.Long ? 10 : 6);
    }

    // :: Writing

    private ContentForm Write(bool[] isShown, int hidden, int all)
    {
        // :: Step 1: notices, which belong to no directory.
        var output = new ByteBuffer((_request.Budget * 6) + 256);
        new NotationHeader(ListingNotation.Name, _lines, true, "directory/ (entries below it), some of them; a leading blank = one directory of the line above").Write(output);
        var shownOf = new List<int>?[_files.Directories.Count];
        for (var line = 0; line < _lines; line++)
        {
            if (isShown[line] && _files.DirectoryOf[line] is >= 0 and var directory)
            {
                (shownOf[directory] ??= []).Add(line);
            }
            else if (isShown[line])
            {
                output.Append('\\');
                output.Append(_files.Lines[line]);
                output.Append('\n');
            }
        }

        // :: Step 2: the directories, as they came.
        var outline = new DirectoryOutline();
        for (var directory = 0; directory < shownOf.Length; directory++)
        {
            if (isShown[_lines + directory] || shownOf[directory] is not null)
            {
                WriteDirectory(_files.Directories[directory], outline, output);
                WriteEntries(shownOf[directory] ?? [], output);
            }
        }

        // :: Step 3: what is left out, and how to get it back.
        output.Append(Encoding.UTF8.GetBytes(Profile(isShown, [.. shownOf.Select(lines => lines is not null)])));
        var marker = Encoding.UTF8.GetBytes(_request.Marker(string.Create(CultureInfo.InvariantCulture, $"{hidden} of {all} entries not shown")));
        output.Append(marker);
        return new ContentForm(output.ToArray(), "listing view", marker.Length);
    }

    private static void WriteDirectory(ListedFiles.Directory directory, DirectoryOutline outline, ByteBuffer output)
    {
        var path = directory.Path.IsEmpty ? "./"u8 : directory.Path.Span;
        if (DirectoryOutline.CanWrite(path) && path[0] is not ((byte)'[' or (byte)'\\' or (byte)'>'))
        {
            outline.Write(path, output);
        }
        else
        {
            output.Append('>');
            output.Append(path);
        }

        output.Append(Encoding.UTF8.GetBytes(directory.Bytes > 0
            ? string.Create(CultureInfo.InvariantCulture, $" ({directory.Entries}, {directory.Bytes} bytes)")
            : string.Create(CultureInfo.InvariantCulture, $" ({directory.Entries})")));
    }

    // Bare names beside their directory, rows below it.
    private void WriteEntries(List<int> entries, ByteBuffer output)
    {
        foreach (var line in entries)
        {
            var text = _files.Lines[line];
            switch (_files.Form)
            {
                case ListingForm.Long:
                    output.Append('\n');
                    LongRow.TryRead(text, out var row);
                    for (var field = row.Lead; field < row.Fields; field++)
                    {
                        output.Append(row[field]);
                        output.Append(' ');
                    }

                    break;
                case ListingForm.ChildItems:
                    output.Append('\n');
                    output.Append(text);
                    continue;
                case ListingForm.Usage:
                    output.Append(' ');
                    output.Append(text[..text.IndexOf((byte)'\t')]);
                    output.Append(':');
                    break;
                case ListingForm.Status:
                    output.Append(' ');
                    output.Append(text[..2].Trim((byte)' '));
                    output.Append(':');
                    break;
                default:
                    output.Append(' ');
                    break;
            }

            output.Append(_files.Name(line).Span);
        }

        output.Append('\n');
    }

    private string Profile(bool[] isShown, bool[] isNamed)
    {
        var extensions = new Dictionary<ReadOnlyMemory<byte>, int>(Utf8Comparer.Instance);
        var (entries, directories) = (0, 0);
        for (var line = 0; line < _lines; line++)
        {
            if (_files.DirectoryOf[line] < 0)
            {
                continue;
            }

            entries++;
            var name = _files.Name(line);
            var dot = name.Span.LastIndexOf((byte)'.');
            if (dot > 0 && dot < name.Length - 1 && name.Length - dot < 12 && !name.Span[dot..].Contains((byte)' '))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(extensions, name[dot..], out _)++;
            }
        }

        for (var directory = _lines; directory < isShown.Length; directory++)
        {
            var isNamedByChild = _files.Directories[directory - _lines] is { OwnEntries: 0, Children: 1 };
            directories += isShown[directory] || isNamed[directory - _lines] || isNamedByChild ? 0 : 1;
        }

        var most = extensions.Where(e => e.Value > 1).Select(e => (Name: Encoding.UTF8.GetString(e.Key.Span), Count: e.Value))
            .OrderByDescending(e => e.Count).ThenBy(e => e.Name, StringComparer.Ordinal).Take(MostExtensions).ToArray();
        return string.Create(CultureInfo.InvariantCulture,
            $"[{entries} entries in {_files.Directories.Count} directories{(directories > 0 ? $", {directories} of these not named" : "")}{string.Concat(most.Select(e => $", {e.Name} {e.Count}"))}{(extensions.Count > most.Length ? $", {extensions.Count - most.Length} other extensions" : "")}]\n");
    }
}
