using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Ccr;

/// <summary>One connection to the store's file with its statements prepared. Used by one thread at a time.</summary>
internal sealed class SqliteCcrConnection : IDisposable
{
    // Version 1. Times are Unix milliseconds. length is that of the original, body is stored as encoding says.
    private const int SchemaVersion = 1;
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS workspaces (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE IF NOT EXISTS originals (
            id INTEGER NOT NULL PRIMARY KEY,
            workspace INTEGER NOT NULL,
            hash BLOB NOT NULL,
            length INTEGER NOT NULL,
            encoding INTEGER NOT NULL,
            created INTEGER NOT NULL,
            used INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (workspace, hash));
        CREATE TABLE IF NOT EXISTS pins (
            id INTEGER NOT NULL PRIMARY KEY,
            workspace INTEGER NOT NULL,
            key BLOB NOT NULL,
            hash BLOB,
            reason TEXT NOT NULL,
            strategy TEXT NOT NULL,
            tokens_before INTEGER NOT NULL,
            tokens_after INTEGER NOT NULL,
            created INTEGER NOT NULL,
            used INTEGER NOT NULL,
            replacement BLOB,
            UNIQUE (workspace, key));
        """;

    private readonly SqliteConnection _connection;

    // A command keeps its compiled statement for as long as the connection is open, so each is made once.
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);
    private long _workspace;

    /// <summary>Opens the file; a missing one is made.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="attempt">How long one statement may wait for another writer.</param>
    public SqliteCcrConnection(string path, TimeSpan attempt)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = (int)Math.Ceiling(attempt.TotalSeconds),
        }.ConnectionString);
        try
        {
            _connection.Open();

            // NORMAL does not wait for the disk at each commit. A commit is in the operating system's hands when the call
            // returns, so it survives the end of this process, however sudden. Only the fall of the whole machine can take the
            // latest commits, and in WAL mode even that leaves the file consistent.
            Execute($"""
                PRAGMA busy_timeout = {(int)attempt.TotalMilliseconds};
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = NORMAL;
                PRAGMA journal_size_limit = 67108864;
                """);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Makes what a new file lacks, chooses the workspace whose rows are meant from then on, and returns the store's key.</summary>
    /// <exception cref="CcrStoreException">The file was made by a newer version.</exception>
    public byte[] Initialize(string workspace)
    {
        if (Read(workspace) is { } key)
        {
            return key;
        }

        // Of several processes that come here at once one is first, and the others then find its key.
        return InTransaction(_ =>
        {
            Execute(Schema);
            Prepared(
                "INSERT OR IGNORE INTO meta (name, value) VALUES ('schema', $schema), ('key', $key)",
                ("$schema", SchemaVersion), ("$key", RandomNumberGenerator.GetBytes(CcrHash.KeyBytes))).ExecuteNonQuery();
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

    public bool HasOriginal(byte[] hash) =>
        Prepared("SELECT 1 FROM originals WHERE workspace = $workspace AND hash = $hash", ("$hash", hash)).ExecuteScalar() is not null;

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

    public void TouchOriginal(byte[] hash, long now) => Prepared(
        "UPDATE originals SET used = max(used, $now) WHERE workspace = $workspace AND hash = $hash",
        ("$hash", hash), ("$now", now)).ExecuteNonQuery();

    public (Pin Pin, long Used)? FindPin(PinKey key)
    {
        using var reader = Prepared(
            """
            SELECT hash, reason, strategy, tokens_before, tokens_after, used, replacement
            FROM pins WHERE workspace = $workspace AND key = $key
            """,
            ("$key", Convert.FromHexString(key.Hex))).ExecuteReader();
        if (!reader.Read())
        {
            return null;
        }

        var pin = new Pin
        {
            Key = key,
            Hash = reader.IsDBNull(0) ? null : Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(0)),
            Reason = reader.GetString(1),
            Strategy = reader.GetString(2),
            TokensBefore = reader.GetInt32(3),
            TokensAfter = reader.GetInt32(4),
            Replacement = reader.IsDBNull(6) ? null : reader.GetFieldValue<byte[]>(6),
        };
        return (pin, reader.GetInt64(5));
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

    public void TouchPin(PinKey key, long now) => Prepared(
        "UPDATE pins SET used = max(used, $now) WHERE workspace = $workspace AND key = $key",
        ("$key", Convert.FromHexString(key.Hex)), ("$now", now)).ExecuteNonQuery();

    public CcrStatistics Statistics()
    {
        using var reader = Prepared(
            """
            SELECT count(*), coalesce(sum(length), 0), (SELECT count(*) FROM pins WHERE workspace = $workspace)
            FROM originals WHERE workspace = $workspace
            """).ExecuteReader();
        reader.Read();
        return new CcrStatistics(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
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
        if (Prepared("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").ExecuteScalar() is null)
        {
            return null;
        }

        if (Prepared("SELECT value FROM meta WHERE name = 'schema'").ExecuteScalar() is long version && version > SchemaVersion)
        {
            throw new CcrStoreException($"The store {_connection.DataSource} was made by a newer version of this product.");
        }

        _workspace = Prepared("SELECT id FROM workspaces WHERE name = $name", ("$name", workspace)).ExecuteScalar() as long? ?? 0;
        return _workspace == 0 ? null : (byte[]?)Prepared("SELECT value FROM meta WHERE name = 'key'").ExecuteScalar();
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
