using System.IO.Hashing;

namespace Headroom.Engine.Compression.Diffs;

/// <summary>The changed lines of a diff as runs, with what may be said instead of showing them.</summary>
internal static class ChangeRuns
{
    // Shorter ones cost less than what would be said of them.
    private const int MinimumSameBytes = 80;

    /// <summary>Finds the runs of all files in order; those of generated files carry no notes.</summary>
    public static List<ChangeRun> Find(DiffDocument document, IReadOnlyList<ChangedFile> files, CancellationToken cancellationToken)
    {
        var runs = new List<ChangeRun>();
        var moved = new MovedBlocks(document.Lines);
        for (var file = 0; file < files.Count;)
        {
            // :: Step 1: the runs of one commit, whose files follow each other without a line between.
            var start = runs.Count;
            moved.Clear();
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                var of = document.Files[file];
                var mayMove = files[file].Role < FileRole.Generated;
                for (var hunk = of.FirstHunk; hunk < of.FirstHunk + of.HunkCount; hunk++)
                {
                    AddRuns(document, file, hunk, runs, mayMove && document.Hunks[hunk].Columns == 1 ? moved : null);
                }

                file++;
            }
            while (file < files.Count && IsSameCommit(document, file - 1, file));

            // :: Step 2: moved blocks become runs of their own.
            if (moved.Find(cancellationToken) is { Count: > 0 } blocks)
            {
                Cut(document, runs, start, blocks);
            }

            AddNotes(document, files, runs, start);
        }

        return runs;
    }

    /// <summary>Two files of which one follows the other belong to one commit: no line lies between.</summary>
    public static bool IsSameCommit(DiffDocument document, int file, int next) => document.Files[file].End == document.Files[next].Line;

    // White space, and runs that were seen before.
    private static void AddNotes(DiffDocument document, IReadOnlyList<ChangedFile> files, List<ChangeRun> runs, int start)
    {
        var first = new Dictionary<ulong, int>();
        for (var i = start; i < runs.Count; i++)
        {
            var run = runs[i];
            if (run.Note != RunNote.None || files[run.File].Role >= FileRole.Generated || document.Hunks[run.Hunk].Columns > 1)
            {
                continue;
            }

            if (IsWhiteSpaceOnly(document.Lines, run))
            {
                runs[i] = run with { Note = RunNote.WhiteSpace };
                continue;
            }

            var text = TextOf(document.Lines, run);
            if (text.Length < MinimumSameBytes || first.TryAdd(XxHash3.HashToUInt64(text), i))
            {
                continue;
            }

            var other = first[XxHash3.HashToUInt64(text)];
            if (TextOf(document.Lines, runs[other]).SequenceEqual(text))
            {
                runs[i] = run with { Note = RunNote.Same, Other = other };
            }
        }
    }

    /// <summary>A run's lines as they stand in the text.</summary>
    public static ReadOnlySpan<byte> TextOf(TextLines lines, in ChangeRun run) => lines.Source.Span[lines.StartOf(run.From)..lines.StartOf(run.To)];

    /// <summary>One line of a hunk was added (1), removed (-1) or neither (0).</summary>
    public static int SignOf(ReadOnlySpan<byte> line, int columns)
    {
        if (columns == 1)
        {
            return line.IsEmpty ? 0 : line[0] == (byte)'+' ? 1 : line[0] == (byte)'-' ? -1 : 0;
        }

        return line.Length < columns || line[0] == (byte)'\\' ? 0 : line[..columns].Contains((byte)'-') ? -1 : line[..columns].Contains((byte)'+') ? 1 : 0;
    }

    private static void AddRuns(DiffDocument document, int file, int hunkIndex, List<ChangeRun> runs, MovedBlocks? moved)
    {
        var hunk = document.Hunks[hunkIndex];
        var (old, now) = (hunk.OldStart + (hunk.OldCount == 0 ? 1 : 0), hunk.NewStart + (hunk.NewCount == 0 ? 1 : 0));
        for (var line = hunk.Line + 1; line < hunk.End;)
        {
            if (SignOf(document.Lines[line], hunk.Columns) == 0)
            {
                old++;
                now++;
                line++;
                continue;
            }

            var (from, oldLine, newLine) = (line, old, now);
            for (var sign = 1; line < hunk.End; line++)
            {
                // "\ No newline at end of file" goes with the line before it.
                var text = document.Lines[line];
                sign = text is [(byte)'\\', ..] ? sign : SignOf(text, hunk.Columns);
                if (sign == 0)
                {
                    break;
                }

                if (text[0] == (byte)'\\')
                {
                    continue;
                }

                now += sign > 0 ? 1 : 0;
                old += sign < 0 ? 1 : 0;
                moved?.Add(line);
            }

            runs.Add(new ChangeRun(file, hunkIndex, from, line, oldLine, newLine, now - newLine, old - oldLine));
        }
    }

    private static void Cut(DiffDocument document, List<ChangeRun> runs, int start, List<(int Removed, int Added, int Count)> blocks)
    {
        // :: Step 1: where blocks begin, in order, each with its length and its other end.
        var ends = blocks.SelectMany((block, i) => new[] { (Line: block.Removed, block.Count, Block: i), (Line: block.Added, block.Count, Block: i) }).OrderBy(end => end.Line).ToList();

        // :: Step 2: cut.
        var cut = new List<ChangeRun>(runs.Count - start + (2 * ends.Count));
        var sides = new (int First, int Second)[blocks.Count];
        var next = 0;
        for (var i = start; i < runs.Count; i++)
        {
            var run = runs[i];
            var rest = run;
            for (; next < ends.Count && ends[next].Line < run.To; next++)
            {
                var (line, count, block) = ends[next];
                if (line > rest.From)
                {
                    (var before, rest) = Split(document, rest, line);
                    cut.Add(before);
                }

                ref var side = ref sides[block];
                side = side.First == 0 ? (cut.Count + 1, 0) : (side.First, cut.Count + 1);
                (var moved, rest) = Split(document, rest, line + count);
                cut.Add(moved with { Note = RunNote.Moved });
            }

            if (rest.From < rest.To)
            {
                cut.Add(rest);
            }
        }

        // :: Step 3: each end knows the other.
        foreach (var (first, second) in sides)
        {
            cut[first - 1] = cut[first - 1] with { Other = start + second - 1 };
            cut[second - 1] = cut[second - 1] with { Other = start + first - 1 };
        }

        runs.RemoveRange(start, runs.Count - start);
        runs.AddRange(cut);
    }

    /// <summary>Cuts a run in two before a line.</summary>
    public static (ChangeRun Before, ChangeRun After) Split(DiffDocument document, in ChangeRun run, int at)
    {
        var (added, removed) = (0, 0);
        for (var line = run.From; line < at; line++)
        {
            var sign = SignOf(document.Lines[line], document.Hunks[run.Hunk].Columns);
            added += sign > 0 ? 1 : 0;
            removed += sign < 0 ? 1 : 0;
        }

        return (run with { To = at, Added = added, Removed = removed },
            run with { From = at, OldLine = run.OldLine + removed, NewLine = run.NewLine + added, Added = run.Added - added, Removed = run.Removed - removed });
    }

    // The removed lines and the added ones have the same bytes, but for spaces, tabs and line ends.
    private static bool IsWhiteSpaceOnly(TextLines lines, in ChangeRun run)
    {
        var old = new Cursor(lines, run, (byte)'-');
        var now = new Cursor(lines, run, (byte)'+');
        while (true)
        {
            var (removed, added) = (old.Next(), now.Next());
            if (removed != added)
            {
                return false;
            }

            if (removed < 0)
            {
                return true;
            }
        }
    }

    /// <summary>Walks over the bytes of one side of a run that are no white space.</summary>
    private ref struct Cursor(TextLines lines, ChangeRun run, byte sign)
    {
        private int _line = run.From - 1;
        private int _at;
        private ReadOnlySpan<byte> _text;

        public int Next()
        {
            while (true)
            {
                while (_at < _text.Length)
                {
                    var b = _text[_at++];
                    if (b is not ((byte)' ' or (byte)'\t' or (byte)'\r'))
                    {
                        return b;
                    }
                }

                do
                {
                    if (++_line >= run.To)
                    {
                        _line = run.To;
                        return -1;
                    }
                }
                while (lines[_line][0] != sign);
                _text = lines[_line];
                _at = 1;
            }
        }
    }
}
