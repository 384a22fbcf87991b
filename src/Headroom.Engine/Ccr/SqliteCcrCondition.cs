using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Ccr;

/// <summary>
/// How a store's file does, as far as the last calls of one sort tell: since when they fail, and whether it counts as away. Where three in a
/// row had to give up waiting, calls fail at once for <see cref="AwayTime"/>; then one of them tries, and the others go on failing until one has succeeded.
/// Thread-safe.
/// </summary>
/// <param name="path">The store's file, for messages.</param>
/// <param name="time">The clock.</param>
internal sealed class SqliteCcrCondition(string path, TimeProvider time)
{
    private const int MissesUntilAway = 3;

    private readonly Lock _gate = new();
    private int _misses;
    private long _awaySince;
    private volatile CcrStoreException? _failure;

    /// <summary>How long calls fail at once.</summary>
    public static TimeSpan AwayTime { get; } = TimeSpan.FromSeconds(5);

    /// <summary>How the last call failed; null when it did not.</summary>
    public CcrFailureKind? Failing => _failure?.Kind;

    /// <summary>Notes that a call has done what it was asked.</summary>
    public void Succeeded()
    {
        if (_failure is not null)
        {
            lock (_gate)
            {
                (_misses, _failure) = (0, null);
            }
        }
    }

    /// <summary>Notes a failure of SQLite's.</summary>
    /// <returns>What the caller is told.</returns>
    public CcrStoreException Failed(SqliteException cause) => Failed(CcrStoreException.From(cause, path));

    /// <summary>Notes a failure.</summary>
    /// <returns>What the caller is told.</returns>
    public CcrStoreException Failed(CcrStoreException failure)
    {
        lock (_gate)
        {
            failure.Since = _failure is { } earlier && earlier.Kind == failure.Kind ? earlier.Since : time.GetUtcNow();
            _failure = failure;
            if ((failure.Kind == CcrFailureKind.Locked || failure.InnerException is TimeoutException) && ++_misses >= MissesUntilAway)
            {
                _awaySince = time.GetTimestamp();
            }

            return failure;
        }
    }

    /// <summary>Throws while it counts as away.</summary>
    public void FailFast()
    {
        if (_failure is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_misses >= MissesUntilAway && _failure is { } failure)
            {
                if (time.GetElapsedTime(_awaySince) < AwayTime)
                {
                    throw new CcrStoreException(failure.Message, failure.InnerException) { Kind = failure.Kind, Since = failure.Since };
                }

                // This one tries.
                _awaySince = time.GetTimestamp();
            }
        }
    }
}
