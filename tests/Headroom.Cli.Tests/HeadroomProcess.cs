using System.Diagnostics;
using System.Text;

namespace Headroom.Cli.Tests;

/// <summary>What a finished process left behind.</summary>
public sealed record Outcome(int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);
}

/// <summary>The built executable, run as users run it.</summary>
public sealed class HeadroomProcess : IAsyncDisposable
{
    private static readonly string Executable =
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "headroom.exe" : "headroom");

    private readonly Process _process;

    private HeadroomProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static async Task<Outcome> RunAsync(TemporaryDirectory home, byte[]? input, params string[] arguments)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var headroom = Start(home, arguments);
        var process = headroom._process;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await using (var standardInput = process.StandardInput.BaseStream)
        {
            await standardInput.WriteAsync(input ?? [], cancellationToken);
        }

        await Task.WhenAll(reading, error, process.WaitForExitAsync(cancellationToken));
        return new Outcome(process.ExitCode, output.ToArray(), await error);
    }

    public static Task<Outcome> RunAsync(TemporaryDirectory home, params string[] arguments) => RunAsync(home, null, arguments);

    /// <summary>Starts a proxy on a free port and waits for the line that says where it listens.</summary>
    public static async Task<(HeadroomProcess Process, Uri Uri)> StartProxyAsync(TemporaryDirectory home, params string[] arguments)
    {
        var headroom = Start(home, ["proxy", "--port", "0", .. arguments]);
        var line = await headroom._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        const string Announcement = "Listening on ";
        Assert.StartsWith(Announcement, line, StringComparison.Ordinal);
        return (headroom, new Uri(line![Announcement.Length..]));
    }

    /// <summary>What it has written to stdout and nobody has read yet, once it has ended.</summary>
    public Task<string> OutputAsync() => _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

    /// <summary>What it has written to stderr, once it has ended.</summary>
    public Task<string> ErrorAsync() => _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

    /// <summary>Ends the process as a power cut would: no signal that it could answer.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Sends what Ctrl+C sends and gives the exit code.</summary>
    public async Task<int> InterruptAsync()
    {
        await SignalAsync("INT");
        return await ExitAsync();
    }

    /// <summary>Sends a signal, such as TERM.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits for the end and gives the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private static HeadroomProcess Start(TemporaryDirectory home, string[] arguments)
    {
        var start = new ProcessStartInfo(Executable, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home.Path,
        };
        start.Environment["HEADROOM_DATA_DIR"] = Path.Combine(home.Path, "data");
        foreach (var (name, value) in home.Environment)
        {
            start.Environment[name] = value;
        }

        return new HeadroomProcess(Process.Start(start)!);
    }
}
