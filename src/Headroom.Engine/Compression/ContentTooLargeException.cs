namespace Headroom.Engine.Compression;

/// <summary>A content would take more bytes than the limit allows; nothing of it was kept.</summary>
/// <param name="limit">The most bytes that were allowed.</param>
public sealed class ContentTooLargeException(int limit)
    : Exception(FormattableString.Invariant($"The content would take more than {limit:#,0} bytes."))
{
    /// <summary>The most bytes that were allowed.</summary>
    public int Limit { get; } = limit;
}
