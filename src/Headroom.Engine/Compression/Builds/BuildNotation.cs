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
    // A damaged form must not fill the memory.
    private const int MostDecoded = 1 << 29;
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

        // :: Step 2: fold; each step reads what the one before it wrote.
        var folded = WithLineFeeds(lines);
        var text = folded is null ? source : folded.Written;
        if (free.Count > 0 && PathPrefix.Find(text) is { } prefix && !prefix.Contains(Separator, StringComparison.Ordinal))
        {
            folded = PathPrefix.Fold(text, Encoding.UTF8.GetBytes(prefix), free[0]);
            text = folded.Written;
            legend.Add((char)free[0] + Meaning + prefix);
            free.RemoveAt(0);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (hasControl && LineEndings.Fold(text, Control) is { } ended)
        {
            text = ended.Written;
            legend.Add((char)Control + Endings);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var naming = free.Count == 0 ? default : free.Contains((byte)'$') ? (byte)'$' : free[0];
        if (naming != default && RepeatedText.Fold(text, naming, out var hasBlocks, cancellationToken) is { } named)
        {
            text = named.Written;
            legend.Add((char)naming + Named + (hasBlocks ? And + (char)naming + NamedLines : ""));
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (hasControl && AlikeLines.Fold(text, Control, naming, cancellationToken) is { } alike)
        {
            text = alike.Written;
            legend.Add((char)Control + Alike);
        }

        // :: Step 3: the header, and the source's own end.
        var output = new ByteBuffer(text.Length + 256);
        new NotationHeader(BuildCompressor.Name, lines.Count, false, legend.Count == 0 ? null : string.Join(Separator, legend)).Write(output);
        output.Append(lines.EndsWithLineFeed ? text : text[..^1]);
        if (output.Length >= source.Length)
        {
            return null;
        }

        // :: Step 4: nothing leaves that does not come back.
        var form = output.ToArray();
        return NotationHeader.TryRead(form, out var header, out var body) && Decode(header, body) is { } back && source.SequenceEqual(back)
            ? form
            : null;
    }

    /// <summary>Gives back the text of a form; null when it is damaged.</summary>
    public static byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body)
    {
        if (header.IsView)
        {
            return null;
        }

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

        var endsWithLineFeed = body is [.., (byte)'\n'];
        var text = body;
        if (!endsWithLineFeed)
        {
            text = (byte[])[.. body, (byte)'\n'];
        }

        if (alike is { } shape)
        {
            if (AlikeLines.Unfold(text, shape, MostDecoded) is not { } lines)
            {
                return null;
            }

            text = lines.Written;
        }

        if (naming is { } name)
        {
            if (RepeatedText.Unfold(text, name, MostDecoded) is not { } whole)
            {
                return null;
            }

            text = whole.Written;
        }

        if (ending is { } end)
        {
            text = LineEndings.Unfold(text, end).Written;
        }

        if (prefix is { } path)
        {
            text = PathPrefix.Unfold(text, path.Text, path.Sign).Written;
        }

        return text.IsEmpty ? null : Original(text, isCrLf, endsWithLineFeed);
    }

    private static bool BeginsWith(TextLines lines, byte sign) =>
        lines.Source.Span[0] == sign || lines.Source.Span.IndexOf([(byte)'\n', sign]) >= 0;

    private static ByteBuffer? WithLineFeeds(TextLines lines)
    {
        if (!lines.IsCrLf && lines.EndsWithLineFeed)
        {
            return null;
        }

        var text = new ByteBuffer(lines.Source.Length + 1);
        for (var i = 0; i < lines.Count; i++)
        {
            text.Append(lines[i]);
            text.Append((byte)'\n');
        }

        return text;
    }

    private static byte[] Original(ReadOnlySpan<byte> text, bool isCrLf, bool endsWithLineFeed)
    {
        text = endsWithLineFeed ? text : text[..^1];
        if (!isCrLf)
        {
            return text.ToArray();
        }

        var output = new ByteBuffer(text.Length + (text.Length / 16));
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
