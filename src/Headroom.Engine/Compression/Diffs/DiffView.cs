using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Diffs;

/// <summary>
/// A view of a diff: every file with its counts and every commit's text, or where these take most of the budget the first of them and how
/// many more there are; and of the changed lines those that the budget takes, without the unchanged ones around them. Lines keep their
/// signs; ours begin with <c>diff</c>, <c>@@</c> or <c>[</c>.
/// </summary>
internal sealed class DiffView
{
    private const string Legend = "diff file +added -removed; @@ +n: new line n; unchanged lines are left out";

    // A longer run is shown in part where the whole does not fit.
    private const int PieceLines = 16;

    // A commit's message is shown up to here.
    private const int TextLinesShown = 30;

    private const int QuotedBytes = 60;

    // Header and marker.
    private const int Frame = 40;

    // What is said of the files that are not named.
    private const int OtherFilesTokens = 50;
    private const int MostFolders = 4;
    private const int DeepestFolder = 3;
    private const int LongestFolder = 40;

    /// <summary>The share of the budget that changes have even where files and text take more than the rest.</summary>
    private const double LeastChanges = 0.4;

    // What a line of text takes beside itself where lines around it are left out.
    private const int GapTokens = 6;

    private readonly DiffDocument _document;
    private readonly TextLines _lines;
    private readonly ViewRequest _request;
    private readonly CancellationToken _cancellationToken;
    private readonly ChangedFile[] _files;
    private readonly List<ChangeRun> _runs;

    // Runs in pieces, each with the index of its run.
    private readonly List<ChangeRun> _pieces = [];
    private readonly List<int> _runOf = [];
    private readonly int[] _firstRun;
    private readonly int[] _firstPiece;
    private readonly int[] _sameFile;
    private readonly bool[] _isNamed;

    // By file what is said of its packages, where that is shown.
    private readonly string[] _packages;
    private readonly bool[] _isTextShown;
    private readonly byte[] _named = new byte[LineNovelty.MostBytes + 1];
    private readonly ByteBuffer _output;
    private int _shownLines;

    // Since what was written last: lines of text that are not shown, and rows of --stat.
    private int _hiddenText;
    private int _hiddenStats;

    private DiffView(DiffDocument document, ViewRequest request, CancellationToken cancellationToken)
    {
        _document = document;
        _lines = document.Lines;
        _request = request;
        _cancellationToken = cancellationToken;
        _files = [.. document.Files.Select(file => ChangedFile.Read(document.Lines, file))];
        _runs = ChangeRuns.Find(document, _files, cancellationToken);
        _firstRun = new int[_files.Length + 1];
        _firstPiece = new int[_runs.Count + 1];
        _sameFile = new int[_files.Length];
        _isNamed = new bool[_files.Length];
        _packages = [.. document.Files.Select((file, i) => _files[i].Role == FileRole.Lock ? PackageChanges.Describe(document, file) : "")];
        _isTextShown = new bool[_lines.Count];
        _output = new ByteBuffer(request.Budget * 8);
    }

    /// <summary>Writes the view; null when nothing would be left out.</summary>
    public static ContentForm? Write(DiffDocument document, ViewRequest request, CancellationToken cancellationToken) =>
        new DiffView(document, request, cancellationToken).Write();

    private ContentForm? Write()
    {
        // :: Step 1: what there is to choose from.
        CutRuns();
        FindSameFiles();

        // :: Step 2: choose.
        var ranking = _request.Relevance.Rank(_pieces.Count, piece => _lines.Source[_lines.StartOf(_pieces[piece].From).._lines.StartOf(_pieces[piece].To)]);
        var isShown = Choose(ranking);

        // :: Step 3: write.
        new NotationHeader(DiffNotation.Name, _lines.Count, IsView: true, Legend).Write(_output);
        var line = 0;
        for (var file = 0; file < _files.Length; file++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            WriteText(line, _document.Files[file].Line, hasFile: true);
            if (_isNamed[file])
            {
                WriteGap();
                file = WriteFile(file, isShown);
            }

            line = _document.Files[file].End;
        }

        WriteText(line, _lines.Count, hasFile: false);
        WriteGap();
        WriteOtherFiles();
        var hidden = _lines.Count - _shownLines;
        if (hidden == 0)
        {
            return null;
        }

        var marker = Encoding.UTF8.GetBytes(_request.Marker(string.Create(CultureInfo.InvariantCulture, $"{hidden} of {_lines.Count} lines not shown")));
        _output.Append(marker);
        return new ContentForm(_output.ToArray(), "diff view", marker.Length);
    }

    private void CutRuns()
    {
        var file = 0;
        for (var i = 0; i < _runs.Count; i++)
        {
            for (; file < _runs[i].File; file++)
            {
                _firstRun[file + 1] = i;
            }

            _firstPiece[i] = _pieces.Count;
            var rest = _runs[i];
            while (rest.To - rest.From > PieceLines * 3 / 2)
            {
                (var piece, rest) = ChangeRuns.Split(_document, rest, rest.From + PieceLines);
                _pieces.Add(piece);
                _runOf.Add(i);
            }

            _pieces.Add(rest);
            _runOf.Add(i);
        }

        _firstPiece[_runs.Count] = _pieces.Count;
        for (; file < _files.Length; file++)
        {
            _firstRun[file + 1] = _runs.Count;
        }
    }

    // A file whose runs are those of a file before it, and nothing else changed.
    private void FindSameFiles()
    {
        var first = new Dictionary<ulong, int>();
        for (var file = 0; file < _files.Length; file++)
        {
            _sameFile[file] = -1;
            if (file > 0 && !ChangeRuns.IsSameCommit(_document, file - 1, file))
            {
                first.Clear();
            }

            if (_files[file].Role >= FileRole.Generated || _firstRun[file] == _firstRun[file + 1])
            {
                continue;
            }

            var hash = 0UL;
            for (var run = _firstRun[file]; run < _firstRun[file + 1]; run++)
            {
                hash = (hash * 0x9E3779B97F4A7C15) + XxHash3.HashToUInt64(ChangeRuns.TextOf(_lines, _runs[run]));
            }

            if (!first.TryAdd(hash, file) && first[hash] is var other && IsSame(file, other))
            {
                _sameFile[file] = other;
            }
        }
    }

    private bool IsSame(int file, int other)
    {
        var runs = _firstRun[file + 1] - _firstRun[file];
        var isSame = runs == _firstRun[other + 1] - _firstRun[other] && _files[file].Change == _files[other].Change;
        for (var i = 0; i < runs && isSame; i++)
        {
            isSame = ChangeRuns.TextOf(_lines, _runs[_firstRun[file] + i]).SequenceEqual(ChangeRuns.TextOf(_lines, _runs[_firstRun[other] + i]));
        }

        return isSame;
    }

    private bool[] Choose(Relevance.Ranking ranking)
    {
        // :: Step 1: what must be shown, whatever the budget: what was asked for, unless that is most of it.
        var isMust = new bool[_pieces.Count * 3];
        var isPlain = new bool[_pieces.Count];
        var rounds = new int[_pieces.Count];
        long bytes = 0;
        for (var piece = 0; piece < _pieces.Count; piece++)
        {
            var of = _pieces[piece];
            isPlain[piece] = of.Note == RunNote.None && _files[of.File].Role < FileRole.Generated && _sameFile[of.File] < 0;
            rounds[piece] = piece == 0 || _pieces[piece - 1].File != of.File ? 0 : rounds[piece - 1] + (isPlain[piece - 1] ? 1 : 0);
            bytes += ranking.IsMust[piece] ? ChangeRuns.TextOf(_lines, of).Length : 0;
        }

        if (bytes <= BudgetSolver.MustShare * _lines.Source.Length)
        {
            ranking.IsMust.CopyTo(isMust, 0);
        }

        // :: Step 2: the order: what was asked for, then by the file's role, small changes before large ones, one piece of every file before
        // the second of any; the lines around the changes last.
        var keys = new List<long>();
        for (var piece = 0; piece < _pieces.Count; piece++)
        {
            if (isPlain[piece] || isMust[piece] || ranking.Scores[piece] > 0)
            {
                keys.Add(((long)ValueOf(_pieces[piece]) << 58) | ((long)SizeOf(piece) << 56) | ((long)Math.Min(rounds[piece], (1 << 24) - 1) << 32) | (long)piece);
            }
        }

        keys.Sort();
        IEnumerable<int> order = keys.ConvertAll(key => (int)key);
        var (text, structure) = Structure();
        var isTight = structure > (1 - LeastChanges) * _request.Budget;

        // Not by the budget asked for: a larger one has to show all that a smaller one does.
        order = structure > (1 - LeastChanges) * ContentRouter.BalancedBudget ? Drawn(ByNovelty([.. order])) : order;
        order = _request.Relevance.IsEmpty ? order
            : [.. order.OrderByDescending(piece => ranking.IsMust[piece]).ThenByDescending(piece => ranking.Scores[piece])];
        var around = order.SelectMany(piece => new[] { _pieces.Count + (2 * piece), _pieces.Count + (2 * piece) + 1 }).Where(context => ContextOf(context) >= 0);

        // :: Step 3: the files and the text, then the changes; the first of a file that is not named has its name.
        ChooseStructure(order, text, isTight);
        var isOpen = _isNamed.AsSpan().ToArray();
        var isShown = BudgetSolver.Fill(
            isMust,
            Math.Max(_request.Budget * LeastChanges, _request.Budget - structure),
            order.Concat(around),
            item => TokensOf(item) + (item < _pieces.Count && Opens(item) ? FileTokens(_pieces[item].File) : 0),
            _cancellationToken);
        for (var piece = 0; piece < _pieces.Count; piece++)
        {
            _isNamed[_pieces[piece].File] |= isShown[piece];
        }

        return isShown;

        bool Opens(int piece)
        {
            ref var isFileOpen = ref isOpen[_pieces[piece].File];
            var opens = !isFileOpen;
            isFileOpen = true;
            return opens;
        }
    }

    // What is not asked for is not worked out, and nothing twice.
    private static IEnumerable<int> Drawn(IEnumerable<int> order)
    {
        var drawn = new List<int>();
        var rest = order.GetEnumerator();
        return All();

        IEnumerable<int> All()
        {
            for (var i = 0; i < drawn.Count || rest.MoveNext(); i++)
            {
                if (i == drawn.Count)
                {
                    drawn.Add(rest.Current);
                }

                yield return drawn[i];
            }
        }
    }

    /// <summary>The lines of text that a view may show, and what they and the names of all files take: a larger budget must not have less for the changes because it names more.</summary>
    private (List<int> Text, double Tokens) Structure()
    {
        var text = new List<int>();
        var all = (double)Frame;
        var line = 0;
        for (var file = 0; file <= _files.Length; file++)
        {
            var end = file < _files.Length ? _document.Files[file].Line : _lines.Count;
            for (var shown = 0; line < end; line++)
            {
                if (file < _files.Length && IsStat(_lines[line]))
                {
                    continue;
                }

                if (shown == TextLinesShown && end - line > 5)
                {
                    line = end - 3;
                }

                shown++;
                text.Add(line);
                all += TokenEstimator.Instance.Count(_lines[line]) + 1;
            }

            if (file < _files.Length)
            {
                all += FileTokens(file) + PackageTokens(file);
                line = _document.Files[file].End;
            }
        }

        return (text, all);
    }

    /// <summary>
    /// Chooses the files that are named and the lines of text: all, or of the commits and their subjects, then of the files, those that changes
    /// are shown of first, then of all other text as much as fits.
    /// </summary>
    private void ChooseStructure(IEnumerable<int> order, List<int> text, bool isTight)
    {
        if (!isTight)
        {
            _isNamed.AsSpan().Fill(true);
            text.ForEach(shown => _isTextShown[shown] = true);
            return;
        }

        // Lines are pieces from 0 on, files above them, and what is said of packages above these.
        var budget = ((1 - LeastChanges) * _request.Budget) - Frame - OtherFilesTokens;
        var isHeading = Headings(text);
        var items = text.Where(shown => isHeading[shown])
            .Concat(order.Select(piece => _pieces[piece].File).Concat(Enumerable.Range(0, _files.Length).OrderBy(file => _files[file].Role)).Distinct().Select(file => _lines.Count + file))
            .Concat(Enumerable.Range(0, _files.Length).Where(file => _packages[file].Length > 0).Select(file => _lines.Count + _files.Length + file))
            .Concat(text.Where(shown => !isHeading[shown]));
        var isSaid = new bool[_files.Length];
        foreach (var item in items)
        {
            var file = item - _lines.Count;
            budget -= file < 0 ? GapTokens + TokenEstimator.Instance.Count(_lines[item]) + 1
                : file < _files.Length ? GapTokens + FileTokens(file)
                : PackageTokens(file - _files.Length);
            if (budget < 0)
            {
                break;
            }

            (file < 0 ? ref _isTextShown[item] : ref file < _files.Length ? ref _isNamed[file] : ref isSaid[file - _files.Length]) = true;
        }

        for (var file = 0; file < _files.Length; file++)
        {
            _packages[file] = isSaid[file] ? _packages[file] : "";
        }
    }

    /// <summary>Where there are more files than a view names, of each role and size in turn the change that differs most from all, by its file's name and its text, and the next in order.</summary>
    private IEnumerable<int> ByNovelty(List<int> order)
    {
        var novelty = new LineNovelty(order.Count);
        order.ForEach(piece => novelty.Add(piece, NamedText(piece)));
        var isTaken = new bool[_pieces.Count];
        foreach (var alike in Enumerable.Range(0, order.Count).GroupBy(at => (ValueOf(_pieces[order[at]]), SizeOf(order[at]))))
        {
            var byNovelty = novelty.Rank(alike);
            foreach (var at in alike)
            {
                var (novel, next) = (byNovelty.Dequeue(), order[at]);
                if (!isTaken[novel])
                {
                    isTaken[novel] = true;
                    yield return novel;
                }

                if (!isTaken[next])
                {
                    isTaken[next] = true;
                    yield return next;
                }
            }
        }
    }

    // In one buffer, good until the next: no more of it is looked at.
    private ReadOnlySpan<byte> NamedText(int piece)
    {
        var path = _files[_pieces[piece].File].Path;
        path = path.Length > LineNovelty.MostBytes / 3 ? path[^(LineNovelty.MostBytes / 3)..] : path;
        var length = Encoding.UTF8.GetBytes(path, _named);
        _named[length++] = (byte)' ';
        var text = ChangeRuns.TextOf(_lines, _pieces[piece]);
        text = text[..Math.Min(text.Length, _named.Length - length)];
        text.CopyTo(_named.AsSpan(length));
        return _named.AsSpan(0, length + text.Length);
    }

    // The line of a commit or a mail, and its subject.
    private bool[] Headings(List<int> text)
    {
        var isHeading = new bool[_lines.Count];
        var isBeforeSubject = false;
        foreach (var line in text)
        {
            var isCommit = StatNotation.IsCommit(_lines[line]);
            isHeading[line] = isCommit || _lines[line].StartsWith("Subject: "u8) || (isBeforeSubject && _lines[line].StartsWith("    "u8));
            isBeforeSubject = isCommit || (isBeforeSubject && !isHeading[line]);
        }

        return isHeading;
    }

    // What a deleted file held is worth least; what a file imports, less than the rest of it.
    private int ValueOf(in ChangeRun piece) =>
        _files[piece.File].Change.StartsWith("deleted", StringComparison.Ordinal) ? 2 * ((int)FileRole.Lock + 1)
            : (2 * (int)_files[piece.File].Role) + (IsImports(piece) ? 1 : 0);

    // Small changes are mostly where something was altered; large ones where it was written or dropped.
    private int SizeOf(int piece)
    {
        var run = _runs[_runOf[piece]];
        return (run.To - run.From) switch { <= 2 => 0, <= 6 => 1, <= PieceLines => 2, _ => 3 };
    }

    private bool IsImports(in ChangeRun piece)
    {
        for (var line = piece.From; line < piece.To; line++)
        {
            var text = _lines[line][1..];
            if (!text.IsEmpty && !text.StartsWith("using "u8) && !text.StartsWith("import "u8) && !text.StartsWith("from "u8) && !text.StartsWith("#include"u8))
            {
                return false;
            }
        }

        return true;
    }

    private double TokensOf(int item)
    {
        if (item >= _pieces.Count)
        {
            return TokenEstimator.Instance.Count(_lines[ContextOf(item)]) + 1;
        }

        return TokenEstimator.Instance.Count(ChangeRuns.TextOf(_lines, _pieces[item])) + (HasHeading(item) ? 4 + HeadingTokens(item) : 4);
    }

    private int HeadingTokens(int piece) => TokenEstimator.Instance.Count(HeadingOf(_pieces[piece].Hunk));

    private ReadOnlySpan<byte> HeadingOf(int hunk) => _lines[_document.Hunks[hunk].Line][_document.Hunks[hunk].Heading..];

    // With its hunk's heading, where the hunk before it in the file has another.
    private bool HasHeading(int piece) => piece == 0 || _pieces[piece - 1].File != _pieces[piece].File
        || (_pieces[piece - 1].Hunk != _pieces[piece].Hunk && !HeadingOf(_pieces[piece - 1].Hunk).SequenceEqual(HeadingOf(_pieces[piece].Hunk)));

    // The line before a piece, or the one after it; negative when that is not an unchanged line of its hunk.
    private int ContextOf(int item)
    {
        var piece = _pieces[(item - _pieces.Count) / 2];
        var hunk = _document.Hunks[piece.Hunk];
        var line = (item - _pieces.Count) % 2 == 0 ? piece.From - 1 : piece.To;
        return line > hunk.Line && line < hunk.End && ChangeRuns.SignOf(_lines[line], hunk.Columns) == 0 && _lines[line] is not [(byte)'\\', ..] ? line : -1;
    }

    // A file's line, and what is said instead of its changes.
    private double FileTokens(int file)
    {
        var tokens = (_files[file].Path.Length / 4) + 14;
        for (var run = _firstRun[file]; run < _firstRun[file + 1]; run++)
        {
            tokens += _runs[run].Note switch { RunNote.None => 0, RunNote.Moved => 24, _ => 14 };
        }

        return tokens;
    }

    private int PackageTokens(int file) => TokenEstimator.Instance.Count(Encoding.UTF8.GetBytes(_packages[file]));

    private void WriteText(int from, int to, bool hasFile)
    {
        for (var line = from; line < to; line++)
        {
            if (_isTextShown[line])
            {
                WriteGap();
                WriteOriginal(line);
            }
            else if (hasFile && IsStat(_lines[line]))
            {
                _hiddenStats++;
            }
            else
            {
                _hiddenText += _lines[line].IsEmpty ? 0 : 1;
            }
        }
    }

    private void WriteGap()
    {
        if (_hiddenText > 0)
        {
            AppendLine(string.Create(CultureInfo.InvariantCulture, $"[{_hiddenText} lines not shown]"));
        }

        if (_hiddenStats > 0)
        {
            AppendLine(string.Create(CultureInfo.InvariantCulture, $"[{_hiddenStats} files{(_isNamed.AsSpan().Contains(false) ? "" : " as below")}]"));
        }

        (_hiddenText, _hiddenStats) = (0, 0);
    }

    // The files that are not named, by their folders: as deep as few folders are enough.
    private void WriteOtherFiles()
    {
        var others = Enumerable.Range(0, _files.Length).Where(file => !_isNamed[file]).ToList();
        if (others.Count == 0)
        {
            return;
        }

        var depth = DeepestFolder;
        IGrouping<string, int>[] folders;
        do
        {
            folders = [.. others.GroupBy(file => Folder(_files[file].Path, depth), StringComparer.Ordinal).OrderByDescending(folder => folder.Count())];
        }
        while (folders.Length > MostFolders && --depth > 0);

        var named = string.Join(", ", folders.Take(MostFolders).Select(folder => string.Create(CultureInfo.InvariantCulture, $"{folder.Key} {folder.Count()}")));
        var elsewhere = folders.Skip(MostFolders).Sum(folder => folder.Count());
        AppendLine(string.Create(CultureInfo.InvariantCulture,
            $"[{others.Count} other files{CountsOf(others)}: {named}{(elsewhere > 0 ? $", elsewhere {elsewhere}" : "")}]"));
    }

    private static string Folder(string path, int depth)
    {
        var end = 0;
        for (var i = 0; i < depth && path.IndexOf('/', end) is >= 0 and var slash; i++)
        {
            end = slash + 1;
        }

        return end == 0 ? "./" : end <= LongestFolder ? path[..end] : $"{path[..LongestFolder]}...";
    }

    private string CountsOf(List<int> files)
    {
        var runs = files.SelectMany(file => Enumerable.Range(_firstRun[file], _firstRun[file + 1] - _firstRun[file])).ToList();
        return CountsOf(runs.Sum(run => _runs[run].Added), runs.Sum(run => _runs[run].Removed));
    }

    // " src/x.cs | 12 ++--", of --stat.
    private static bool IsStat(ReadOnlySpan<byte> line)
    {
        var bar = line.LastIndexOf(" | "u8);
        if (bar < 2 || line[0] != (byte)' ')
        {
            return false;
        }

        var count = line[(bar + 3)..].TrimStart((byte)' ');
        return count.StartsWith("Bin"u8) || (count.Length > 0 && char.IsAsciiDigit((char)count[0]) && !count.TrimStart("0123456789 "u8).ContainsAnyExcept("+-"u8));
    }

    // Text that begins as one of our lines does is moved in by a space.
    private void WriteOriginal(int line)
    {
        var text = _lines[line];
        if (text.StartsWith("diff "u8) || text.StartsWith("@@"u8) || text.StartsWith("["u8))
        {
            _output.Append((byte)' ');
        }

        WriteShown(line);
    }

    private void WriteShown(int line)
    {
        _shownLines++;
        _output.Append(_lines[line]);
        _output.Append((byte)'\n');
    }

    /// <summary>Writes a file, or several with the same change; gives the last of them.</summary>
    private int WriteFile(int file, bool[] isShown)
    {
        var of = _document.Files[file];
        var (from, to) = (_firstRun[file], _firstRun[file + 1]);

        // :: Step 1: lines that say it themselves.
        if (_lines[of.Line].StartsWith("Only in "u8) || _lines[of.Line].StartsWith("Binary files "u8))
        {
            WriteShown(of.Line);
            return file;
        }

        // :: Step 2: the same change as in a file before.
        if (_sameFile[file] >= 0 && !IsAnyShown(from, to, isShown))
        {
            return WriteSameFiles(file, isShown);
        }

        // :: Step 3: the file's line.
        _output.Append(Encoding.UTF8.GetBytes($"diff {_files[file].Path}{CountsOfRuns(from, to)}{Change(file)}"));
        var isSummary = _files[file].Role >= FileRole.Generated && !IsAnyShown(from, to, isShown);
        if (isSummary)
        {
            AppendLine($" [{(_files[file].Role == FileRole.Lock ? "lock file" : "generated")}, lines not shown{(_packages[file].Length > 0 ? ": " : "")}{_packages[file]}]");
            return file;
        }

        if (from < to && IsNothingSaid(from, to, isShown))
        {
            AppendLine(" [not shown]");
            return file;
        }

        _output.Append((byte)'\n');

        // :: Step 4: its changes.
        var last = of.Body;
        var hunk = -1;
        var (hiddenAdded, hiddenRemoved) = (0, 0);
        for (var piece = _firstPiece[from]; piece < _firstPiece[to]; piece++)
        {
            var run = _pieces[piece];
            if (!isShown[piece] && run.Note == RunNote.None)
            {
                hiddenAdded += run.Added;
                hiddenRemoved += run.Removed;
                continue;
            }

            WriteHidden(ref hiddenAdded, ref hiddenRemoved);
            if (isShown[piece])
            {
                WritePiece(piece, isShown, ref last, ref hunk);
                continue;
            }

            WriteNote(_runs[_runOf[piece]]);
            piece = _firstPiece[_runOf[piece] + 1] - 1;
        }

        WriteHidden(ref hiddenAdded, ref hiddenRemoved);
        return file;
    }

    private void WritePiece(int piece, bool[] isShown, ref int last, ref int hunk)
    {
        var run = _pieces[piece];
        var before = isShown[_pieces.Count + (2 * piece)] ? 1 : 0;
        before = before == 1 && run.From - 1 < last ? 0 : before;
        if (run.From - before != last || hunk != run.Hunk)
        {
            var of = _document.Hunks[run.Hunk];
            for (var at = 0; at <= of.Columns; at++)
            {
                _output.Append((byte)'@');
            }

            // What a file lost has its place on the old side.
            var isOld = of.NewCount == 0;
            _output.Append(isOld ? " -"u8 : " +"u8);
            _output.Append((isOld ? run.OldLine : run.NewLine) - before);
            if (hunk < 0 || !HeadingOf(hunk).SequenceEqual(HeadingOf(run.Hunk)))
            {
                _output.Append(HeadingOf(run.Hunk));
            }

            _output.Append((byte)'\n');
        }

        hunk = run.Hunk;
        var end = isShown[_pieces.Count + (2 * piece) + 1] ? run.To + 1 : run.To;
        for (var line = run.From - before; line < end; line++)
        {
            WriteShown(line);
        }

        last = end;
    }

    private void WriteNote(in ChangeRun run)
    {
        var counts = CountsOf(run.Added, run.Removed).TrimStart();
        switch (run.Note)
        {
            case RunNote.WhiteSpace:
                AppendLine(string.Create(CultureInfo.InvariantCulture, $"[{counts} at {run.NewLine}: only white space]"));
                break;

            case RunNote.Same:
                AppendLine(string.Create(CultureInfo.InvariantCulture, $"[{counts} at {run.NewLine}: as in {Place(run)}]"));
                break;

            default:
                AppendLine(string.Create(CultureInfo.InvariantCulture,
                    $"[{counts} at {(run.Added > 0 ? run.NewLine : run.OldLine)}: moved {(run.Added > 0 ? "from" : "to")} {Place(run)}{(run.Added > 0 ? "" : $", from \"{Quote(run)}\"")}]"));
                break;
        }
    }

    // Where the other end of a note is.
    private string Place(in ChangeRun run)
    {
        var other = _runs[run.Other];
        var line = other.Added > 0 ? other.NewLine : other.OldLine;
        return string.Create(CultureInfo.InvariantCulture, $"{(other.File == run.File ? "line" : _files[other.File].Path)} {line}");
    }

    // The first line of a moved block that has a word.
    private string Quote(in ChangeRun run)
    {
        var line = run.From;
        while (line < run.To - 1 && _lines[line][1..].IndexOfAnyInRange((byte)'A', (byte)'z') < 0)
        {
            line++;
        }

        var text = _lines[line][1..].Trim(" \t\r"u8);
        return Encoding.UTF8.GetString(text.Length <= QuotedBytes ? text : text[..QuotedBytes]).TrimEnd('\uFFFD');
    }

    private int WriteSameFiles(int file, bool[] isShown)
    {
        var same = _sameFile[file];
        var last = file;
        while (last + 1 < _files.Length && _isNamed[last + 1] && _sameFile[last + 1] == same && _document.Files[last + 1].Line == _document.Files[last].End
            && !IsAnyShown(_firstRun[last + 1], _firstRun[last + 2], isShown))
        {
            last++;
        }

        var paths = string.Join(", ", _files[file..(last + 1)].Select(of => of.Path));
        AppendLine($"diff {paths}{(last > file ? ": each" : "")}{CountsOfRuns(_firstRun[file], _firstRun[file + 1])}{Change(file)} [as in {_files[same].Path}]");
        return last;
    }

    private bool IsAnyShown(int fromRun, int toRun, bool[] isShown) => isShown.AsSpan(_firstPiece[fromRun].._firstPiece[toRun]).Contains(true);

    private bool IsNothingSaid(int fromRun, int toRun, bool[] isShown)
    {
        for (var run = fromRun; run < toRun; run++)
        {
            if (_runs[run].Note != RunNote.None)
            {
                return false;
            }
        }

        return !IsAnyShown(fromRun, toRun, isShown);
    }

    private void WriteHidden(ref int added, ref int removed)
    {
        if (added + removed > 0)
        {
            AppendLine($"[{CountsOf(added, removed).TrimStart()} not shown]");
        }

        added = 0;
        removed = 0;
    }

    private string Change(int file) => _files[file].Change.Length > 0 ? $" {_files[file].Change}" : "";

    private string CountsOfRuns(int fromRun, int toRun)
    {
        var (added, removed) = (0, 0);
        for (var run = fromRun; run < toRun; run++)
        {
            added += _runs[run].Added;
            removed += _runs[run].Removed;
        }

        return CountsOf(added, removed);
    }

    private static string CountsOf(int added, int removed) =>
        string.Create(CultureInfo.InvariantCulture, $"{(added > 0 ? $" +{added}" : "")}{(removed > 0 ? $" -{removed}" : "")}");

    private void AppendLine(string text)
    {
        _output.Append(Encoding.UTF8.GetBytes(text));
        _output.Append((byte)'\n');
    }
}
