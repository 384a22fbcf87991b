using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Headroom.Cli.Demo;
using Headroom.Engine.Ccr;

namespace Headroom.Cli.Tests;

public sealed class ProxyTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    public void Dispose()
    {
        _client.Dispose();
        _home.Dispose();
    }

    [Theory]
    [InlineData(typeof(AnthropicShape))]
    [InlineData(typeof(OpenAIShape))]
    public async Task A_killed_proxy_that_starts_again_sends_the_same_bytes(Type shapeType)
    {
        var shape = (WireShape)Activator.CreateInstance(shapeType)!;
        var session = AgentSession.Load();
        await using var upstream = await RecordingUpstream.StartAsync();
        string[] options = ["--openai-url", upstream.Url, "--anthropic-url", upstream.Url, "--allow-views"];

        var (first, firstUri) = await HeadroomProcess.StartProxyAsync(_home, options);
        await using (first)
        {
            for (var turn = 0; turn < 6; turn++)
            {
                await PostAsync(firstUri, shape, shape.Request(session, turn));
            }

            await first.KillAsync();
        }

        // The same turn again, then the next: what was sent stands there byte for byte, and continues.
        var (second, secondUri) = await HeadroomProcess.StartProxyAsync(_home, options);
        await using (second)
        {
            await PostAsync(secondUri, shape, shape.Request(session, 5));
            await PostAsync(secondUri, shape, shape.Request(session, 6));
        }

        var bodies = upstream.Bodies.ToArray();
        Assert.Equal(bodies[5], bodies[6]);
        Assert.True(bodies[6].Length < shape.Request(session, 5).Length / 2);
        Assert.StartsWith(Encoding.UTF8.GetString(bodies[6].AsSpan(..^2)), Encoding.UTF8.GetString(bodies[7]), StringComparison.Ordinal);

        // What the markers name is there for the command line too.
        var hashes = Marker.HashesIn(Encoding.UTF8.GetString(bodies[7])).Distinct().ToArray();
        Assert.NotEmpty(hashes);
        foreach (var hash in hashes)
        {
            var original = await HeadroomProcess.RunAsync(_home, "retrieve", hash);
            Assert.Contains(original.Text, session.Turns.SelectMany(t => t.Calls).Select(c => c.Result));
        }
    }

    [Theory]
    [InlineData(null, null, 7, 1L << 30)]
    [InlineData("2", "10MiB", 2, 10L << 20)]
    [InlineData("1.12:00:00", "123456", 1.5, 123456)]
    [InlineData("30.5", "2TiB", 30.5, 2L << 40)]
    public async Task What_the_store_may_keep_can_be_said(string? age, string? size, double days, long bytes)
    {
        string[] options = [.. age is null ? Array.Empty<string>() : ["--max-age", age], .. size is null ? Array.Empty<string>() : ["--max-size", size]];
        var (proxy, uri) = await HeadroomProcess.StartProxyAsync(_home, ["--store", "memory", .. options]);
        await using (proxy)
        {
            var config = JsonElement.Parse(await _client.GetStringAsync(new Uri(uri, "/health"), TestContext.Current.CancellationToken)).GetProperty("config");
            Assert.Equal(days, config.GetProperty("store_max_age_days").GetDouble());
            Assert.Equal(bytes, config.GetProperty("store_max_bytes").GetInt64());
        }
    }

    [Fact]
    public async Task A_damaged_store_is_told_on_stderr_in_one_line_and_a_new_one_serves()
    {
        var data = Directory.CreateDirectory(Path.Combine(_home.Path, "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, SqliteCcrStore.FileName), new string('x', 5000), TestContext.Current.CancellationToken);
        var outcome = await HeadroomProcess.RunAsync(_home, "retrieve", "0123456789abcdef01234567");
        Assert.Equal(1, outcome.ExitCode);
        var lines = outcome.Error.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Contains("corrupt-", lines[0], StringComparison.Ordinal);
        Assert.Contains("0123456789abcdef01234567", lines[1], StringComparison.Ordinal);
        var (proxy, uri) = await HeadroomProcess.StartProxyAsync(_home);
        await using (proxy)
        {
            Assert.Contains("ready", await _client.GetStringAsync(new Uri(uri, "/readyz"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Stats_shows_what_a_running_proxy_has_saved()
    {
        var (shape, session) = (new AnthropicShape(), AgentSession.Load());
        await using var upstream = await RecordingUpstream.StartAsync();
        var (proxy, uri) = await HeadroomProcess.StartProxyAsync(_home, "--anthropic-url", upstream.Url, "--store", "memory");
        await using (proxy)
        {
            // From its beginning: a history that is first seen in the middle stays as it is.
            for (var turn = 0; turn <= 2; turn++)
            {
                await PostAsync(uri, shape, shape.Request(session, turn));
            }

            Outcome json;
            do
            {
                // A request is counted a moment after its answer.
                json = await HeadroomProcess.RunAsync(_home, "stats", "--url", uri.ToString(), "--json");
            }
            while (!json.Text.Contains("\"total\":3", StringComparison.Ordinal));

            var table = await HeadroomProcess.RunAsync(_home, "stats", "--url", uri.ToString());
            var statistics = JsonElement.Parse(json.Output);
            Assert.Equal(3, statistics.GetProperty("requests").GetProperty("total").GetInt32());
            Assert.True(statistics.GetProperty("tokens").GetProperty("saved").GetInt64() > 1000);
            Assert.Equal(JsonValueKind.Number, statistics.GetProperty("overhead_ms").GetProperty("p99").ValueKind);
            Assert.Matches(@"requests +3\n", table.Text);
            Assert.Matches(@"input tokens +\d", table.Text);
            Assert.False(Directory.Exists(Path.Combine(_home.Path, "data")));
        }
    }

    [Fact]
    public async Task No_optimize_forwards_everything_as_it_is()
    {
        var (shape, session) = (new OpenAIShape(), AgentSession.Load());
        await using var upstream = await RecordingUpstream.StartAsync();
        var (proxy, uri) = await HeadroomProcess.StartProxyAsync(_home, "--openai-url", upstream.Url, "--no-optimize");
        await using (proxy)
        {
            await PostAsync(uri, shape, shape.Request(session, 6));
            Assert.Equal(shape.Request(session, 6), Assert.Single(upstream.Bodies));
        }
    }

    [Fact]
    public async Task Ctrl_c_stops_the_proxy_with_exit_code_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no signal to send to one process there.");
        var (proxy, uri) = await HeadroomProcess.StartProxyAsync(_home);
        await using (proxy)
        {
            Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(new Uri(uri, "/livez"), TestContext.Current.CancellationToken)).StatusCode);
            Assert.Equal(0, await proxy.InterruptAsync());
        }
    }

    [Theory]
    [InlineData("TERM", null, 0)]
    [InlineData("HUP", null, 0)]
    [InlineData("INT", null, 0)]
    [InlineData("TERM", "TERM", 143)]
    [InlineData("TERM", "INT", 130)]
    [InlineData("HUP", "HUP", 129)]
    public async Task One_signal_lets_a_running_request_finish_and_a_second_does_not(string signal, string? second, int code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no signal to send to one process there.");
        await using var upstream = await RecordingUpstream.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        upstream.Held = release.Task;
        var (proxy, uri) = await HeadroomProcess.StartProxyAsync(_home, "--openai-url", upstream.Url, "--drain", "3600");
        await using (proxy)
        {
            var running = _client.GetAsync(new Uri(uri, "/v1/models"), TestContext.Current.CancellationToken);
            while (upstream.Bodies.IsEmpty)
            {
                await Task.Yield();
            }

            await proxy.SignalAsync(signal);
            while ((await _client.GetAsync(new Uri(uri, "/readyz"), TestContext.Current.CancellationToken)).StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                await Task.Yield();
            }

            if (second is null)
            {
                release.SetResult();
                Assert.Equal("{}", await (await running).Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            }
            else
            {
                await proxy.SignalAsync(second);
                await Assert.ThrowsAsync<HttpRequestException>(() => running);
            }

            Assert.Equal(code, await proxy.ExitAsync());
        }
    }

    [Fact]
    public async Task A_drain_ends_when_its_time_is_over()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no signal to send to one process there.");
        await using var upstream = await RecordingUpstream.StartAsync();
        upstream.Held = new TaskCompletionSource().Task;
        var (proxy, uri) = await HeadroomProcess.StartProxyAsync(_home, "--openai-url", upstream.Url, "--drain", "0");
        await using (proxy)
        {
            var running = _client.GetAsync(new Uri(uri, "/v1/models"), TestContext.Current.CancellationToken);
            while (upstream.Bodies.IsEmpty)
            {
                await Task.Yield();
            }

            await proxy.SignalAsync("TERM");
            await Assert.ThrowsAsync<HttpRequestException>(() => running);
            Assert.Equal(0, await proxy.ExitAsync());
        }
    }

    [Fact]
    public async Task A_taken_port_is_said_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var outcome = await HeadroomProcess.RunAsync(_home, "proxy", "--port", port);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(port, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n', '\r').Split('\n'));
        Assert.Empty(outcome.Output);
    }

    [Theory]
    [InlineData("--host 0.0.0.0 --insecure-listen", "Token: ")]
    [InlineData("--host 0.0.0.0 --insecure-listen --token-file FILE", null)]
    [InlineData("--host 0.0.0.0 --token-file FILE", "InsecureListen: ")]
    [InlineData("--host 0.0.0.0 --insecure-listen --token-file SHORT", "--token-file: it is not at least 32 visible ASCII characters")]
    [InlineData("--host 0.0.0.0 --insecure-listen --token-file nowhere", "--token-file: ")]
    [InlineData("--require-token", "RequireToken: ")]
    [InlineData("--host example.com", "Host: ")]
    [InlineData("--allowed-host http://x", "AllowedHosts: ")]
    public async Task Other_machines_are_let_in_only_with_a_token_and_a_word_about_clear_text(string options, string? error)
    {
        const string Secret = "canary-0123456789abcdef0123456789abcdef";
        _home.Environment["HEADROOM_PROXY_TOKEN"] = "";
        var (file, tooShort) = (Path.Combine(_home.Path, "token"), Path.Combine(_home.Path, "short"));
        await File.WriteAllTextAsync(file, Secret + "\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(tooShort, "canary", TestContext.Current.CancellationToken);
        string[] arguments = [.. options.Replace("FILE", file, StringComparison.Ordinal).Replace("SHORT", tooShort, StringComparison.Ordinal).Split(' '), "--store", "memory"];
        if (error is not null)
        {
            var outcome = await HeadroomProcess.RunAsync(_home, ["proxy", "--port", "0", .. arguments]);
            Assert.Equal(2, outcome.ExitCode);
            Assert.StartsWith("headroom: " + error, outcome.Error, StringComparison.Ordinal);
            Assert.Single(outcome.Error.TrimEnd('\n', '\r').Split('\n'));
            Assert.DoesNotContain("canary", outcome.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("(Parameter", outcome.Error, StringComparison.Ordinal);
            return;
        }

        var (proxy, uri) = await HeadroomProcess.StartProxyAsync(_home, arguments);
        await using (proxy)
        {
            Assert.True(uri.IsLoopback);
            var health = await _client.GetStringAsync(new Uri(uri, "/health"), TestContext.Current.CancellationToken);
            Assert.DoesNotContain("canary", health, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_environment_gives_the_token()
    {
        const string Secret = "canary-0123456789abcdef0123456789abcdef";
        _home.Environment["HEADROOM_PROXY_TOKEN"] = Secret;
        var (proxy, uri) = await HeadroomProcess.StartProxyAsync(_home, "--require-token", "--store", "memory");
        await using (proxy)
        {
            using var without = await _client.GetAsync(new Uri(uri, "/stats"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(uri, "/stats")) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", Secret) } };
            using var with = await _client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, with.StatusCode);

            var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            await File.WriteAllTextAsync(file, Secret + "\n", TestContext.Current.CancellationToken);
            Assert.Equal(0, (await HeadroomProcess.RunAsync(_home, "stats", "--url", uri.ToString())).ExitCode);
            _home.Environment.Remove("HEADROOM_PROXY_TOKEN");
            Assert.Contains("asks for a token, and none was given", (await HeadroomProcess.RunAsync(_home, "stats", "--url", uri.ToString())).Error, StringComparison.Ordinal);
            Assert.Equal(0, (await HeadroomProcess.RunAsync(_home, "stats", "--url", uri.ToString(), "--token-file", file)).ExitCode);
            await File.WriteAllTextAsync(file, "another-0123456789abcdef0123456789abcdef", TestContext.Current.CancellationToken);
            var wrong = await HeadroomProcess.RunAsync(_home, "stats", "--url", uri.ToString(), "--token-file", file);
            Assert.Equal(2, wrong.ExitCode);
            Assert.Contains("does not accept this token", wrong.Error, StringComparison.Ordinal);
            File.Delete(file);
        }

        _home.Environment["HEADROOM_PROXY_TOKEN"] = "canary";
        var outcome = await HeadroomProcess.RunAsync(_home, "proxy", "--port", "0");
        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith("headroom: HEADROOM_PROXY_TOKEN: ", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", outcome.Error, StringComparison.Ordinal);
    }

    private async Task PostAsync(Uri proxy, WireShape shape, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _client.PostAsync(new Uri(proxy, shape.Path), content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
