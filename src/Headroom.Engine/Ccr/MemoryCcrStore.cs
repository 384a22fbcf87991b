using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Headroom.Engine.Ccr;

/// <summary>Keeps everything in the process; nothing touches the disk.</summary>
public sealed class MemoryCcrStore : ICcrStore
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, byte[]> _originals = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<PinKey, Pin> _pins = new();

    /// <inheritdoc/>
    public string HashOf(ReadOnlySpan<byte> original)
    {
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, original, digest);
        return Convert.ToHexStringLower(digest[..(Marker.HashLength / 2)]);
    }

    /// <inheritdoc/>
    public ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken)
    {
        var hash = HashOf(original.Span);
        _originals.TryAdd(hash, original.ToArray());
        return ValueTask.FromResult(hash);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_originals.GetValueOrDefault(hash));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(
        IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var found = new Dictionary<PinKey, Pin>();
        foreach (var key in keys)
        {
            if (_pins.TryGetValue(key, out var pin))
            {
                found[key] = pin;
            }
        }

        return ValueTask.FromResult<IReadOnlyDictionary<PinKey, Pin>>(found);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(proposals);
        var inForce = new Pin[proposals.Count];
        for (var i = 0; i < inForce.Length; i++)
        {
            var (pin, original) = proposals[i];
            if (pin.Hash is { } hash)
            {
                _originals.TryAdd(hash, original.ToArray());
            }

            inForce[i] = _pins.GetOrAdd(pin.Key, pin);
        }

        return ValueTask.FromResult<IReadOnlyList<Pin>>(inForce);
    }

    /// <inheritdoc/>
    public ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(new CcrStatistics(_originals.Count, _originals.Values.Sum(o => (long)o.Length), _pins.Count));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
