using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Headroom.Cli.Tests;

/// <summary>What an operator sees of a running proxy: on stderr, as text or as JSON, at the level that was asked for.</summary>
public sealed class LogTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failure_of_the_provider_is_one_line_on_stderr_and_the_same_in_the_answer()
    {
        using var home = new TemporaryDirectory();
        var port = FreePort();
        var (error, told) = await AskAsync(home, "--anthropic-url", $"http://127.0.0.1:{port}");
        Assert.Equal($"The connection was refused: at 127.0.0.1:{port}, the address of the provider, nothing listens.", told);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("warn: Headroom.Proxy.Forwarding.Upstreams[2101] connection_refused: " + told, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_one_object_for_each_event_and_the_environment_says_the_level()
    {
        using var home = new TemporaryDirectory { Environment = { ["HEADROOM_LOG"] = "none,Headroom.Proxy=debug", ["NODE_EXTRA_CA_CERTS"] = "" } };
        var (error, _) = await AskAsync(home, "--log-format", "json", "--anthropic-url", $"http://127.0.0.1:{FreePort()}");
        var ids = error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!["EventId"]!.GetValue<int>()).ToArray();
        Assert.Equal([2003, 2101, 2001, 2004], ids);
    }

    [Fact]
    public async Task The_option_stands_before_the_environment()
    {
        using var home = new TemporaryDirectory { Environment = { ["HEADROOM_LOG"] = "debug" } };
        var (error, _) = await AskAsync(home, "--log-level", "none", "--anthropic-url", $"http://127.0.0.1:{FreePort()}");
        Assert.Empty(error);
    }

    [Theory]
    [InlineData("--log-level", "loud")]
    [InlineData("--log-format", "xml")]
    [InlineData("--ca-file", "missing.pem")]
    [InlineData("HEADROOM_LOG", "loud")]
    [InlineData("NODE_EXTRA_CA_CERTS", "missing.pem")]
    public async Task What_cannot_be_used_is_an_error_at_the_start(string option, string value)
    {
        using var home = new TemporaryDirectory();
        string[] arguments = [option, value];
        if (!option.StartsWith('-'))
        {
            home.Environment[option] = value;
            arguments = [];
        }

        var outcome = await HeadroomProcess.RunAsync(home, ["proxy", "--port", "0", .. arguments]);
        Assert.Equal(2, outcome.ExitCode);
        var line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(value, line, StringComparison.Ordinal);
        Assert.Contains(option == "--ca-file" ? "CaFile" : option, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_go_through_the_proxy_of_the_environment_but_for_its_exceptions()
    {
        using var home = new TemporaryDirectory();
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var via = $"127.0.0.1:{((IPEndPoint)proxy.LocalEndpoint).Port}";
        home.Environment["HTTPS_PROXY"] = "http://user:pa55@" + via;
        home.Environment["NO_PROXY"] = "direct.invalid";
        var heads = new List<string>();
        var serving = Task.Run(
            async () =>
            {
                using var client = await proxy.AcceptTcpClientAsync(Token);
                var stream = client.GetStream();
                var buffer = new byte[4096];

                // .NET gives the login when it is asked for, as HTTP has it.
                for (var i = 0; i < 2; i++)
                {
                    var head = "";
                    while (!head.Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, Token) is var read and > 0)
                    {
                        head += Encoding.Latin1.GetString(buffer, 0, read);
                    }

                    heads.Add(head);
                    if (head.Length > 0)
                    {
                        await stream.WriteAsync("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Token);
                    }
                }
            },
            Token);
        var (error, told) = await AskAsync(home, "--anthropic-url", "https://provider.invalid");
        Assert.Equal($"The proxy {via} wants a login (407). Put user name and password into HTTPS_PROXY: http://USER:PASSWORD@{via}.", told);
        await serving;
        Assert.StartsWith("CONNECT provider.invalid:443", heads[0], StringComparison.Ordinal);
        Assert.Contains("Proxy-Authorization: Basic dXNlcjpwYTU1", heads[0] + heads[1], StringComparison.Ordinal);
        Assert.DoesNotContain("pa55", error, StringComparison.Ordinal);

        (_, told) = await AskAsync(home, "--anthropic-url", "https://direct.invalid");
        Assert.StartsWith("The name of the provider, direct.invalid, was not found.", told, StringComparison.Ordinal);
    }

    private static async Task<(string Error, string Told)> AskAsync(TemporaryDirectory home, params string[] arguments)
    {
        var (process, uri) = await HeadroomProcess.StartProxyAsync(home, arguments);
        await using (process)
        {
            using var http = new HttpClient();
            using var response = await http.PostAsJsonAsync(new Uri(uri, "/v1/messages"), new { messages = Array.Empty<object>() }, Token);
            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
            var told = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["error"]!["message"]!.GetValue<string>();
            await process.InterruptAsync();

            // Two lines that say what to set, and nothing of the log.
            Assert.Equal(2, (await process.OutputAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            return (await process.ErrorAsync(), told);
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
