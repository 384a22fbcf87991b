using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Ccr;

/// <summary>
/// Keeps originals and pins in one SQLite file in WAL mode, which several processes of a user may share. Nothing is made on the
/// disk before the first call. The SQLite work itself runs on the caller's thread; nothing waits for other writers on a thread.
/// Where three calls in a row have met another process's lock, calls fail at once for <see cref="AwayTime"/>; then one of them tries.
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

    // The log is written back to the file beside the requests, before it is so long that SQLite does it within a commit. At its
    // longest it fits into the reserve, which a sweep of a full disk needs.
    private const int WritesPerCheckpoint = 150;

    // A batch holds the write lock for some ten milliseconds; others get it in between.
    private const int SweepBatch = 256;
    private const int SweepBatchOnFullDisk = 16;
    private static readonly TimeSpan SweepPause = TimeSpan.FromMilliseconds(10);

    // 32 MiB hold the pins of the longest conversations many times over: what is pinned has been compressed.
    private const long PinCacheBytes = 32L << 20;

    private const int MissesUntilAway = 3;

    // Between attempts a caller can cancel and other work of this process goes on.
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(10);

    // A note of a use can be left for the next time. With BusyTimeout it makes up the second that a request may lose.
    private static readonly TimeSpan NoteTimeout = TimeSpan.FromMilliseconds(100);

    // Nobody's request waits for a sweep.
    private static readonly TimeSpan SweepTimeout = TimeSpan.FromSeconds(5);

    private readonly string _directory;
    private readonly string _path;
    private readonly string _workspace;
    private readonly TimeProvider _time;
    private readonly Action<string>? _log;
    private readonly SqliteCcrQuarantine _quarantine;
    private readonly SqliteCcrReserve _reserve;
    private readonly SemaphoreSlim _opening = new(1);
    private readonly Lock _condition = new();
    private readonly SemaphoreSlim _writer = new(1);
    private readonly SemaphoreSlim _readers = new(Math.Max(4, Environment.ProcessorCount));
    private volatile OpenFile? _file;
    private volatile bool _isDisposed;
    private Task _checkpoint = Task.CompletedTask;
    private int _writes;
    private int _misses;
    private long _awaySince;
    private CcrStoreException? _failure;

    /// <summary>Names a store; touches nothing.</summary>
    /// <param name="dataDirectory">The directory of the file; it is made at the first call, for its user alone.</param>
    /// <param name="workspace">Originals and pins of other workspaces in the same file are out of reach.</param>
    /// <param name="time">The clock behind times of use; null takes the system's.</param>
    /// <param name="log">Takes a line when this object has moved a damaged file aside; may be called on any thread.</param>
    public SqliteCcrStore(string dataDirectory, string workspace = "default", TimeProvider? time = null, Action<string>? log = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(dataDirectory);
        CcrHash.CheckWorkspace(workspace);
        _directory = Path.GetFullPath(dataDirectory);
        _path = Path.Combine(_directory, FileName);
        _quarantine = new SqliteCcrQuarantine(_path);
        _reserve = new SqliteCcrReserve(_path);
        _workspace = workspace;
        _log = log;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>How long a call waits for other writers before it fails.</summary>
    internal TimeSpan BusyTimeout { get; init; } = TimeSpan.FromMilliseconds(900);

    /// <summary>How long calls fail at once after three in a row that met another process's lock.</summary>
    internal static TimeSpan AwayTime { get; } = TimeSpan.FromSeconds(5);

    /// <summary>The most pages of 4 KiB that the file may have; 0 for as many as the disk holds.</summary>
    internal int MostPages { get; init; }

    /// <summary>The most removed hashes to remember.</summary>
    internal long MostExpired { get; init; } = CcrRetention.MostExpired;

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public string HashOf(ReadOnlySpan<byte> original) =>
        (_file is { } file && IsCurrent(file) ? file : FileAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult()).Hash.Of(original);

    /// <inheritdoc/>
    public async ValueTask<string> PutAsync(ReadOnlyMemory<byte> original, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = await FileAsync(cancellationToken).ConfigureAwait(false);
        var hash = file.Hash.Of(original.Span);
        var bytes = Convert.FromHexString(hash);
        if (await ReadAsync(file, c => c.FindUse(bytes), cancellationToken).ConfigureAwait(false) is { } used && Now - used < NoteInterval)
        {
            return hash;
        }

        var stored = StoredOriginal.Encode(original.Span);
        await WriteAsync(
            file,
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

        var file = await FileAsync(cancellationToken).ConfigureAwait(false);
        var bytes = Convert.FromHexString(hash);
        if (await ReadAsync(file, c => c.FindOriginal(bytes), cancellationToken).ConfigureAwait(false) is not var (stored, used))
        {
            return null;
        }

        var original = stored.Decode();
        if (original is null || !string.Equals(file.Hash.Of(original), hash, StringComparison.Ordinal))
        {
            throw new CcrStoreException($"The store {_path} is damaged: the original {hash} is not as it was stored.");
        }

        if (Now - used >= NoteInterval)
        {
            try
            {
                await WriteAsync(
                    file,
                    c =>
                    {
                        c.TouchOriginal(bytes, Now);
                        return true;
                    },
                    cancellationToken,
                    NoteTimeout).ConfigureAwait(false);
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
        var file = await FileAsync(cancellationToken).ConfigureAwait(false);
        var now = Now;
        var found = new Dictionary<PinKey, Pin>(keys.Count);
        var fromFile = new List<(Pin Pin, long Used)>();

        // 1. From memory, as long as nothing was removed from the store since, and else from the file: that a pin was missing a
        //    moment ago says nothing, another process may have written it since.
        var generation = await ReadAsync(
            file,
            c =>
            {
                var generation = c.Generation();
                file.Pins.Observe(generation);
                var others = new List<PinKey>();
                foreach (var key in keys)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (file.Pins.TryGet(key, now, out var held))
                    {
                        found[key] = held;
                    }
                    else
                    {
                        others.Add(key);
                    }
                }

                foreach (var (pin, used, isWhole) in others.Count == 0 ? [] : c.FindPins(others))
                {
                    if (isWhole && found.TryAdd(pin.Key, pin))
                    {
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
                    file,
                    c =>
                    {
                        noted.ForEach(p => c.TouchPin(p, now));
                        return noted.Select(p => p.Key).Except(c.FindPins(noted.ConvertAll(p => p.Key)).Where(p => p.IsWhole).Select(p => p.Pin.Key)).ToList();
                    },
                    cancellationToken,
                    NoteTimeout).ConfigureAwait(false);
                gone.ForEach(k => found.Remove(k));
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
                file.Pins.Add(pin, now, generation);
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

        var file = await FileAsync(cancellationToken).ConfigureAwait(false);
        file.Hash.Check(proposals);

        // Compressed before the lock is taken: others wait for the writing alone.
        var originals = proposals.Select(p => p.Pin.Hash is null ? null : StoredOriginal.Encode(p.Original.Span)).ToArray();
        var now = Now;
        var (inForce, generation) = await WriteAsync(
            file,
            c =>
            {
                var pins = new Pin[originals.Length];
                for (var i = 0; i < pins.Length; i++)
                {
                    var (pin, original) = proposals[i];
                    if (proposals[i].Replaces && c.FindPin(pin.Key) is { } other && proposals[i].IsToReplace(other.Pin))
                    {
                        // That makes other processes forget what they hold of it.
                        c.RemovePin(pin.Key);
                    }

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
                    if (!isWhole && string.Equals(file.Hash.Of(original.Span), pins[i].Hash, StringComparison.Ordinal))
                    {
                        c.InsertOriginal(Convert.FromHexString(pins[i].Hash!), StoredOriginal.Encode(original.Span), now);
                    }
                }

                return (pins, c.Generation());
            },
            cancellationToken).ConfigureAwait(false);
        file.Pins.Observe(generation);
        foreach (var pin in inForce)
        {
            file.Pins.Add(pin, now, generation);
        }

        return inForce;
    }

    /// <inheritdoc/>
    public async ValueTask<CcrStatistics> StatisticsAsync(CancellationToken cancellationToken) =>
        await ReadAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.Statistics(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask OpenAsync(CancellationToken cancellationToken) =>
        await ReadAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.Generation(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask CheckAsync(CancellationToken cancellationToken) =>
        await WriteAsync(
            await FileAsync(cancellationToken).ConfigureAwait(false),
            c =>
            {
                // To take the lock tells of everything else; only where room was wanted before is some written.
                if (_failure?.Kind == CcrFailureKind.Full)
                {
                    c.TryGrow();
                }

                return true;
            },
            cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<bool> HasExpiredAsync(string hash, CancellationToken cancellationToken) =>
        Marker.IsHash(hash) && await ReadAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.HasExpired(Convert.FromHexString(hash)), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <remarks>Read in pages, so that no other call waits: what is used meanwhile may be left out.</remarks>
    public async IAsyncEnumerable<CcrEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (used, id) = (long.MaxValue, long.MaxValue);
        while (true)
        {
            var page = await ReadAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.List(used, id, 1000), cancellationToken).ConfigureAwait(false);
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
        var removed = await RemoveAsync((c, count) => c.Sweep(tooOld, removable, retention.MaxBytes, count), cancellationToken).ConfigureAwait(false);
        _reserve.Keep();
        return removed;
    }

    /// <inheritdoc/>
    public async ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken)
    {
        var (original, pin) = await ReadAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.Last(), cancellationToken).ConfigureAwait(false);
        var removed = await RemoveAsync((c, count) => c.Clear(original, pin, count), cancellationToken).ConfigureAwait(false);
        await ReadAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.LetShrink(), cancellationToken).ConfigureAwait(false);
        return removed;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _checkpoint.ConfigureAwait(false);
        _file?.CloseIdle();
    }

    private async ValueTask<CcrRemoval> RemoveAsync(Func<SqliteCcrConnection, int, CcrRemoval> batch, CancellationToken cancellationToken)
    {
        try
        {
            return await RemoveAsync(batch, SweepBatch, cancellationToken).ConfigureAwait(false);
        }
        catch (CcrStoreException e) when (IsFull(e))
        {
            _reserve.Release();
            await WriteBackAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await RemoveAsync(batch, SweepBatchOnFullDisk, cancellationToken).ConfigureAwait(false);
            }
            catch (CcrStoreException again) when (IsFull(again))
            {
                await WriteBackAsync(cancellationToken).ConfigureAwait(false);
                return await RemoveAsync(batch, 1, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<CcrRemoval> RemoveAsync(
        Func<SqliteCcrConnection, int, CcrRemoval> batch, int count, CancellationToken cancellationToken)
    {
        var all = new CcrRemoval(0, 0, 0);
        while (await WriteAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => batch(c, count), cancellationToken, SweepTimeout).ConfigureAwait(false) is { } removed
            && removed is not { Originals: 0, Pins: 0 })
        {
            all = new CcrRemoval(all.Originals + removed.Originals, all.StoredBytes + removed.StoredBytes, all.Pins + removed.Pins);
            if (count <= SweepBatchOnFullDisk)
            {
                await ShrinkAsync(cancellationToken).ConfigureAwait(false);
            }

            await Task.Delay(SweepPause, cancellationToken).ConfigureAwait(false);
        }

        while (await WriteAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.Forget(MostExpired, count), cancellationToken, SweepTimeout).ConfigureAwait(false))
        {
            await Task.Delay(SweepPause, cancellationToken).ConfigureAwait(false);
        }

        if (all.Originals + all.Pins > 0)
        {
            await ShrinkAsync(cancellationToken).ConfigureAwait(false);
        }

        return all;
    }

    private async ValueTask ShrinkAsync(CancellationToken cancellationToken)
    {
        while (await WriteAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.Shrink(SweepBatch), cancellationToken, SweepTimeout).ConfigureAwait(false))
        {
            await Task.Delay(SweepPause, cancellationToken).ConfigureAwait(false);
        }

        // The pages leave the file itself when its log is written back.
        await WriteBackAsync(cancellationToken).ConfigureAwait(false);
    }

    // Afterwards the log begins anew in the room that it has.
    private async ValueTask WriteBackAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.Checkpoint(), cancellationToken).ConfigureAwait(false);
        }
        catch (CcrStoreException e) when (IsFull(e))
        {
            // There is no room for what is new in the log; it grows on, as long as it can.
        }
    }

    private static bool IsFull(CcrStoreException e) => e.InnerException is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL };

    private async ValueTask<T> ReadAsync<T>(OpenFile file, Func<SqliteCcrConnection, T> work, CancellationToken cancellationToken)
    {
        await _readers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RetryAsync(file, work, Stopwatch.GetTimestamp(), BusyTimeout, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _readers.Release();
        }
    }

    private async ValueTask<T> WriteAsync<T>(
        OpenFile file, Func<SqliteCcrConnection, T> work, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        var started = Stopwatch.GetTimestamp();
        if (!await _writer.WaitAsync(patience ?? BusyTimeout, cancellationToken).ConfigureAwait(false))
        {
            throw new CcrStoreException($"The store {_path} is busy: earlier writes of this process still wait.") { Kind = CcrFailureKind.Locked };
        }

        try
        {
            var result = await RetryAsync(file, c => c.InTransaction(work), started, patience ?? BusyTimeout, cancellationToken).ConfigureAwait(false);
            (_misses, _failure) = (0, null);

            if (++_writes % WritesPerCheckpoint == 0 && _checkpoint.IsCompleted)
            {
                _checkpoint = Task.Run(() => CheckpointAsync(file), CancellationToken.None);
            }

            // Written into a file that is not the store any more is not stored.
            return IsCurrent(file) ? result : throw new CcrStoreException(MadeAnew);
        }
        finally
        {
            _writer.Release();
        }
    }

    private async Task CheckpointAsync(OpenFile file)
    {
        try
        {
            await ReadAsync(file, c => c.Checkpoint(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CcrStoreException or ObjectDisposedException)
        {
            // The log stays as it is until the next one.
        }
    }

    private async ValueTask<T> RetryAsync<T>(
        OpenFile file, Func<SqliteCcrConnection, T> work, long started, TimeSpan patience, CancellationToken cancellationToken)
    {
        FailFast();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            try
            {
                return OnConnection(file, work);
            }
            catch (SqliteException e) when (IsBusy(e) && Stopwatch.GetElapsedTime(started) < patience)
            {
            }
            catch (SqliteException e)
            {
                if (IsDamage(e))
                {
                    await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
                    try
                    {
                        MoveAside(file.Epoch, e);
                    }
                    finally
                    {
                        _opening.Release();
                    }
                }

                throw Failed(e);
            }

            await Task.Delay(BusyPause, cancellationToken).ConfigureAwait(false);
        }
    }

    private CcrStoreException Failed(SqliteException cause)
    {
        lock (_condition)
        {
            var failure = CcrStoreException.From(cause, _path);
            failure.Since = _failure is { } earlier && earlier.Kind == failure.Kind ? earlier.Since : _time.GetUtcNow();
            _failure = failure;
            if (IsBusy(cause) && ++_misses >= MissesUntilAway)
            {
                _awaySince = _time.GetTimestamp();
            }

            return failure;
        }
    }

    private void FailFast()
    {
        if (_misses < MissesUntilAway)
        {
            return;
        }

        lock (_condition)
        {
            if (_misses >= MissesUntilAway && _failure is { } failure)
            {
                if (_time.GetElapsedTime(_awaySince) < AwayTime)
                {
                    throw new CcrStoreException(failure.Message, failure.InnerException) { Kind = failure.Kind, Since = failure.Since };
                }

                // This one tries; the others go on failing until it has succeeded.
                _awaySince = _time.GetTimestamp();
            }
        }
    }

    private T OnConnection<T>(OpenFile file, Func<SqliteCcrConnection, T> work)
    {
        if (!file.Idle.TryTake(out var connection))
        {
            (connection, _) = Connect();
            if (!IsCurrent(file))
            {
                connection.Dispose();
                throw new CcrStoreException(MadeAnew);
            }
        }

        try
        {
            return work(connection);
        }
        finally
        {
            file.Idle.Add(connection);
            if (_isDisposed || !ReferenceEquals(_file, file))
            {
                file.CloseIdle();
            }
        }
    }

    private string MadeAnew => $"The store {_path} was damaged or removed and is made anew.";

    private bool IsCurrent(OpenFile file) => file.Epoch == _quarantine.Epoch && File.Exists(_path);

    // The first call opens the file, and so does the first one after it was moved aside, by whichever process.
    private async ValueTask<OpenFile> FileAsync(CancellationToken cancellationToken)
    {
        if (_file is { } current && IsCurrent(current))
        {
            return current;
        }

        FailFast();
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var started = Stopwatch.GetTimestamp();
            var hasMoved = false;
            while (_file is not { } file || !IsCurrent(file))
            {
                _file?.CloseIdle();
                _file = null;
                var epoch = _quarantine.Epoch;
                try
                {
                    MakeFile();
                    var (connection, key) = Connect();
                    _file = new OpenFile(new CcrHash(key, _workspace), epoch);
                    _file.Idle.Add(connection);
                    continue;
                }
                catch (SqliteException e) when (IsBusy(e) && Stopwatch.GetElapsedTime(started) < BusyTimeout)
                {
                }
                catch (SqliteException e)
                {
                    // Where a file is damaged as soon as it is made, another would be as well.
                    if (hasMoved || !IsDamage(e) || !MoveAside(epoch, e))
                    {
                        throw Failed(e);
                    }

                    hasMoved = true;
                    continue;
                }

                await Task.Delay(BusyPause, cancellationToken).ConfigureAwait(false);
            }

            return _file;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Sees to it that a damaged file is out of the way; the next call then makes a new one.</summary>
    /// <param name="epoch">The epoch of the file that is damaged.</param>
    /// <param name="damage">How it showed.</param>
    /// <returns>False when it could not be moved.</returns>
    private bool MoveAside(long epoch, SqliteException damage)
    {
        if (_file is { } file && file.Epoch == epoch)
        {
            // What is in use is closed when it comes back.
            _file = null;
            file.CloseIdle();
        }

        try
        {
            if (_quarantine.MoveAside(epoch, _time.GetUtcNow(), BusyTimeout) is { } aside)
            {
                _log?.Invoke(
                    $"The store {_path} is damaged ({damage.Message}). It was moved to {aside} and a new one is made: what was replaced before "
                    + "can no longer be retrieved, and conversations that are under way are compressed anew.");
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private (SqliteCcrConnection Connection, byte[] Key) Connect()
    {
        var connection = new SqliteCcrConnection(_path, MostPages);
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
        CcrOwnership.CheckDirectory(_directory);
        foreach (var suffix in (ReadOnlySpan<string>)["", "-wal", "-shm", ".quarantine", ".reserve"])
        {
            CcrOwnership.CheckFile(_path + suffix);
        }

        try
        {
            if (OperatingSystem.IsWindows())
            {
                // The user's own directory is closed to others there, and files inherit that.
                Directory.CreateDirectory(_directory);
            }
            else
            {
                Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            _quarantine.MakeFile(BusyTimeout);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CcrStoreException($"The store {_path} cannot be made for its user alone: {e.Message}", e);
        }
    }

    private static bool IsBusy(SqliteException e) =>
        e.SqliteErrorCode is SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED;

    private static bool IsDamage(SqliteException e) =>
        e.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB;

    /// <summary>The file as it was opened: until it is moved aside.</summary>
    /// <param name="hash">Makes hashes with the file's key.</param>
    /// <param name="epoch">The quarantine's epoch when it was opened.</param>
    private sealed class OpenFile(CcrHash hash, long epoch)
    {
        public CcrHash Hash { get; } = hash;

        public long Epoch { get; } = epoch;

        public PinCache Pins { get; } = new(PinCacheBytes);

        public ConcurrentBag<SqliteCcrConnection> Idle { get; } = [];

        public void CloseIdle()
        {
            while (Idle.TryTake(out var connection))
            {
                connection.Dispose();
            }
        }
    }
}
