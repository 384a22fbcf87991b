using System.Buffers;
using System.Text;

namespace Headroom.Engine.Compression.Builds;

/// <summary>The folder that most of a report's absolute paths share, written once.</summary>
internal static class PathPrefix
{
    private static readonly SearchValues<byte> PathEnds = SearchValues.Create(" \t\n:\"'()[]<>|,;"u8);

    private const int Sampled = 4096;
    private const int LeastUses = 3;
    private const int Deepest = 12;

    /// <summary>Finds the folder whose replacement saves most; null when none is used often enough.</summary>
    public static string? Find(ReadOnlySpan<byte> text)
    {
        // Folders of the first paths and how often each begins one; first seen wins among equals.
        var uses = new Dictionary<string, int>(StringComparer.Ordinal);
        var at = 0;
        for (var paths = 0; paths < Sampled && text[at..].IndexOfAny((byte)'/', (byte)'\\') is >= 0 and var found;)
        {
            at += found;
            var isDrive = text[at] == (byte)'\\' && at >= 2 && text[at - 1] == (byte)':' && char.IsAsciiLetter((char)text[at - 2]);
            var start = isDrive ? at - 2 : at;
            var separator = text[at];
            if ((separator == (byte)'\\' && !isDrive) || (start > 0 && !IsBoundary(text[start - 1])))
            {
                at++;
                continue;
            }

            paths++;
            at++;
            for (var depth = 1; depth <= Deepest; depth++)
            {
                var length = text[at..].IndexOfAny(PathEnds);
                var next = (length < 0 ? text[at..] : text.Slice(at, length)).IndexOf(separator);
                if (next <= 0)
                {
                    break;
                }

                at += next + 1;
                if (depth > 1)
                {
                    var folder = Encoding.UTF8.GetString(text[start..at]);
                    uses[folder] = uses.GetValueOrDefault(folder) + 1;
                }
            }
        }

        string? best = null;
        var gain = 0;
        foreach (var (folder, count) in uses)
        {
            var saved = count < LeastUses ? 0 : (count - 2) * (folder.Length - 2);
            if (saved > gain || (saved == gain && best is not null && folder.Length > best.Length))
            {
                (best, gain) = (folder, saved);
            }
        }

        return best;
    }

    /// <summary>Writes the sign for the folder wherever it stands.</summary>
    public static void Fold(ReadOnlySpan<byte> text, ReadOnlySpan<byte> folder, byte sign, ByteBuffer output) => Replace(text, folder, [sign], output);

    /// <summary>Writes the folder for the sign.</summary>
    public static void Unfold(ReadOnlySpan<byte> text, ReadOnlySpan<byte> folder, byte sign, ByteBuffer output) => Replace(text, [sign], folder, output);

    private static void Replace(ReadOnlySpan<byte> text, ReadOnlySpan<byte> old, ReadOnlySpan<byte> replacement, ByteBuffer output)
    {
        while (text.IndexOf(old) is >= 0 and var found)
        {
            output.Append(text[..found]);
            output.Append(replacement);
            text = text[(found + old.Length)..];
        }

        output.Append(text);
    }

    private static bool IsBoundary(byte before) => before is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'"' or (byte)'\'' or (byte)'('
        or (byte)'[' or (byte)'<' or (byte)'=' or (byte)'`' or (byte)',' or (byte)';' or (byte)'>' or (byte)'m';
}
