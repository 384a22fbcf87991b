using Headroom.Engine.Ccr;

namespace Headroom.Proxy.Tests;

/// <summary>A store that can be broken.</summary>
internal sealed class FailingStore : ICcrStore
{
    private readonly MemoryCcrStore _inner = new();

    /// <summary>What every call throws; null while it works.</summary>
    public Exception? Failure { get; set; }

    public bool IsBroken
    {
        set => Failure = value ? new InvalidOperationException("the store is broken") : null;
    }

    private MemoryCcrStore Inner => Failure is { } failure ? throw failure : _inner;

    public string HashOf(ReadOnlySpan<byte> original) => Inner.HashOf(original);

    public ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken) => Inner.PutAsync(original, cancellationToken);

    public ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken) => Inner.GetAsync(hash, cancellationToken);

    public ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken) =>
        Inner.FindPinsAsync(keys, cancellationToken);

    public ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken) =>
        Inner.PinAsync(proposals, cancellationToken);

    public ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken) => Inner.StatisticsAsync(cancellationToken);

    public ValueTask OpenAsync(CancellationToken cancellationToken) => Inner.OpenAsync(cancellationToken);

    public ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) => Inner.HasExpiredAsync(hash, cancellationToken);

    public IAsyncEnumerable<CcrEntry> ListAsync(CancellationToken cancellationToken) => Inner.ListAsync(cancellationToken);

    public ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken) => Inner.SweepAsync(retention, cancellationToken);

    public ValueTask<CcrRemoval> RemoveAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellationToken) => Inner.RemoveAsync(hashes, cancellationToken);

    public ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken) => Inner.ClearAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
