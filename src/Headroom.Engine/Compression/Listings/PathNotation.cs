using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Listings;

/// <summary>
/// The lossless form of lists of paths. The names of one directory that follow each other share a line; the first has its directory before
/// it, written by <see cref="DirectoryOutline"/>. Of <c>du</c> a name has its size after a colon; of <c>git status</c> two letters and a
/// colon (a point for a blank) stand above the names they are of. After <c>></c> comes one path with blanks in it, after <c>\</c> a line
/// kept as it is.
/// </summary>
internal static class PathNotation
{
    public static void Write(TextLines lines, ListingForm form, ByteBuffer output, CancellationToken cancellationToken)
    {
        var outline = new DirectoryOutline();
        var spelled = new ByteBuffer(256);
        var isInLine = false;
        var state = default(ReadOnlySpan<byte>);
        for (var line = 0; line < lines.Count; line++)
        {
            if ((line & 0xFFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var text = lines[line];
            if (!TrySpell(text, form, spelled))
            {
                End(ref isInLine, output);
                output.Append(text.IsEmpty ? ""u8 : "\\"u8);
                output.Append(text);
                output.Append('\n');
                continue;
            }

            if (form == ListingForm.Status && !state.SequenceEqual(text[..2]))
            {
                End(ref isInLine, output);
                state = text[..2];
                output.Append(state[0] == (byte)' ' ? (byte)'.' : state[0]);
                output.Append(state[1] == (byte)' ' ? (byte)'.' : state[1]);
                output.Append(":\n"u8);
            }

            var path = spelled.Written;
            var directory = path.LastIndexOfAny((byte)'/', (byte)'\\') + 1;
            var isPlain = path.IndexOfAny((byte)' ', (byte)'\t') < 0;
            if (isInLine && isPlain && directory < path.Length && outline.Path.Length > directory
                && outline.Path[..directory].SequenceEqual(path[..directory])
                && outline.Path[directory..].IndexOfAny((byte)'/', (byte)'\\') < 0)
            {
                output.Append(' ');
                output.Append(path[directory..]);
                continue;
            }

            End(ref isInLine, output);
            var start = output.Length;
            outline.Write(path, output);
            var written = output.Written[start..];
            if (!isPlain || written[0] is (byte)'\\' or (byte)'>' || (form == ListingForm.Status && written.Length == 3 && written[2] == (byte)':'))
            {
                var copy = written.ToArray();
                output.Truncate(start);
                output.Append('>');
                output.Append(copy);
                output.Append('\n');
                continue;
            }

            isInLine = true;
        }

        End(ref isInLine, output);
    }

    /// <summary>Reads the body back, each line with a line feed; false when it is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, ListingForm form, LineWriter output)
    {
        var outline = new DirectoryOutline();
        Span<byte> state = [(byte)' ', (byte)' '];
        foreach (var range in new Lines(body))
        {
            var line = body[range];
            if (line.IsEmpty || line[0] == (byte)'\\')
            {
                output.Write(line.IsEmpty ? line : line[1..]);
                continue;
            }

            if (form == ListingForm.Status && line.Length == 3 && line[2] == (byte)':')
            {
                state[0] = line[0] == (byte)'.' ? (byte)' ' : line[0];
                state[1] = line[1] == (byte)'.' ? (byte)' ' : line[1];
                continue;
            }

            var isOne = line[0] == (byte)'>';
            line = isOne ? line[1..] : line;
            var begin = line.IndexOfAnyExcept((byte)' ');
            if (begin < 0)
            {
                return false;
            }

            var end = isOne ? -1 : line[begin..].IndexOf((byte)' ');
            end = end < 0 ? line.Length : begin + end;
            if (!outline.TryRead(line[..end]) || !TryWrite(default, outline.Path, form, state, output))
            {
                return false;
            }

            var directory = outline.Path[..(outline.Path.LastIndexOfAny((byte)'/', (byte)'\\') + 1)];
            while (end < line.Length)
            {
                var name = line[(end + 1)..];
                var length = name.IndexOf((byte)' ');
                name = length < 0 ? name : name[..length];
                if (!TryWrite(directory, name, form, state, output))
                {
                    return false;
                }

                end += 1 + name.Length;
            }
        }

        return true;
    }

    // A line as one path; false when it cannot be one.
    private static bool TrySpell(ReadOnlySpan<byte> text, ListingForm form, ByteBuffer path)
    {
        path.Truncate(0);
        switch (form)
        {
            case ListingForm.Usage:
                var tab = text.IndexOf((byte)'\t');
                if (ListingLine.KindOf(text) != ListingLineKind.Usage)
                {
                    return false;
                }

                path.Append(text[(tab + 1)..]);
                path.Append(':');
                path.Append(text[..tab]);
                break;
            case ListingForm.Status:
                if (text.Length < 4 || text[2] != (byte)' ' || text[0] == (byte)'.' || text[1] == (byte)'.' || text[0] == (byte)'\\' || text[0] == (byte)'>')
                {
                    return false;
                }

                path.Append(text[3..]);
                break;
            default:
                path.Append(text);
                break;
        }

        return DirectoryOutline.CanWrite(path.Written);
    }

    private static bool TryWrite(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name, ListingForm form, ReadOnlySpan<byte> state, LineWriter output)
    {
        if (form == ListingForm.Usage)
        {
            var colon = name.LastIndexOf((byte)':');
            if (colon < 0)
            {
                return false;
            }

            output.Write(name[(colon + 1)..], "\t"u8, directory, name[..colon]);
            return true;
        }

        output.Write(form == ListingForm.Status ? state : default, form == ListingForm.Status ? " "u8 : default, directory, name);
        return true;
    }

    private static void End(ref bool isInLine, ByteBuffer output)
    {
        if (isInLine)
        {
            output.Append('\n');
            isInLine = false;
        }
    }
}
