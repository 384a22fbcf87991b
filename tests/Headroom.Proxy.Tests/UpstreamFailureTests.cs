using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Headroom.Engine.Tests.Diagnostics;
using Headroom.Proxy.Forwarding;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headroom.Proxy.Tests;

/// <summary>Who gets no answer is told why: in the provider's shape, in the log and in the statistics.</summary>
public sealed class UpstreamFailureTests
{
    private const string Secret = "sk-ant-0123456789";

    // The machine that runs the tests may have a proxy of its own.
    static UpstreamFailureTests() => HttpClient.DefaultProxy = new WebProxy();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refused_connection_is_called_that()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        await FailsAsync(
            $"http://127.0.0.1:{port}/v1/secret-prefix", 502, "connection_refused",
            $"The connection was refused: at 127.0.0.1:{port}, the address of the provider, nothing listens.");
    }

    [Fact]
    public Task A_name_that_nobody_knows_is_called_that() => FailsAsync(
        "https://provider.invalid", 502, "name_not_found",
        "The name of the provider, provider.invalid, was not found. Look at its spelling and at this machine's network and DNS.");

    [Fact]
    public async Task The_authority_of_an_untrusted_certificate_is_named()
    {
        using var authority = LoopbackServer.Authority("Example TLS Inspection");
        using var certificate = LoopbackServer.Certificate(authority, "localhost");
        await using var server = LoopbackServer.Https(certificate);
        await FailsAsync(
            $"https://localhost:{server.Port}", 502, "certificate_untrusted",
            "The certificate of localhost is not trusted: it comes from the authority 'Example TLS Inspection', which this machine does not know. "
            + "If your company looks into TLS, give the file of its authority with --ca-file (-CaFile), NODE_EXTRA_CA_CERTS or SSL_CERT_FILE.");
    }

    [Fact]
    public async Task Authorities_in_a_file_are_trusted_but_only_for_what_they_signed()
    {
        using var authority = LoopbackServer.Authority("Example TLS Inspection");
        using var other = LoopbackServer.Authority("Example TLS Inspection");
        using var good = LoopbackServer.Certificate(authority, "localhost");
        using var expired = LoopbackServer.Certificate(authority, "localhost", daysLeft: -30);
        using var foreign = LoopbackServer.Certificate(authority, "elsewhere.example");
        using var forged = LoopbackServer.Certificate(other, "localhost");
        using var files = new TemporaryFile(authority.ExportCertificatePem());

        await using (var server = LoopbackServer.Https(good))
        {
            await using var proxy = await TestProxy.StartAsync(o => o with { AnthropicUrl = new Uri($"https://localhost:{server.Port}"), CaFile = files.Path });
            using var response = await proxy.PostAsync("/v1/messages", """{"messages":[]}""");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("""{"ok":true}""", await response.Content.ReadAsStringAsync(Token));
        }

        await using (var server = LoopbackServer.Https(expired))
        {
            var message = await FailsAsync($"https://localhost:{server.Port}", 502, "certificate_expired", null, files.Path);
            Assert.Contains(expired.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), message, StringComparison.Ordinal);
        }

        await using (var server = LoopbackServer.Https(foreign))
        {
            await FailsAsync(
                $"https://localhost:{server.Port}", 502, "certificate_wrong_host",
                "The certificate that localhost shows is for another host: 'elsewhere.example'.", files.Path);
        }

        await using (var server = LoopbackServer.Https(forged))
        {
            await FailsAsync($"https://localhost:{server.Port}", 502, "certificate_untrusted", null, files.Path);
        }
    }

    [Fact]
    public async Task What_is_no_http_is_called_that()
    {
        await using var server = LoopbackServer.Answering("220 mail.example ESMTP ready\r\n"u8.ToArray());
        await FailsAsync(
            $"http://127.0.0.1:{server.Port}", 502, "not_http",
            $"What 127.0.0.1:{server.Port} sent is not HTTP. Look at the port and at https or http in the provider's URL.");
    }

    [Fact]
    public async Task A_server_without_tls_is_called_that()
    {
        await using var server = new LoopbackServer(async (stream, token) => await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), token));
        await FailsAsync(
            $"https://localhost:{server.Port}", 502, "tls_failed",
            $"No TLS connection to localhost:{server.Port} came about. Look whether it speaks https on this port.");
    }

    [Fact]
    public async Task An_answer_that_never_begins_is_called_that()
    {
        await using var server = LoopbackServer.Answering([]);
        await FailsAsync(
            $"http://127.0.0.1:{server.Port}", 502, "connection_lost", $"The provider 127.0.0.1:{server.Port} closed the connection before its answer was whole.");
    }

    [Fact]
    public void A_time_out_says_how_long_was_waited()
    {
        var server = new Uri("https://api.example.com");
        var connecting = UpstreamFailure.Of(
            new TaskCanceledException("", new TimeoutException()), server, null, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));
        Assert.Equal((504, "No connection to api.example.com, the address of the provider, within 10 s."), (connecting.Status, connecting.Message));
        var silent = UpstreamFailure.Of(new OperationCanceledException(), server, null, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));
        Assert.Equal((504, "The provider api.example.com sent nothing for 600 s."), (silent.Status, silent.Message));
    }

    [Fact]
    public async Task A_handshake_that_never_ends_is_a_time_out_of_the_connection()
    {
        await using var server = new LoopbackServer((_, token) => Task.Delay(Timeout.Infinite, token));
        using var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromMilliseconds(50), UseProxy = false };
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://localhost:{server.Port}"));
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.SendAsync(request, Token));
        var failure = UpstreamFailure.Of(thrown, request.RequestUri!, null, handler.ConnectTimeout, TimeSpan.FromMinutes(10));
        Assert.Equal((504, "timeout"), (failure.Status, failure.Kind));
        Assert.EndsWith("within 0.05 s.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_wants_a_login_is_called_that()
    {
        await using var proxy = LoopbackServer.Answering("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        var via = $"127.0.0.1:{proxy.Port}";
        Assert.Equal(
            ("proxy_login", 502, $"The proxy {via} wants a login (407). Put user name and password into HTTPS_PROXY: http://USER:PASSWORD@{via}."),
            await ThroughAsync(via));
    }

    [Fact]
    public async Task A_proxy_that_refuses_is_called_that()
    {
        await using var proxy = LoopbackServer.Answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        var via = $"127.0.0.1:{proxy.Port}";
        Assert.Equal(("proxy_refused", 502, $"The proxy {via} does not let requests through to provider.invalid."), await ThroughAsync(via));
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_is_not_taken_for_the_provider()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var via = $"127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        probe.Stop();
        Assert.Equal(
            ("connection_refused", 502, $"The connection was refused: at {via}, the address of the proxy of HTTPS_PROXY, nothing listens."), await ThroughAsync(via));
    }

    [Fact]
    public void A_file_of_authorities_that_cannot_be_used_is_an_error_that_names_it()
    {
        using var nothing = new TemporaryFile("no certificate\n");
        using var broken = new TemporaryFile("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        using var key = new TemporaryFile("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        foreach (var path in (string[])[nothing.Path, broken.Path, key.Path, nothing.Path + ".missing", "/"])
        {
            foreach (var source in (string[])["CaFile", "NODE_EXTRA_CA_CERTS"])
            {
                var failure = Assert.Throws<ArgumentException>(() => UpstreamTrust.Read(
                    source == "CaFile" ? path : null, name => name == source ? path : null, NullLogger.Instance));
                Assert.Equal(source, failure.ParamName);
                Assert.StartsWith(source + ": ", failure.Message, StringComparison.Ordinal);
                Assert.Contains(path, failure.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Authorities_of_node_are_read()
    {
        using var authority = LoopbackServer.Authority("One");
        using var der = new TemporaryFile(authority.RawData);
        var events = new RecordedEvents();
        UpstreamTrust.Read(der.Path, name => name == "NODE_EXTRA_CA_CERTS" ? der.Path : null, events.CreateLogger("x"));
        Assert.Equal(2, events.All.Count(e => e.Id == 2102));
    }

    [Theory]
    [InlineData("http://10.1.2.3:8080", true)]
    [InlineData("http://172.31.0.1", true)]
    [InlineData("http://192.168.1.1", true)]
    [InlineData("http://[fd00::1]", true)]
    [InlineData("http://gateway.corp.example", true)]
    [InlineData("http://8.8.8.8", false)]
    [InlineData("http://172.32.0.1", false)]
    [InlineData("http://[2001:db8::1]", false)]
    [InlineData("http://[::ffff:8.8.8.8]", false)]
    public async Task Http_in_the_own_network_is_taken_when_it_is_asked_for(string url, bool isTaken)
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => TestProxy.StartAsync(o => o with { AnthropicUrl = new Uri(url) }));
        Assert.Contains("--allow-http", refused.Message, StringComparison.Ordinal);
        if (isTaken)
        {
            await (await TestProxy.StartAsync(o => o with { AnthropicUrl = new Uri(url), AllowHttp = true })).DisposeAsync();
        }
        else
        {
            await Assert.ThrowsAsync<ArgumentException>(() => TestProxy.StartAsync(o => o with { AnthropicUrl = new Uri(url), AllowHttp = true }));
        }
    }

    private static async Task<(string Kind, int Status, string Message)> ThroughAsync(string via)
    {
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy("http://" + via), UseProxy = true };
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("https://provider.invalid"));
        var thrown = await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(request, Token));
        var failure = UpstreamFailure.Of(thrown, request.RequestUri!, via, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));
        return (failure.Kind, failure.Status, failure.Message);
    }

    // With and without the retrieve tool, which are two ways upstream.
    private static async Task<string> FailsAsync(string upstream, int status, string kind, string? message, string? caFile = null)
    {
        var events = new RecordedEvents();
        var url = new Uri(upstream);
        await using var proxy = await TestProxy.StartAsync(o => o with { AnthropicUrl = url, OpenAIUrl = url, CaFile = caFile, Loggers = events });
        const string Tools = """ "tools":[{"type":"function","function":{"name":"x","parameters":{}}}],"messages":[{"role":"user","content":"hello"}]} """;
        var told = "";
        foreach (var (path, body) in ((string, string)[])
            [("/v1/messages", """{"messages":[]}"""), ("/v1/chat/completions", """{"messages":[]}"""), ("/v1/chat/completions", "{" + Tools)])
        {
            using var response = await proxy.PostAsync(path, body, ("x-api-key", path == "/v1/messages" ? Secret : "x"));
            var text = await response.Content.ReadAsStringAsync(Token);
            Assert.True(status == (int)response.StatusCode, text);
            var error = JsonNode.Parse(text)!["error"]!;
            told = error["message"]!.GetValue<string>();
            Assert.Equal(message ?? told, told);
            Assert.Equal(path == "/v1/messages" ? "api_error" : "server_error", error["type"]!.GetValue<string>());
            if (path != "/v1/messages")
            {
                Assert.Equal("upstream_" + kind, error["code"]!.GetValue<string>());
            }

            Assert.DoesNotContain("secret-prefix", text, StringComparison.Ordinal);
        }

        var logged = Assert.Single(events.All, e => e.Id == 2101);
        Assert.Equal($"{kind}: {told}", logged.Message);
        Assert.DoesNotContain(events.All, e => (e.Message + e.Values).Contains(Secret, StringComparison.Ordinal));
        var stats = (await proxy.GetJsonAsync("/stats"))["upstreams"]!;
        Assert.Equal(1, stats["anthropic"]!["failures"]![kind]!.GetValue<int>());
        Assert.Equal(2, stats["openai"]!["failures"]![kind]!.GetValue<int>());
        Assert.Equal(told, stats["openai"]!["last"]!["message"]!.GetValue<string>());
        return told;
    }

    private sealed class TemporaryFile : IDisposable
    {
        public TemporaryFile(string text)
            : this(System.Text.Encoding.UTF8.GetBytes(text))
        {
        }

        public TemporaryFile(byte[] bytes) => File.WriteAllBytes(Path, bytes);

        public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());

        public void Dispose() => File.Delete(Path);
    }
}
