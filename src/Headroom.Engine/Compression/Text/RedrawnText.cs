using System.Buffers;

namespace Headroom.Engine.Compression.Text;

/// <summary>
/// A text whose redrawn lines are as they were left. A line is redrawn where what was written over was erased (ESC[K, ESC[J, blanks), or reached
/// by an escape sequence, or is a state of the progress that is written over it (<see cref="Progress"/>); and each write covers the one before:
/// what a terminal would show mixed of two is no redraw. All else keeps its bytes.
/// </summary>
/// <param name="Utf8">The text, never longer than the one that it is of.</param>
/// <param name="Lines">How many of its lines were redrawn.</param>
internal sealed record RedrawnText(byte[] Utf8, int Lines)
{
    private const byte Escape = 0x1B;
    private const byte Backspace = 0x08;

    private static readonly SearchValues<byte> Controls = SearchValues.Create([Escape, Backspace, (byte)'\r']);

    /// <summary>What is left of a text; null where nothing in it was evidently redrawn.</summary>
    /// <param name="utf8">A text without styles (<see cref="DisplayedText"/>).</param>
    /// <param name="cancellationToken">Ends the work between lines and within long ones.</param>
    public static RedrawnText? Of(ReadOnlySpan<byte> utf8, CancellationToken cancellationToken)
    {
        if (NextControl(utf8, 0) < 0 || utf8.Contains((byte)0) || !CanBeDrawn(utf8, out var movesRows))
        {
            return null;
        }

        var output = new ByteBuffer(utf8.Length);
        var screen = new RedrawnScreen(utf8.Length);
        if (movesRows)
        {
            // Rows above are within reach, so all is drawn or nothing.
            if (!screen.Draw(utf8, 0, utf8.Length, output, cancellationToken))
            {
                return null;
            }

            screen.Finish(utf8, output);
        }
        else
        {
            DrawLines(utf8, screen, output, cancellationToken);
        }

        return screen.RedrawnLines > 0 && output.Length <= utf8.Length ? new RedrawnText(output.ToArray(), screen.RedrawnLines) : null;
    }

    private static void DrawLines(ReadOnlySpan<byte> utf8, RedrawnScreen screen, ByteBuffer output, CancellationToken cancellationToken)
    {
        for (var (at, steps) = (0, 0); at < utf8.Length; steps++)
        {
            if ((steps & 0x3FF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var control = NextControl(utf8, at);
            if (control < 0)
            {
                output.Append(utf8[at..]);
                return;
            }

            var begin = utf8[at..control].LastIndexOf((byte)'\n') + 1 + at;
            output.Append(utf8[at..begin]);
            var feed = utf8[control..].IndexOf((byte)'\n');
            var end = feed < 0 ? utf8.Length : control + feed + 1;
            var start = output.Length;
            screen.Clear();
            if (screen.Draw(utf8, begin, end, output, cancellationToken) && screen.IsRedrawn)
            {
                screen.Finish(utf8, output);
            }
            else
            {
                output.Truncate(start);
                output.Append(utf8[begin..end]);
            }

            at = end;
        }
    }

    // A carriage return before a line feed is a line end.
    private static int NextControl(ReadOnlySpan<byte> text, int from)
    {
        while (true)
        {
            var found = text[from..].IndexOfAny(Controls);
            if (found < 0)
            {
                return -1;
            }

            from += found;
            if (text[from] != (byte)'\r' || from + 1 >= text.Length || text[from + 1] != (byte)'\n')
            {
                return from;
            }

            from += 2;
        }
    }

    private static bool CanBeDrawn(ReadOnlySpan<byte> text, out bool movesRows)
    {
        movesRows = false;
        for (var at = 0; text[at..].IndexOf(Escape) is >= 0 and var found;)
        {
            at += found;
            var sequence = ControlSequence.Read(text[at..]);
            if (sequence.Effect is not (ControlEffect.Draws or ControlEffect.Styles))
            {
                return false;
            }

            movesRows |= sequence.Final is (byte)'A' or (byte)'B' or (byte)'E' or (byte)'F' or (byte)'J';
            at += sequence.Length;
        }

        return true;
    }
}
