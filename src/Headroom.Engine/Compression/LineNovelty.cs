using System.Numerics;

namespace Headroom.Engine.Compression;

/// <summary>
/// How much a line differs from the others: the surprise of its words, <c>log(N/df)</c> as in inverse document frequency (Spärck Jones
/// 1972), of the three rarest and of all on average. Digits count as one digit, so numbers do not make a line rare. Frequencies
/// are kept in a table by hash, whose size follows the number of lines up to a limit: a collision can only make a rare word look common.
/// </summary>
internal sealed class LineNovelty
{
    private const int MostBits = 16;

    // Room for so many words of each line that two seldom meet.
    private const int WordBits = 6;

    private readonly int _shift;
    private readonly int[] _frequencies;
    private int _lines;

    /// <summary>Begins with nothing counted.</summary>
    /// <param name="lines">How many lines there will be.</param>
    public LineNovelty(int lines)
    {
        var bits = Math.Min(MostBits, BitOperations.Log2((uint)lines | 1) + WordBits);
        _shift = 32 - bits;
        _frequencies = new int[1 << bits];
    }

    /// <summary>The lines from the most to the least surprising, equals in their order, each found when it is asked for.</summary>
    /// <param name="lines">Lines that were added.</param>
    /// <param name="text">What was added of one.</param>
    public PriorityQueue<int, ulong> Rank(int[] lines, Func<int, ReadOnlyMemory<byte>> text)
    {
        var ranked = new PriorityQueue<int, ulong>(lines.Length);
        ranked.EnqueueRange(lines.Select(line => (line, RankOf(line, Of(text(line).Span)))));
        return ranked;
    }

    /// <summary>Counts the words of a line.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        _lines++;
        var words = new Words(text);
        while (words.TryNext(out var hash))
        {
            _frequencies[hash >> _shift]++;
        }
    }

    private double Of(ReadOnlySpan<byte> text)
    {
        var (first, second, third, sum, count) = (0.0, 0.0, 0.0, 0.0, 0);
        var words = new Words(text);
        while (words.TryNext(out var hash))
        {
            // The whole part is enough to rank by, and costs no logarithm.
            var surprise = (double)BitOperations.Log2((uint)(16L * _lines / Math.Max(1, _frequencies[hash >> _shift])) | 1);
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

    private ref struct Words(ReadOnlySpan<byte> text)
    {
        private ReadOnlySpan<byte> _rest = text.Length > 400 ? text[..400] : text;

        public bool TryNext(out uint hash)
        {
            hash = 2166136261u;
            var start = 0;
            while (start < _rest.Length && !IsWord(_rest[start]))
            {
                start++;
            }

            if (start == _rest.Length)
            {
                return false;
            }

            var wasDigit = false;
            for (; start < _rest.Length && IsWord(_rest[start]); start++)
            {
                var isDigit = char.IsAsciiDigit((char)_rest[start]);
                if (!isDigit || !wasDigit)
                {
                    hash = (hash ^ (isDigit ? (byte)'0' : _rest[start])) * 16777619u;
                }

                wasDigit = isDigit;
            }

            _rest = _rest[start..];
            hash *= 2654435769u;
            return true;
        }

        private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b >= 0x80;
    }
}
