using System.Security.Cryptography;

namespace Headroom.Engine.Ccr;

/// <summary>
/// Some megabytes beside a store's file that nothing is in. Removing rows takes room in the log first; on a disk that is full to the
/// last block, giving these up is what makes it possible.
/// </summary>
/// <param name="path">The store's file.</param>
internal sealed class SqliteCcrReserve(string path)
{
    private const int Bytes = 8 << 20;

    // A small store's rows are removed one by one where it must be.
    private const int FewBytes = 1 << 20;
    private const int BlockBytes = 64 << 10;

    private readonly string _file = path + ".reserve";

    /// <summary>Makes it where there is none and the disk has the room.</summary>
    /// <returns>Whether it is there.</returns>
    public bool Keep()
    {
        if (!File.Exists(path))
        {
            return false;
        }

        var bytes = new FileInfo(path).Length > Bytes ? Bytes : FewBytes;
        if (new FileInfo(_file) is { Exists: true, Length: var kept } && kept >= bytes)
        {
            return true;
        }

        try
        {
            // Not zeros, which some file systems do not keep.
            var block = RandomNumberGenerator.GetBytes(BlockBytes);
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var file = new FileStream(_file, options);
            for (var written = 0; written < bytes; written += BlockBytes)
            {
                file.Write(block);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Release();
            return false;
        }
    }

    /// <summary>Gives the room back to the disk.</summary>
    /// <returns>Whether there is none kept any more.</returns>
    public bool Release()
    {
        try
        {
            File.Delete(_file);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then there is only what the log already has.
            return false;
        }
    }
}
