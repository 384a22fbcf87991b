using Headroom.Engine.Content;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression;

/// <summary>What became of one piece of content.</summary>
/// <param name="Output">The UTF-8 bytes to use; the very input when <paramref name="Rung"/> is <see cref="Rung.Original"/>.</param>
/// <param name="Kind">What the content was taken for.</param>
/// <param name="Strategy">The form that was used, for example <c>table</c> or <c>view</c>; <c>none</c> when nothing changed.</param>
/// <param name="Rung">How far up the ladder it went.</param>
/// <param name="Reason">Why it went there, or why it stayed.</param>
/// <param name="TokensBefore">Estimated tokens of the input.</param>
/// <param name="TokensAfter">Estimated tokens of the output, by the same estimator.</param>
public sealed record CompressionResult(
    ReadOnlyMemory<byte> Output,
    ContentKind Kind,
    string Strategy,
    Rung Rung,
    Reason Reason,
    int TokensBefore,
    int TokensAfter)
{
    /// <summary>The input as it is.</summary>
    /// <param name="input">The bytes that came in.</param>
    /// <param name="kind">What they were taken for.</param>
    /// <param name="reason">Why nothing was changed.</param>
    /// <param name="tokens">Estimated tokens of the input.</param>
    public static CompressionResult Keep(ReadOnlyMemory<byte> input, ContentKind kind, Reason reason, int tokens) =>
        new(input, kind, "none", Rung.Original, reason, tokens, tokens);

    /// <summary>
    /// The result with a counter's own numbers in place of the estimates; the input itself where by these numbers the output is not smaller.
    /// </summary>
    /// <param name="input">The bytes that came in.</param>
    /// <param name="counter">Has the last word on what is smaller.</param>
    public CompressionResult CountedBy(ReadOnlyMemory<byte> input, ITokenCounter counter)
    {
        ArgumentNullException.ThrowIfNull(counter);
        var before = counter.Count(input.Span);
        var after = Rung == Rung.Original ? before : counter.Count(Output.Span);
        return Rung != Rung.Original && after >= before
            ? Keep(input, Kind, Reason.NotSmaller, before)
            : this with { TokensBefore = before, TokensAfter = after };
    }
}
