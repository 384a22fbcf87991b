using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Headroom.Engine.Files;

/// <summary>What Linux tells of a path without opening it.</summary>
/// <param name="Kind">What lies there.</param>
/// <param name="User">Whose it is.</param>
internal readonly record struct FileStatus(FileKind Kind, uint User)
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint TypeModeUser = 0x1 | 0x2 | 0x8;
    private const int TypeMask = 0xF000;

    /// <summary>The status; null where nothing is there, where the path cannot be used, or on another system.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followLinks">Whether a link stands for what it leads to.</param>
    public static FileStatus? Of(string path, bool followLinks)
    {
        var status = new byte[256];
        if (!OperatingSystem.IsLinux() || path.Contains('\0', StringComparison.Ordinal)
            || StatX(CurrentDirectory, path, followLinks ? 0 : NoFollow, TypeModeUser, status) != 0)
        {
            return null;
        }

        // linux/stat.h: the layout of struct statx is the same on every architecture; the user is at 20, the mode at 28.
        var kind = (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(28)) & TypeMask) switch
        {
            0x8000 => FileKind.Plain,
            0x4000 => FileKind.Directory,
            0x1000 => FileKind.NamedPipe,
            0x2000 or 0x6000 => FileKind.Device,
            0xC000 => FileKind.Socket,
            _ => FileKind.Unknown,
        };
        return new FileStatus(kind, BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(20)));
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] status);
}
