namespace Headroom.Engine.Compression.Text;

/// <summary>One control sequence (ECMA-48, xterm) at the begin of a text.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Effect">What it does to the text.</param>
/// <param name="Final">The byte that names it; told for <see cref="ControlEffect.Draws"/> only.</param>
/// <param name="Count">Its first parameter; -1 when it has none.</param>
internal readonly record struct ControlSequence(int Length, ControlEffect Effect, byte Final = 0, int Count = -1)
{
    private const byte Escape = 0x1B;
    private const byte Bell = 0x07;
    private const int Most = 1_000_000;

    private static readonly ControlSequence Unknown = new(1, ControlEffect.Unknown);

    /// <summary>Reads the sequence that an escape begins.</summary>
    public static ControlSequence Read(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
        {
            return Unknown;
        }

        switch (text[1])
        {
            case (byte)'[':
                return ReadControl(text);
            case (byte)']' or (byte)'P' or (byte)'X' or (byte)'^' or (byte)'_':
                // A string for the terminal: it ends with ESC \ or, as xterm has it, with a bell, and not beyond its line.
                var end = text[2..].IndexOfAny(Bell, Escape, (byte)'\n');
                return end < 0 || text[2 + end] == (byte)'\n' ? Unknown
                    : text[2 + end] == Bell ? (text[1] == (byte)']' ? new ControlSequence(end + 3, ControlEffect.Styles) : Unknown)
                    : end + 3 < text.Length && text[end + 3] == (byte)'\\' ? new ControlSequence(end + 4, ControlEffect.Styles)
                    : Unknown;
            case (byte)'(' or (byte)')' or (byte)'*' or (byte)'+':
                // Line drawing makes other characters of letters.
                return text.Length > 2 && text[2] is >= 0x30 and <= 0x7E and not (byte)'0' ? new ControlSequence(3, ControlEffect.Styles) : Unknown;
            case (byte)'=' or (byte)'>' or (byte)'\\':
                return new ControlSequence(2, ControlEffect.Styles);
            case >= 0x30 and <= 0x7E:
                return new ControlSequence(2, ControlEffect.Other);
            default:
                return Unknown;
        }
    }

    private static ControlSequence ReadControl(ReadOnlySpan<byte> text)
    {
        var parameters = text[2..];
        var end = parameters.IndexOfAnyExceptInRange((byte)0x30, (byte)0x3F);
        if (end < 0)
        {
            return Unknown;
        }

        parameters = parameters[..end];
        var at = end + 2;
        while (at < text.Length && text[at] is >= 0x20 and <= 0x2F)
        {
            at++;
        }

        if (at >= text.Length || text[at] is < 0x40 or > 0x7E)
        {
            return Unknown;
        }

        var effect = at > end + 2 ? (text[at] == (byte)'q' ? ControlEffect.Styles : ControlEffect.Other)
            : parameters is [>= (byte)'<', ..] ? EffectOfPrivate(parameters, text[at])
            : EffectOf(parameters, text[at]);
        return new ControlSequence(at + 1, effect, text[at], effect == ControlEffect.Draws ? CountOf(parameters) : -1);
    }

    private static ControlEffect EffectOf(ReadOnlySpan<byte> parameters, byte final) => final switch
    {
        (byte)'m' or (byte)'n' or (byte)'c' or (byte)'t' => ControlEffect.Styles,
        (>= (byte)'A' and <= (byte)'G') or (byte)'J' or (byte)'K' when !parameters.ContainsAnyExceptInRange((byte)'0', (byte)'9') => ControlEffect.Draws,
        _ => ControlEffect.Other,
    };

    private static ControlEffect EffectOfPrivate(ReadOnlySpan<byte> parameters, byte final)
    {
        if (final is (byte)'m' or (byte)'n' or (byte)'c' or (byte)'u' or (byte)'q')
        {
            return ControlEffect.Styles;
        }

        // Modes of keyboard, mouse, cursor and the like; those of the other screen, of the margins and of insertion change what is shown.
        return final is (byte)'h' or (byte)'l' && parameters.Length > 1
            && CountOf(parameters[1..]) is 1 or (>= 7 and <= 25) or (>= 1000 and <= 1007) or 2004 or 2026 or 2031 ? ControlEffect.Styles
            : ControlEffect.Other;
    }

    private static int CountOf(ReadOnlySpan<byte> digits)
    {
        var count = digits.IsEmpty ? -1 : 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return -1;
            }

            count = Math.Min((count * 10) + digit - '0', Most);
        }

        return count;
    }
}
