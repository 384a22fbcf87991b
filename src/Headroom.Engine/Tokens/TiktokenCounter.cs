using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Headroom.Engine.Tokens;

/// <summary>
/// Counts with the vocabulary of a tiktoken encoding. The vocabulary (some tens of megabytes, some hundreds of milliseconds) is loaded by
/// the first count, never before.
/// </summary>
internal sealed class TiktokenCounter(string name, TiktokenCounter.Division division) : ITokenCounter
{
    // Merging is quadratic in the length of a piece. No natural text has a piece this long; "aaaa..." has, and a megabyte of it would take minutes.
    private const int MaxPieceLength = 1024;

    private readonly Lazy<TiktokenTokenizer> _tokenizer = new(() => TiktokenTokenizer.CreateForEncoding(name));
    private readonly Lazy<PieceCounts> _known = new(() => new PieceCounts());

    /// <summary>Gives the end of the piece that begins at <paramref name="start"/>.</summary>
    public delegate int Division(ReadOnlySpan<byte> utf8, int start, out PieceKind kind);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public CountAccuracy Accuracy => CountAccuracy.Exact;

    /// <summary>True once the vocabulary is in memory.</summary>
    internal bool IsLoaded => _tokenizer.IsValueCreated;

    /// <summary>
    /// The number of tokens. A run of more than 1,024 UTF-16 units that the encoding's pattern does not divide is counted in slices of that
    /// length, which may be off by one token a slice.
    /// </summary>
    /// <inheritdoc/>
    public int Count(ReadOnlySpan<byte> utf8)
    {
        // The pieces are found here and not by the tokenizer, because its own pre-tokenizer takes "<|endoftext|>" for the special token.
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
        var buffer = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(utf8.Length));
        try
        {
            var tokenizer = _tokenizer.Value;
            ReadOnlySpan<char> piece = buffer.AsSpan(0, Encoding.UTF8.GetChars(utf8, buffer));
            var count = 0;
            while (piece.Length > MaxPieceLength)
            {
                var length = char.IsHighSurrogate(piece[MaxPieceLength - 1]) ? MaxPieceLength - 1 : MaxPieceLength;
                count += tokenizer.CountTokens(piece[..length], considerPreTokenization: false);
                piece = piece[length..];
            }

            return count + tokenizer.CountTokens(piece, considerPreTokenization: false);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }
}
