using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Retrieval;

/// <summary>A range of an original, and what stands before it when it is shown.</summary>
internal readonly record struct Piece(int Start, int End, string? Label = null)
{
    public int Length => End - Start;
}

/// <summary>What of an original is shown: ranges of it, verbatim, in a frame.</summary>
/// <param name="Source">The original.</param>
/// <param name="Items">The ranges.</param>
/// <param name="Frame">What holds them together.</param>
internal sealed record Pieces(ReadOnlyMemory<byte> Source, ArraySegment<Piece> Items, PieceFrame Frame)
{
    // Of text that is all white space or rules more bytes go into a token; these are cut earlier than they need be.
    private const int BytesPerToken = 8;

    /// <summary>Writes as many of them as fit, in order; of a first one that does not fit its beginning.</summary>
    /// <param name="mostTokens">By the estimator; <see cref="int.MaxValue"/> for all.</param>
    /// <param name="cancellationToken">Ends the work between ranges.</param>
    public ShownPieces Show(int mostTokens, CancellationToken cancellationToken)
    {
        var output = new ByteBuffer((int)Math.Min(Items.Sum(p => (long)p.Length), mostTokens * (long)BytesPerToken));
        output.Append(Frame.Head.Span);
        var left = mostTokens - (mostTokens == int.MaxValue ? 0 : TokenEstimator.Instance.Count(Frame.Head.Span));
        var bytes = 0L;
        var count = 0;
        foreach (var piece in Items)
        {
            if ((count & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var text = Source.Span[piece.Start..piece.End];
            var label = piece.Label is null ? [] : Encoding.UTF8.GetBytes(piece.Label);
            if (mostTokens != int.MaxValue)
            {
                var tokens = text.Length > left * (long)BytesPerToken
                    ? int.MaxValue
                    : TokenEstimator.Instance.Count(text) + TokenEstimator.Instance.Count(label) + (Frame.Separator.IsEmpty ? 0 : 1);
                if (tokens > left)
                {
                    if (count == 0)
                    {
                        text = text[..Fitting(text, Math.Max(left, 1))];
                        output.Truncate(0);
                        output.Append(text);
                        return new ShownPieces(output.Memory, 0, text.Length);
                    }

                    break;
                }

                left -= tokens;
            }

            output.Append(count == 0 ? [] : Frame.Separator.Span);
            output.Append(label);
            output.Append(text);
            bytes += text.Length;
            count++;
        }

        output.Append(Frame.Tail.Span);
        return new ShownPieces(output.Memory, count, bytes);
    }

    // Ends between two characters.
    private static int Fitting(ReadOnlySpan<byte> text, int mostTokens)
    {
        var length = (int)Math.Min(text.Length, mostTokens * (long)BytesPerToken);
        while (TokenEstimator.Instance.Count(text[..length]) is var tokens && tokens > mostTokens)
        {
            length = (int)(length * 0.98 * mostTokens / tokens);
        }

        while (length > 0 && length < text.Length && (text[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return length;
    }
}

/// <summary>What stands before, between and behind ranges.</summary>
internal sealed record PieceFrame(ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Separator, ReadOnlyMemory<byte> Tail)
{
    public static PieceFrame None { get; } = new(default, default, default);

    public static PieceFrame JsonArray { get; } = new("["u8.ToArray(), ","u8.ToArray(), "]"u8.ToArray());

    public static PieceFrame JsonObject { get; } = new("{"u8.ToArray(), ","u8.ToArray(), "}"u8.ToArray());

    public static PieceFrame Lines { get; } = new(default, "\n"u8.ToArray(), default);
}

/// <summary>Ranges as they are shown.</summary>
/// <param name="Content">All of it.</param>
/// <param name="Count">How many of the ranges are whole; 0 when there is only the beginning of the first.</param>
/// <param name="Bytes">The bytes of the original.</param>
internal readonly record struct ShownPieces(ReadOnlyMemory<byte> Content, int Count, long Bytes);
