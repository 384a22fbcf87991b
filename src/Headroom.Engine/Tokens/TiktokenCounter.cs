using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Headroom.Engine.Tokens;

/// <summary>
/// Counts with the vocabulary of a tiktoken encoding. The vocabulary (some tens of megabytes, some hundreds of milliseconds) is loaded by
/// the first count, never before.
/// </summary>
internal sealed class TiktokenCounter(string name, Regex pieces) : ITokenCounter
{
    // Merging is quadratic in the length of a piece. No natural text has a piece this long; "aaaa..." has, and a megabyte of it would take minutes.
    private const int MaxPieceLength = 1024;

    private readonly Lazy<TiktokenTokenizer> _tokenizer = new(() => TiktokenTokenizer.CreateForEncoding(name));

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
        var buffer = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(utf8.Length));
        try
        {
            return Count(buffer.AsSpan(0, Encoding.UTF8.GetChars(utf8, buffer)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    private int Count(ReadOnlySpan<char> text)
    {
        // The pieces are found here and not by the tokenizer, because its own pre-tokenizer takes "<|endoftext|>" for the special token.
        var tokenizer = _tokenizer.Value;
        var count = 0;
        foreach (var match in pieces.EnumerateMatches(text))
        {
            var piece = text.Slice(match.Index, match.Length);
            while (piece.Length > MaxPieceLength)
            {
                var length = char.IsHighSurrogate(piece[MaxPieceLength - 1]) ? MaxPieceLength - 1 : MaxPieceLength;
                count += tokenizer.CountTokens(piece[..length], considerPreTokenization: false);
                piece = piece[length..];
            }

            count += tokenizer.CountTokens(piece, considerPreTokenization: false);
        }

        return count;
    }
}
