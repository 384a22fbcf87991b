using System.Text;
using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>Changes of bytes, lines, tokens and structure.</summary>
internal static class Mutation
{
    private static readonly byte[][] Plants =
    [
        .. new[]
        {
            "\r", "\n", "\r\n", "\n\n\n", "\e[K", "\e[1K", "\e[99C", "\e[2J", "\e[31m", "\e]0;t\a", "\b\b", "\t", "\0", "\uFEFF", "\u00A0", "\u200B", "😀", "e\u0301", "\"", "\\", "'", "`", "```\n", "|",
            ",", ";", "{", "}", "[", "]", "<", ">", "</div>", "<!--", "-->", "<![CDATA[", "&amp;", "diff --git ", "@@ -1 +1 @@\n", "--- a\n+++ b\n", "9223372036854775808", "-0", "1e999", "0.1000",
            "[log 500 lines: legend]\n", "[search view of 12 lines]\n", "[12]{id,name}\n", "... 120 lines\n", "[3 times]\n", "[text 9 lines]\n", "[mixed 3 parts]\n",
            "[952 of 1000 rows not shown; headroom_retrieve hash=0123456789abcdef01234567]\n", "null", "true", "\\u0000", "\\ud800",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xE2, 0x82],
    ];

    // A line repeated four times over makes gigabytes of a text of one line.
    private const int MostBytes = 1 << 20;

    private static readonly string[] Numbers = ["0", "-1", "1", "2147483647", "2147483648", "99999999999999999999", "00", "1e400"];

    /// <summary>The input with one to four changes.</summary>
    public static byte[] Of(byte[] input, SeededRandom random)
    {
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            input = Once(input, random);
            input = input.Length > MostBytes ? input[..MostBytes] : input;
        }

        return input;
    }

    /// <summary>The start of one, the end of the other.</summary>
    public static byte[] Splice(byte[] one, byte[] other, SeededRandom random) => [.. one[..random.Next(one.Length + 1)], .. other[random.Next(other.Length + 1)..]];

    private static byte[] Once(byte[] input, SeededRandom random)
    {
        var at = random.Next(input.Length + 1);
        var line = LineAt(input, at);
        switch (random.Next(12))
        {
            case 0 when input.Length > 0:
                var changed = input.ToArray();
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
                return changed;
            case 1 or 2 or 3:
                return [.. input[..at], .. random.Pick(Plants), .. input[at..]];
            case 4:
                return [.. input[..at], .. input[Math.Min(input.Length, at + random.Next(1, 40))..]];
            case 5:
                return [.. input[..line.Start.Value], .. input[line.End.Value..]];
            case 6:
                return [.. input[..line.Start.Value], .. Repeat(input[line], random.Next(1, 30)), .. input[line.Start.Value..]];
            case 7:
                var from = LineAt(input, random.Next(input.Length + 1));
                return [.. input[..line.Start.Value], .. input[from], .. input[line.Start.Value..]];
            case 8:
                var digits = input.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9') is var first and >= 0 ? at + first : at;
                var end = input.AsSpan(digits).IndexOfAnyExceptInRange((byte)'0', (byte)'9') is var length and >= 0 ? digits + length : input.Length;
                return [.. input[..digits], .. Encoding.ASCII.GetBytes(random.Pick(Numbers)), .. input[end..]];
            case 9:
                var (open, close) = random.Pick([("[", "]"), ("{\"a\":", "}"), ("<b>", "</b>"), ("(", ")"), ("> ", "")]);
                var depth = random.Next(1, 100);
                return [.. input[..line.Start.Value], .. Repeat(Encoding.ASCII.GetBytes(open), depth), .. input[line], .. Repeat(Encoding.ASCII.GetBytes(close), depth), .. input[line.End.Value..]];
            case 10:
                return [.. input[..at], .. Repeat(random.Pick(Plants), random.Next(2, 300)), .. input[at..]];
            default:
                return random.Chance(0.5) ? [.. input.SelectMany(b => b == '\n' ? "\r\n"u8.ToArray() : [b])] : input[..at];
        }
    }

    private static Range LineAt(byte[] input, int at)
    {
        var start = input.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        return start..(input.AsSpan(at).IndexOf((byte)'\n') is var end and >= 0 ? at + end + 1 : input.Length);
    }

    private static IEnumerable<byte> Repeat(byte[] bytes, int times) => Enumerable.Repeat(bytes, times).SelectMany(b => b);
}
