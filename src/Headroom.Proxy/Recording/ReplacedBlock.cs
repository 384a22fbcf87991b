using Headroom.Engine.Ccr;

namespace Headroom.Proxy.Recording;

/// <summary>The tokens of a block before and after.</summary>
internal readonly record struct BlockTokens(int Before, int After);

/// <summary>A block of a request that was sent as something else.</summary>
internal sealed record ReplacedBlock
{
    /// <summary>Names the decision.</summary>
    public required PinKey Key { get; init; }

    /// <summary>True when the decision was made by an earlier request.</summary>
    public bool IsReplay { get; init; }

    /// <summary>True when a client's cache mark stands behind it.</summary>
    public bool IsBeforeCacheMark { get; init; }

    /// <summary>What was estimated when it was decided.</summary>
    public required BlockTokens Estimate { get; init; }

    /// <summary>The exact count, when an earlier request had it counted; the texts are empty then.</summary>
    public BlockTokens? Counted { get; init; }

    /// <summary>The original as a JSON string.</summary>
    public ReadOnlyMemory<byte> Quoted { get; init; }

    /// <summary>What was sent.</summary>
    public ReadOnlyMemory<byte> Replacement { get; init; }
}
