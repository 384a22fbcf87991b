using System.Numerics;
using System.Runtime.InteropServices;

namespace Headroom.Engine.Compression;

/// <summary>
/// How much a line differs from the others: the surprise of its words, <c>log(N/df)</c> as in inverse document frequency (Spärck Jones
/// 1972), of the three rarest and of all on average. Digits count as one digit, so numbers do not make a line rare. Frequencies
/// are kept in a table by hash, whose size follows the number of lines up to a limit: a collision can only make a rare word look common.
/// </summary>
internal sealed class LineNovelty
{
    /// <summary>What of a line is looked at.</summary>
    public const int MostBytes = 400;

    private const int MostBits = 16;

    // Room for so many words of each line that two seldom meet.
    private const int WordBits = 6;

    private readonly int _shift;
    private readonly int[] _frequencies;

    // The words of all lines, one after the other, by their places in the table; and the lines that were added, with the end of theirs.
    private readonly List<ushort> _words = [];
    private readonly List<(int Line, int End)> _lines = [];

    /// <summary>Begins with nothing counted.</summary>
    /// <param name="lines">How many lines there will be.</param>
    public LineNovelty(int lines)
    {
        var bits = Math.Min(MostBits, BitOperations.Log2((uint)lines | 1) + WordBits);
        _shift = 32 - bits;
        _frequencies = new int[1 << bits];
    }

    /// <summary>Counts the words of a line.</summary>
    /// <param name="line">Its number.</param>
    /// <param name="text">Its text.</param>
    public void Add(int line, ReadOnlySpan<byte> text)
    {
        var words = new Words(text);
        while (words.TryNext(out var hash))
        {
            var word = hash >> _shift;
            _frequencies[word]++;
            _words.Add((ushort)word);
        }

        _lines.Add((line, _words.Count));
    }

    /// <summary>All lines from the most to the least surprising, equals by their numbers, each found when it is asked for.</summary>
    public PriorityQueue<int, ulong> Rank() => Rank(Enumerable.Range(0, _lines.Count));

    /// <summary>The same of some lines.</summary>
    /// <param name="added">Their places in the order in which they were added.</param>
    public PriorityQueue<int, ulong> Rank(IEnumerable<int> added)
    {
        var ranked = new PriorityQueue<int, ulong>();
        ranked.EnqueueRange(added.Select(place => (_lines[place].Line, RankOf(_lines[place].Line, Of(place)))));
        return ranked;
    }

    private double Of(int place)
    {
        var (first, second, third, sum, count) = (0.0, 0.0, 0.0, 0.0, 0);
        foreach (var word in CollectionsMarshal.AsSpan(_words)[(place == 0 ? 0 : _lines[place - 1].End).._lines[place].End])
        {
            // The whole part is enough to rank by, and costs no logarithm.
            var surprise = (double)BitOperations.Log2((uint)(16L * _lines.Count / Math.Max(1, _frequencies[word])) | 1);
            sum += surprise;
            count++;
            (first, second, third) = surprise > first ? (surprise, first, second)
                : surprise > second ? (first, surprise, second)
                : (first, second, Math.Max(third, surprise));
        }

        return count == 0 ? 0 : first + second + third + (sum / count);
    }

    // The bits of numbers that are not negative rise as the numbers do.
    private static ulong RankOf(int line, double surprise) => ((ulong)~BitConverter.SingleToUInt32Bits((float)surprise) << 32) | (uint)line;

    private const byte Other = 0;
    private const byte Letter = 1;
    private const byte Digit = 2;

    private static readonly byte[] Kinds = [.. Enumerable.Range(0, 256).Select(b => char.IsAsciiDigit((char)b) ? Digit : char.IsAsciiLetter((char)b) || b >= 0x80 ? Letter : Other)];

    private ref struct Words(ReadOnlySpan<byte> text)
    {
        private ReadOnlySpan<byte> _rest = text.Length > MostBytes ? text[..MostBytes] : text;

        public bool TryNext(out uint hash)
        {
            hash = 2166136261u;
            var start = 0;
            while (start < _rest.Length && Kinds[_rest[start]] == Other)
            {
                start++;
            }

            if (start == _rest.Length)
            {
                return false;
            }

            var before = Other;
            for (byte kind; start < _rest.Length && (kind = Kinds[_rest[start]]) != Other; start++)
            {
                if (kind != Digit || before != Digit)
                {
                    hash = (hash ^ (kind == Digit ? (byte)'0' : _rest[start])) * 16777619u;
                }

                before = kind;
            }

            _rest = _rest[start..];
            hash *= 2654435769u;
            return true;
        }
    }
}
