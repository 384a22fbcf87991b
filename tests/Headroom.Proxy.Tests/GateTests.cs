using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Headroom.Proxy.Tests;

public sealed class GateTests
{
    public static TheoryData<string, string> Routes => new()
    {
        { "POST", "/v1/chat/completions" }, { "POST", "/v1/messages" }, { "POST", "/v1/messages/count_tokens" }, { "POST", "/v1/responses" },
        { "GET", "/v1/models" }, { "GET", "/anything" }, { "OPTIONS", "/v1/chat/completions" }, { "POST", "/v1/compress" },
        { "GET", "/v1/retrieve/0123456789abcdef01234567" }, { "GET", "/livez" }, { "GET", "/readyz" }, { "GET", "/health" }, { "GET", "/stats" }, { "POST", "/mcp" },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Foreign_hosts_origins_and_sites_are_refused_on_every_route(string method, string path)
    {
        await using var proxy = await TestProxy.StartAsync();
        var port = proxy.Server.Uri.Port;
        (string, string)[] refused =
        [
            ("Host", $"evil.example:{port}"), ("Host", "127.0.0.1"), ("Host", $"127.0.0.1:{port + 1}"), ("Host", $"localhost.evil.example:{port}"),
            ("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", $"https://127.0.0.1:{port}"), ("Origin", "http://localhost:3000"),
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Site", "nonsense"),
        ];
        foreach (var header in refused)
        {
            using var response = await proxy.SendAsync(method, path, method == "POST" ? "{}"u8.ToArray() : null, header);
            Assert.True(response.StatusCode == HttpStatusCode.Forbidden, $"{header} was answered {response.StatusCode}");
            var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
            Assert.NotNull(error["error"]!["type"]);
            Assert.NotNull(error["error"]!["message"]);
            Assert.Equal(path.StartsWith("/v1/messages", StringComparison.Ordinal), error["type"]?.GetValue<string>() == "error");
        }

        Assert.Empty(proxy.Upstream.Requests);
    }

    [Fact]
    public async Task Own_names_and_own_origin_are_accepted()
    {
        await using var proxy = await TestProxy.StartAsync();
        var port = proxy.Server.Uri.Port;
        (string, string)[] accepted =
        [
            ("Host", $"localhost:{port}"), ("Host", $"LOCALHOST:{port}"), ("Host", $"[::1]:{port}"), ("Origin", $"http://localhost:{port}"),
            ("Origin", $"http://127.0.0.1:{port}"), ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "same-origin"),
        ];
        foreach (var header in accepted)
        {
            using var response = await proxy.SendAsync("GET", "/v1/models", null, header);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{header} was answered {response.StatusCode}");
        }
    }

    [Fact]
    public async Task A_web_socket_from_a_foreign_page_is_refused()
    {
        await using var proxy = await TestProxy.StartAsync();
        using var request = proxy.Request(
            "GET", "/v1/realtime", null, ("Origin", "https://evil.example"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
        using var response = await proxy.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(new MediaTypeHeaderValue("application/json"), response.Content.Headers.ContentType);
        Assert.Empty(proxy.Upstream.Requests);
    }
}
