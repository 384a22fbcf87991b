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

    /// <summary>Runs it in a shell of Unix, with the streams that the redirections give it; what it still writes to stdout and stderr is the outcome's.</summary>
    public static async Task<Outcome> RunRedirectedAsync(TemporaryDirectory home, string redirections, params string[] arguments)
    {
        // One that does not end fails its test, and not the run of all.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(5));
        await using var shell = Start(home, "/bin/sh", ["-c", $"\"$0\" \"$@\" {redirections}", Executable, .. arguments]);
        using var output = new MemoryStream();
        shell._process.StandardInput.Close();
        var reading = shell._process.StandardOutput.BaseStream.CopyToAsync(output, patience.Token);
        var error = shell._process.StandardError.ReadToEndAsync(patience.Token);
        await Task.WhenAll(reading, error, shell._process.WaitForExitAsync(patience.Token));
        return new Outcome(shell._process.ExitCode, output.ToArray(), await error);
    }

    /// <summary>Runs it on a terminal on which somebody types; the outcome's text is what the terminal shows.</summary>
    public static async Task<Outcome> RunOnTerminalAsync(TemporaryDirectory home, string typed, params string[] arguments)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var terminal = Start(home, "script", ["-qec", string.Join(' ', [Executable, .. arguments]), "/dev/null"]);
        var process = terminal._process;
        var shown = "";
        var buffer = new char[4096];
        while (await process.StandardOutput.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            var isAsking = !shown.Contains("[y/N]", StringComparison.Ordinal);
            shown += new string(buffer, 0, read);

            // Not before it is asked for: what is typed too early may be lost.
            if (isAsking && shown.Contains("[y/N]", StringComparison.Ordinal))
            {
                await process.StandardInput.WriteAsync(typed.AsMemory(), cancellationToken);
                await process.StandardInput.FlushAsync(cancellationToken);
            }
        }

        await process.WaitForExitAsync(cancellationToken);
        return new Outcome(process.ExitCode, Encoding.UTF8.GetBytes(shown), "");
    }

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
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private static HeadroomProcess Start(TemporaryDirectory home, string[] arguments) => Start(home, Executable, arguments);

    private static HeadroomProcess Start(TemporaryDirectory home, string executable, string[] arguments)
    {
        var start = new ProcessStartInfo(executable, arguments)
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
