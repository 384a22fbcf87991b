using System.Buffers;
using System.Text;

namespace Headroom.Engine.Compression.Text;

/// <summary>
/// A text without what only styles it: colours, titles, bells, an erasing of what is blank already, and overstrikes (a character or an underline, a
/// backspace, the character). Every visible character stays, and every control that moves or erases.
/// </summary>
internal static class DisplayedText
{
    private const byte Escape = 0x1B;
    private const byte Bell = 0x07;
    private const byte Backspace = 0x08;

    private static readonly SearchValues<byte> Controls = SearchValues.Create([Escape, Bell, Backspace]);
    private static readonly SearchValues<byte> Stops = SearchValues.Create([Escape, Bell, Backspace, (byte)'\r', (byte)'\n']);

    /// <summary>The text without its styles; null when it has none, or holds a control sequence that is cut off or malformed.</summary>
    /// <param name="utf8">The output as it was captured.</param>
    /// <param name="cancellationToken">Ends the work between controls.</param>
    public static byte[]? Of(ReadOnlySpan<byte> utf8, CancellationToken cancellationToken)
    {
        // Bytes that are no text have no display.
        if (utf8.IndexOfAny(Controls) < 0 || utf8.Contains((byte)0))
        {
            return null;
        }

        var output = new ByteBuffer(utf8.Length);
        var line = 0;
        var (isStruck, hasJumped, hasMovedRows) = (false, false, false);
        for (var (at, steps) = (0, 0); at < utf8.Length; steps++)
        {
            if ((steps & 0x3FFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var next = utf8[at..].IndexOfAny(Stops);
            if (next < 0)
            {
                output.Append(utf8[at..]);
                break;
            }

            output.Append(utf8.Slice(at, next));
            at += next;
            var length = 1;
            var stays = true;
            switch (utf8[at])
            {
                case (byte)'\n':
                    if (isStruck)
                    {
                        Unstrike(output, line);
                    }

                    (isStruck, hasJumped) = (false, false);
                    line = output.Length + 1;
                    break;
                case (byte)'\r':
                    hasJumped = true;
                    break;
                case Backspace:
                    isStruck = true;
                    hasJumped = true;
                    break;
                case Bell:
                    stays = false;
                    break;
                default:
                    var sequence = ControlSequence.Read(utf8[at..]);
                    length = sequence.Length;
                    switch (sequence.Effect)
                    {
                        case ControlEffect.Styles:
                            stays = false;
                            break;
                        case ControlEffect.Draws when sequence is { Final: (byte)'K', Count: <= 0 } && !hasJumped && !hasMovedRows:
                            // The cursor stands at the end of the last line: there is nothing to erase.
                            stays = false;
                            break;
                        case ControlEffect.Draws when sequence.Final is (byte)'C' or (byte)'D' or (byte)'G' or (byte)'K':
                            hasJumped = true;
                            break;
                        case ControlEffect.Unknown when utf8[(at + 1)..].ContainsAny(Stops):
                            // Whatever went behind it could make another sequence of it.
                            return null;
                        case ControlEffect.Unknown:
                            break;
                        default:
                            hasMovedRows = true;
                            break;
                    }

                    break;
            }

            if (stays)
            {
                output.Append(utf8.Slice(at, length));
            }

            at += length;
        }

        if (isStruck)
        {
            Unstrike(output, line);
        }

        return output.Length == utf8.Length ? null : output.ToArray();
    }

    // A line with any other control is as it is: what is left of it must not read like an overstrike.
    private static void Unstrike(ByteBuffer output, int line)
    {
        var text = output.Written[line..];
        var end = text.EndsWith("\r"u8) ? text.Length - 1 : text.Length;
        if (text[..end].ContainsAny(Escape, (byte)'\r'))
        {
            return;
        }

        var plain = new ByteBuffer(text.Length);
        var last = default(Rune);
        var lastAt = -1;
        for (var at = 0; at < end;)
        {
            if (text[at] != Backspace)
            {
                Rune.DecodeFromUtf8(text[at..], out last, out var length);
                lastAt = plain.Length;
                plain.Append(text.Slice(at, length));
                at += length;
                continue;
            }

            if (lastAt < 0 || Rune.DecodeFromUtf8(text[(at + 1)..end], out var next, out _) != OperationStatus.Done
                || (last != next && last.Value != '_') || Glyph.ColumnsOf(last) != 1 || Glyph.ColumnsOf(next) != 1)
            {
                return;
            }

            plain.Truncate(lastAt);
            lastAt = -1;
            at++;
        }

        plain.Append(text[end..]);
        output.Truncate(line);
        output.Append(plain.Written);
    }
}
