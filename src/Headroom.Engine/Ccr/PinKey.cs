using System.Security.Cryptography;

namespace Headroom.Engine.Ccr;

/// <summary>Names a decision: SHA-256 over the block's original bytes and the class of use it was decided for.</summary>
/// <param name="Hex">64 lower-case hex digits.</param>
public readonly record struct PinKey(string Hex)
{
    /// <summary>The key for a block.</summary>
    /// <param name="original">The block's decoded bytes, exactly as the client sent them.</param>
    /// <param name="useClass">
    /// What besides the bytes the decision may depend on: the tool class, and whether a view could be used.
    /// </param>
    public static PinKey Of(ReadOnlySpan<byte> original, string useClass)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(System.Text.Encoding.UTF8.GetBytes(useClass));
        sha.AppendData([0]);
        sha.AppendData(original);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        sha.GetHashAndReset(digest);
        return new PinKey(Convert.ToHexStringLower(digest));
    }

    /// <inheritdoc/>
    public override string ToString() => Hex;
}
