using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Mcp.Clients;
using Headroom.TestData;
using ModelContextProtocol.Client;

namespace Headroom.Mcp.Tests;

/// <summary>The built command, and the SDK's client as a user's agent would use it.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "headroom.exe" : "headroom");
    private static readonly string Rows = LogEntries.Generate(400).Json(JsonLayout.Compact);

    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_session_over_stdio_compresses_and_the_next_session_finds_the_original()
    {
        string hash;
        await using (var first = await ConnectAsync("mcp"))
        {
            var tools = await first.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(3, tools.Count);
            hash = Assert.Single(Marker.HashesIn((await first.CallAsync("headroom_compress", ("content", Rows))).Text()));
        }

        await using var second = await ConnectAsync("mcp");
        Assert.Contains("stored: 1 originals", (await second.CallAsync("headroom_stats")).Text(), StringComparison.Ordinal);
        await using var store = new SqliteCcrStore(Path.Combine(_home.Path, "data"));
        Assert.Equal(Rows, Encoding.UTF8.GetString((await store.GetAsync(hash, TestContext.Current.CancellationToken))!));
    }

    [Fact]
    public async Task Stdout_carries_protocol_lines_only_and_the_end_of_stdin_ends_the_process()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var process = Start("mcp", "--store", "memory");
        string[] requests =
        [
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""",
            "this is not json",
            """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
            """{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"headroom_nothing"}}""",
            """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"headroom_compress","arguments":{"content":"\ud800"}}}""",
            """{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"headroom_stats","arguments":{}}}""",
        ];
        foreach (var request in requests)
        {
            await process.StandardInput.WriteLineAsync(request.AsMemory(), cancellationToken);
        }

        await process.StandardInput.FlushAsync(cancellationToken);
        process.StandardInput.Close();
        var answered = new HashSet<string>();
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            var answer = JsonElement.Parse(line);
            Assert.Equal("2.0", answer.GetProperty("jsonrpc").GetString());
            Assert.True(answered.Add(answer.GetProperty("id").GetRawText()));
        }

        Assert.Equal(["1", "2", "3", "4", "null"], answered.Order(StringComparer.Ordinal));
        await process.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal("", await process.StandardError.ReadToEndAsync(cancellationToken));
        Assert.False(Directory.Exists(Path.Combine(_home.Path, "data")));
    }

    [Fact]
    public async Task Ctrl_c_ends_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no signal to send to one process there.");
        using var process = Start("mcp", "--store", "memory");
        await process.StandardInput.WriteLineAsync(
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""");
        Assert.NotNull(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        using var interrupt = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task A_store_that_cannot_be_opened_is_said_before_the_first_message()
    {
        _home.Write("data", "a file where the directory should be"u8);
        using var process = Start("mcp");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("headroom: ", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workspaces_of_one_store_do_not_see_each_other()
    {
        await using var mine = await ConnectAsync("mcp", "--workspace", "mine");
        await mine.CallAsync("headroom_compress", ("content", Rows));
        Assert.Contains("stored: 1 originals", (await mine.CallAsync("headroom_stats")).Text(), StringComparison.Ordinal);
        await using var other = await ConnectAsync("mcp", "--workspace", "other");
        Assert.Contains("stored: 0 originals", (await other.CallAsync("headroom_stats")).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_http_it_serves_the_same_and_a_proxys_savings_are_shown_over_stdio()
    {
        using var process = Start("mcp", "--http", "--port", "0", "--store", "memory");
        var endpoint = await AnnouncedAsync(process);
        Assert.Equal("/mcp", endpoint.AbsolutePath);
        await using (var client = await McpClient.CreateAsync(
            new HttpClientTransport(new HttpClientTransportOptions { Endpoint = endpoint, TransportMode = HttpTransportMode.StreamableHttp }),
            McpSession.Patient,
            cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Equal("headroom", client.ServerInfo?.Name);
            Assert.Equal(3, (await client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken)).Count);
            Assert.Single(Marker.HashesIn((await client.CallAsync("headroom_compress", ("content", Rows))).Text()));
            Assert.Contains("stored: 1 originals", (await client.CallAsync("headroom_stats")).Text(), StringComparison.Ordinal);
        }

        await using var watcher = await ConnectAsync("mcp", "--store", "memory", "--proxy", endpoint.GetLeftPart(UriPartial.Authority));
        Assert.EndsWith("proxy: 0 requests, 0 of 0 tokens saved (0.0 %, estimated)", (await watcher.CallAsync("headroom_stats")).Text(), StringComparison.OrdinalIgnoreCase);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("No Headroom proxy answers", (await watcher.CallAsync("headroom_stats")).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_over_http_forwards_nothing_and_refuses_foreign_pages()
    {
        using var process = Start("mcp", "--http", "--port", "0", "--store", "memory");
        var endpoint = await AnnouncedAsync(process);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        (string Path, string? Header, string? Value, HttpStatusCode Expected)[] requests =
        [
            ("/mcp", "Host", "evil.example", HttpStatusCode.Forbidden),
            ("/mcp", "Origin", "https://evil.example", HttpStatusCode.Forbidden),
            ("/mcp", "Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden),
            ("/mcp", "Origin", endpoint.GetLeftPart(UriPartial.Authority), HttpStatusCode.OK),
            ("/v1/chat/completions", null, null, HttpStatusCode.NotFound),
            ("/v1/messages", null, null, HttpStatusCode.NotFound),
            ("/anything", null, null, HttpStatusCode.NotFound),
        ];
        foreach (var (path, header, value, expected) in requests)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint, path));
            request.Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", Encoding.UTF8, "application/json");
            request.Headers.Accept.ParseAdd("application/json");
            request.Headers.Accept.ParseAdd("text/event-stream");
            if (header is not null)
            {
                request.Headers.TryAddWithoutValidation(header, value);
            }

            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.True(expected == response.StatusCode, $"{path} {header}: {value} was answered {response.StatusCode}");
        }

        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Install_status_and_uninstall_change_the_clients_files_and_back()
    {
        _home.Write(".codex/config.toml", "model = \"m\"\n"u8);
        _home.Write(".cursor/mcp.json", "{}"u8);
        Assert.Equal((0, 2), Lines(await RunAsync("mcp", "install", "--workspace", "w")));
        var toml = await File.ReadAllTextAsync(Path.Combine(_home.Path, ".codex", "config.toml"), TestContext.Current.CancellationToken);
        Assert.StartsWith("model = \"m\"\n\n[mcp_servers.headroom]\ncommand = \"", toml, StringComparison.Ordinal);
        Assert.EndsWith("args = [\"mcp\", \"--workspace\", \"w\"]\n", toml, StringComparison.Ordinal);
        Assert.Contains("\nstartup_timeout_sec = 60\n", toml, StringComparison.Ordinal);
        Assert.Contains("Codex       user     installed", (await RunAsync("mcp", "status")).Output, StringComparison.Ordinal);

        // What was installed is a server that starts.
        var command = new TomlServerTable().CommandIn(Encoding.UTF8.GetBytes(toml))!;
        await using (var client = await McpClient.CreateAsync(
            new StdioClientTransport(new StdioClientTransportOptions { Command = command.Program, Arguments = [.. command.Arguments, "--store", "memory"] }),
            McpSession.Patient,
            cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Equal("headroom", client.ServerInfo?.Name);
        }

        Assert.Equal((0, 2), Lines(await RunAsync("mcp", "uninstall")));
        Assert.Equal("model = \"m\"\n", await File.ReadAllTextAsync(Path.Combine(_home.Path, ".codex", "config.toml"), TestContext.Current.CancellationToken));
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(_home.Path, ".cursor", "mcp.json"), TestContext.Current.CancellationToken));
        Assert.Equal((0, 0), Lines(await RunAsync("mcp", "uninstall")));

        static (int, int) Lines((int ExitCode, string Output, string Error) outcome) => (outcome.ExitCode, outcome.Output.Count(c => c == '\n'));
    }

    [Fact]
    public async Task What_install_cannot_do_it_says_in_one_line_with_exit_code_2()
    {
        ((string Name, string Text)? File, string[] Arguments, string Expected)[] cases =
        [
            (null, ["mcp", "install"], "no client was found"),
            (null, ["mcp", "install", "emacs"], "emacs"),
            (null, ["mcp", "install", "--scope", "project"], "name a client"),
            (null, ["mcp", "install", "codex", "--command", ""], "--command"),
            ((".cursor/mcp.json", "{\n x"), ["mcp", "install", "cursor"], "line 2, column 2"),
            ((".cursor/mcp.json", "{\"mcpServers\":{\"headroom\":{}}}"), ["mcp", "install", "cursor"], "--force"),
            (null, ["mcp", "--port", "1"], "--http"),
        ];
        foreach (var (file, arguments, expected) in cases)
        {
            if (file is { } written)
            {
                _home.Write(written.Name, Encoding.UTF8.GetBytes(written.Text));
            }

            var outcome = await RunAsync(arguments);
            Assert.Equal(2, outcome.ExitCode);
            Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
            Assert.Single(outcome.Error.TrimEnd().Split('\n'));
            if (file is { } kept)
            {
                Assert.Equal(kept.Text, await File.ReadAllTextAsync(Path.Combine(_home.Path, kept.Name), TestContext.Current.CancellationToken));
            }
        }
    }

    [Fact]
    public async Task A_command_of_the_users_choice_is_written_into_the_project()
    {
        var outcome = await RunAsync("mcp", "install", "vscode", "--scope", "project", "--command", "pwsh -NoProfile -Command \"Import-Module Headroom; Start-HeadroomMcpServer\"");
        Assert.Equal(0, outcome.ExitCode);
        var file = Path.Combine(_home.Path, ".vscode", "mcp.json");
        var entry = JsonElement.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).GetProperty("servers").GetProperty("headroom");
        Assert.Equal("pwsh", entry.GetProperty("command").GetString());
        Assert.Equal(
            ["-NoProfile", "-Command", "Import-Module Headroom; Start-HeadroomMcpServer"], entry.GetProperty("args").EnumerateArray().Select(a => a.GetString()));
        Assert.Equal(0, (await RunAsync("mcp", "uninstall", "vscode", "--scope", "project")).ExitCode);
        Assert.False(Directory.Exists(Path.GetDirectoryName(file)));
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await error);
    }

    private static async Task<Uri> AnnouncedAsync(Process process)
    {
        const string Announcement = "Listening on ";
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith(Announcement, line, StringComparison.Ordinal);
        return new Uri(line![Announcement.Length..]);
    }

    private Task<McpClient> ConnectAsync(params string[] arguments) => McpClient.CreateAsync(
        new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = Executable,
            Arguments = arguments,
            EnvironmentVariables = new Dictionary<string, string?> { ["HEADROOM_DATA_DIR"] = Path.Combine(_home.Path, "data") },
        }),
        McpSession.Patient,
        cancellationToken: TestContext.Current.CancellationToken);

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Executable, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _home.Path,
        };
        start.Environment["HEADROOM_DATA_DIR"] = Path.Combine(_home.Path, "data");
        foreach (var name in (string[])["HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME"])
        {
            start.Environment[name] = _home.Path;
        }

        foreach (var name in (string[])["CODEX_HOME", "CLAUDE_CONFIG_DIR"])
        {
            start.Environment.Remove(name);
        }

        return Process.Start(start)!;
    }
}
