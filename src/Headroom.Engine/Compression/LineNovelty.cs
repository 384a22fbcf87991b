using System.Numerics;

namespace Headroom.Engine.Compression;

/// <summary>
/// How much a line differs from the others: the surprise of its words, <c>log(N/df)</c> as in inverse document frequency (Spärck Jones
/// 1972), of the three rarest and of all on average. Digits count as one digit, so numbers do not make a line rare. Frequencies
/// are kept in a table of fixed size by hash: a collision can only make a rare word look common.
/// </summary>
internal sealed class LineNovelty
{
    private const int Bits = 16;

    private readonly int[] _frequencies = new int[1 << Bits];
    private int _lines;

    /// <summary>Counts the words of a line.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        _lines++;
        var words = new Words(text);
        while (words.Next() is >= 0 and var word)
        {
            _frequencies[word]++;
        }
    }

    /// <summary>The surprise of a line that was added.</summary>
    public double Of(ReadOnlySpan<byte> text)
    {
        var (first, second, third, sum, count) = (0.0, 0.0, 0.0, 0.0, 0);
        var words = new Words(text);
        while (words.Next() is >= 0 and var word)
        {
            // The whole part is enough to rank by, and costs no logarithm.
            var surprise = (double)BitOperations.Log2((uint)(16L * _lines / Math.Max(1, _frequencies[word])) | 1);
            sum += surprise;
            count++;
            (first, second, third) = surprise > first ? (surprise, first, second)
                : surprise > second ? (first, surprise, second)
                : (first, second, Math.Max(third, surprise));
        }

        return count == 0 ? 0 : first + second + third + (sum / count);
    }

    private ref struct Words(ReadOnlySpan<byte> text)
    {
        private ReadOnlySpan<byte> _rest = text.Length > 400 ? text[..400] : text;

        public int Next()
        {
            var start = 0;
            while (start < _rest.Length && !IsWord(_rest[start]))
            {
                start++;
            }

            if (start == _rest.Length)
            {
                return -1;
            }

            var hash = 2166136261u;
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
            return (int)((hash * 2654435769u) >> (32 - Bits));
        }

        private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b >= 0x80;
    }
}
