using System.Globalization;
using System.Threading.Channels;
using Headroom.Engine.Accounting;
using Headroom.Engine.Ccr;
using StackExchange.Redis;

namespace Headroom.Redis;

/// <summary>
/// Sums up on a Redis server what all proxies of a workspace record there. A record is summed up here at once and sent behind the callers' backs; what could not
/// be sent is kept, as one set of sums whatever its number, and sent later. Sums carry a number of their own until the server has acknowledged
/// them, and the server remembers the last one of each sender: after a time-out they are sent again and count once.
/// </summary>
public sealed class RedisSavingsLedger : ISavingsLedger
{
    // A hash holds the sums by name and when counting began; beside it stands for each sender the number of what it sent last.
    private const string Since = "since";

    // ARGV: number of the batch, for how many seconds to remember it, now, names and numbers.
    private const string Push = $"""
        if tonumber(redis.call('GET', KEYS[2]) or 0) >= tonumber(ARGV[1]) then return 0 end
        redis.call('HSETNX', KEYS[1], '{Since}', ARGV[3])
        for i = 4, #ARGV, 2 do
          if string.sub(ARGV[i], -4) == '{SavingsSums.PeakSuffix}' then
            if tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or 0) < tonumber(ARGV[i + 1]) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
          else
            redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
          end
        end
        redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
        return 1
        """;

    private const string Read = """
        return {redis.call('GET', KEYS[2]) or '0', redis.call('HGETALL', KEYS[1])}
        """;

    // Longer than anybody leaves a server away and its proxies running.
    private static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    private readonly RedisConnection _connection;
    private readonly RedisKey[] _keys;
    private readonly PriceTable _prices;
    private readonly TimeProvider _time;
    private readonly Channel<bool> _added = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _sender;

    // One at a time talks to the server.
    private readonly SemaphoreSlim _turn = new(1);

    // What was added and is in no batch; records come at any time.
    private readonly Lock _gate = new();
    private SavingsSums _fresh = new();

    // Of whoever has the turn: the batch that was not acknowledged, what was since the server's sums were read, and those.
    private Batch? _batch;
    private SavingsSums _acknowledged = new();
    private SharedSums _shared;
    private long _lastBatch;

    /// <summary>Names a ledger; connects behind the caller's back when there is something to send.</summary>
    /// <param name="server"><c>redis://[user:password@]host[:port][/database]</c>, or <c>rediss://</c> for TLS.</param>
    /// <param name="workspace">Each has sums of its own.</param>
    /// <param name="prices">The prices behind the dollars; a record is priced once, when it is added.</param>
    /// <param name="time">Says when counting began, and when to try again.</param>
    /// <exception cref="ArgumentException">The address is none.</exception>
    public RedisSavingsLedger(Uri server, string workspace, PriceTable prices, TimeProvider time)
        : this(new RedisConnection(server, time), workspace, prices, time, Guid.NewGuid())
    {
    }

    internal RedisSavingsLedger(RedisConnection connection, string workspace, PriceTable prices, TimeProvider time, Guid sender)
    {
        _connection = connection;
        _keys = [WorkspaceKeys.Of(workspace, "ledger"), WorkspaceKeys.Of(workspace, $"ledger:{sender:n}")];
        (_prices, _time) = (prices, time);
        _shared = new SharedSums(new SavingsSums(), 0, time.GetUtcNow());
        _sender = SendAsync(_stopping.Token);
    }

    /// <inheritdoc/>
    public void Add(SavingsRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        lock (_gate)
        {
            _fresh.Add(record, _prices);
        }

        _added.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The sums of all proxies. While the server does not answer: what it last told, with all that was added here since.
    /// </remarks>
    public async ValueTask<SavingsSnapshot> SnapshotAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            try
            {
                await PushAsync(cancellationToken).ConfigureAwait(false);
                _shared = await ReadAsync(cancellationToken).ConfigureAwait(false);
                _acknowledged = new SavingsSums();
            }
            catch (CcrStoreException)
            {
                // Told by /readyz; the sums go on here.
            }

            var sums = new SavingsSums();
            sums.Add(_shared.Sums);
            sums.Add(_acknowledged);
            if (_batch is { } batch && batch.Number > _shared.LastBatch)
            {
                sums.Add(batch.Sums);
            }

            lock (_gate)
            {
                sums.Add(_fresh);
            }

            return sums.Snapshot(_shared.Since, _prices.AsOf);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Sends what is left, as far as the server answers, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _sender.ConfigureAwait(false);
        try
        {
            await TakeTurnAsync(PushAsync, CancellationToken.None).ConfigureAwait(false);
        }
        catch (CcrStoreException)
        {
            // It was away to the end: what this process still held is lost with it.
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
        _turn.Dispose();
    }

    private async Task SendAsync(CancellationToken stopping)
    {
        try
        {
            while (await _added.Reader.ReadAsync(stopping).ConfigureAwait(false))
            {
                while (!await TrySendAsync(stopping).ConfigureAwait(false))
                {
                    await Task.Delay(RedisConnection.BackOff, _time, stopping).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    private async Task<bool> TrySendAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TakeTurnAsync(PushAsync, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (CcrStoreException)
        {
            return false;
        }
    }

    private async Task TakeTurnAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await work(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task PushAsync(CancellationToken cancellationToken)
    {
        while (NextBatch() is { } batch)
        {
            RedisValue[] arguments =
            [
                batch.Number, (long)Memory.TotalSeconds, _time.GetUtcNow().ToUnixTimeMilliseconds(),
                .. batch.Sums.Numbers.SelectMany(n => new RedisValue[] { n.Key, n.Value }),
            ];
            await _connection.RunAsync(Push, _keys, arguments, cancellationToken).ConfigureAwait(false);
            _batch = null;
            if (batch.Number > _shared.LastBatch)
            {
                _acknowledged.Add(batch.Sums);
            }
        }
    }

    private Batch? NextBatch()
    {
        if (_batch is null)
        {
            lock (_gate)
            {
                if (_fresh.Numbers.Count > 0)
                {
                    _batch = new Batch(++_lastBatch, _fresh);
                    _fresh = new SavingsSums();
                }
            }
        }

        return _batch;
    }

    private async Task<SharedSums> ReadAsync(CancellationToken cancellationToken)
    {
        var reply = (RedisResult[])(await _connection.RunAsync(Read, _keys, [], cancellationToken).ConfigureAwait(false))!;
        var fields = (RedisResult[])reply[1]!;
        var sums = new SavingsSums();
        var since = _shared.Since;
        for (var i = 0; i < fields.Length; i += 2)
        {
            var (name, number) = ((string)fields[i]!, long.Parse((string)fields[i + 1]!, CultureInfo.InvariantCulture));
            if (name == Since)
            {
                since = DateTimeOffset.FromUnixTimeMilliseconds(number);
            }
            else
            {
                sums.Add(name, number);
            }
        }

        return new SharedSums(sums, (long)reply[0], since);
    }

    /// <param name="Number">Grows with each batch of this sender.</param>
    /// <param name="Sums">They do not change any more.</param>
    private sealed record Batch(long Number, SavingsSums Sums);

    /// <param name="Sums">Those of all senders.</param>
    /// <param name="LastBatch">The last of this sender's that are in them.</param>
    /// <param name="Since">When counting began.</param>
    private sealed record SharedSums(SavingsSums Sums, long LastBatch, DateTimeOffset Since);
}
