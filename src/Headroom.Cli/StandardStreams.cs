using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Cli;

/// <summary>
/// The standard streams as they were when the process began. The number of one that its caller had closed (<c>&lt;&amp;-</c>) goes to whatever is
/// opened next, the runtime's own pipes first: to read it would wait for ever, and what is written to it would end up anywhere.
/// </summary>
internal static class StandardStreams
{
    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;
    private const int Count = 3;

    private static readonly bool[] Closed = new bool[Count];

    // Open for as long as the process runs.
    private static readonly List<SafeFileHandle> Fillers = [];

    /// <summary>Whoever started this process has closed its stdin.</summary>
    public static bool IsInputClosed => Closed[0];

    /// <summary>Whoever started this process has closed its stdout.</summary>
    public static bool IsOutputClosed => Closed[1];

    /// <summary>Finds out which streams there are; to be called before anything is opened.</summary>
    public static void Claim()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        for (var i = 0; i < Count; i++)
        {
            // What the process was given has survived an exec; what the runtime has opened would not.
            var flags = DescriptorControl(i, GetDescriptorFlags);
            Closed[i] = flags < 0 || (flags & CloseOnExec) != 0;
            if (flags < 0)
            {
                Fillers.Add(File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));
            }
        }

        if (Closed[2])
        {
            Console.SetError(TextWriter.Null);
        }
    }

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int DescriptorControl(int descriptor, int command);
}
