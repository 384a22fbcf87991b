using System.Security.Cryptography;
using System.Text;

namespace Headroom.Engine.Ccr;

/// <summary>
/// Makes the hashes of one store and workspace: the first 96 bits of HMAC-SHA-256 (RFC 2104) over the workspace's name, a zero
/// byte and the original. Without the store's key nobody can tell from content seen elsewhere what its hash would be here.
/// </summary>
internal sealed class CcrHash
{
    public const int KeyBytes = 32;
    private const int HashBytes = Marker.HashLength / 2;

    private readonly byte[] _key;
    private readonly byte[] _prefix;

    public CcrHash(byte[] key, string workspace)
    {
        CheckWorkspace(workspace);
        _key = key;
        _prefix = [.. Encoding.UTF8.GetBytes(workspace), 0];
    }

    /// <exception cref="ArgumentException">The name is empty or holds the character that ends it.</exception>
    public static void CheckWorkspace(string workspace)
    {
        ArgumentException.ThrowIfNullOrEmpty(workspace);
        if (workspace.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A workspace name cannot hold a zero character.", nameof(workspace));
        }
    }

    public string Of(ReadOnlySpan<byte> original)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hmac.AppendData(_prefix);
        hmac.AppendData(original);
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        hmac.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest[..HashBytes]);
    }

    /// <summary>Sees to it that each pin names its own original, so that no marker can lead to other bytes or to none.</summary>
    /// <exception cref="ArgumentException">A pin's hash is not the hash of its original.</exception>
    public void Check(IReadOnlyList<PinProposal> proposals)
    {
        ArgumentNullException.ThrowIfNull(proposals);
        foreach (var (pin, original) in proposals)
        {
            if (pin.Hash is { } hash && !string.Equals(hash, Of(original.Span), StringComparison.Ordinal))
            {
                throw new ArgumentException($"The pin {pin.Key} carries a hash that is not its original's.", nameof(proposals));
            }
        }
    }
}
