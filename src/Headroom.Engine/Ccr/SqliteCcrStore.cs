using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
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

    /// <summary>
    /// How old the recorded time of a use may be before a new use is written, and for how long a pin that was read is not read
    /// again. What was used just within the one and then for as long as the other makes up <see cref="UseResolution"/>.
    /// </summary>
    internal const long NoteInterval = UseResolution / 2;

    // A batch holds the write lock for some ten milliseconds; others get it in between.
    private const int SweepBatch = 256;
    private static readonly TimeSpan SweepPause = TimeSpan.FromMilliseconds(10);

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

    internal long MostExpired { get; init; } = CcrRetention.MostExpired;

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public string HashOf(ReadOnlySpan<byte> original) => Hash().Of(original);

    /// <inheritdoc/>
    public async ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var hash = HashOf(original.Span);
        var bytes = Convert.FromHexString(hash);
        if (await ReadAsync(c => c.FindUse(bytes), cancellationToken).ConfigureAwait(false) is { } used && Now - used < NoteInterval)
        {
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

        if (Now - used >= NoteInterval)
        {
            try
            {
                await WriteAsync(
                    c =>
                    {
                        c.TouchOriginal(bytes, Now);
                        return true;
                    },
                    cancellationToken).ConfigureAwait(false);
            }
            catch (CcrStoreException)
            {
                // What was asked for is there; the next use is noted.
            }
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
        var fromFile = new List<(Pin Pin, long Used)>();

        // 1. From memory, as long as nothing was removed from the store since, and else from the file: that a pin was missing a
        //    moment ago says nothing, another process may have written it since.
        var generation = await ReadAsync(
            c =>
            {
                var generation = c.Generation();
                _pins.Observe(generation);
                foreach (var key in keys)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (_pins.TryGet(key, now, out var held))
                    {
                        found[key] = held;
                    }
                    else if (c.FindPin(key) is (var pin, var used, true))
                    {
                        found[key] = pin;
                        fromFile.Add((pin, used));
                    }
                }

                return generation;
            },
            cancellationToken).ConfigureAwait(false);

        // 2. A use that is worth a note is written before anything rests on it: from then on no other process sweeps it away.
        var noted = fromFile.FindAll(p => now - p.Used >= NoteInterval).ConvertAll(p => p.Pin);
        if (noted.Count > 0)
        {
            try
            {
                var gone = await WriteAsync(
                    c => noted.FindAll(p =>
                    {
                        c.TouchPin(p, now);
                        return c.FindPin(p.Key) is not (_, _, true);
                    }),
                    cancellationToken).ConfigureAwait(false);
                gone.ForEach(p => found.Remove(p.Key));
            }
            catch (CcrStoreException)
            {
                // Without the note they are still what was sent before. They are read again the next time.
                fromFile.RemoveAll(p => noted.Contains(p.Pin));
            }
        }

        foreach (var (pin, _) in fromFile)
        {
            if (found.ContainsKey(pin.Key))
            {
                _pins.Add(pin, now, generation);
            }
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
        var (inForce, generation) = await WriteAsync(
            c =>
            {
                var pins = new Pin[originals.Length];
                for (var i = 0; i < pins.Length; i++)
                {
                    var (pin, original) = proposals[i];
                    if (c.InsertPin(pin, now))
                    {
                        pins[i] = pin;
                        if (originals[i] is { } stored)
                        {
                            c.InsertOriginal(Convert.FromHexString(pin.Hash!), stored, now);
                        }

                        continue;
                    }

                    (pins[i], _, var isWhole) = c.FindPin(pin.Key)!.Value;
                    c.TouchPin(pins[i], now);
                    if (!isWhole && string.Equals(HashOf(original.Span), pins[i].Hash, StringComparison.Ordinal))
                    {
                        c.InsertOriginal(Convert.FromHexString(pins[i].Hash!), StoredOriginal.Encode(original.Span), now);
                    }
                }

                return (pins, c.Generation());
            },
            cancellationToken).ConfigureAwait(false);
        _pins.Observe(generation);
        foreach (var pin in inForce)
        {
            _pins.Add(pin, now, generation);
        }

        return inForce;
    }

    /// <inheritdoc/>
    public ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken) =>
        ReadAsync(c => c.Statistics(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask OpenAsync(CancellationToken cancellationToken) =>
        await ReadAsync(c => c.Generation(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) =>
        Marker.IsHash(hash) && await ReadAsync(c => c.HasExpired(Convert.FromHexString(hash)), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <remarks>Read in pages, so that no other call waits: what is used meanwhile may be left out.</remarks>
    public async IAsyncEnumerable<CcrEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (used, id) = (long.MaxValue, long.MaxValue);
        while (true)
        {
            var page = await ReadAsync(c => c.List(used, id, 1000), cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
            {
                yield break;
            }

            foreach (var (_, _, entry) in page)
            {
                yield return entry;
            }

            (used, id, _) = page[^1];
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CcrRemoval> SweepAsync(CcrRetention retention, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(retention);

        // A use may have been later than its note.
        var removable = Now - (long)CcrRetention.Grace.TotalMilliseconds - UseResolution;
        var tooOld = Math.Min(Now - (long)retention.MaxAge.TotalMilliseconds - UseResolution, removable);
        return await RemoveAsync(c => c.Sweep(tooOld, removable, retention.MaxBytes, SweepBatch), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken)
    {
        var (original, pin) = await ReadAsync(c => c.Last(), cancellationToken).ConfigureAwait(false);
        return await RemoveAsync(c => c.Clear(original, pin, SweepBatch), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        CloseIdle();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<CcrRemoval> RemoveAsync(Func<SqliteCcrConnection, CcrRemoval> batch, CancellationToken cancellationToken)
    {
        var all = new CcrRemoval(0, 0, 0);
        while (await WriteAsync(batch, cancellationToken).ConfigureAwait(false) is { } removed && removed is not { Originals: 0, Pins: 0 })
        {
            all = new CcrRemoval(all.Originals + removed.Originals, all.StoredBytes + removed.StoredBytes, all.Pins + removed.Pins);
            await Task.Delay(SweepPause, cancellationToken).ConfigureAwait(false);
        }

        while (await WriteAsync(c => c.Forget(MostExpired, SweepBatch), cancellationToken).ConfigureAwait(false))
        {
            await Task.Delay(SweepPause, cancellationToken).ConfigureAwait(false);
        }

        if (all.Originals + all.Pins > 0)
        {
            while (await WriteAsync(c => c.Shrink(SweepBatch), cancellationToken).ConfigureAwait(false))
            {
                await Task.Delay(SweepPause, cancellationToken).ConfigureAwait(false);
            }
        }

        return all;
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
            return await RetryAsync(c => c.InTransaction(work), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writer.Release();
        }
    }

    private async ValueTask<T> RetryAsync<T>(Func<SqliteCcrConnection, T> work, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            try
            {
                return OnConnection(work);
            }
            catch (SqliteException e) when (IsBusy(e) && Stopwatch.GetElapsedTime(started) < BusyTimeout)
            {
            }
            catch (SqliteException e)
            {
                throw CcrStoreException.From(e, _path);
            }

            await Task.Delay(BusyPause, cancellationToken).ConfigureAwait(false);
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
                var started = Stopwatch.GetTimestamp();
                while (_hash is null)
                {
                    try
                    {
                        var (connection, key) = Connect();
                        _idle.Add(connection);
                        _hash = new CcrHash(key, _workspace);
                    }
                    catch (SqliteException e) when (IsBusy(e) && Stopwatch.GetElapsedTime(started) < BusyTimeout)
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
