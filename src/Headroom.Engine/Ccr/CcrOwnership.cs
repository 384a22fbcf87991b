using System.Runtime.InteropServices;
using Headroom.Engine.Files;

namespace Headroom.Engine.Ccr;

/// <summary>
/// Tells what lies at a path before anything of it is changed: a directory or plain file of this user's, and no link to one. Only the last
/// part of the path is looked at; who can write to the directories above it can replace all of it anyway.
/// </summary>
internal static class CcrOwnership
{
    /// <summary>Refuses what is there and is no directory of this user's.</summary>
    /// <exception cref="CcrStoreException">It is something else.</exception>
    public static void CheckDirectory(string path) => Check(path, isDirectory: true);

    /// <summary>Refuses what is there and is no plain file of this user's.</summary>
    /// <exception cref="CcrStoreException">It is something else.</exception>
    public static void CheckFile(string path) => Check(path, isDirectory: false);

    private static void Check(string path, bool isDirectory)
    {
        FileSystemInfo entry = isDirectory ? new DirectoryInfo(path) : new FileInfo(path);
        if (entry.LinkTarget is not null)
        {
            throw Refused(path, "is a link", isDirectory);
        }

        if (FileStatus.Of(path, followLinks: false) is not var (kind, user))
        {
            // Nothing is there, or what follows cannot use it either and says why.
            return;
        }

        if (kind != (isDirectory ? FileKind.Directory : FileKind.Plain))
        {
            throw Refused(path, isDirectory ? "is no directory" : "is no plain file", isDirectory);
        }

        if (user != EffectiveUser())
        {
            throw Refused(path, "belongs to another user", isDirectory);
        }
    }

    private static CcrStoreException Refused(string path, string what, bool isDirectory) => new(
        $"{path} {what}, so no originals are kept in it; nothing of it was changed. "
        + (isDirectory ? $"Name a directory of your own with {CcrDataDirectory.Variable} or as the data directory." : "Move it away or name another data directory."));

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint EffectiveUser();
}
