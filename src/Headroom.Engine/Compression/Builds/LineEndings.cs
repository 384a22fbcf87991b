namespace Headroom.Engine.Compression.Builds;

/// <summary>
/// What lines with a place end with, written once before the first of them: MSBuild ends every diagnostic with its project in brackets.
/// <c>@+ [shop.csproj]</c> says that lines with a place end so from there on, <c>@+</c> that they do no more.
/// </summary>
internal static class LineEndings
{
    private const byte Switch = (byte)'+';

    /// <summary>Takes the endings away; false when there are too few.</summary>
    public static bool Fold(ReadOnlySpan<byte> text, byte control, ByteBuffer output)
    {
        if (text.IndexOf("]\n"u8) < 0)
        {
            return false;
        }

        var current = ReadOnlySpan<byte>.Empty;
        var gain = 0;
        for (var rest = text; !rest.IsEmpty;)
        {
            var line = rest[..rest.IndexOf((byte)'\n')];
            rest = rest[(line.Length + 1)..];
            if (Place.EndOf(line) is > 0 and var place)
            {
                var ending = Ending(line[place..]);
                if (!ending.SequenceEqual(current))
                {
                    current = ending;
                    output.Append(control);
                    output.Append(Switch);
                    output.Append(current);
                    output.Append((byte)'\n');
                    gain -= ending.Length + 3;
                }

                line = line[..^current.Length];
                gain += current.Length;
            }

            output.Append(line);
            output.Append((byte)'\n');
        }

        return gain > 0;
    }

    /// <summary>Gives the endings back; false when that takes more than is decoded at most.</summary>
    public static void Unfold(ReadOnlySpan<byte> text, byte control, ByteBuffer output)
    {
        var current = ReadOnlySpan<byte>.Empty;
        for (var rest = text; !rest.IsEmpty;)
        {
            var line = rest[..rest.IndexOf((byte)'\n')];
            rest = rest[(line.Length + 1)..];
            if (line.Length >= 2 && line[0] == control && line[1] == Switch)
            {
                current = line[2..];
                continue;
            }

            output.Append(line);
            if (Place.EndOf(line) > 0)
            {
                output.Append(current);
            }

            output.Append((byte)'\n');
        }
    }

    // " [path]" at the end, with a path's separator or dot in it.
    private static ReadOnlySpan<byte> Ending(ReadOnlySpan<byte> message)
    {
        var start = message is [.., (byte)']'] ? message.LastIndexOf(" ["u8) : -1;
        return start > 0 && message[start..].ContainsAny((byte)'.', (byte)'/', (byte)'\\') ? message[start..] : [];
    }
}
