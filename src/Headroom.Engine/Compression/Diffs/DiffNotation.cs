namespace Headroom.Engine.Compression.Diffs;

/// <summary>
/// The lossless form of a diff: a file's header in one line (see <see cref="FileHeader"/>), a hunk's as <c>@@ +18 heading</c>, from whose lines the counts and
/// the old side follow. Every other line stays as it is.
/// </summary>
internal static class DiffNotation
{
    public const string Name = "diff";

    private const string Legend = "diff x 1a..2b: index, --- and +++ of file x; @@ +n: hunk at new line n";
    private const string CrLf = "; crlf";

    /// <summary>Writes the form; null when a line of the text would be read for one of ours.</summary>
    public static byte[]? Write(DiffDocument document, CancellationToken cancellationToken)
    {
        var lines = document.Lines;
        var output = new ByteBuffer(lines.Source.Length + 128);
        var scratch = new ByteBuffer(1024);
        new NotationHeader(Name, lines.Count, IsView: false, lines.IsCrLf ? Legend + CrLf : Legend).Write(output);
        var line = 0;
        foreach (var file in document.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TryCopy(lines, line, file.Line, output))
            {
                return null;
            }

            if (FileHeader.TryShorten(lines, file, output, scratch))
            {
                output.Append((byte)'\n');
            }
            else if (!TryCopy(lines, file.Line, file.Body, output))
            {
                return null;
            }

            WriteHunks(document, file, output, scratch);
            line = file.End;
        }

        if (!TryCopy(lines, line, lines.Count, output))
        {
            return null;
        }

        output.Truncate(output.Length - (lines.EndsWithLineFeed ? 0 : 1));
        return output.ToArray();
    }

    /// <summary>Gives back the text; null when the form is damaged.</summary>
    public static byte[]? Read(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        var reader = new Reader(body, isCrLf: header.Legend?.EndsWith(CrLf, StringComparison.Ordinal) == true, limit);
        return reader.Read();
    }

    private static void WriteHunks(DiffDocument document, in DiffFile file, ByteBuffer output, ByteBuffer scratch)
    {
        var lines = document.Lines;
        var growth = 0L;
        for (var i = file.FirstHunk; i < file.FirstHunk + file.HunkCount; i++)
        {
            var hunk = document.Hunks[i];
            var header = lines[hunk.Line];
            if (!IsRecomputable(lines, hunk, growth, scratch))
            {
                growth = 0;
                output.Append(header);
            }
            else
            {
                growth += hunk.NewCount - hunk.OldCount;
                output.Append("@@ +"u8);
                output.Append(hunk.NewStart);
                output.Append(header[hunk.Heading..]);
            }

            output.Append((byte)'\n');
            Copy(lines, hunk.Line + 1, hunk.End, output);
        }
    }

    private static bool IsRecomputable(TextLines lines, in DiffHunk hunk, long growth, ByteBuffer scratch)
    {
        // The end of a hunk is where a line begins with none of its signs.
        if (hunk.Columns > 1 || hunk.HasBareLines || hunk.End == hunk.Line + 1 || (hunk.End < lines.Count && IsHunkLine(lines[hunk.End]))
            || HunkHeader.OldStart(hunk.NewStart, hunk.OldCount, hunk.NewCount, growth) != hunk.OldStart)
        {
            return false;
        }

        var header = lines[hunk.Line];
        scratch.Truncate(0);
        HunkHeader.Write(scratch, hunk.OldStart, hunk.OldCount, hunk.NewStart, hunk.NewCount);
        return header[..hunk.Heading].SequenceEqual(scratch.Written) && (header.Length == hunk.Heading || header[hunk.Heading] == (byte)' ');
    }

    private static bool IsHunkLine(ReadOnlySpan<byte> line) => line.Length > 0 && line[0] is (byte)' ' or (byte)'+' or (byte)'-' or (byte)'\\';

    private static bool TryCopy(TextLines lines, int from, int to, ByteBuffer output)
    {
        for (var line = from; line < to; line++)
        {
            if (FileHeader.IsShort(lines[line]) || lines[line].StartsWith("@@ +"u8))
            {
                return false;
            }
        }

        Copy(lines, from, to, output);
        return true;
    }

    private static void Copy(TextLines lines, int from, int to, ByteBuffer output)
    {
        if (lines.IsCrLf)
        {
            for (var line = from; line < to; line++)
            {
                output.Append(lines[line]);
                output.Append((byte)'\n');
            }

            return;
        }

        output.Append(lines.Source.Span[lines.StartOf(from)..lines.StartOf(to)]);
        if (from < to && to == lines.Count && !lines.EndsWithLineFeed)
        {
            output.Append((byte)'\n');
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> body, bool isCrLf, DecodeLimit limit)
    {
        private readonly ReadOnlySpan<byte> _body = body;
        private readonly ByteBuffer _output = limit.Buffer(body.Length + (body.Length / 8));
        private readonly ByteBuffer _header = limit.Buffer(1024);
        private int _at;

        public byte[]? Read()
        {
            var growth = 0L;
            while (_at < _body.Length)
            {
                var line = LineAt(_at);
                if (line.StartsWith("@@ +"u8))
                {
                    if (!TryReadHunk(line, ref growth))
                    {
                        return null;
                    }

                    continue;
                }

                growth = 0;
                _at += line.Length + 1;
                if (!FileHeader.IsShort(line))
                {
                    WriteLine(line);
                    continue;
                }

                _header.Truncate(0);
                if (!FileHeader.TryExpand(line, _at < _body.Length && LineAt(_at).StartsWith("@@"u8), _header))
                {
                    return null;
                }

                foreach (var part in _header.Written.TrimEnd((byte)'\n').Split((byte)'\n'))
                {
                    WriteLine(_header.Written[part]);
                }
            }

            // The last line has its line feed if the form has it.
            if (_body is not [.., (byte)'\n'])
            {
                _output.TruncateBy(isCrLf ? 2 : 1);
            }

            return _output.ToArray();
        }

        private bool TryReadHunk(ReadOnlySpan<byte> header, ref long growth)
        {
            if (!System.Buffers.Text.Utf8Parser.TryParse(header["@@ +".Length..], out int newStart, out var digits))
            {
                return false;
            }

            // :: Step 1: count its lines.
            var start = _at + header.Length + 1;
            var end = start;
            var (oldCount, newCount) = (0, 0);
            while (end < _body.Length && LineAt(end) is var line && IsHunkLine(line))
            {
                oldCount += line[0] is (byte)' ' or (byte)'-' ? 1 : 0;
                newCount += line[0] is (byte)' ' or (byte)'+' ? 1 : 0;
                end += line.Length + 1;
            }

            // :: Step 2: the header that they make.
            var oldStart = HunkHeader.OldStart(newStart, oldCount, newCount, growth);
            if (oldStart is < 0 or > int.MaxValue)
            {
                return false;
            }

            growth += newCount - oldCount;
            _header.Truncate(0);
            HunkHeader.Write(_header, (int)oldStart, oldCount, newStart, newCount);
            _header.Append(header[("@@ +".Length + digits)..]);
            WriteLine(_header.Written);

            // :: Step 3: the lines themselves.
            for (_at = start; _at < end;)
            {
                var line = LineAt(_at);
                WriteLine(line);
                _at += line.Length + 1;
            }

            return true;
        }

        private readonly ReadOnlySpan<byte> LineAt(int at)
        {
            var rest = _body[at..];
            var length = rest.IndexOf((byte)'\n');
            return length < 0 ? rest : rest[..length];
        }

        private readonly void WriteLine(ReadOnlySpan<byte> line)
        {
            _output.Append(line);
            _output.Append(isCrLf ? "\r\n"u8 : "\n"u8);
        }
    }
}
