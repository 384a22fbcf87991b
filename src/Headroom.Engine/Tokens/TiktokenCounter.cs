using System.Text;
using System.Text.Unicode;

namespace Headroom.Engine.Tokens;

/// <summary>
/// Counts with the vocabulary of a tiktoken encoding. The vocabulary (some tens of megabytes, some hundreds of milliseconds) is loaded by
/// the first count, never before.
/// </summary>
internal sealed class TiktokenCounter(string name, TiktokenCounter.Division division) : ITokenCounter
{
    // Merging a piece takes some forty bytes of memory a byte. No text has a piece this long but those that are made to.
    private const int MaxPieceLength = 1 << 21;

    private readonly Lazy<Vocabulary> _vocabulary = new(() => Vocabulary.Load(name));
    private readonly Lazy<PieceCounts> _known = new(() => new PieceCounts());

    /// <summary>Gives the end of the piece that begins at <paramref name="start"/>.</summary>
    public delegate int Division(ReadOnlySpan<byte> utf8, int start, out PieceKind kind);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public CountAccuracy Accuracy => CountAccuracy.Exact;

    /// <summary>True once the vocabulary is in memory.</summary>
    internal bool IsLoaded => _vocabulary.IsValueCreated;

    /// <summary>
    /// The number of tokens. A run of more than 2 MiB that the encoding's pattern does not divide is counted in slices of that length, which may
    /// be off by a few tokens a slice.
    /// </summary>
    /// <inheritdoc/>
    public int Count(ReadOnlySpan<byte> utf8)
    {
        var known = _known.Value;
        var count = 0;
        for (var (start, end) = (0, 0); start < utf8.Length; start = end)
        {
            end = division(utf8, start, out _);
            if (end - start == 1 && utf8[start] < 0x80)
            {
                // Every single byte is in the vocabulary.
                count++;
            }
            else if (end - start > PieceCounts.MaxLength)
            {
                count += CountPiece(utf8[start..end]);
            }
            else
            {
                var key = new PieceCounts.Key(utf8, start, end - start);
                var tokens = known.Find(key);
                if (tokens == 0)
                {
                    tokens = CountPiece(utf8[start..end]);
                    known.Add(key, tokens);
                }

                count += tokens;
            }
        }

        return count;
    }

    private int CountPiece(ReadOnlySpan<byte> utf8)
    {
        var piece = Utf8.IsValid(utf8) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));
        var count = 0;
        for (; piece.Length > MaxPieceLength; piece = piece[MaxPieceLength..])
        {
            count += _vocabulary.Value.Count(piece[..MaxPieceLength]);
        }

        return count + _vocabulary.Value.Count(piece);
    }
}
