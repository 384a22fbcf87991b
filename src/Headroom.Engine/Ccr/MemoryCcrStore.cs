using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Headroom.Engine.Ccr;

/// <summary>Keeps everything in the process; nothing touches the disk.</summary>
/// <param name="workspace">The name that goes into every hash.</param>
/// <param name="time">The clock behind times of use; null takes the system's.</param>
public sealed class MemoryCcrStore(string workspace = "default", TimeProvider? time = null) : ICcrStore
{
    private readonly CcrHash _hash = new(RandomNumberGenerator.GetBytes(CcrHash.KeyBytes), workspace);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Original> _originals = new(StringComparer.Ordinal);
    private readonly Dictionary<PinKey, HeldPin> _pins = [];
    private readonly Dictionary<string, LinkedListNode<string>> _expired = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _expiredInOrder = new();
    private long _storedBytes;

    /// <inheritdoc/>
    public string HashOf(ReadOnlySpan<byte> original) => _hash.Of(original);

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var hash = HashOf(original.Span);
        lock (_gate)
        {
            if (_originals.TryGetValue(hash, out var known))
            {
                known.Used = _time.GetUtcNow();
                return ValueTask.FromResult(hash);
            }
        }

        var stored = StoredOriginal.Encode(original.Span);
        lock (_gate)
        {
            Keep(hash, stored, _time.GetUtcNow());
        }

        return ValueTask.FromResult(hash);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken)
    {
        Original? original;
        lock (_gate)
        {
            if (!_originals.TryGetValue(hash, out original))
            {
                return ValueTask.FromResult<byte[]?>(null);
            }

            original.Used = _time.GetUtcNow();
        }

        // The caller's own array, also where the original is kept as it came.
        var bytes = original.Stored.Decode();
        return ValueTask.FromResult(ReferenceEquals(bytes, original.Stored.Body) ? bytes.ToArray() : bytes);
    }

    /// <inheritdoc/>
    public ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(_expired.ContainsKey(hash));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(
        IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var found = new Dictionary<PinKey, Pin>();
        lock (_gate)
        {
            foreach (var key in keys)
            {
                if (_pins.TryGetValue(key, out var held))
                {
                    Use(held, _time.GetUtcNow());
                    found[key] = held.Pin;
                }
            }
        }

        return ValueTask.FromResult<IReadOnlyDictionary<PinKey, Pin>>(found);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken)
    {
        _hash.Check(proposals);
        cancellationToken.ThrowIfCancellationRequested();
        var originals = proposals.Select(p => p.Pin.Hash is null ? null : StoredOriginal.Encode(p.Original.Span)).ToArray();
        var inForce = new Pin[proposals.Count];
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            for (var i = 0; i < inForce.Length; i++)
            {
                var pin = proposals[i].Pin;
                if (_pins.TryGetValue(pin.Key, out var earlier) && proposals[i].IsToReplace(earlier.Pin))
                {
                    _pins.Remove(pin.Key);
                    _storedBytes -= SizeOf(earlier.Pin);
                }
                else if (earlier is not null)
                {
                    Use(earlier, now);
                    inForce[i] = earlier.Pin;
                    continue;
                }

                inForce[i] = pin;
                _pins.Add(pin.Key, new HeldPin(pin) { Used = now });
                _storedBytes += SizeOf(pin);
                if (pin.Hash is { } hash)
                {
                    Keep(hash, originals[i]!, now).Pins.Add(pin.Key);
                }
            }
        }

        return ValueTask.FromResult<IReadOnlyList<Pin>>(inForce);
    }

    /// <inheritdoc/>
    public ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var originals = _originals.Values;
            return ValueTask.FromResult(new CcrStatistics(originals.Count, originals.Sum(o => o.Stored.Length), _pins.Count)
            {
                StoredBytes = _storedBytes,
                Oldest = originals.Min(o => (DateTimeOffset?)o.Created),
                LeastRecentlyUsed = originals.Min(o => (DateTimeOffset?)o.Used),
                Expired = _expired.Count,
            });
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<CcrEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CcrEntry[] entries;
        lock (_gate)
        {
            entries =
            [
                .. from o in _originals
                   orderby o.Value.Used descending
                   select new CcrEntry(o.Key, o.Value.Stored.Length, o.Value.Stored.Body.Length, o.Value.Created, o.Value.Used),
            ];
        }

        foreach (var entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }

        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(retention);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            var byUse = _originals.Select(o => (Unused: now - o.Value.Used, Hash: (string?)o.Key, Key: default(PinKey)))
                .Concat(_pins.Where(p => p.Value.Pin.Hash is null).Select(p => (Unused: now - p.Value.Used, Hash: (string?)null, p.Key)))
                .Where(e => e.Unused > CcrRetention.Grace)
                .OrderByDescending(e => e.Unused);
            return ValueTask.FromResult(Counting(() =>
            {
                foreach (var (unused, hash, key) in byUse.ToArray())
                {
                    if (unused <= retention.MaxAge && _storedBytes <= retention.MaxBytes)
                    {
                        return;
                    }

                    if (hash is null)
                    {
                        RemovePin(key);
                    }
                    else
                    {
                        RemoveOriginal(hash);
                    }
                }
            }));
        }
    }

    /// <inheritdoc/>
    public ValueTask<CcrRemoval> RemoveAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var known = hashes.Distinct(StringComparer.Ordinal).ToLookup(_originals.ContainsKey);
            return ValueTask.FromResult(Counting(() =>
            {
                foreach (var hash in known[true])
                {
                    RemoveOriginal(hash);
                }
            }) with { Missing = [.. known[false]] });
        }
    }

    /// <inheritdoc/>
    public ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return ValueTask.FromResult(Counting(() =>
            {
                foreach (var hash in _originals.Keys.ToArray())
                {
                    RemoveOriginal(hash);
                }

                _pins.Clear();
                _storedBytes = 0;
            }));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static long SizeOf(Pin pin) => pin.Replacement?.Length ?? 0;

    private Original Keep(string hash, StoredOriginal stored, DateTimeOffset now)
    {
        if (_originals.TryGetValue(hash, out var known))
        {
            known.Used = now;
            return known;
        }

        if (_expired.Remove(hash, out var tombstone))
        {
            _expiredInOrder.Remove(tombstone);
        }

        var original = new Original(stored, now) { Used = now };
        _originals.Add(hash, original);
        _storedBytes += stored.Body.Length;
        return original;
    }

    private void Use(HeldPin held, DateTimeOffset now)
    {
        held.Used = now;
        if (held.Pin.Hash is { } hash)
        {
            _originals[hash].Used = now;
        }
    }

    private void RemoveOriginal(string hash)
    {
        _originals.Remove(hash, out var original);
        original!.Pins.ForEach(RemovePin);
        _storedBytes -= original.Stored.Body.Length;
        _expired.Add(hash, _expiredInOrder.AddLast(hash));
        if (_expired.Count > CcrRetention.MostExpired)
        {
            _expired.Remove(_expiredInOrder.First!.Value);
            _expiredInOrder.RemoveFirst();
        }
    }

    private void RemovePin(PinKey key)
    {
        _pins.Remove(key, out var held);
        _storedBytes -= SizeOf(held!.Pin);
    }

    private CcrRemoval Counting(Action remove)
    {
        var (originals, bytes, pins) = (_originals.Count, _storedBytes, _pins.Count);
        remove();
        return new CcrRemoval(originals - _originals.Count, bytes - _storedBytes, pins - _pins.Count);
    }

    private sealed class Original(StoredOriginal stored, DateTimeOffset created)
    {
        public StoredOriginal Stored { get; } = stored;

        public DateTimeOffset Created { get; } = created;

        public DateTimeOffset Used { get; set; }

        public List<PinKey> Pins { get; } = [];
    }

    private sealed class HeldPin(Pin pin)
    {
        public Pin Pin { get; } = pin;

        public DateTimeOffset Used { get; set; }
    }
}
