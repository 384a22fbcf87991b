using System.Text;

namespace Headroom.Engine.Compression.Builds;

/// <summary>
/// The lossless form: four foldings, each the inverse of one step of the decoder, each left out where it finds nothing. The legend names
/// those that were used with their signs, which are characters that the text does not have, so nothing needs escaping.
/// </summary>
internal static class BuildNotation
{
    private const string CrLf = "crlf";
    private const string Meaning = " is ";
    private const string Named = "1= names the rest of a line";
    private const string And = ", ";
    private const string NamedLines = "2:3= 3 lines";
    private const string Alike = "9: 9 lines alike, {} from the row below, {0..8} counting, {=1} as in slot 1";
    private const string Endings = "+ ends lines with a place";

    private const string Separator = "; ";
    private const byte Control = (byte)'@';

    private static readonly byte[] Signs = [.. "~^$#&%!`"u8];

    /// <summary>Writes a text's form; null when it would not be smaller.</summary>
    public static byte[]? Encode(TextLines lines, CancellationToken cancellationToken)
    {
        var source = lines.Source.Span;

        // :: Step 1: signs that the text does not have.
        var free = Signs.Where(sign => !lines.Source.Span.Contains(sign)).ToList();
        var hasControl = !BeginsWith(lines, Control);
        var legend = new List<string>();
        if (lines.IsCrLf)
        {
            legend.Add(CrLf);
        }

        // :: Step 2: fold; each step reads what the one before it wrote, into the buffer that is free.
        var text = source;
        var (buffer, spare) = ((ByteBuffer?)null, (ByteBuffer?)null);
        if (lines.IsCrLf || !lines.EndsWithLineFeed)
        {
            WithLineFeeds(lines, Next(text));
            Take(out text);
        }

        if (free.Count > 0 && PathPrefix.Find(text) is { } prefix && !prefix.Contains(Separator, StringComparison.Ordinal))
        {
            PathPrefix.Fold(text, Encoding.UTF8.GetBytes(prefix), free[0], Next(text));
            Take(out text);
            legend.Add((char)free[0] + Meaning + prefix);
            free.RemoveAt(0);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (hasControl && LineEndings.Fold(text, Control, Next(text)))
        {
            Take(out text);
            legend.Add((char)Control + Endings);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var naming = free.Count == 0 ? default : free.Contains((byte)'$') ? (byte)'$' : free[0];
        if (naming != default && RepeatedText.Fold(text, naming, Next(text), out var hasBlocks, cancellationToken))
        {
            Take(out text);
            legend.Add((char)naming + Named + (hasBlocks ? And + (char)naming + NamedLines : ""));
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (hasControl && AlikeLines.Fold(text, Control, naming, Next(text), cancellationToken))
        {
            Take(out text);
            legend.Add((char)Control + Alike);
        }

        // :: Step 3: the header, and the source's own end.
        var header = new ByteBuffer(256);
        new NotationHeader(BuildCompressor.Name, lines.Count, false, legend.Count == 0 ? null : string.Join(Separator, legend)).Write(header);
        var body = lines.EndsWithLineFeed ? text : text[..^1];
        return header.Length + body.Length < source.Length ? [.. header.Written, .. body] : null;

        ByteBuffer Next(ReadOnlySpan<byte> read)
        {
            spare ??= new ByteBuffer(read.Length + 1);
            spare.Truncate(0);
            return spare;
        }

        void Take(out ReadOnlySpan<byte> written)
        {
            (buffer, spare) = (spare, buffer);
            written = buffer!.Written;
        }
    }

    /// <summary>Gives back the text of a form; null when it is damaged.</summary>
    public static byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        if (header.IsView)
        {
            return null;
        }

        // :: Step 1: what was folded.
        var isCrLf = false;
        (byte Sign, byte[] Text)? prefix = null;
        byte? ending = null, naming = null, alike = null;
        foreach (var clause in header.Legend?.Split(Separator) ?? [])
        {
            var sign = clause.Length > 0 && char.IsAscii(clause[0]) ? (byte)clause[0] : (byte)0;
            var rest = clause.Length > 0 ? clause[1..] : "";
            switch (rest)
            {
                case var _ when clause == CrLf:
                    isCrLf = true;
                    break;
                case Endings:
                    ending = sign;
                    break;
                case Alike:
                    alike = sign;
                    break;
                case var _ when rest.StartsWith(Named, StringComparison.Ordinal):
                    naming = sign;
                    break;
                case var _ when rest.StartsWith(Meaning, StringComparison.Ordinal):
                    prefix = (sign, Encoding.UTF8.GetBytes(rest[Meaning.Length..]));
                    break;
                default:
                    return null;
            }
        }

        // :: Step 2: unfold, the last step of the encoder first.
        var endsWithLineFeed = body is [.., (byte)'\n'];
        var text = endsWithLineFeed ? body : (byte[])[.. body, (byte)'\n'];
        var mostLines = (2L * header.Lines) + 1;
        ByteBuffer output;
        if (alike is { } shape)
        {
            output = limit.Buffer(text.Length);
            if (!AlikeLines.Unfold(text, shape, mostLines, output, limit))
            {
                return null;
            }

            text = output.Written;
        }

        if (naming is { } name)
        {
            output = limit.Buffer(text.Length);
            if (!RepeatedText.Unfold(text, name, mostLines, output))
            {
                return null;
            }

            text = output.Written;
        }

        if (ending is { } end)
        {
            output = limit.Buffer(text.Length);
            LineEndings.Unfold(text, end, output);
            text = output.Written;
        }

        if (prefix is { } path)
        {
            output = limit.Buffer(text.Length);
            PathPrefix.Unfold(text, path.Text, path.Sign, output);
            text = output.Written;
        }

        return text.Count((byte)'\n') == header.Lines ? Original(text, isCrLf, endsWithLineFeed, limit) : null;
    }

    private static bool BeginsWith(TextLines lines, byte sign) =>
        lines.Source.Span[0] == sign || lines.Source.Span.IndexOf([(byte)'\n', sign]) >= 0;

    private static void WithLineFeeds(TextLines lines, ByteBuffer output)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            output.Append(lines[i]);
            output.Append((byte)'\n');
        }
    }

    private static byte[] Original(ReadOnlySpan<byte> text, bool isCrLf, bool endsWithLineFeed, DecodeLimit limit)
    {
        text = endsWithLineFeed ? text : text[..^1];
        if (!isCrLf)
        {
            return text.ToArray();
        }

        var output = limit.Buffer(text.Length + (text.Length / 16));
        while (text.IndexOf((byte)'\n') is >= 0 and var end)
        {
            output.Append(text[..end]);
            output.Append("\r\n"u8);
            text = text[(end + 1)..];
        }

        output.Append(text);
        return output.ToArray();
    }
}
