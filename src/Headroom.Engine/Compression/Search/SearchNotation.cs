namespace Headroom.Engine.Compression.Search;

/// <summary>
/// The lossless form of a search: each path once, as <see cref="DirectoryOutline"/> writes it, above its lines without it. A line that
/// begins with a digit (in unnumbered searches with a colon or hyphen) is one of the path above; an empty line and <c>--</c> are
/// themselves; after <c>\</c> comes a line kept as it is, after <c>&gt;</c> a path that would be taken for something else.
/// </summary>
internal static class SearchNotation
{
    public const string Name = "search";

    public const string BlankLegend = "; a leading blank = one directory of the path above";

    private const string CrLf = "; crlf";

    private static readonly string[] Legends =
        ["path, then line:text", "path, then line:text as with headings", "path, then :text", "path, then line:text of Select-String"];

    public static string LegendOf(SearchForm form) => Legends[(int)form];

    /// <summary>Writes the form.</summary>
    public static byte[] Write(SearchResults results, CancellationToken cancellationToken)
    {
        var lines = results.Lines;
        var output = new ByteBuffer((lines.Source.Length / 2) + 256);
        new NotationHeader(Name, lines.Count, false, LegendOf(results.Form) + BlankLegend + (lines.IsCrLf ? CrLf : "")).Write(output);
        var outline = new DirectoryOutline();
        var current = -1;
        for (var line = 0; line < lines.Count; line++)
        {
            if ((line & 0xFFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var kind = results.Kind(line);
            var file = results.File(line);
            var path = results.Paths[file].Span;
            var isFirst = file != current && !path.IsEmpty && results.Form != SearchForm.Headings;
            if (kind == FoundKind.Heading && DirectoryOutline.CanWrite(path))
            {
                WritePath(path, results.Form, outline, output);
            }
            else if (kind is FoundKind.Match or FoundKind.Context
                && (results.Form == SearchForm.Headings ? results.Entry(line).Length == lines[line].Length : (path.IsEmpty ? current < 0 : !isFirst || DirectoryOutline.CanWrite(path))))
            {
                if (isFirst)
                {
                    WritePath(path, results.Form, outline, output);
                    current = file;
                }

                WriteEntry(results, line, output);
            }
            else
            {
                if (lines[line].Length > 0 && !lines[line].SequenceEqual("--"u8))
                {
                    output.Append('\\');
                }

                output.Append(lines[line]);
                output.Append('\n');
            }
        }

        output.Truncate(output.Length - (lines.EndsWithLineFeed || lines.Count == 0 ? 0 : 1));
        return output.ToArray();
    }

    /// <summary>Reads the form back; null when it is damaged.</summary>
    public static byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        if (header.Legend is not { } legend)
        {
            return null;
        }

        var isCrLf = legend.EndsWith(CrLf, StringComparison.Ordinal);
        var form = Array.FindIndex(Legends, l => legend == l + BlankLegend + (isCrLf ? CrLf : ""));
        if (form < 0)
        {
            return null;
        }

        var output = limit.Buffer(body.Length * 2);
        var outline = new DirectoryOutline();
        var hasPath = false;
        var end = isCrLf ? "\r\n"u8 : "\n"u8;
        while (body.Length > 0)
        {
            var length = body.IndexOf((byte)'\n');
            var line = length < 0 ? body : body[..length];
            if (line.Length > 0 && line[0] == (byte)'\\')
            {
                output.Append(line[1..]);
            }
            else if (line.Length == 0 || line.SequenceEqual("--"u8))
            {
                output.Append(line);
            }
            else if (IsEntry(line, (SearchForm)form))
            {
                if (!TryReadEntry(line, (SearchForm)form, hasPath ? outline.Path : default, hasPath, output))
                {
                    return null;
                }
            }
            else
            {
                if (!outline.TryRead(line[0] == (byte)'>' ? line[1..] : line))
                {
                    return null;
                }

                hasPath = true;
                if ((SearchForm)form != SearchForm.Headings)
                {
                    body = length < 0 ? default : body[(length + 1)..];
                    continue;
                }

                output.Append(outline.Path);
            }

            if (length < 0)
            {
                break;
            }

            output.Append(end);
            body = body[(length + 1)..];
        }

        return output.ToArray();
    }

    /// <summary>Appends a path on a line of its own, told apart from everything else that can stand there.</summary>
    public static void WritePath(ReadOnlySpan<byte> path, SearchForm form, DirectoryOutline outline, ByteBuffer output)
    {
        var start = output.Length;
        outline.Write(path, output);
        var written = output.Written[start..];
        if (IsEntry(written, form) || written[0] is (byte)'\\' or (byte)'>' or (byte)'[' || written.SequenceEqual("--"u8))
        {
            var copy = written.ToArray();
            output.Truncate(start);
            output.Append('>');
            output.Append(copy);
        }

        output.Append('\n');
    }

    /// <summary>Appends a line without its path.</summary>
    public static void WriteEntry(SearchResults results, int line, ByteBuffer output)
    {
        var entry = results.Entry(line);
        if (results.Form == SearchForm.SelectString && results.Kind(line) == FoundKind.Context)
        {
            // There both have colons, and a sign before the path says which is which.
            var digits = entry.IndexOf((byte)':');
            output.Append(entry[..digits]);
            output.Append('-');
            entry = entry[(digits + 1)..];
        }

        output.Append(entry);
        output.Append('\n');
    }

    private static bool IsEntry(ReadOnlySpan<byte> line, SearchForm form) => form == SearchForm.Unnumbered
        ? line[0] is (byte)':' or (byte)'-'
        : char.IsAsciiDigit((char)line[0]);

    private static bool TryReadEntry(ReadOnlySpan<byte> line, SearchForm form, ReadOnlySpan<byte> path, bool hasPath, ByteBuffer output)
    {
        if (form == SearchForm.Unnumbered)
        {
            output.Append(path);
            output.Append(line);
            return true;
        }

        var digits = line.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 0 || line[digits] is not ((byte)':' or (byte)'-'))
        {
            return false;
        }

        var sign = line[digits];
        if (form == SearchForm.SelectString)
        {
            output.Append(sign == (byte)':' ? "> "u8 : "  "u8);
            sign = (byte)':';
        }

        if (hasPath && form != SearchForm.Headings)
        {
            output.Append(path);
            output.Append(sign);
        }

        output.Append(line[..digits]);
        output.Append(sign);
        output.Append(line[(digits + 1)..]);
        return true;
    }
}
