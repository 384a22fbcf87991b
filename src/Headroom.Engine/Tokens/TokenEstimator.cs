namespace Headroom.Engine.Tokens;

/// <summary>A fast estimate of o200k_base tokens that runs no tokenizer.</summary>
public sealed class TokenEstimator : ITokenCounter
{
    /// <summary>The only instance.</summary>
    public static TokenEstimator Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "estimate";

    /// <inheritdoc/>
    public CountAccuracy Accuracy => CountAccuracy.Estimated;

    /// <inheritdoc/>
    public int Count(ReadOnlySpan<byte> utf8) => (utf8.Length + 3) / 4;
}
