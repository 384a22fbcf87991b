using System.Diagnostics;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>A file system of a few megabytes for one test, in memory. Only root can make one; for others the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory _mount = new();

    public SmallDisk(int kibibytes)
    {
        if (!OperatingSystem.IsLinux() || !string.Equals(Environment.UserName, "root", StringComparison.Ordinal)
            || !Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k,mode=700", "tmpfs", _mount.Path))
        {
            _mount.Dispose();
            Assert.Skip("No small file system can be mounted here.");
        }
    }

    public string Path => System.IO.Path.Combine(_mount.Path, "data");

    /// <summary>The bytes that are free.</summary>
    public long Free => new DriveInfo(_mount.Path).AvailableFreeSpace;

    private string Filler => System.IO.Path.Combine(_mount.Path, "filler");

    /// <summary>Takes so many bytes of what is free, or all of it, beside what was taken before.</summary>
    public void Take(long bytes = long.MaxValue)
    {
        using var filler = new FileStream(Filler, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, BufferSize = 0 });
        for (var page = new byte[4096]; bytes >= page.Length && Free >= page.Length; bytes -= page.Length)
        {
            filler.Write(page);
        }
    }

    /// <summary>Gives back what was taken.</summary>
    public void GiveBack() => File.Delete(Filler);

    public void Dispose()
    {
        Assert.True(Run("umount", "--lazy", _mount.Path));
        _mount.Dispose();
    }

    private static bool Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
