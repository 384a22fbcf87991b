using System.Buffers.Text;

namespace Headroom.Engine.Compression.Diffs;

/// <summary>
/// Changes to files as read from the text: files with their hunks, and between them text (commits, messages, whatever does not parse). A hunk
/// is one only if its lines are as many as its header says.
/// </summary>
internal sealed class DiffDocument
{
    private readonly List<DiffFile> _files = [];
    private readonly List<DiffHunk> _hunks = [];

    private DiffDocument(TextLines lines) => Lines = lines;

    public TextLines Lines { get; }

    /// <summary>In order; what lies between them is text.</summary>
    public IReadOnlyList<DiffFile> Files => _files;

    /// <summary>Those of all files, in order.</summary>
    public IReadOnlyList<DiffHunk> Hunks => _hunks;

    /// <summary>Reads a text once; null when it is no diff.</summary>
    public static DiffDocument? Read(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var document = new DiffDocument(TextLines.Read(utf8));
        var isDiff = false;
        for (var line = 0; line < document.Lines.Count;)
        {
            if ((line & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var start = line;
            if (!document.TryReadFile(ref line))
            {
                line++;
                continue;
            }

            isDiff |= document._files[^1].HunkCount > 0 || document.Lines[start].StartsWith("diff --"u8);
        }

        return isDiff ? document : null;
    }

    private bool TryReadFile(ref int line)
    {
        var at = line;
        var first = Lines[at];
        if (first.Length < 5 || first[0] is not ((byte)'d' or (byte)'-' or (byte)'I' or (byte)'O' or (byte)'B'))
        {
            return false;
        }

        // :: Step 1: the header.
        if (first.StartsWith("diff --git "u8) || first.StartsWith("diff --cc "u8) || first.StartsWith("diff --combined "u8))
        {
            at++;
            while (at < Lines.Count && IsExtendedHeader(Lines[at]))
            {
                at++;
            }

            at = AfterBinaryPatch(at);
            at += IsNames(at) ? 2 : 0;
        }
        else if (first.StartsWith("diff -"u8) && IsNames(at + 1))
        {
            at += 3;
        }
        else if (first.StartsWith("Index: "u8) && at + 1 < Lines.Count && Lines[at + 1].StartsWith("=========="u8) && IsNames(at + 2))
        {
            at += 4;
        }
        else if (IsNames(at) && TryReadHunk(at + 2, out _))
        {
            at += 2;
        }
        else if ((first.StartsWith("Only in "u8) && first.IndexOf(": "u8) > 0) || IsBinary(first))
        {
            at++;
        }
        else
        {
            return false;
        }

        // :: Step 2: its hunks.
        var body = at;
        var firstHunk = _hunks.Count;
        while (TryReadHunk(at, out var hunk))
        {
            _hunks.Add(hunk);
            at = hunk.End;
        }

        _files.Add(new DiffFile(line, body, at, firstHunk, _hunks.Count - firstHunk));
        line = at;
        return true;
    }

    private bool IsNames(int line) => line + 1 < Lines.Count && Lines[line].StartsWith("--- "u8) && Lines[line + 1].StartsWith("+++ "u8);

    private static bool IsBinary(ReadOnlySpan<byte> line) => line.StartsWith("Binary files "u8) && line.EndsWith(" differ"u8);

    private static bool IsExtendedHeader(ReadOnlySpan<byte> line) =>
        line.StartsWith("index "u8) || line.StartsWith("old mode "u8) || line.StartsWith("new mode "u8) || line.StartsWith("mode "u8)
        || line.StartsWith("new file mode "u8) || line.StartsWith("deleted file mode "u8)
        || line.StartsWith("similarity index "u8) || line.StartsWith("dissimilarity index "u8)
        || line.StartsWith("rename from "u8) || line.StartsWith("rename to "u8) || line.StartsWith("copy from "u8) || line.StartsWith("copy to "u8)
        || IsBinary(line);

    // "GIT binary patch", then one or two blocks of base-85 lines, each with an empty line after it.
    private int AfterBinaryPatch(int line)
    {
        if (line >= Lines.Count || !Lines[line].SequenceEqual("GIT binary patch"u8))
        {
            return line;
        }

        line++;
        while (line < Lines.Count && (Lines[line].StartsWith("literal "u8) || Lines[line].StartsWith("delta "u8)))
        {
            while (line < Lines.Count && !Lines[line].IsEmpty)
            {
                line++;
            }

            line = Math.Min(line + 1, Lines.Count);
        }

        return line;
    }

    private bool TryReadHunk(int line, out DiffHunk hunk)
    {
        hunk = default;
        if (line >= Lines.Count || !Lines[line].StartsWith("@@"u8))
        {
            return false;
        }

        // :: Step 1: the header, with one range per parent.
        var header = Lines[line];
        var columns = header.IndexOfAnyExcept((byte)'@') - 1;
        if (columns is < 1 or > 8)
        {
            return false;
        }

        Span<int> left = stackalloc int[columns + 1];
        var at = columns + 1;
        var (oldStart, newStart, start) = (0, 0, 0);
        for (var side = 0; side <= columns; side++)
        {
            if (!header[at..].StartsWith(side == columns ? " +"u8 : " -"u8) || !TryReadRange(header, at + 2, out start, out left[side], out at))
            {
                return false;
            }

            oldStart = side == 0 ? start : oldStart;
            newStart = start;
        }

        if (header.Length < at + columns + 2 || header[at] != (byte)' ' || header.Slice(at + 1, columns + 1).ContainsAnyExcept((byte)'@'))
        {
            return false;
        }

        hunk = new DiffHunk(line, line, oldStart, left[0], newStart, left[columns], columns, at + columns + 2, false);

        // :: Step 2: its lines, until every side has as many as the header says.
        var end = line + 1;
        var isBare = false;
        while (left.ContainsAnyExcept(0))
        {
            if (end == Lines.Count || !TakeLine(Lines[end], left, ref isBare))
            {
                return false;
            }

            end++;
        }

        // :: Step 3: "\ No newline at end of file", in any language.
        if (end < Lines.Count && Lines[end].StartsWith("\\ "u8))
        {
            end++;
        }

        hunk = hunk with { End = end, HasBareLines = isBare };
        return true;
    }

    private static bool TakeLine(ReadOnlySpan<byte> line, Span<int> left, ref bool isBare)
    {
        var columns = left.Length - 1;
        if (line.Length > 0 && line[0] == (byte)'\\')
        {
            return true;
        }

        if (columns == 1)
        {
            isBare |= line.IsEmpty;
            var sign = line.IsEmpty ? (byte)' ' : line[0];
            left[0] -= sign is (byte)' ' or (byte)'-' ? 1 : 0;
            left[1] -= sign is (byte)' ' or (byte)'+' ? 1 : 0;
            return sign is (byte)' ' or (byte)'-' or (byte)'+' && left[0] >= 0 && left[1] >= 0;
        }

        if (line.Length < columns || line[..columns].ContainsAnyExcept(" +-"u8))
        {
            return false;
        }

        // A removed line is in the parents that have a minus, any other in those without a plus.
        var isRemoved = line[..columns].Contains((byte)'-');
        left[columns] -= isRemoved ? 0 : 1;
        var isValid = left[columns] >= 0;
        for (var side = 0; side < columns; side++)
        {
            left[side] -= line[side] == (isRemoved ? (byte)'-' : (byte)' ') ? 1 : 0;
            isValid &= left[side] >= 0;
        }

        return isValid;
    }

    private static bool TryReadRange(ReadOnlySpan<byte> header, int at, out int start, out int count, out int end)
    {
        count = 1;
        end = at;
        if (!TryReadNumber(header[at..], out start, out var digits))
        {
            return false;
        }

        end = at + digits;
        if (end < header.Length && header[end] == (byte)',')
        {
            if (!TryReadNumber(header[(end + 1)..], out count, out digits))
            {
                return false;
            }

            end += 1 + digits;
        }

        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> text, out int number, out int digits)
    {
        number = 0;
        digits = 0;
        return text.Length > 0 && char.IsAsciiDigit((char)text[0]) && Utf8Parser.TryParse(text, out number, out digits);
    }
}
