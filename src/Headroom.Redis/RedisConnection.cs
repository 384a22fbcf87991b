using Headroom.Engine.Ccr;
using StackExchange.Redis;

namespace Headroom.Redis;

/// <summary>
/// The connection to one server: made at the first command, made again when it was lost, never waited for longer than
/// <see cref="ConnectTimeout"/> to connect and <see cref="Timeout"/> for an answer. After a failure commands fail at once until <see cref="BackOff"/> is over;
/// then one of them tries, and the others go on failing until it has succeeded. Whoever is connected waits for longer than who connects: to be
/// slow is not to be away, and who goes on without an answer sends something else than the proxies that got theirs.
/// </summary>
/// <param name="server">The address, with user name, password and database.</param>
/// <param name="time">Measures the back-off.</param>
internal sealed class RedisConnection(Uri server, TimeProvider time) : IAsyncDisposable
{
    private readonly ConfigurationOptions _address = RedisUrl.Read(server);
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _connected;
    private Failure? _failure;
    private volatile bool _isDisposed;

    /// <summary>How long a command fails at once after one that had no answer.</summary>
    public static TimeSpan BackOff { get; } = TimeSpan.FromSeconds(3);

    /// <summary>The address without user name and password.</summary>
    public string Name { get; } = new CcrStoreAddress(CcrStoreKind.Redis, server).ToString();

    /// <summary>How long connecting may take. What takes longer goes on, for whoever comes later.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long it may take where no request waits for it, as at the start of a process.</summary>
    public static TimeSpan StartTimeout { get; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Runs a script, atomically.</summary>
    /// <exception cref="CcrStoreException">There was no answer, or the server refused; after no answer the script may or may not have run.</exception>
    public async Task<RedisResult> RunAsync(
        string script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellationToken, TimeSpan? connectTimeout = null)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        FailFast();
        try
        {
            var connection = await Connected().WaitAsync(connectTimeout ?? ConnectTimeout, cancellationToken).ConfigureAwait(false);
            var result = await connection.GetDatabase().ScriptEvaluateAsync(script, keys, arguments).WaitAsync(Timeout, cancellationToken).ConfigureAwait(false);
            _failure = null;
            return result;
        }
        catch (RedisServerException e)
        {
            _failure = null;
            throw Refused(e);
        }
        catch (Exception e) when (e is TimeoutException or RedisException or ObjectDisposedException or IOException)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var message = Describe(e);
            _failure = new Failure(time.GetTimestamp(), message);
            throw new CcrStoreException(message, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? connected;
        lock (_gate)
        {
            _isDisposed = true;
            (connected, _connected) = (_connected, null);
        }

        if (connected is not null)
        {
            await CloseAsync(connected).ConfigureAwait(false);
        }
    }

    private void FailFast()
    {
        if (_failure is not { } failure)
        {
            return;
        }

        // The one that renews the failure is the one that tries.
        var renewed = failure with { At = time.GetTimestamp() };
        if (time.GetElapsedTime(failure.At) < BackOff || Interlocked.CompareExchange(ref _failure, renewed, failure) != failure)
        {
            throw new CcrStoreException(failure.Message);
        }
    }

    private Task<ConnectionMultiplexer> Connected()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var earlier = _connected;
            if (earlier is null or { IsFaulted: true } or { IsCanceled: true } or { IsCompletedSuccessfully: true, Result.IsConnected: false })
            {
                _connected = ConnectionMultiplexer.ConnectAsync(Options());
                if (earlier is not null)
                {
                    _ = CloseAsync(earlier);
                }
            }

            return _connected!;
        }
    }

    // The client's own limits come from here too, or a shorter one of them would decide.
    private ConfigurationOptions Options()
    {
        var options = _address.Clone();
        options.ConnectTimeout = (int)Math.Max(ConnectTimeout.TotalMilliseconds, StartTimeout.TotalMilliseconds);
        options.AsyncTimeout = options.SyncTimeout = (int)Timeout.TotalMilliseconds;
        return options;
    }

    private static async Task CloseAsync(Task<ConnectionMultiplexer> connected)
    {
        try
        {
            await (await connected.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Untold: it was lost already, or never was; the command that found out told it.
        }
    }

    private string Describe(Exception exception) => exception switch
    {
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } when _address.Ssl =>
            $"The store {Name} cannot be reached: its certificate, the user name or the password was refused.",
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } =>
            $"The store {Name} refuses the user name or the password.",
        RedisConnectionException { FailureType: ConnectionFailureType.Loading } => $"The store {Name} is not ready: the server still loads its data.",
        TimeoutException => $"The store {Name} cannot be reached: no answer in time.",
        _ => $"The store {Name} cannot be reached.",
    };

    private CcrStoreException Refused(RedisServerException cause)
    {
        // redis.io/docs, "Redis serialization protocol": the first word names the error.
        var condition = cause.Message.AsSpan()[..Math.Max(0, cause.Message.IndexOf(' ', StringComparison.Ordinal))] switch
        {
            "OOM" => "is full: the server's memory limit is reached",
            "READONLY" => "is a replica, which cannot be written",
            "LOADING" => "is not ready: the server still loads its data",
            "MISCONF" => "takes no writes: the server cannot save its data",
            "NOAUTH" or "WRONGPASS" => "refuses the user name or the password",
            "NOPERM" => "does not allow this user what is needed",
            _ => "failed",
        };
        return new CcrStoreException($"The store {Name} {condition} ({cause.Message})", cause)
        {
            Kind = condition.StartsWith("is full", StringComparison.Ordinal) ? CcrFailureKind.Full : CcrFailureKind.Unavailable,
        };
    }

    private sealed record Failure(long At, string Message);
}
