using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Headroom.Engine.Ccr;
using StackExchange.Redis;

namespace Headroom.Redis;

/// <summary>
/// Keeps originals and pins on a Redis server (6.2 or later), which any number of processes on any machines may share. What is acknowledged is as durable
/// as that server. While it cannot be reached, pins that this process has seen are still found.
/// </summary>
public sealed class RedisCcrStore : ICcrStore
{
    // The same bound as the file's: what is pinned has been compressed.
    private const long PinCacheBytes = 32L << 20;

    // Some milliseconds of the server's one thread.
    private const int SweepBatch = 200;
    private const int ListPage = 500;

    // Clocks drift apart, and some are set.
    private static readonly TimeSpan MostClockAge = TimeSpan.FromMinutes(1);

    // Later than any time of use and still a whole number to a script.
    private const long EndOfTime = 1L << 52;

    private readonly RedisConnection _connection;
    private readonly string _workspace;
    private readonly RedisKey[] _state;
    private readonly TimeProvider _time;
    private volatile Opened? _opened;
    private volatile ServerClock? _clock;

    /// <summary>Names a store; connects to nothing.</summary>
    /// <param name="server"><c>redis://[user:password@]host[:port][/database]</c>, or <c>rediss://</c> for TLS.</param>
    /// <param name="workspace">Originals and pins of other workspaces on the same server are out of reach.</param>
    /// <param name="time">The clock behind times of use; null takes the system's.</param>
    /// <exception cref="ArgumentException">The address or the name is none.</exception>
    public RedisCcrStore(Uri server, string workspace = "default", TimeProvider? time = null)
        : this(server, workspace, time ?? TimeProvider.System, null)
    {
    }

    internal RedisCcrStore(Uri server, string workspace, TimeProvider time, TimeSpan? timeout)
    {
        CcrHash.CheckWorkspace(workspace);
        _connection = timeout is { } patience ? new RedisConnection(server, time) { Timeout = patience, ConnectTimeout = patience } : new RedisConnection(server, time);
        _workspace = workspace;
        _state = [WorkspaceKeys.Of(workspace, "state")];
        _time = time;
    }

    /// <summary>The server's; null before the first answer.</summary>
    internal ServerClock? Clock
    {
        get => _clock;
        set => _clock = value;
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public string HashOf(ReadOnlySpan<byte> original) =>
        (_opened ?? OpenedAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult()).Hash.Of(original);

    /// <inheritdoc/>
    public async ValueTask OpenAsync(CancellationToken cancellationToken) =>
        await ReopenAsync(cancellationToken, RedisConnection.StartTimeout).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask CheckAsync(CancellationToken cancellationToken) =>
        await RunAsync(CcrScripts.Check, _ => [Now], cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken)
    {
        var (opened, used) = await RunAsync(CcrScripts.Use, o => [Now, o.Hash.Of(original.Span)], cancellationToken).ConfigureAwait(false);
        if ((long)used[1] == 0)
        {
            var stored = StoredOriginal.Encode(original.Span);
            (opened, _) = await RunAsync(
                CcrScripts.Put, o => [Now, o.Hash.Of(original.Span), (int)stored.Encoding, stored.Length, stored.Body], cancellationToken).ConfigureAwait(false);
        }

        return opened.Hash.Of(original.Span);
    }

    /// <inheritdoc/>
    /// <exception cref="CcrStoreException">The stored bytes are damaged: they no longer have this hash.</exception>
    public async ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken)
    {
        if (!Marker.IsHash(hash))
        {
            return null;
        }

        var (opened, reply) = await RunAsync(CcrScripts.Get, _ => [Now, SqliteCcrStore.NoteInterval, hash], cancellationToken).ConfigureAwait(false);
        if (reply[3].IsNull)
        {
            return null;
        }

        var original = new StoredOriginal((OriginalEncoding)(int)reply[1], (long)reply[2], (byte[])reply[3]!).Decode();
        return original is not null && string.Equals(opened.Hash.Of(original), hash, StringComparison.Ordinal)
            ? original
            : throw new CcrStoreException($"The store {_connection.Name} is damaged: the original {hash} is not as it was stored.");
    }

    /// <inheritdoc/>
    public async ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) =>
        Marker.IsHash(hash) && (long)(await RunAsync(CcrScripts.HasExpired, _ => [hash], cancellationToken).ConfigureAwait(false)).Reply[1] == 1;

    /// <inheritdoc/>
    /// <remarks>While the server does not answer, those that this process knows are given, so that what was sent before is sent again.</remarks>
    public async ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(
        IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        cancellationToken.ThrowIfCancellationRequested();
        if (keys.Count == 0)
        {
            return new Dictionary<PinKey, Pin>();
        }

        try
        {
            while (true)
            {
                // 1. What is in memory need not be sent again; the server is asked anyway whether it still holds.
                var opened = await OpenedAsync(cancellationToken).ConfigureAwait(false);
                var (generation, now) = (opened.Generation, Now);
                var found = opened.Held(keys, now);
                PinKey[] unknown = [.. keys.Where(k => !found.ContainsKey(k))];

                // 2. That a pin was missing a moment ago says nothing: another process may have written it since.
                var reply = await TryRunAsync(
                    CcrScripts.FindPins, opened, [now, SqliteCcrStore.NoteInterval, .. unknown.Select(k => (RedisValue)k.Hex)], cancellationToken).ConfigureAwait(false);
                if (reply is null || opened.Generation != generation)
                {
                    // Pins were removed since those in memory were read. Then there are none in memory, so this ends.
                    continue;
                }

                for (var i = 0; i < unknown.Length; i++)
                {
                    if (!reply[i + 1].IsNull && PinRecord.Decode(unknown[i], (byte[])reply[i + 1]!) is { } pin)
                    {
                        found[unknown[i]] = pin;
                        opened.Pins.Add(pin, now, generation);
                    }
                }

                return found;
            }
        }
        catch (CcrStoreException) when (_opened?.Held(keys, now: 0) is { Count: > 0 } held)
        {
            // However long ago they were read.
            return held;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Pin>> PinAsync(IReadOnlyList<PinProposal> proposals, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(proposals);
        cancellationToken.ThrowIfCancellationRequested();
        if (proposals.Count == 0)
        {
            return [];
        }

        var opened = await OpenedAsync(cancellationToken).ConfigureAwait(false);
        opened.Hash.Check(proposals);
        var now = Now;
        var arguments = new List<RedisValue>(2 + (7 * proposals.Count)) { now, SqliteCcrStore.NoteInterval };
        foreach (var proposal in proposals)
        {
            var (pin, original) = proposal;
            var stored = pin.Hash is null ? null : StoredOriginal.Encode(original.Span);
            arguments.AddRange(
                [pin.Key.Hex, PinRecord.Encode(pin), (int)(stored?.Encoding ?? 0), stored?.Length ?? 0, stored?.Body ?? [], pin.Hash ?? "", proposal.Replaces ? 1 : 0]);
        }

        var reply = await TryPinAsync(opened, arguments, cancellationToken).ConfigureAwait(false)
            ?? throw new CcrStoreException($"The store {_connection.Name} was emptied or exchanged: hashes of its earlier key are void.");
        var inForce = new Pin[proposals.Count];
        for (var i = 0; i < inForce.Length; i++)
        {
            var proposed = proposals[i].Pin;
            inForce[i] = reply[i + 1].IsNull ? proposed
                : PinRecord.Decode(proposed.Key, (byte[])reply[i + 1]!)
                ?? throw new CcrStoreException($"The store {_connection.Name} has a pin that this version cannot read.");
            opened.Pins.Add(inForce[i], now, (long)reply[0]);
        }

        return inForce;
    }

    /// <inheritdoc/>
    public async ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken)
    {
        var (_, reply) = await RunAsync(CcrScripts.Statistics, _ => [], cancellationToken).ConfigureAwait(false);
        return new CcrStatistics((long)reply[1], (long)reply[2], (long)reply[3])
        {
            StoredBytes = (long)reply[4],
            Expired = (long)reply[5],
            Oldest = TimeOf(reply[6]),
            LeastRecentlyUsed = TimeOf(reply[7]),
        };
    }

    /// <inheritdoc/>
    /// <remarks>Read in pages, so that no other call waits; what is used meanwhile may be given twice or left out.</remarks>
    public async IAsyncEnumerable<CcrEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int Fields = 5;
        var (latest, given) = (EndOfTime, 0);
        while (true)
        {
            var (_, reply) = await RunAsync(CcrScripts.List, _ => [latest, given, ListPage], cancellationToken).ConfigureAwait(false);
            if (reply.Length == 1)
            {
                yield break;
            }

            for (var i = 1; i < reply.Length; i += Fields)
            {
                var used = (long)reply[i + 4];
                (latest, given) = (used, used == latest ? given + 1 : 1);
                yield return new CcrEntry((string)reply[i]!, (long)reply[i + 1], (long)reply[i + 2], TimeOf(reply[i + 3])!.Value, TimeOf(reply[i + 4])!.Value);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(retention);

        // A use may have been later than its note.
        var removable = Now - (long)CcrRetention.Grace.TotalMilliseconds - SqliteCcrStore.UseResolution;
        var tooOld = Math.Min(Now - (long)retention.MaxAge.TotalMilliseconds - SqliteCcrStore.UseResolution, removable);
        return RemoveAsync(tooOld, removable, retention.MaxBytes, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<CcrRemoval> RemoveAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        var all = new CcrRemoval(0, 0, 0);
        var missing = new List<string>();
        foreach (var chunk in hashes.Distinct(StringComparer.Ordinal).Chunk(SweepBatch))
        {
            var (_, reply) = await RunAsync(
                CcrScripts.Remove, _ => [Now, CcrRetention.MostExpired, .. chunk.Select(hash => (RedisValue)hash)], cancellationToken).ConfigureAwait(false);
            all = new CcrRemoval(all.Originals + (long)reply[1], all.StoredBytes + (long)reply[2], all.Pins + (long)reply[3]);
            missing.AddRange((string[])reply[4]!);
        }

        return all with { Missing = missing };
    }

    /// <inheritdoc/>
    public ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken) => RemoveAsync(EndOfTime, EndOfTime, 0, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static DateTimeOffset? TimeOf(RedisResult milliseconds) =>
        milliseconds.IsNull ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)double.Parse((string)milliseconds!, CultureInfo.InvariantCulture));

    private async ValueTask<CcrRemoval> RemoveAsync(long tooOld, long removable, long maxBytes, CancellationToken cancellationToken)
    {
        var all = new CcrRemoval(0, 0, 0);
        while (true)
        {
            var (_, reply) = await RunAsync(
                CcrScripts.Sweep, _ => [Now, tooOld, removable, maxBytes, SweepBatch, CcrRetention.MostExpired], cancellationToken).ConfigureAwait(false);
            all = new CcrRemoval(all.Originals + (long)reply[1], all.StoredBytes + (long)reply[2], all.Pins + (long)reply[3]);
            if ((long)reply[4] == 0)
            {
                return all;
            }
        }
    }

    private async ValueTask<(Opened Opened, RedisResult[] Reply)> RunAsync(
        string script, Func<Opened, RedisValue[]> arguments, CancellationToken cancellationToken)
    {
        while (true)
        {
            var opened = await OpenedAsync(cancellationToken).ConfigureAwait(false);
            if (await TryRunAsync(script, opened, arguments(opened), cancellationToken).ConfigureAwait(false) is { } reply)
            {
                return (opened, reply);
            }
        }
    }

    /// <summary>
    /// Has proposals decided before this process gives up waiting, or not at all. A slow server would else come to it when their request has
    /// gone out without an answer, and from the next turn on the conversation would be another than the one that the provider has seen.
    /// </summary>
    private async ValueTask<RedisResult[]?> TryPinAsync(Opened opened, List<RedisValue> arguments, CancellationToken cancellationToken)
    {
        // The answer must come back within the rest.
        var patience = _connection.Timeout * 0.8;
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_clock is not { } clock || clock.Age > MostClockAge)
            {
                await ReopenAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            var latest = clock.Now + (long)patience.TotalMilliseconds;
            var reply = await TryRunAsync(CcrScripts.Pin, opened, [.. arguments, latest], cancellationToken).ConfigureAwait(false);
            if (reply is null or { Length: > 1 })
            {
                return reply;
            }

            if (Stopwatch.GetElapsedTime(started) >= patience)
            {
                throw new CcrStoreException($"The store {_connection.Name} is slow: it came to the decisions too late, and made none.");
            }

            // Its clock was set.
            await ReopenAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a script; null when the server's key is another one by now, so that the store must be opened again.</summary>
    private async ValueTask<RedisResult[]?> TryRunAsync(string script, Opened opened, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        var result = await _connection.RunAsync(script, _state, [opened.Key, .. arguments], cancellationToken).ConfigureAwait(false);
        if (result.IsNull)
        {
            Interlocked.CompareExchange(ref _opened, null, opened);
            return null;
        }

        var reply = (RedisResult[])result!;
        opened.Observe((long)reply[0]);
        return reply;
    }

    private ValueTask<Opened> OpenedAsync(CancellationToken cancellationToken) =>
        _opened is { } opened ? ValueTask.FromResult(opened) : ReopenAsync(cancellationToken);

    private async ValueTask<Opened> ReopenAsync(CancellationToken cancellationToken, TimeSpan? connectTimeout = null)
    {
        var reply = (RedisResult[])(await _connection.RunAsync(
            CcrScripts.Open, _state, [RandomNumberGenerator.GetBytes(CcrHash.KeyBytes)], cancellationToken, connectTimeout).ConfigureAwait(false))!;
        var key = (byte[])reply[0]!;
        _clock = new ServerClock((long)reply[2]);
        while (true)
        {
            var opened = _opened;
            if (opened is not null && opened.Key.AsSpan().SequenceEqual(key))
            {
                opened.Observe((long)reply[1]);
                return opened;
            }

            var fresh = new Opened(key, new CcrHash(key, _workspace), (long)reply[1]);
            if (Interlocked.CompareExchange(ref _opened, fresh, opened) == opened)
            {
                return fresh;
            }
        }
    }

    /// <summary>What holds as long as the server has the same key.</summary>
    private sealed class Opened(byte[] key, CcrHash hash, long generation)
    {
        private long _generation = generation;

        public byte[] Key => key;

        public CcrHash Hash => hash;

        public PinCache Pins { get; } = new(PinCacheBytes);

        /// <summary>The latest that the server has told.</summary>
        public long Generation => Interlocked.Read(ref _generation);

        public void Observe(long generation)
        {
            for (var seen = Generation; generation > seen; seen = Generation)
            {
                Interlocked.CompareExchange(ref _generation, generation, seen);
            }

            Pins.Observe(generation);
        }

        public Dictionary<PinKey, Pin> Held(IReadOnlyCollection<PinKey> keys, long now)
        {
            var held = new Dictionary<PinKey, Pin>(keys.Count);
            foreach (var key in keys)
            {
                if (Pins.TryGet(key, now, out var pin))
                {
                    held[key] = pin;
                }
            }

            return held;
        }
    }
}
