using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Headroom.Engine.Ccr;

/// <summary>
/// Tells what lies at a path before anything of it is changed: a directory or plain file of this user's, and no link to one. Only the last
/// part of the path is looked at; who can write to the directories above it can replace all of it anyway.
/// </summary>
internal static class CcrOwnership
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint TypeModeUser = 0x1 | 0x2 | 0x8;
    private const int TypeMask = 0xF000;
    private const int DirectoryType = 0x4000;
    private const int FileType = 0x8000;

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

        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var status = new byte[256];
        if (StatX(CurrentDirectory, path, NoFollow, TypeModeUser, status) != 0)
        {
            // Nothing is there, or what follows cannot use it either and says why.
            return;
        }

        var user = BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(20));
        var type = BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(28)) & TypeMask;
        if (type != (isDirectory ? DirectoryType : FileType))
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

    // linux/stat.h: the layout of struct statx is the same on every architecture; the user is at 20, the mode at 28.
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] status);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint EffectiveUser();
}
