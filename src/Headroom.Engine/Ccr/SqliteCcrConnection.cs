using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Ccr;

/// <summary>One connection to the store's file with its statements prepared. Used by one thread at a time.</summary>
internal sealed class SqliteCcrConnection : IDisposable
{
    private readonly SqliteConnection _connection;

    // A command keeps its compiled statement for as long as the connection is open, so each is made once.
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);
    private long _workspace;

    /// <summary>Opens the file, which may still be empty.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="mostPages">The most pages that the file may have; 0 for as many as the disk holds.</param>
    /// <param name="isAlone">Has the file for itself, for which it needs no room on the disk; fails as busy where somebody else has it open.</param>
    public SqliteCcrConnection(string path, int mostPages, bool isAlone = false)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,

            // A statement that finds the file locked fails at once: its caller waits without a thread. 0 would wait for ever.
            DefaultTimeout = -1,
        }.ConnectionString);
        try
        {
            _connection.Open();

            // NORMAL does not wait for the disk at each commit. A commit is in the operating system's hands when the call
            // returns, so it survives the end of this process, however sudden. Only the fall of the whole machine can take the
            // latest commits, and in WAL mode even that leaves the file consistent.
            // Pages that a sweep has freed can go back to the disk only where that was said before the first table.
            Execute($"""
                PRAGMA busy_timeout = 0;
                PRAGMA locking_mode = {(isAlone ? "EXCLUSIVE" : "NORMAL")};
                PRAGMA auto_vacuum = INCREMENTAL;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = NORMAL;
                PRAGMA journal_size_limit = 67108864;
                PRAGMA wal_autocheckpoint = 1500;
                PRAGMA max_page_count = {(mostPages > 0 ? mostPages : uint.MaxValue - 1)};
                """);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes what a new file lacks, brings one of an earlier version to this one, chooses the workspace whose rows are meant from then
    /// on, and returns the store's key.
    /// </summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="newKey">The key that a new file gets; null for one that nobody knows.</param>
    /// <exception cref="CcrStoreException">The file was made by a newer version.</exception>
    public byte[] Initialize(string workspace, byte[]? newKey = null)
    {
        if (Read(workspace) is { } key)
        {
            return key;
        }

        // Of several processes that come here at once one is first, and the others then find its key.
        return InTransaction(_ =>
        {
            var version = Version();
            if (version < 1)
            {
                Execute(SqliteCcrSchema.Version1);
                Prepared("INSERT INTO meta (name, value) VALUES ('key', $key)", ("$key", newKey ?? RandomNumberGenerator.GetBytes(CcrHash.KeyBytes)))
                    .ExecuteNonQuery();
            }

            if (version < SqliteCcrSchema.Version)
            {
                Execute(SqliteCcrSchema.Version2);
                Prepared("INSERT OR REPLACE INTO meta (name, value) VALUES ('schema', $schema)", ("$schema", SqliteCcrSchema.Version)).ExecuteNonQuery();
            }

            Prepared("INSERT OR IGNORE INTO workspaces (name) VALUES ($name)", ("$name", workspace)).ExecuteNonQuery();
            return Read(workspace)!;
        });
    }

    /// <summary>Runs work that writes: all of it is stored when this returns, or nothing when it throws.</summary>
    public T InTransaction<T>(Func<SqliteCcrConnection, T> work)
    {
        // IMMEDIATE takes the write lock first: a read that turns into a write later could not wait for another writer.
        Prepared("BEGIN IMMEDIATE").ExecuteNonQuery();
        try
        {
            var result = work(this);
            Prepared("COMMIT").ExecuteNonQuery();
            return result;
        }
        catch
        {
            // After a full disk and some other errors SQLite has rolled back by itself.
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0)
            {
                Prepared("ROLLBACK").ExecuteNonQuery();
            }

            throw;
        }
    }

    /// <summary>When an original was last used as far as the file knows, Unix milliseconds; null when there is none.</summary>
    public long? FindUse(byte[] hash) => (long?)Prepared(
        "SELECT used FROM originals WHERE workspace = $workspace AND hash = $hash", ("$hash", hash)).ExecuteScalar();

    public bool HasExpired(byte[] hash) => Prepared(
        "SELECT 1 FROM expired WHERE workspace = $workspace AND hash = $hash", ("$hash", hash)).ExecuteScalar() is not null;

    /// <summary>A number that grows whenever pins are removed from the workspace, by whichever process.</summary>
    public long Generation() => (long)Prepared("SELECT generation FROM workspaces WHERE id = $workspace").ExecuteScalar()!;

    public (StoredOriginal Original, long Used)? FindOriginal(byte[] hash)
    {
        using var reader = Prepared(
            "SELECT encoding, length, used, body FROM originals WHERE workspace = $workspace AND hash = $hash",
            ("$hash", hash)).ExecuteReader();
        return reader.Read()
            ? (new StoredOriginal((OriginalEncoding)reader.GetInt32(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(3)), reader.GetInt64(2))
            : null;
    }

    public void InsertOriginal(byte[] hash, StoredOriginal original, long now)
    {
        var command = Prepared(
            """
            INSERT INTO originals (workspace, hash, length, encoding, created, used, body)
            VALUES ($workspace, $hash, $length, $encoding, $now, $now, $body)
            ON CONFLICT (workspace, hash) DO UPDATE SET used = max(used, excluded.used)
            """,
            ("$hash", hash), ("$length", original.Length), ("$encoding", (int)original.Encoding), ("$body", original.Body), ("$now", now));
        command.ExecuteNonQuery();

        // Or the command would hold the bytes until the next call.
        command.Parameters.Clear();
    }

    /// <summary>Fails where a write would fail for want of room.</summary>
    public void TryGrow()
    {
        Prepared("INSERT OR REPLACE INTO meta (name, value) VALUES ('room', zeroblob(65536))").ExecuteNonQuery();
        Prepared("DELETE FROM meta WHERE name = 'room'").ExecuteNonQuery();
    }

    public void TouchOriginal(byte[] hash, long now) => Prepared(
        "UPDATE originals SET used = max(used, $now) WHERE workspace = $workspace AND hash = $hash",
        ("$hash", hash), ("$now", now)).ExecuteNonQuery();

    /// <summary>A pin with its recorded time of use, and whether its original is there or none is needed.</summary>
    public (Pin Pin, long Used, bool IsWhole)? FindPin(PinKey key) => FindPins([key]) is [var found] ? found : null;

    /// <summary>The pins that exist among the keys, as <see cref="FindPin"/> tells each: one statement, however many they are.</summary>
    public IReadOnlyList<(Pin Pin, long Used, bool IsWhole)> FindPins(IReadOnlyCollection<PinKey> keys)
    {
        using var reader = Prepared(
            """
            SELECT hash, reason, strategy, tokens_before, tokens_after, used, replacement,
                hash IS NULL OR EXISTS (SELECT 1 FROM originals o WHERE o.workspace = p.workspace AND o.hash = p.hash), p.key
            FROM json_each($keys) wanted CROSS JOIN pins p ON p.workspace = $workspace AND p.key = unhex(wanted.value)
            """,
            ("$keys", JsonOf(keys.Select(k => k.Hex)))).ExecuteReader();
        var found = new List<(Pin, long, bool)>();
        while (reader.Read())
        {
            var pin = new Pin
            {
                Key = new PinKey(Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(8))),
                Hash = reader.IsDBNull(0) ? null : Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(0)),
                Reason = reader.GetString(1),
                Strategy = reader.GetString(2),
                TokensBefore = reader.GetInt32(3),
                TokensAfter = reader.GetInt32(4),
                Replacement = reader.IsDBNull(6) ? null : reader.GetFieldValue<byte[]>(6),
            };
            found.Add((pin, reader.GetInt64(5), reader.GetBoolean(7)));
        }

        return found;
    }

    /// <summary>Stores a pin; false when there is one already.</summary>
    public bool InsertPin(Pin pin, long now)
    {
        var command = Prepared(
            """
            INSERT INTO pins (workspace, key, hash, reason, strategy, tokens_before, tokens_after, created, used, replacement)
            VALUES ($workspace, $key, $hash, $reason, $strategy, $before, $after, $now, $now, $replacement)
            ON CONFLICT (workspace, key) DO NOTHING
            """,
            ("$key", Convert.FromHexString(pin.Key.Hex)),
            ("$hash", pin.Hash is null ? DBNull.Value : Convert.FromHexString(pin.Hash)),
            ("$reason", pin.Reason),
            ("$strategy", pin.Strategy),
            ("$before", pin.TokensBefore),
            ("$after", pin.TokensAfter),
            ("$now", now),
            ("$replacement", (object?)pin.Replacement ?? DBNull.Value));
        return command.ExecuteNonQuery() == 1;
    }

    /// <summary>Removes a pin, and so makes the generation grow.</summary>
    public void RemovePin(PinKey key) => Prepared(
        "DELETE FROM pins WHERE workspace = $workspace AND key = $key", ("$key", Convert.FromHexString(key.Hex))).ExecuteNonQuery();

    /// <summary>Notes a use of a pin and of its original.</summary>
    public void TouchPin(Pin pin, long now)
    {
        Prepared(
            "UPDATE pins SET used = max(used, $now) WHERE workspace = $workspace AND key = $key",
            ("$key", Convert.FromHexString(pin.Key.Hex)), ("$now", now)).ExecuteNonQuery();
        if (pin.Hash is { } hash)
        {
            TouchOriginal(Convert.FromHexString(hash), now);
        }
    }

    public CcrStatistics Statistics()
    {
        using var reader = Prepared(
            """
            SELECT originals, length, pins, stored, expired,
                (SELECT min(created) FROM originals WHERE workspace = $workspace),
                (SELECT min(used) FROM originals WHERE workspace = $workspace)
            FROM workspaces WHERE id = $workspace
            """).ExecuteReader();
        reader.Read();
        return new CcrStatistics(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2))
        {
            StoredBytes = reader.GetInt64(3),
            Expired = reader.GetInt64(4),
            Oldest = reader.IsDBNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5)),
            LeastRecentlyUsed = reader.IsDBNull(6) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(6)),
        };
    }

    /// <summary>The next originals after one, the most recently used first.</summary>
    /// <param name="used">The earlier one's time of use.</param>
    /// <param name="id">The earlier one's number.</param>
    /// <param name="count">The most to return.</param>
    public IReadOnlyList<(long Used, long Id, CcrEntry Entry)> List(long used, long id, int count)
    {
        using var reader = Prepared(
            """
            SELECT id, hash, length, length(body), created, used FROM originals
            WHERE workspace = $workspace AND (used, id) < ($used, $id) ORDER BY used DESC, id DESC LIMIT $count
            """,
            ("$used", used), ("$id", id), ("$count", count)).ExecuteReader();
        var entries = new List<(long, long, CcrEntry)>();
        while (reader.Read())
        {
            var entry = new CcrEntry(
                Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(1)),
                reader.GetInt64(2),
                reader.GetInt64(3),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5)));
            entries.Add((reader.GetInt64(5), reader.GetInt64(0), entry));
        }

        return entries;
    }

    /// <summary>
    /// Removes the least recently used originals, with their pins, and pins without one: all that was last used before
    /// <paramref name="tooOld"/>, and before <paramref name="removable"/> as long as more than <paramref name="maxBytes"/> are kept.
    /// </summary>
    /// <returns>What was removed; nothing when there is nothing more to remove.</returns>
    public CcrRemoval Sweep(long tooOld, long removable, long maxBytes, int count)
    {
        var before = Statistics();
        using (var reader = Prepared(
            """
            SELECT * FROM (SELECT used, id, 1 FROM originals WHERE workspace = $workspace AND used < $removable ORDER BY used LIMIT $count)
            UNION ALL
            SELECT * FROM (SELECT used, id, 0 FROM pins WHERE workspace = $workspace AND hash IS NULL AND used < $removable ORDER BY used LIMIT $count)
            ORDER BY 1 LIMIT $count
            """,
            ("$removable", removable), ("$count", count)).ExecuteReader())
        {
            while (reader.Read())
            {
                if (reader.GetInt64(0) >= tooOld && StoredBytes() <= maxBytes)
                {
                    break;
                }

                Prepared(
                    reader.GetBoolean(2) ? "DELETE FROM originals WHERE id = $id" : "DELETE FROM pins WHERE id = $id",
                    ("$id", reader.GetInt64(1))).ExecuteNonQuery();
            }
        }

        return Since(before);
    }

    /// <summary>The hashes under which there are originals.</summary>
    public IReadOnlySet<string> FindOriginals(IReadOnlyCollection<string> hashes)
    {
        using var reader = Prepared(
            """
            SELECT o.hash FROM json_each($hashes) wanted CROSS JOIN originals o ON o.workspace = $workspace AND o.hash = unhex(wanted.value)
            """,
            ("$hashes", JsonOf(hashes))).ExecuteReader();
        var found = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            found.Add(Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(0)));
        }

        return found;
    }

    /// <summary>Removes some of these originals, as far as they were there when the last one named was added.</summary>
    /// <returns>What was removed; nothing when there is nothing more to remove.</returns>
    public CcrRemoval Remove(IReadOnlyCollection<string> hashes, long lastOriginal, int count)
    {
        var before = Statistics();
        Prepared(
            """
            DELETE FROM originals WHERE id IN (
                SELECT o.id FROM json_each($hashes) wanted CROSS JOIN originals o
                ON o.workspace = $workspace AND o.hash = unhex(wanted.value) AND o.id <= $last LIMIT $count)
            """,
            ("$hashes", JsonOf(hashes)), ("$last", lastOriginal), ("$count", count)).ExecuteNonQuery();
        return Since(before);
    }

    /// <summary>Removes some of the originals and pins that were there when the last ones named were added.</summary>
    /// <returns>What was removed; nothing when there is nothing more to remove.</returns>
    public CcrRemoval Clear(long lastOriginal, long lastPin, int count)
    {
        var before = Statistics();
        Prepared(
            """
            DELETE FROM originals WHERE id IN (
                SELECT id FROM originals WHERE workspace = $workspace AND id <= $last ORDER BY used LIMIT $count)
            """,
            ("$last", lastOriginal), ("$count", count)).ExecuteNonQuery();
        Prepared(
            "DELETE FROM pins WHERE id IN (SELECT id FROM pins WHERE workspace = $workspace AND id <= $last LIMIT $count)",
            ("$last", lastPin), ("$count", count)).ExecuteNonQuery();
        return Since(before);
    }

    /// <summary>
    /// Removes everything in one step. What goes is never written to the log then, so that it takes little room; all that is touched is in memory meanwhile. To be called
    /// outside of a transaction.
    /// </summary>
    public CcrRemoval ClearAtOnce()
    {
        Execute("PRAGMA cache_spill = OFF");
        try
        {
            return InTransaction(_ =>
            {
                var removed = Clear(long.MaxValue, long.MaxValue, int.MaxValue);
                Shrink(int.MaxValue);
                return removed;
            });
        }
        finally
        {
            Execute("PRAGMA cache_spill = ON");
        }
    }

    /// <summary>The numbers of the originals and pins that were added last.</summary>
    public (long Original, long Pin) Last()
    {
        using var reader = Prepared(
            "SELECT (SELECT coalesce(max(id), 0) FROM originals), (SELECT coalesce(max(id), 0) FROM pins)").ExecuteReader();
        reader.Read();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>True when other workspaces have anything in the file.</summary>
    public bool HasOthers() =>
        Prepared("SELECT 1 FROM workspaces WHERE id <> $workspace AND originals + pins > 0").ExecuteScalar() is not null;

    /// <summary>Hashes of originals that are kept or were removed, those of the latest.</summary>
    public IReadOnlyList<byte[]> Hashes(long most)
    {
        using var reader = Prepared(
            """
            SELECT hash FROM (
                SELECT 0 AS kept, id, hash FROM expired WHERE workspace = $workspace
                UNION ALL SELECT 1, id, hash FROM originals WHERE workspace = $workspace
                ORDER BY kept DESC, id DESC LIMIT $most)
            ORDER BY kept, id
            """,
            ("$most", most)).ExecuteReader();
        var hashes = new List<byte[]>();
        while (reader.Read())
        {
            hashes.Add(reader.GetFieldValue<byte[]>(0));
        }

        return hashes;
    }

    /// <summary>Remembers originals as removed ones.</summary>
    /// <returns>How many.</returns>
    public int Expire(IReadOnlyList<byte[]> hashes) =>
        hashes.Sum(hash => Prepared("INSERT OR IGNORE INTO expired (workspace, hash) VALUES ($workspace, $hash)", ("$hash", hash)).ExecuteNonQuery());

    /// <summary>Forgets the oldest hashes of removed originals beyond a number.</summary>
    /// <returns>True when there are still too many.</returns>
    public bool Forget(long most, int count)
    {
        var excess = Statistics().Expired - most;
        if (excess > 0)
        {
            Prepared(
                "DELETE FROM expired WHERE id IN (SELECT id FROM expired WHERE workspace = $workspace ORDER BY id LIMIT $count)",
                ("$count", Math.Min(excess, count))).ExecuteNonQuery();
        }

        return excess > count;
    }

    /// <summary>Gives some of the pages that nothing is in any more back to the disk.</summary>
    /// <returns>True when there are more.</returns>
    public bool Shrink(int pages)
    {
        // It frees a page at each step.
        using (var reader = Prepared($"PRAGMA incremental_vacuum({pages})").ExecuteReader())
        {
            while (reader.Read())
            {
            }
        }

        return (long)Prepared("PRAGMA freelist_count").ExecuteScalar()! > 0 && (long)Prepared("PRAGMA auto_vacuum").ExecuteScalar()! == 2;
    }

    /// <summary>Writes the log back into the file as far as no reader needs it.</summary>
    public bool Checkpoint() => Prepared("PRAGMA wal_checkpoint(PASSIVE)").ExecuteScalar() is 0L;

    /// <summary>Writes the log back and gives its room back to the disk, where nobody else needs it at the moment.</summary>
    public bool CutLog() => Prepared("PRAGMA wal_checkpoint(TRUNCATE)").ExecuteScalar() is 0L;

    /// <summary>
    /// Has a file that was made before files could shrink do so from now on. That writes the whole file anew, so it is for the moment
    /// at which hardly anything is in it.
    /// </summary>
    /// <returns>False when there is too much in it.</returns>
    public bool LetShrink()
    {
        const long MostPages = 4096;
        if ((long)Prepared("PRAGMA auto_vacuum").ExecuteScalar()! == 2)
        {
            return true;
        }

        if ((long)Prepared("PRAGMA page_count").ExecuteScalar()! - (long)Prepared("PRAGMA freelist_count").ExecuteScalar()! > MostPages)
        {
            return false;
        }

        Execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
        return Checkpoint();
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private byte[]? Read(string workspace)
    {
        var version = Version();
        if (version > SqliteCcrSchema.Version)
        {
            throw new CcrStoreException($"The store {_connection.DataSource} was made by a newer version of this product.");
        }

        if (version < SqliteCcrSchema.Version)
        {
            return null;
        }

        _workspace = Prepared("SELECT id FROM workspaces WHERE name = $name", ("$name", workspace)).ExecuteScalar() as long? ?? 0;
        return _workspace == 0 ? null : (byte[]?)Prepared("SELECT value FROM meta WHERE name = 'key'").ExecuteScalar();
    }

    // 0 for a file that is still empty.
    private long Version() => Prepared("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").ExecuteScalar() is null
        ? 0
        : Prepared("SELECT value FROM meta WHERE name = 'schema'").ExecuteScalar() as long? ?? 0;

    private long StoredBytes() => (long)Prepared("SELECT stored FROM workspaces WHERE id = $workspace").ExecuteScalar()!;

    private static string JsonOf(IEnumerable<string> hex) => $"[{string.Join(',', hex.Select(h => $"\"{h}\""))}]";

    private CcrRemoval Since(CcrStatistics before)
    {
        var now = Statistics();
        return new CcrRemoval(before.Originals - now.Originals, before.StoredBytes - now.StoredBytes, before.Pins - now.Pins);
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The statement with its parameters; <c>$workspace</c> is always there.</summary>
    /// <param name="sql">A literal; values go into the parameters.</param>
    /// <param name="parameters">Names and values.</param>
    private SqliteCommand Prepared(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
#pragma warning disable CA2100 // Every caller gives a literal.
            command.CommandText = sql;
#pragma warning restore CA2100
            _prepared.Add(sql, command);
        }

        command.Parameters.Clear();
        command.Parameters.AddWithValue("$workspace", _workspace);
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
