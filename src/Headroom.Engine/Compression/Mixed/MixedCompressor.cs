using System.Globalization;
using System.Text;
using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Compression.Mixed;

/// <summary>
/// The compressor for text of several kinds: each part takes the form of its own kind where it stands, everything between them stays as it is.
/// The header says which lines of the form are forms, so nothing that the text itself says can be taken for one:
/// <code>
/// [mixed 90 lines: forms in lines 2-30, 34-40 json_2]
/// $ ls -l
/// [list 60 lines: ...]
/// ...
/// </code>
/// A word after a range is the spelling of a JSON document (<see cref="EmbeddedJson"/>), which has no header.
/// </summary>
internal sealed class MixedCompressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "mixed";

    private const string Legend = "forms in lines ";
    private const string CrLf = "crlf, ";

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var lines = TextLines.Read(utf8);
        var isCrLf = lines.IsCrLf;
        if (isCrLf)
        {
            lines = TextLines.Read(WithoutReturns(utf8.Span));
        }

        var parts = PartSplitter.Split(lines, cancellationToken);
        return parts.Count == 0 || (parts is [var only] && only.To - only.From == lines.Count) ? null : new Forms(lines, isCrLf, parts);
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        if (header.IsView || header.Legend is not { } legend)
        {
            return null;
        }

        var isCrLf = legend.StartsWith(CrLf, StringComparison.Ordinal);
        legend = isCrLf ? legend[CrLf.Length..] : legend;
        if (!legend.StartsWith(Legend, StringComparison.Ordinal))
        {
            return null;
        }

        var output = limit.Buffer(body.Length * 2);
        var at = 0;
        var line = 1;
        foreach (var entry in legend[Legend.Length..].Split(", "))
        {
            var spelled = entry.Split(' ');
            var range = spelled[0].Split('-');
            var first = 0;
            var last = 0;
            if (spelled.Length > 2 || range.Length > 2
                || !int.TryParse(range[0], NumberStyles.None, CultureInfo.InvariantCulture, out first)
                || !int.TryParse(range[^1], NumberStyles.None, CultureInfo.InvariantCulture, out last) || first < line || last < first)
            {
                return null;
            }

            var begin = Skip(body, at, first - line);
            var end = begin < 0 ? -1 : Skip(body, begin, last - first);
            if (begin < 0 || end < 0)
            {
                return null;
            }

            var feed = body[end..].IndexOf((byte)'\n');
            end = feed < 0 ? body.Length : end + feed;
            if (DecodePart(body[begin..end], spelled.Length == 2 ? spelled[1] : null, limit) is not { } text)
            {
                return null;
            }

            output.Append(body[at..begin]);
            output.Append(text);
            at = end;
            line = last;
        }

        output.Append(body[at..]);
        return isCrLf ? WithReturns(output.Written, limit) : output.ToArray();
    }

    private static byte[]? DecodePart(ReadOnlySpan<byte> form, string? spelling, DecodeLimit limit)
    {
        if (spelling is null)
        {
            return NotationHeader.TryRead(form, out var header, out var body) && !header.IsView && header.Name != Name
                ? ContentRouter.CompressorNamed(header.Name)?.Decode(header, body, limit)
                : null;
        }

        return EmbeddedJson.Spellings.FirstOrDefault(known => Ascii.Equals(known.Name, spelling)) is { } written
            && JsonNotation.Decode(form, limit) is { } json && limit.Read(json) is { } tape
            ? written.Write(tape, limit)?.ToArray()
            : null;
    }

    // Behind a number of line feeds; -1 when there are not so many.
    private static int Skip(ReadOnlySpan<byte> text, int at, int lines)
    {
        for (; lines > 0; lines--)
        {
            var feed = text[at..].IndexOf((byte)'\n');
            if (feed < 0)
            {
                return -1;
            }

            at += feed + 1;
        }

        return at;
    }

    private static byte[] WithoutReturns(ReadOnlySpan<byte> text)
    {
        var output = new ByteBuffer(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var end = text[at..].IndexOf("\r\n"u8);
            output.Append(end < 0 ? text[at..] : text.Slice(at, end));
            if (end < 0)
            {
                break;
            }

            output.Append((byte)'\n');
            at += end + 2;
        }

        return output.ToArray();
    }

    private static byte[] WithReturns(ReadOnlySpan<byte> text, DecodeLimit limit)
    {
        var output = limit.Buffer(text.Length + (text.Length / 16));
        for (var at = 0; at < text.Length;)
        {
            var end = text[at..].IndexOf((byte)'\n');
            output.Append(end < 0 ? text[at..] : text.Slice(at, end));
            if (end < 0)
            {
                break;
            }

            output.Append("\r\n"u8);
            at += end + 1;
        }

        return output.ToArray();
    }

    private sealed class Forms(TextLines lines, bool isCrLf, IReadOnlyList<Part> parts) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken)
        {
            var body = new ByteBuffer(lines.Source.Length / 2);
            var legend = new StringBuilder(isCrLf ? CrLf + Legend : Legend);
            var forms = 0;
            var written = 1;
            var at = 0;
            foreach (var part in parts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var text = TextOf(part);
                if (ContentRouter.CompressPart(text, null, mayBeMixed: false, cancellationToken) is not { } form || SpellingOf(text, form, cancellationToken) is not { } spelling)
                {
                    continue;
                }

                if (!CopyLines(at, part.From, body))
                {
                    return null;
                }

                written += part.From - at;
                var last = written + form.Output.Span.Count((byte)'\n');
                legend.Append(CultureInfo.InvariantCulture, $"{(forms++ > 0 ? ", " : "")}{written}").Append(CultureInfo.InvariantCulture, $"{(last > written ? $"-{last}" : "")}")
                    .Append(spelling.Length > 0 ? " " : "").Append(spelling);
                body.Append(form.Output.Span);
                CopyEnd(part, text, body);
                written = last + 1;
                at = part.To;
            }

            if (forms == 0 || !CopyLines(at, lines.Count, body))
            {
                return null;
            }

            var output = new ByteBuffer(body.Length + legend.Length + 32);
            new NotationHeader(Name, lines.Count, IsView: false, legend.ToString()).Write(output);
            output.Append(body.Written);
            return new ContentForm(output.ToArray(), Name);
        }

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken)
        {
            var output = new ByteBuffer(request.Budget * 8);
            new NotationHeader(Name, lines.Count, IsView: true, null).Write(output);
            var missing = new List<string>();
            var at = 0;
            foreach (var part in parts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var text = TextOf(part);
                var statement = "";
                var share = (int)((long)request.Budget * text.Length / lines.Source.Length);
                var partRequest = new ViewRequest(share, request.Relevance, said =>
                {
                    statement = said;
                    return "";
                });
                if (ContentRouter.CompressPart(text, partRequest, mayBeMixed: false, cancellationToken) is not { } form
                    || (form.Rung == Rung.Lossless && SpellingOf(text, form, cancellationToken) is null))
                {
                    continue;
                }

                if (!CopyLines(at, part.From, output))
                {
                    return null;
                }

                if (form.Rung == Rung.View)
                {
                    missing.Add(statement);
                }

                output.Append(form.Output.Span.TrimEnd((byte)'\n'));
                CopyEnd(part, text, output);
                at = part.To;
            }

            if (missing.Count == 0 || !CopyLines(at, lines.Count, output))
            {
                return null;
            }

            if (output.Written[^1] != (byte)'\n')
            {
                output.Append((byte)'\n');
            }

            var marker = Encoding.UTF8.GetBytes(request.Marker(string.Join("; ", missing)));
            output.Append(marker);
            return new ContentForm(output.ToArray(), "view", marker.Length);
        }

        /// <summary>A part without the line feed at its end, which stays where it is.</summary>
        private ReadOnlyMemory<byte> TextOf(Part part)
        {
            var text = lines.Source[lines.StartOf(part.From)..lines.StartOf(part.To)];
            return text.Span[^1] == (byte)'\n' ? text[..^1] : text;
        }

        private void CopyEnd(Part part, ReadOnlyMemory<byte> text, ByteBuffer output) =>
            output.Append(lines.Source.Span[(lines.StartOf(part.From) + text.Length)..lines.StartOf(part.To)]);

        /// <summary>Copies lines as they are; false when a reader would take one of them for the begin of a form.</summary>
        private bool CopyLines(int from, int to, ByteBuffer output)
        {
            for (var i = from; i < to; i++)
            {
                if (NotationHeader.TryRead(lines[i], out _, out _))
                {
                    return false;
                }
            }

            output.Append(lines.Source.Span[lines.StartOf(from)..lines.StartOf(to)]);
            return true;
        }

        /// <summary>The word in the legend that a part's form needs: empty with a header, null when its very bytes would not come back.</summary>
        private static string? SpellingOf(ReadOnlyMemory<byte> text, CompressionResult form, CancellationToken cancellationToken)
        {
            if (NotationHeader.TryRead(form.Output.Span, out var header, out _))
            {
                // JSON lines of several spellings come back by value only.
                return header.Name != "jsonl" || (DecodePart(form.Output.Span, null, DecodeLimit.OfOwnForm(cancellationToken)) is { } lines && text.Span.SequenceEqual(lines)) ? "" : null;
            }

            if (form.Strategy == ContentRouter.Displayed || text.Span is not [(byte)'{' or (byte)'[', _, ..]
                || JsonTape.Read(text, cancellationToken) is not { } tape || EmbeddedJson.SpellingOf(tape, text.Span) is not { } spelling)
            {
                return null;
            }

            var name = Encoding.ASCII.GetString(spelling.Name);
            return DecodePart(form.Output.Span, name, DecodeLimit.OfOwnForm(cancellationToken)) is { } decoded && text.Span.SequenceEqual(decoded) ? name : null;
        }
    }
}
