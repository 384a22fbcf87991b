using System.Diagnostics;
using Headroom.TestData;

namespace Headroom.Cli.Tests;

public sealed class ExampleTests
{
    [Fact]
    public async Task The_shell_example_compresses_a_captured_file_and_gives_it_back()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The shell example is for machines with a POSIX shell.");
        var cancellationToken = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("bash", [Path.Combine(Fixtures.Root, "..", "..", "examples", "compress.sh")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HEADROOM"] = Path.Combine(AppContext.BaseDirectory, "headroom");
        using var bash = Process.Start(start)!;
        var (output, error) = (bash.StandardOutput.ReadToEndAsync(cancellationToken), bash.StandardError.ReadToEndAsync(cancellationToken));
        await bash.WaitForExitAsync(cancellationToken);
        Assert.Equal((0, ""), (bash.ExitCode, await error));
        Assert.Contains("TypeError: Cannot read properties of undefined", await output, StringComparison.Ordinal);
        Assert.Contains("Retrieved: the same bytes.", await output, StringComparison.Ordinal);
    }
}
