using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Headroom.Redis.Tests;

/// <summary>A real server of a test's own on a free port, with nothing on the disk but its directory; ended with the test.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-redis-").FullName;
    private readonly string[] _settings;
    private Process? _process;

    private RedisServer(int port, Func<int, string[]> settings) => (Port, _settings) = (port, settings(port));

    public int Port { get; }

    public int ProcessId => _process!.Id;

    public Uri Uri => new($"redis://127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Starts a server. Where there is none the test is skipped, but on a build machine it fails.</summary>
    public static Task<RedisServer> StartAsync(params string[] settings) => StartAsync(_ => settings);

    /// <summary>Starts a server whose settings name its port.</summary>
    public static async Task<RedisServer> StartAsync(Func<int, string[]> settings)
    {
        RequireBinary();
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(FreePort(), settings);
            try
            {
                await server.StartAgainAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                // Somebody was quicker on that port.
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>Starts the server on its port again, empty.</summary>
    public async Task StartAgainAsync()
    {
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", _directory, "--databases", "1000", "--daemonize", "no", .. _settings,
        ];
        var process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
        _process?.Dispose();
        _process = process;
        var log = new List<string>();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            log.Add(line);
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                // What nobody reads would stop the server when the pipe is full.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return;
            }
        }

        throw new InvalidOperationException("redis-server did not start: " + string.Join('\n', log));
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Lets it stand still, connections open, answering nothing; then go on.</summary>
    public Task FreezeAsync(bool isFrozen) => SignalAsync(isFrozen ? "-STOP" : "-CONT");

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(CancellationToken.None);
        Assert.Equal(0, kill.ExitCode);
    }

    private static void RequireBinary()
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (paths.Any(p => File.Exists(Path.Combine(p, OperatingSystem.IsWindows() ? "redis-server.exe" : "redis-server"))))
        {
            return;
        }

        const string Missing = "There is no redis-server on this machine; install it, for example by: apt-get install redis-server";
        Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") is null or "", "NOT RUN. " + Missing);
        Assert.Fail(Missing);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
