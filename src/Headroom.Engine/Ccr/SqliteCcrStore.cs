using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Ccr;

/// <summary>
/// Keeps originals and pins in one SQLite file in WAL mode, which several processes of a user may share. Nothing is made on the
/// disk before the first call. SQLite works on threads of its own (<see cref="SqliteCcrThreads"/>), and what waits for another writer waits on none. Only
/// whether pins were removed is asked for on the caller's thread, where all that is looked for is in memory: it is one row, for which nothing waits.
/// While another process keeps the lock, writes fail as <see cref="SqliteCcrCondition"/> says, and what is there is read and replayed as ever.
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

    // Between attempts a caller can cancel and other work of this process goes on.
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(10);

    // How long a call waits for its turn among those of this process and for a thread. That is no other's lock: the turn comes, unless the disk hangs.
    private static readonly TimeSpan TurnTimeout = TimeSpan.FromSeconds(5);

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
    private readonly SqliteCcrCondition _reading;
    private readonly SqliteCcrCondition _writing;
    private readonly SemaphoreSlim _writer = new(1);
    private volatile OpenFile? _file;
    private volatile bool _isDisposed;
    private Task _checkpoint = Task.CompletedTask;
    private int _writes;

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
        (_reading, _writing) = (new SqliteCcrCondition(_path, _time), new SqliteCcrCondition(_path, _time));
    }

    /// <summary>How long a call waits for another process's lock before it fails.</summary>
    internal TimeSpan BusyTimeout { get; init; } = TimeSpan.FromMilliseconds(900);

    /// <summary>Where SQLite works.</summary>
    internal SqliteCcrThreads Threads { get; init; } = SqliteCcrThreads.Shared;

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

        // 1. From memory, as long as nothing was removed from the store since, and else from the file: that a pin was missing a
        //    moment ago says nothing, another process may have written it since.
        var found = file.Pins.Find(keys, now, out var generation);
        if (found.Count == keys.Count && Glance(file) == generation)
        {
            return found;
        }

        var fromFile = new List<(Pin Pin, long Used)>();
        try
        {
            (found, generation) = await ReadAsync(
                file,
                c =>
                {
                    file.Pins.Observe(c.Generation());
                    var all = file.Pins.Find(keys, now, out var generation);
                    foreach (var (pin, used, isWhole) in all.Count == keys.Count ? [] : c.FindPins([.. keys.Where(k => !all.ContainsKey(k))]))
                    {
                        if (isWhole && all.TryAdd(pin.Key, pin))
                        {
                            fromFile.Add((pin, used));
                        }
                    }

                    return (all, generation);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (CcrStoreException) when (ReferenceEquals(_file, file) && file.Pins.Find(keys, now: 0, out _) is { Count: > 0 } held)
        {
            // However long ago they were read: what was sent before is sent again.
            return held;
        }

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
                if (_writing.Failing == CcrFailureKind.Full)
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
        await OnThreadAsync(_writing, _reserve.Keep, cancellationToken).ConfigureAwait(false);
        return removed;
    }

    /// <inheritdoc/>
    public async ValueTask<CcrRemoval> RemoveAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        var removed = new List<CcrRemoval>();
        var missing = new List<string>();
        foreach (var chunk in hashes.Distinct(StringComparer.Ordinal).Chunk(SweepBatch))
        {
            string[] wanted = [.. chunk.Where(hash => Marker.IsHash(hash))];
            var (known, last) = await ReadAsync(
                await FileAsync(cancellationToken).ConfigureAwait(false), c => (c.FindOriginals(wanted), c.Last().Original), cancellationToken).ConfigureAwait(false);
            missing.AddRange(chunk.Where(hash => !known.Contains(hash)));
            if (known.Count > 0)
            {
                await RemoveAsync((c, count) => c.Remove(known, last, count), removed, cancellationToken).ConfigureAwait(false);
            }
        }

        return CcrRemoval.Sum(removed) with { Missing = missing };
    }

    /// <inheritdoc/>
    public async ValueTask<CcrRemoval> ClearAsync(CancellationToken cancellationToken)
    {
        var removed = new List<CcrRemoval>();
        try
        {
            if (HasLittleRoom())
            {
                // Step by step the log would grow until the disk is full, and then nothing would be left for the way that needs least.
                await ClearAtOnceAsync(removed, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await ClearRowsAsync(removed, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (CcrStoreException e) when (IsFull(e))
        {
            // Where the disk is full to the last block, the reserve may be what opening the file takes.
            await OnThreadAsync(_writing, _reserve.Release, cancellationToken).ConfigureAwait(false);
            try
            {
                await ClearAtOnceAsync(removed, cancellationToken).ConfigureAwait(false);
            }
            catch (CcrStoreException again) when (IsFull(again))
            {
                removed.Add(await ClearFileAsync(cancellationToken).ConfigureAwait(false));
            }
        }

        return CcrRemoval.Sum(removed);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _checkpoint.ConfigureAwait(false);
        if (_file is not { } file)
        {
            return;
        }

        try
        {
            // What is in use is closed when it comes back.
            await Threads.RunAsync(file.CloseIdle, TurnTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The disk hangs; the files are closed with the process.
        }
    }

    private async ValueTask ClearRowsAsync(List<CcrRemoval> removed, CancellationToken cancellationToken)
    {
        var (original, pin) = await ReadAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.Last(), cancellationToken).ConfigureAwait(false);
        await RemoveAsync((c, count) => c.Clear(original, pin, count), removed, cancellationToken).ConfigureAwait(false);
        await GiveRoomBackAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ClearAtOnceAsync(List<CcrRemoval> removed, CancellationToken cancellationToken)
    {
        removed.Add(await OnWriterAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => c.ClearAtOnce(), SweepTimeout, cancellationToken).ConfigureAwait(false));
        await GiveRoomBackAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask GiveRoomBackAsync(CancellationToken cancellationToken) =>
        await ReadAsync(
            await FileAsync(cancellationToken).ConfigureAwait(false),
            c =>
            {
                c.LetShrink();
                return c.CutLog();
            },
            cancellationToken).ConfigureAwait(false);

    // There is no room for what stays in the log, and no reserve that would give some: a file with the same key takes the place of this one.
    private async ValueTask<CcrRemoval> ClearFileAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await OnThreadAsync(_writing, ClearFile, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException e)
        {
            throw _writing.Failed(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CcrStoreException($"The store {_path} cannot be made anew: {e.Message}", e);
        }
        finally
        {
            _opening.Release();
        }
    }

    private CcrRemoval ClearFile()
    {
        _file?.CloseIdle();
        _file = null;
        byte[] key;
        CcrStatistics kept;
        IReadOnlyList<byte[]> hashes;

        // Alone on the file, SQLite keeps the index of the log in memory; beside others it is on the disk already.
        using (var old = TryConnectAlone() ?? Connect().Connection)
        {
            key = old.Initialize(_workspace);
            if (old.HasOthers())
            {
                throw new CcrStoreException(
                    $"The store {_path} cannot be cleared: the disk is full. It holds originals of other workspaces too, so it is not made anew. Make some room on the disk.")
                {
                    Kind = CcrFailureKind.Full,
                };
            }

            kept = old.Statistics();
            hashes = old.Hashes(MostExpired);
        }

        _quarantine.Replace(
            path =>
            {
                using var fresh = new SqliteCcrConnection(path, MostPages);
                fresh.Initialize(_workspace, key);
                fresh.InTransaction(c => c.Expire(hashes));
            },
            BusyTimeout);
        return new CcrRemoval(kept.Originals, kept.StoredBytes, kept.Pins);
    }

    private SqliteCcrConnection? TryConnectAlone()
    {
        try
        {
            return Connect(isAlone: true).Connection;
        }
        catch (SqliteException e) when (IsBusy(e))
        {
            return null;
        }
    }

    private async ValueTask<CcrRemoval> RemoveAsync(Func<SqliteCcrConnection, int, CcrRemoval> batch, CancellationToken cancellationToken)
    {
        var removed = new List<CcrRemoval>();
        await RemoveAsync(batch, removed, cancellationToken).ConfigureAwait(false);
        return CcrRemoval.Sum(removed);
    }

    private async ValueTask RemoveAsync(
        Func<SqliteCcrConnection, int, CcrRemoval> batch, List<CcrRemoval> removed, CancellationToken cancellationToken)
    {
        try
        {
            await RemoveAsync(batch, SweepBatch, removed, cancellationToken).ConfigureAwait(false);
        }
        catch (CcrStoreException e) when (IsFull(e))
        {
            await OnThreadAsync(_writing, _reserve.Release, cancellationToken).ConfigureAwait(false);
            await WriteBackAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await RemoveAsync(batch, SweepBatchOnFullDisk, removed, cancellationToken).ConfigureAwait(false);
            }
            catch (CcrStoreException again) when (IsFull(again))
            {
                await WriteBackAsync(cancellationToken).ConfigureAwait(false);
                await RemoveAsync(batch, 1, removed, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask RemoveAsync(
        Func<SqliteCcrConnection, int, CcrRemoval> batch, int count, List<CcrRemoval> removed, CancellationToken cancellationToken)
    {
        while (await WriteAsync(await FileAsync(cancellationToken).ConfigureAwait(false), c => batch(c, count), cancellationToken, SweepTimeout).ConfigureAwait(false) is { } some
            && some is not { Originals: 0, Pins: 0 })
        {
            removed.Add(some);
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

        if (removed.Count > 0)
        {
            await ShrinkAsync(cancellationToken).ConfigureAwait(false);
        }
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

    // Less than a log at its longest takes.
    private bool HasLittleRoom()
    {
        const long Little = 16 << 20;
        try
        {
            return new DriveInfo(_directory).AvailableFreeSpace < Little;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    private static bool IsFull(CcrStoreException e) => e.Kind == CcrFailureKind.Full;

    private ValueTask<T> ReadAsync<T>(OpenFile file, Func<SqliteCcrConnection, T> work, CancellationToken cancellationToken) =>
        RetryAsync(_reading, file, work, Stopwatch.GetTimestamp(), BusyTimeout, cancellationToken);

    private ValueTask<T> WriteAsync<T>(
        OpenFile file, Func<SqliteCcrConnection, T> work, CancellationToken cancellationToken, TimeSpan? patience = null) =>
        OnWriterAsync(file, c => c.InTransaction(work), patience, cancellationToken);

    private async ValueTask<T> OnWriterAsync<T>(
        OpenFile file, Func<SqliteCcrConnection, T> work, TimeSpan? patience, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (!await _writer.WaitAsync(patience ?? TurnTimeout, cancellationToken).ConfigureAwait(false))
        {
            var failure = new CcrStoreException($"The store {_path} is busy: earlier writes of this process still wait.") { Kind = CcrFailureKind.Locked };
            throw patience is null ? _writing.Failed(failure) : failure;
        }

        try
        {
            var result = await RetryAsync(_writing, file, work, started, patience ?? BusyTimeout, cancellationToken).ConfigureAwait(false);
            if (++_writes % WritesPerCheckpoint == 0 && _checkpoint.IsCompleted)
            {
                _checkpoint = CheckpointAsync(file);
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
            await OnThreadAsync(_reading, _reserve.Keep, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CcrStoreException or ObjectDisposedException)
        {
            // The log stays as it is until the next one.
        }
    }

    private async ValueTask<T> RetryAsync<T>(
        SqliteCcrCondition condition, OpenFile file, Func<SqliteCcrConnection, T> work, long started, TimeSpan patience, CancellationToken cancellationToken)
    {
        condition.FailFast();
        while (true)
        {
            try
            {
                var result = await OnThreadAsync(condition, () => OnConnection(file, work), cancellationToken).ConfigureAwait(false);
                condition.Succeeded();
                return result;
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
                        await OnThreadAsync(condition, () => MoveAside(file.Epoch, e), cancellationToken).ConfigureAwait(false);
                    }
                    finally
                    {
                        _opening.Release();
                    }
                }

                throw condition.Failed(e);
            }

            await Task.Delay(BusyPause, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<T> OnThreadAsync<T>(SqliteCcrCondition condition, Func<T> work, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return await Threads.RunAsync(work, TurnTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw condition.Failed(new CcrStoreException($"The store {_path} is busy: earlier work on its file has not ended within {TurnTimeout.TotalSeconds:0} s.", e));
        }
    }

    private T OnConnection<T>(OpenFile file, Func<SqliteCcrConnection, T> work)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
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
            GiveBack(file, connection);
        }
    }

    // Null when only a thread of the file's can tell.
    private long? Glance(OpenFile file)
    {
        if (_isDisposed || _reading.Failing is not null || !file.Idle.TryTake(out var connection))
        {
            return null;
        }

        try
        {
            return connection.Generation();
        }
        catch (SqliteException)
        {
            return null;
        }
        finally
        {
            GiveBack(file, connection);
        }
    }

    private void GiveBack(OpenFile file, SqliteCcrConnection connection)
    {
        file.Idle.Add(connection);
        if (_isDisposed || !ReferenceEquals(_file, file))
        {
            file.CloseIdle();
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

        _reading.FailFast();
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var started = Stopwatch.GetTimestamp();
            var hasMoved = false;
            while (_file is not { } file || !IsCurrent(file))
            {
                var epoch = _quarantine.Epoch;
                try
                {
                    await OnThreadAsync(_reading, () => Open(epoch), cancellationToken).ConfigureAwait(false);
                    continue;
                }
                catch (SqliteException e) when (IsBusy(e) && Stopwatch.GetElapsedTime(started) < BusyTimeout)
                {
                }
                catch (SqliteException e)
                {
                    // Where a file is damaged as soon as it is made, another would be as well.
                    if (hasMoved || !IsDamage(e) || !await OnThreadAsync(_reading, () => MoveAside(epoch, e), cancellationToken).ConfigureAwait(false))
                    {
                        throw _reading.Failed(e);
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

    private OpenFile Open(long epoch)
    {
        _file?.CloseIdle();
        _file = null;
        MakeFile();
        var (connection, key) = Connect();
        var file = new OpenFile(new CcrHash(key, _workspace), epoch);
        file.Idle.Add(connection);
        return _file = file;
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

    private (SqliteCcrConnection Connection, byte[] Key) Connect(bool isAlone = false)
    {
        var connection = new SqliteCcrConnection(_path, MostPages, isAlone);
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

        /// <summary>Closes what is not in use.</summary>
        /// <returns>Whether there was any.</returns>
        public bool CloseIdle()
        {
            var any = false;
            while (Idle.TryTake(out var connection))
            {
                connection.Dispose();
                any = true;
            }

            return any;
        }
    }
}
