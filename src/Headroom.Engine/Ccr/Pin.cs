namespace Headroom.Engine.Ccr;

/// <summary>A decision about one block, made once and replayed byte for byte ever after.</summary>
public sealed record Pin
{
    /// <summary>The block and the class of use that it was decided for.</summary>
    public required PinKey Key { get; init; }

    /// <summary>The bytes to send in place of the original; null when the original is to be left as it is.</summary>
    public byte[]? Replacement { get; init; }

    /// <summary>The stored original's hash; null when nothing was replaced.</summary>
    public string? Hash { get; init; }

    /// <summary>The reason code of the decision.</summary>
    public required string Reason { get; init; }

    /// <summary>The form that was used; <c>none</c> when nothing was replaced.</summary>
    public string Strategy { get; init; } = "none";

    /// <summary>Estimated tokens of the original.</summary>
    public int TokensBefore { get; init; }

    /// <summary>Estimated tokens of what is sent.</summary>
    public int TokensAfter { get; init; }
}

/// <summary>A decision on its way into the store, with the original it was made for.</summary>
/// <param name="Pin">The decision.</param>
/// <param name="Original">The block's original bytes; stored under <see cref="Ccr.Pin.Hash"/> when that is not null.</param>
public sealed record PinProposal(Pin Pin, ReadOnlyMemory<byte> Original)
{
    /// <summary>True when an earlier pin under the key gives way, as what a key stands for may happen again. Only for pins without an original.</summary>
    public bool Replaces { get; init; }

    /// <summary>True when an earlier pin under the key is not what is to be there.</summary>
    internal bool IsToReplace(Pin earlier) => Replaces && !earlier.Replacement.AsSpan().SequenceEqual(Pin.Replacement);
}
