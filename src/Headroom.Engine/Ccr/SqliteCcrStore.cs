using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Ccr;

/// <summary>
/// Keeps originals and pins in one SQLite file in WAL mode, which several processes of a user may share. Nothing is made on the
/// disk before the first call. The SQLite work itself runs on the caller's thread; waiting for other writers does not.
/// </summary>
public sealed class SqliteCcrStore : ICcrStore
{
    /// <summary>The file's name in the data directory.</summary>
    public const string FileName = "ccr.db";

    /// <summary>How far the recorded time of a use may lie behind the last use, in milliseconds, so that replays need not write.</summary>
    internal const long UseResolution = 60 * 60 * 1000;

    // 32 MiB hold the pins of the longest conversations many times over: what is pinned has been compressed.
    private const long PinCacheBytes = 32L << 20;

    // Between attempts a caller can cancel and other work of this process goes on.
    private static readonly TimeSpan BusyAttempt = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(20);

    private readonly string _directory;
    private readonly string _path;
    private readonly string _workspace;
    private readonly TimeProvider _time;
    private readonly PinCache _pins = new(PinCacheBytes);
    private readonly Lock _opening = new();
    private readonly SemaphoreSlim _writer = new(1);
    private readonly SemaphoreSlim _readers = new(Math.Max(4, Environment.ProcessorCount));
    private readonly ConcurrentBag<SqliteCcrConnection> _idle = [];
    private readonly ConcurrentDictionary<PinKey, long> _usedPins = new();
    private readonly ConcurrentDictionary<string, long> _usedOriginals = new(StringComparer.Ordinal);
    private volatile CcrHash? _hash;
    private volatile bool _isDisposed;

    /// <summary>Names a store; touches nothing.</summary>
    /// <param name="dataDirectory">The directory of the file; it is made at the first call, for its user alone.</param>
    /// <param name="workspace">Originals and pins of other workspaces in the same file are out of reach.</param>
    /// <param name="time">The clock behind times of use; null takes the system's.</param>
    public SqliteCcrStore(string dataDirectory, string workspace = "default", TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(dataDirectory);
        CcrHash.CheckWorkspace(workspace);
        _directory = Path.GetFullPath(dataDirectory);
        _path = Path.Combine(_directory, FileName);
        _workspace = workspace;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>How long a call waits for other writers before it fails.</summary>
    internal TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public string HashOf(ReadOnlySpan<byte> original) => Hash().Of(original);

    /// <inheritdoc/>
    public async ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var hash = HashOf(original.Span);
        var bytes = Convert.FromHexString(hash);
        if (await ReadAsync(c => c.HasOriginal(bytes), cancellationToken).ConfigureAwait(false))
        {
            _usedOriginals[hash] = Now;
            return hash;
        }

        var stored = StoredOriginal.Encode(original.Span);
        await WriteAsync(
            c =>
            {
                c.InsertOriginal(bytes, stored, Now);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return hash;
    }

    /// <inheritdoc/>
    /// <exception cref="CcrStoreException">The stored bytes are damaged: they no longer have this hash.</exception>
    public async ValueTask<byte[]?> GetAsync(string hash, CancellationToken cancellationToken)
    {
        if (!Marker.IsHash(hash))
        {
            return null;
        }

        var bytes = Convert.FromHexString(hash);
        if (await ReadAsync(c => c.FindOriginal(bytes), cancellationToken).ConfigureAwait(false) is not var (stored, used))
        {
            return null;
        }

        var original = stored.Decode();
        if (original is null || !string.Equals(HashOf(original), hash, StringComparison.Ordinal))
        {
            throw new CcrStoreException($"The store {_path} is damaged: the original {hash} is not as it was stored.");
        }

        if (Now - used >= UseResolution)
        {
            _usedOriginals[hash] = Now;
        }

        return original;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<PinKey, Pin>> FindPinsAsync(
        IReadOnlyCollection<PinKey> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        cancellationToken.ThrowIfCancellationRequested();
        var now = Now;
        var found = new Dictionary<PinKey, Pin>(keys.Count);
        var unknown = new List<PinKey>();
        foreach (var key in keys)
        {
            if (!_pins.TryGet(key, now, out var pin, out var isStale))
            {
                unknown.Add(key);
                continue;
            }

            found[key] = pin;
            if (isStale)
            {
                NoteUse(pin, now);
            }
        }

        // That a pin was missing a moment ago says nothing: another process may have written it since.
        if (unknown.Count > 0)
        {
            await ReadAsync(
                c =>
                {
                    foreach (var key in unknown)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        if (c.FindPin(key) is var (pin, used))
                        {
                            found[key] = pin;
                            _pins.Add(pin, now);
                            if (now - used >= UseResolution)
                            {
                                NoteUse(pin, now);
                            }
                        }
                    }

                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }

        return found;
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

        Hash().Check(proposals);

        // Compressed before the lock is taken: others wait for the writing alone.
        var originals = proposals.Select(p => p.Pin.Hash is null ? null : StoredOriginal.Encode(p.Original.Span)).ToArray();
        var now = Now;
        var inForce = await WriteAsync(
            c =>
            {
                var pins = new Pin[originals.Length];
                for (var i = 0; i < pins.Length; i++)
                {
                    var pin = proposals[i].Pin;
                    if (!c.InsertPin(pin, now))
                    {
                        pins[i] = c.FindPin(pin.Key)!.Value.Pin;
                        continue;
                    }

                    pins[i] = pin;
                    if (originals[i] is { } original)
                    {
                        c.InsertOriginal(Convert.FromHexString(pin.Hash!), original, now);
                    }
                }

                return pins;
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var pin in inForce)
        {
            _pins.Add(pin, now);
        }

        return inForce;
    }

    /// <inheritdoc/>
    public ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken) =>
        ReadAsync(c => c.Statistics(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask OpenAsync(CancellationToken cancellationToken) => await ReadAsync(_ => true, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    /// <inheritdoc/>
    public IAsyncEnumerable<CcrEntry> ListAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        try
        {
            if (!_usedPins.IsEmpty || !_usedOriginals.IsEmpty)
            {
                await WriteAsync(_ => true, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (CcrStoreException)
        {
            // What is lost is the time of the latest uses, nothing that was acknowledged.
        }

        _isDisposed = true;
        CloseIdle();
    }

    private void NoteUse(Pin pin, long now)
    {
        _usedPins[pin.Key] = now;
        if (pin.Hash is { } hash)
        {
            _usedOriginals[hash] = now;
        }
    }

    private async ValueTask<T> ReadAsync<T>(Func<SqliteCcrConnection, T> work, CancellationToken cancellationToken)
    {
        Hash();
        await _readers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RetryAsync(work, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _readers.Release();
        }
    }

    private async ValueTask<T> WriteAsync<T>(Func<SqliteCcrConnection, T> work, CancellationToken cancellationToken)
    {
        Hash();
        if (!await _writer.WaitAsync(BusyTimeout, cancellationToken).ConfigureAwait(false))
        {
            throw new CcrStoreException($"The store {_path} is busy: earlier writes of this process still wait.");
        }

        try
        {
            // Times of use ride along, so that a replay never has to write.
            var pins = _usedPins.ToArray();
            var originals = _usedOriginals.ToArray();
            var result = await RetryAsync(
                c => c.InTransaction(transaction =>
                {
                    Array.ForEach(pins, p => transaction.TouchPin(p.Key, p.Value));
                    Array.ForEach(originals, o => transaction.TouchOriginal(Convert.FromHexString(o.Key), o.Value));
                    return work(transaction);
                }),
                cancellationToken).ConfigureAwait(false);
            Array.ForEach(pins, p => _usedPins.TryRemove(p));
            Array.ForEach(originals, o => _usedOriginals.TryRemove(o));
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }

    private async ValueTask<T> RetryAsync<T>(Func<SqliteCcrConnection, T> work, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            try
            {
                return OnConnection(work);
            }
            catch (SqliteException e) when (IsBusy(e) && _time.GetElapsedTime(started) < BusyTimeout)
            {
            }
            catch (SqliteException e)
            {
                throw CcrStoreException.From(e, _path);
            }

            await Task.Delay(BusyPause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private T OnConnection<T>(Func<SqliteCcrConnection, T> work)
    {
        if (!_idle.TryTake(out var connection))
        {
            (connection, _) = Connect();
        }

        try
        {
            return work(connection);
        }
        finally
        {
            _idle.Add(connection);
            if (_isDisposed)
            {
                CloseIdle();
            }
        }
    }

    // The first call comes here, from any number of threads; each later one only reads a field.
    private CcrHash Hash()
    {
        if (_hash is { } opened)
        {
            return opened;
        }

        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_hash is null)
            {
                MakeFile();
                var started = _time.GetTimestamp();
                while (_hash is null)
                {
                    try
                    {
                        var (connection, key) = Connect();
                        _idle.Add(connection);
                        _hash = new CcrHash(key, _workspace);
                    }
                    catch (SqliteException e) when (IsBusy(e) && _time.GetElapsedTime(started) < BusyTimeout)
                    {
                        Thread.Sleep(BusyPause);
                    }
                    catch (SqliteException e)
                    {
                        throw CcrStoreException.From(e, _path);
                    }
                }
            }

            return _hash;
        }
    }

    private (SqliteCcrConnection Connection, byte[] Key) Connect()
    {
        var connection = new SqliteCcrConnection(_path, BusyAttempt);
        try
        {
            return (connection, connection.Initialize(_workspace));
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void MakeFile()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                // The user's own directory is closed to others there, and files inherit that.
                Directory.CreateDirectory(_directory);
                return;
            }

            Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            if (File.Exists(_path))
            {
                File.SetUnixFileMode(_path, Private);
                return;
            }

            // Made here and not by SQLite, which would follow the umask; its side files take the mode of this one. Only a new
            // file may be opened: closing any handle of a file drops the locks that this process has on it.
            using var file = new FileStream(
                _path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Private });
        }
        catch (IOException) when (File.Exists(_path))
        {
            // Another process was first.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CcrStoreException($"The store {_path} cannot be made for its user alone: {e.Message}", e);
        }
    }

    private void CloseIdle()
    {
        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }

    private static bool IsBusy(SqliteException e) =>
        e.SqliteErrorCode is SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED;
}
