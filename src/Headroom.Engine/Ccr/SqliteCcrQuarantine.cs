using System.Diagnostics;
using System.Globalization;

namespace Headroom.Engine.Ccr;

/// <summary>
/// Moves a damaged file aside, once, however many processes see the damage. The journal beside the file has one line for each that
/// was moved: its length tells every process whether the file it has open is still the store, and its lock lets one at a time
/// move it or make a new one in its place.
/// </summary>
/// <param name="path">The store's file.</param>
internal sealed class SqliteCcrQuarantine(string path)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly string _journal = path + ".quarantine";

    /// <summary>Changes when a file was moved aside.</summary>
    public long Epoch
    {
        get
        {
            var journal = new FileInfo(_journal);
            return journal.Exists ? journal.Length : 0;
        }
    }

    /// <summary>Makes the store's file for its user alone if there is none.</summary>
    public void MakeFile(TimeSpan patience)
    {
        if (File.Exists(path))
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, Private);
            }

            return;
        }

        // Whoever moves a damaged file has the journal first; without one nothing is being moved.
        using var moving = File.Exists(_journal) ? Lock(patience) : null;
        try
        {
            // Made here and not by SQLite, which would follow the umask; its side files take the mode of this one. Only a new
            // file may be opened: closing any handle of a file drops the locks that this process has on it.
            using var file = new FileStream(path, Options(FileMode.CreateNew));
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first.
        }
    }

    /// <summary>Moves the file aside unless another process has done so since.</summary>
    /// <param name="epoch">The epoch before the damage was seen.</param>
    /// <param name="now">The time for the new name.</param>
    /// <param name="patience">How long to wait for another process that is doing the same.</param>
    /// <returns>Where it is now; null when another process moved it.</returns>
    /// <exception cref="IOException">Another process has the file open, on a system that does not let it be moved then.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory is not writable.</exception>
    public string? MoveAside(long epoch, DateTimeOffset now, TimeSpan patience)
    {
        using var journal = Lock(patience);
        if (journal.Length != epoch)
        {
            return null;
        }

        // 1. A name that is free.
        var name = path + ".corrupt-" + now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var aside = name;
        for (var i = 2; File.Exists(aside); i++)
        {
            aside = $"{name}-{i}";
        }

        // 2. The log goes first: SQLite would take one that is left over for that of the next file. One that somebody has begun
        //    since belongs to the old file as well.
        MoveLog(aside);
        File.Move(path, aside);
        MoveLog(aside);

        // 3. From here on every process sees that its file is not the store any more.
        Append(journal, Path.GetFileName(aside));
        return aside;
    }

    /// <summary>Puts another file in the place of the store's, which goes with all that is in it.</summary>
    /// <param name="make">Makes what is in the other one, under the name that it is given and that is a new and empty file.</param>
    /// <param name="patience">How long to wait for another process that moves or makes the file.</param>
    /// <exception cref="IOException">It cannot be removed; on some systems because another process has it open.</exception>
    public void Replace(Action<string> make, TimeSpan patience)
    {
        using var journal = Lock(patience);
        foreach (var suffix in (ReadOnlySpan<string>)["-wal", "", "-shm"])
        {
            // As long as somebody has it open, deleting it alone would give no room back. What maps the index must find all of it.
            if (suffix != "-shm" && !OperatingSystem.IsWindows() && File.Exists(path + suffix))
            {
                using var file = new FileStream(path + suffix, FileMode.Truncate);
            }

            File.Delete(path + suffix);
        }

        // Under a name of its own until it has its key: whoever comes now waits for the journal and not for the file.
        var fresh = path + ".new";
        File.Delete(fresh);
        using (new FileStream(fresh, Options(FileMode.CreateNew)))
        {
        }

        make(fresh);
        File.Move(fresh, path);
        Append(journal, "cleared");
    }

    private static void Append(FileStream journal, string line)
    {
        journal.Seek(0, SeekOrigin.End);
        journal.Write(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
        journal.Flush(flushToDisk: true);
    }

    private void MoveLog(string aside)
    {
        foreach (var suffix in (ReadOnlySpan<string>)["-wal", "-shm"])
        {
            if (File.Exists(path + suffix))
            {
                File.Move(path + suffix, aside + suffix, overwrite: true);
            }
        }
    }

    private FileStream Lock(TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(_journal, Options(FileMode.OpenOrCreate));
            }
            catch (IOException) when (File.Exists(_journal) && Stopwatch.GetElapsedTime(started) < patience)
            {
                Thread.Sleep(Pause);
            }
        }
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        return options;
    }
}
