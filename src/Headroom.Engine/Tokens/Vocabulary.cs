using System.Buffers;
using System.IO.Compression;
using System.IO.Hashing;
using System.Reflection;
using System.Text;

namespace Headroom.Engine.Tokens;

/// <summary>
/// The tokens of a tiktoken encoding by rank, and how many of them a piece of text takes: of all neighbours the pair of the lowest rank is joined, the
/// leftmost of equal ones, until none is a token (source: openai/tiktoken, <c>lib.rs</c>). Takes n log n steps for n bytes.
/// </summary>
internal sealed class Vocabulary
{
    private const int NoRank = int.MaxValue;

    // Below this many bytes it is faster to look at every pair than to keep them in order.
    private const int ShortPiece = 64;

    private readonly byte[] _tokens;
    private readonly int[] _ends;
    private readonly int[] _slots;

    private Vocabulary(byte[] tokens, int[] ends)
    {
        _tokens = tokens;
        _ends = ends;
        _slots = new int[1 << (33 - int.LeadingZeroCount(ends.Length))];
        Array.Fill(_slots, NoRank);
        for (var rank = 0; rank < ends.Length; rank++)
        {
            var slot = SlotOf(Token(rank));
            while (_slots[slot] != NoRank)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            _slots[slot] = rank;
        }
    }

    /// <summary>Reads the vocabulary that comes with the package <c>Microsoft.ML.Tokenizers.Data</c> of the encoding.</summary>
    /// <param name="encoding"><c>o200k_base</c> or <c>cl100k_base</c>.</param>
    public static Vocabulary Load(string encoding)
    {
        var package = encoding == "o200k_base" ? "O200kBase" : "Cl100kBase";
        using var resource = Assembly.Load("Microsoft.ML.Tokenizers.Data." + package).GetManifestResourceStream(encoding + ".tiktoken.deflate")!;
        using var reader = new StreamReader(new DeflateStream(resource, CompressionMode.Decompress), Encoding.ASCII, false, 1 << 16);
        var tokens = new ArrayBufferWriter<byte>(1 << 21);
        var ends = new List<int>(1 << 18);
        while (reader.ReadLine() is { } line)
        {
            // One token a line, in the order of their ranks.
            if (!line.StartsWith("Capacity: ", StringComparison.Ordinal))
            {
                _ = Convert.TryFromBase64String(line, tokens.GetSpan(line.Length), out var length);
                tokens.Advance(length);
                ends.Add(tokens.WrittenCount);
            }
        }

        return new Vocabulary(tokens.WrittenSpan.ToArray(), [.. ends]);
    }

    /// <summary>The number of tokens of one piece; 0 for none.</summary>
    public int Count(ReadOnlySpan<byte> piece) =>
        piece.Length == 0 ? 0
        : piece.Length == 1 || Rank(piece) != NoRank ? 1
        : piece.Length <= ShortPiece ? CountShort(piece)
        : CountLong(piece);

    private ReadOnlySpan<byte> Token(int rank)
    {
        var start = rank == 0 ? 0 : _ends[rank - 1];
        return _tokens.AsSpan(start, _ends[rank] - start);
    }

    private int SlotOf(ReadOnlySpan<byte> token) => (int)XxHash3.HashToUInt64(token) & (_slots.Length - 1);

    private int Rank(ReadOnlySpan<byte> text)
    {
        for (var slot = SlotOf(text); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var rank = _slots[slot];
            if (rank == NoRank || Token(rank).SequenceEqual(text))
            {
                return rank;
            }
        }
    }

    private int CountShort(ReadOnlySpan<byte> piece)
    {
        // A part ends where the next begins; its rank is that of itself joined with the next.
        Span<int> starts = stackalloc int[ShortPiece + 1];
        Span<int> ranks = stackalloc int[ShortPiece];
        var count = piece.Length;
        for (var i = 0; i <= count; i++)
        {
            starts[i] = i;
        }

        for (var i = 0; i < count; i++)
        {
            ranks[i] = i + 1 < count ? Rank(piece.Slice(i, 2)) : NoRank;
        }

        while (true)
        {
            var best = 0;
            for (var i = 1; i < count; i++)
            {
                best = ranks[i] < ranks[best] ? i : best;
            }

            if (ranks[best] == NoRank)
            {
                return count;
            }

            starts[(best + 2)..(count + 1)].CopyTo(starts[(best + 1)..]);
            ranks[(best + 2)..count].CopyTo(ranks[(best + 1)..]);
            count--;
            ranks[best] = best + 1 < count ? Rank(piece[starts[best]..starts[best + 2]]) : NoRank;
            if (best > 0)
            {
                ranks[best - 1] = Rank(piece[starts[best - 1]..starts[best + 1]]);
            }
        }
    }

    private int CountLong(ReadOnlySpan<byte> piece)
    {
        // As above, but the parts are linked, and the pairs wait in a heap; one that has changed since is recognised by its rank.
        var next = ArrayPool<int>.Shared.Rent(piece.Length);
        var previous = ArrayPool<int>.Shared.Rent(piece.Length);
        var ranks = ArrayPool<int>.Shared.Rent(piece.Length);
        try
        {
            var waiting = 0;
            for (var i = 0; i < piece.Length; i++)
            {
                next[i] = i + 1;
                previous[i] = i - 1;
                ranks[i] = i + 1 < piece.Length ? Rank(piece.Slice(i, 2)) : NoRank;
                waiting += ranks[i] != NoRank ? 1 : 0;
            }

            var pairs = new PairHeap(waiting);
            for (var i = 0; i < piece.Length; i++)
            {
                if (ranks[i] != NoRank)
                {
                    pairs.Add(ranks[i], i);
                }
            }

            var count = piece.Length;
            while (pairs.TryTake(out var rank, out var at))
            {
                if (rank != ranks[at])
                {
                    continue;
                }

                var joined = next[at];
                next[at] = next[joined];
                ranks[joined] = NoRank;
                count--;
                if (next[at] < piece.Length)
                {
                    previous[next[at]] = at;
                }

                Update(piece, at);
                if (previous[at] >= 0)
                {
                    Update(piece, previous[at]);
                }
            }

            return count;

            void Update(ReadOnlySpan<byte> piece, int at)
            {
                ranks[at] = next[at] < piece.Length ? Rank(piece[at..next[next[at]]]) : NoRank;
                if (ranks[at] != NoRank)
                {
                    pairs.Add(ranks[at], at);
                }
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(next);
            ArrayPool<int>.Shared.Return(previous);
            ArrayPool<int>.Shared.Return(ranks);
        }
    }
}
