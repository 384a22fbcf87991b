using System.Globalization;

namespace Headroom.Engine.Tokens;

/// <summary>Counts for a model whose own tokenizer is not public with that of another, times a factor in percent.</summary>
internal sealed class BorrowedCounter(ITokenCounter lender, CountAccuracy accuracy, int percent) : ITokenCounter
{
    /// <inheritdoc/>
    public string Name { get; } = percent == 100 ? lender.Name : string.Create(CultureInfo.InvariantCulture, $"{lender.Name} x {percent / 100m:0.00}");

    /// <inheritdoc/>
    public CountAccuracy Accuracy => accuracy;

    /// <inheritdoc/>
    public int Count(ReadOnlySpan<byte> utf8) => (int)Math.Min(((lender.Count(utf8) * (long)percent) + 50) / 100, int.MaxValue);
}
