using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Proxy.Admission;

namespace Headroom.Proxy.Tests;

/// <summary>Callers from other machines, played by this machine's own address on a network: the peer is then not loopback.</summary>
public sealed class RemoteTests
{
    private const string Secret = "canary-0123456789abcdef0123456789abcdef";
    private const string TokenHeader = "x-headroom-token";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Address { get; } = NetworkInterface.GetAllNetworkInterfaces()
        .Where(n => n.OperationalStatus == OperationalStatus.Up)
        .SelectMany(n => n.GetIPProperties().UnicastAddresses)
        .Select(a => a.Address)
        .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a))?.ToString() ?? "";

    private static ProxyToken TokenOf(string text)
    {
        Assert.True(ProxyToken.TryCreate(text, out var token));
        return token;
    }

    private static Task<TestProxy> StartAsync(string host = "0.0.0.0", Func<ProxyOptions, ProxyOptions>? with = null)
    {
        Assert.SkipWhen(Address.Length == 0, "This machine has no address but loopback, so that nothing here can be tested.");
        return TestProxy.StartAsync(o =>
        {
            o = o with { Host = host, Token = TokenOf(Secret), InsecureListen = true };
            return with?.Invoke(o) ?? o;
        });
    }

    /// <summary>Sends to this machine's address on its network.</summary>
    private static Task<HttpResponseMessage> SendAsync(
        TestProxy proxy, string method, string path, params (string Name, string Value)[] headers)
    {
        var request = proxy.Request(method, path, method == "POST" ? Encoding.UTF8.GetBytes(Body(path)) : null, headers);
        request.RequestUri = new UriBuilder(request.RequestUri!) { Host = Address }.Uri;
        return proxy.Client.SendAsync(request, Token);
    }

    private static string Body(string path) => path == "/v1/compress" ? """{"model":"m","messages":[{"role":"user","content":"hi"}]}""" : """{"messages":[]}""";

    public static TheoryData<string, string, bool> Routes => new()
    {
        { "POST", "/v1/chat/completions", false }, { "POST", "/v1/messages", false }, { "POST", "/v1/messages/count_tokens", false },
        { "GET", "/v1/models", false }, { "GET", "/anything", false }, { "HEAD", "/anything", false },
        { "POST", "/v1/compress", true }, { "GET", "/v1/retrieve/0123456789abcdef01234567", true }, { "GET", "/v1/retrieve", true },
        { "GET", "/readyz", true }, { "GET", "/health", true }, { "HEAD", "/health", true }, { "GET", "/stats", true }, { "DELETE", "/stats", true },
        { "GET", "/stats/", true }, { "GET", "/%73tats", true },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Without_the_token_every_route_is_closed_to_other_machines(string method, string path, bool isOwn)
    {
        await using var proxy = await StartAsync();
        (string, string)[][] wrong =
        [
            [], [(TokenHeader, "")], [(TokenHeader, Secret[..^1])], [(TokenHeader, Secret + "x")], [(TokenHeader, Secret.ToUpperInvariant())],
            [("Authorization", "Bearer wrong")], [("Authorization", Secret)], [("Authorization", "Basic " + Secret)],
            [(TokenHeader, "wrong"), (TokenHeader, Secret)], [("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1"), ("X-Real-IP", "::1")],
            [("Host", $"127.0.0.1:{proxy.Server.Uri.Port}")],
            .. isOwn ? Array.Empty<(string, string)[]>() : [[("Authorization", "Bearer " + Secret)], [("x-api-key", Secret)]],
        ];
        foreach (var headers in wrong)
        {
            using var response = await SendAsync(proxy, method, path, headers);
            Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{string.Join(", ", headers)} was answered {response.StatusCode}");
            Assert.Equal(isOwn, response.Headers.Contains("WWW-Authenticate"));
            var text = await response.Content.ReadAsStringAsync(Token);
            Assert.DoesNotContain("canary", text, StringComparison.OrdinalIgnoreCase);
            if (method != "HEAD")
            {
                var error = JsonNode.Parse(text)!;
                Assert.Equal("A valid token is required.", error["error"]!["message"]!.GetValue<string>());
                var isAnthropic = path.StartsWith("/v1/messages", StringComparison.Ordinal)
                    || (!path.StartsWith("/v1/chat", StringComparison.Ordinal) && headers.Any(h => h.Item1 == "x-api-key"));
                Assert.Equal(isAnthropic ? "authentication_error" : isOwn ? "unauthorized" : "invalid_request_error", error["error"]!["type"]!.GetValue<string>());
            }
        }

        Assert.Empty(proxy.Upstream.Requests);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task With_the_token_every_route_serves_them_and_nobody_else_learns_it(string method, string path, bool isOwn)
    {
        await using var proxy = await StartAsync();
        using var plain = await proxy.SendAsync(method, path, method == "POST" ? Encoding.UTF8.GetBytes(Body(path)) : null);
        (string, string)[][] right =
        [
            [(TokenHeader, Secret)], [("X-HEADROOM-TOKEN", Secret), ("Authorization", "Bearer of-the-provider"), ("Connection", "x-headroom-token")],
            .. isOwn ? [[("Authorization", "Bearer " + Secret)], [("authorization", "bearer  " + Secret)]] : Array.Empty<(string, string)[]>(),
        ];
        foreach (var headers in right)
        {
            using var response = await SendAsync(proxy, method, path, headers);
            Assert.Equal(plain.StatusCode, response.StatusCode);
            Assert.NotEqual(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.DoesNotContain("canary", response.Headers + await response.Content.ReadAsStringAsync(Token), StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(isOwn, proxy.Upstream.Requests.IsEmpty);
        foreach (var request in proxy.Upstream.Requests)
        {
            Assert.DoesNotContain("canary", string.Join('\n', request.Headers.Select(h => $"{h.Key}: {string.Join(',', h.Value)}")), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Only_livez_answers_anybody()
    {
        await using var proxy = await StartAsync();
        foreach (var method in (string[])["GET", "HEAD"])
        {
            using var alive = await SendAsync(proxy, method, "/livez");
            Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        }

        using var foreign = await SendAsync(proxy, "GET", "/livez", ("Host", "evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
    }

    [Fact]
    public async Task A_web_socket_needs_the_token_like_every_other_request()
    {
        await using var proxy = await StartAsync();
        proxy.Upstream.Intercept = async context =>
        {
            Assert.DoesNotContain(TokenHeader, context.Request.Headers.Keys, StringComparer.OrdinalIgnoreCase);
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", Token);
            return true;
        };
        var uri = new Uri($"ws://{Address}:{proxy.Server.Uri.Port}/v1/realtime");
        using (var stranger = new ClientWebSocket())
        {
            await Assert.ThrowsAsync<WebSocketException>(() => stranger.ConnectAsync(uri, Token));
        }

        using var client = new ClientWebSocket();
        client.Options.SetRequestHeader(TokenHeader, Secret);
        await client.ConnectAsync(uri, Token);
        Assert.Equal(WebSocketMessageType.Close, (await client.ReceiveAsync(new byte[1], Token)).MessageType);
    }

    [Fact]
    public async Task The_token_in_place_of_a_providers_key_is_not_sent_there()
    {
        await using var proxy = await StartAsync();
        (string, string)[][] mistakes = [[("Authorization", "Bearer " + Secret)], [("x-api-key", Secret)]];
        foreach (var headers in mistakes)
        {
            using var local = await proxy.PostAsync("/v1/messages", Body("/v1/messages"), headers);
            Assert.Equal(HttpStatusCode.BadRequest, local.StatusCode);
            using var remote = await SendAsync(proxy, "POST", "/v1/messages", [(TokenHeader, Secret), .. headers]);
            Assert.Equal(HttpStatusCode.BadRequest, remote.StatusCode);
        }

        Assert.Empty(proxy.Upstream.Requests);
    }

    [Theory]
    [InlineData(false, HttpStatusCode.OK)]
    [InlineData(true, HttpStatusCode.Unauthorized)]
    public async Task Callers_on_this_machine_need_it_only_on_demand(bool requireToken, HttpStatusCode expected)
    {
        foreach (var host in (string[])["127.0.0.1", "0.0.0.0"])
        {
            await using var proxy = await StartAsync(host, o => o with { RequireToken = requireToken });
            foreach (var path in (string[])["/stats", "/v1/models"])
            {
                using var without = await proxy.SendAsync("GET", path);
                Assert.Equal(expected, without.StatusCode);
                using var with = await proxy.SendAsync("GET", path, null, (TokenHeader, Secret));
                Assert.Equal(HttpStatusCode.OK, with.StatusCode);
            }
        }
    }

    [Fact]
    public async Task The_host_header_names_the_machine_or_what_was_allowed()
    {
        await using var proxy = await StartAsync(with: o => o with { AllowedHosts = ["headroom.internal", "fd00::5"] });
        var port = proxy.Server.Uri.Port;
        (string Host, HttpStatusCode Status)[] cases =
        [
            ($"{Address}:{port}", HttpStatusCode.OK), ($"headroom.internal:{port}", HttpStatusCode.OK), ("HEADROOM.internal", HttpStatusCode.OK),
            ("headroom.internal:443", HttpStatusCode.OK), ("[fd00::5]:9000", HttpStatusCode.OK), ($"localhost:{port}", HttpStatusCode.OK),
            (Address, HttpStatusCode.Forbidden), ($"{Address}:{port + 1}", HttpStatusCode.Forbidden), ($"198.51.100.7:{port}", HttpStatusCode.Forbidden),
            ($"0.0.0.0:{port}", HttpStatusCode.Forbidden), ($"x.headroom.internal:{port}", HttpStatusCode.Forbidden), ($"evil.example:{port}", HttpStatusCode.Forbidden),
        ];
        foreach (var (host, status) in cases)
        {
            using var response = await SendAsync(proxy, "GET", "/health", (TokenHeader, Secret), ("Host", host));
            Assert.True(response.StatusCode == status, $"{host} was answered {response.StatusCode}");
        }

        using var page = await SendAsync(proxy, "GET", "/health", (TokenHeader, Secret), ("Origin", "http://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);
    }

    [Fact]
    public async Task It_listens_on_one_address_of_the_machine_only()
    {
        Assert.SkipWhen(Address.Length == 0, "This machine has no address but loopback.");
        await using var proxy = await StartAsync(Address);
        Assert.Equal(Address, proxy.Server.Uri.Host);
        using var response = await SendAsync(proxy, "GET", "/health", (TokenHeader, Secret));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var socket = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(IPAddress.Loopback, proxy.Server.Uri.Port, Token).AsTask());
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::", "[::1]")]
    public async Task Listening_everywhere_it_is_found_on_loopback(string host, string uriHost)
    {
        Assert.SkipWhen(host == "::" && !Socket.OSSupportsIPv6, "no IPv6");
        await using var proxy = await StartAsync(host);
        Assert.Equal(uriHost, proxy.Server.Uri.Host);
        using var alive = await proxy.SendAsync("GET", "/health");
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        using var remote = await SendAsync(proxy, "GET", "/health");
        Assert.Equal(HttpStatusCode.Unauthorized, remote.StatusCode);
        using var admitted = await SendAsync(proxy, "GET", "/health", (TokenHeader, Secret));
        Assert.Equal(HttpStatusCode.OK, admitted.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcdef0123456789abcde")]
    [InlineData("0123456789abcdef 123456789abcdef0")]
    [InlineData("0123456789abcdef0123456789abcdef\n")]
    [InlineData("0123456789abcdef0123456789abcdé€")]
    [InlineData(null)]
    public void A_weak_token_is_none(string? text) => Assert.False(ProxyToken.TryCreate(text, out _));

    [Fact]
    public void A_token_cannot_be_read_from_the_options()
    {
        var options = new ProxyOptions { Token = TokenOf(Secret) };
        Assert.Contains("(secret)", options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", options.ToString(), StringComparison.Ordinal);
    }
}
