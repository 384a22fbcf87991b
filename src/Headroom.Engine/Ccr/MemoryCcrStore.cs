using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Headroom.Engine.Ccr;

/// <summary>Keeps everything in the process; nothing touches the disk.</summary>
/// <param name="workspace">The name that goes into every hash.</param>
/// <param name="time">The clock behind times of use; null takes the system's.</param>
#pragma warning disable CS9113 // Read once expiry is there.
public sealed class MemoryCcrStore(string workspace = "default", TimeProvider? time = null) : ICcrStore
{
    private readonly CcrHash _hash = new(RandomNumberGenerator.GetBytes(CcrHash.KeyBytes), workspace);
    private readonly ConcurrentDictionary<string, byte[]> _originals = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<PinKey, Pin> _pins = new();

    /// <inheritdoc/>
    public string HashOf(ReadOnlySpan<byte> original) => _hash.Of(original);

    /// <inheritdoc/>
    public ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var hash = HashOf(original.Span);
        _originals.TryAdd(hash, original.ToArray());
        return ValueTask.FromResult(hash);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_originals.GetValueOrDefault(hash)?.ToArray());

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
        _hash.Check(proposals);
        cancellationToken.ThrowIfCancellationRequested();
        var inForce = new Pin[proposals.Count];
        for (var i = 0; i < inForce.Length; i++)
        {
            var (pin, original) = proposals[i];
            if (_pins.TryGetValue(pin.Key, out var earlier))
            {
                inForce[i] = earlier;
                continue;
            }

            if (pin.Hash is { } hash)
            {
                // Before the pin, so that nobody can see a pin whose original is not there yet.
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
    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<CcrEntry> ListAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
