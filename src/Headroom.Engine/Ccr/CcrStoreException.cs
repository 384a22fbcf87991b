using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Ccr;

/// <summary>
/// The store could not do what it was asked. The message names the condition (busy, damaged, disk full, not writable, made by a
/// newer version) and the file. Nothing that was acknowledged before is affected by a failed call.
/// </summary>
/// <param name="message">What is wrong, and with which file.</param>
/// <param name="inner">The cause, or null.</param>
public sealed class CcrStoreException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What sort of trouble it is.</summary>
    public CcrFailureKind Kind { get; init; }

    /// <summary>When the store began to fail in this way; null when it does not know.</summary>
    public DateTimeOffset? Since { get; internal set; }

    /// <summary>Puts SQLite's primary result code (sqlite.org/rescode.html) into words.</summary>
    internal static CcrStoreException From(SqliteException cause, string path)
    {
        var condition = cause.SqliteErrorCode switch
        {
            SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => "is busy: another process holds its lock",
            SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => "is damaged or is not a store",
            _ when IsFull(cause) => "cannot grow: the disk is full",
            SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM => "is not writable",
            SQLitePCL.raw.SQLITE_CANTOPEN => "cannot be opened",
            SQLitePCL.raw.SQLITE_IOERR => "cannot be read or written: the disk reports an error",
            _ => "failed",
        };
        return new CcrStoreException($"The store {path} {condition} ({cause.Message})", cause)
        {
            Kind = cause.SqliteErrorCode switch
            {
                SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => CcrFailureKind.Locked,
                _ when IsFull(cause) => CcrFailureKind.Full,
                _ => CcrFailureKind.Unavailable,
            },
        };
    }

    // The index of the log is grown apart from what is written, and has a code of its own for that.
    private static bool IsFull(SqliteException cause) =>
        cause.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL || cause.SqliteExtendedErrorCode == SQLitePCL.raw.SQLITE_IOERR_SHMSIZE;
}
