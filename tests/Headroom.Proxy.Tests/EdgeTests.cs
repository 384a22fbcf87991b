using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Headroom.Proxy.Tests;

/// <summary>What no client library sends and no upstream should: byte for byte, over real sockets.</summary>
public sealed class EdgeTests
{
    private const string Messages = "POST /v1/messages HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\n";
    private const string Files = "POST /v1/files HTTP/1.1\r\nHost: HOST\r\n";
    private const string Chat = "POST /v1/chat/completions HTTP/1.1\r\nHost: HOST\r\n";

    public static TheoryData<string, int, string> Refused => new()
    {
        // No tunnel. Host names where the tunnel is to lead.
        { "CONNECT api.anthropic.com:443 HTTP/1.1\r\nHost: api.anthropic.com:443\r\n\r\n", 405, "method_not_allowed" },

        // Two readings of where a request goes.
        { "GET /v1/models#fragment HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /v1/models?x#fragment HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET http://HOST/v1/models#fragment HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /v1/messages/../files HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /../secret HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /v1/.. HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /v1/%2e%2e/files HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /v1/.%2E/files HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /v1/x%2f..%2Ffiles HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /v1/x%5c..%5cfiles HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /v1/x\\..\\files HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /v1/%252e%252e%252ffiles HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET /v1/..;a=b/files HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },
        { "GET http://HOST/v1/../files HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "bad_request" },

        // Two readings of where a body ends, or of what it is.
        { Messages + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "not_implemented" },
        { Files + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "not_implemented" },
        { Messages + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400, "bad_request" },
        { Files + "Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_request" },

        // Bodies that break off or count wrongly.
        { Messages + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx", 400, "bad_request" },
        { Chat + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\nx", 400, "bad_request" },
        { Messages + "Transfer-Encoding: chunked\r\n\r\nno\r\nx\r\n", 400, "bad_request" },
        { Chat + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n", 400, "bad_request" },
        { Files + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx", 400, "bad_request" },
        { Files + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx", 400, "bad_request" },
    };

    // The server refuses these before there is a request that could have a provider.
    public static TheoryData<string, int> Unreadable => new()
    {
        { Messages + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400 },
        { Messages + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400 },
        { Messages + "Content-Length: 2, 3\r\n\r\n{}", 400 },
        { Messages + "Content-Length: -1\r\n\r\n{}", 400 },
        { Messages + "Content-Length: 99999999999999999999\r\n\r\n{}", 400 },
        { Messages + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400 },
        { Messages + "Transfer-Encoding: nothing\r\n\r\n0\r\n\r\n", 400 },
        { "GET /v1/models HTTP/1.1\r\n\r\n", 400 },
        { "GET /v1/models HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n", 400 },
        { "GET http://elsewhere.example/v1/models HTTP/1.1\r\nHost: HOST\r\n\r\n", 400 },
        { "GET /v1/%00 HTTP/1.1\r\nHost: HOST\r\n\r\n", 400 },
        { "GET /v1/models HTTP/1.1\r\nHost: HOST\r\nx: " + new string('h', 64 << 10) + "\r\n\r\n", 431 },
        { "GET /v1/models HTTP/1.1\r\nHost: HOST\r\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"x-{i}: 1\r\n")) + "\r\n", 431 },
        { "GET /v1/" + new string('p', 64 << 10) + " HTTP/1.1\r\nHost: HOST\r\n\r\n", 414 },
        { "GET /v1/models HTTP/9.9\r\nHost: HOST\r\n\r\n", 505 },
        { "no request at all\r\n\r\n", 400 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_can_be_read_in_two_ways_is_refused_in_the_clients_error_shape(string request, int status, string code)
    {
        await using var proxy = await TestProxy.StartAsync();
        var response = await RawConnection.ExchangeAsync(proxy, request);
        Assert.Equal(status, response.Status);
        Assert.True(response.IsWhole);
        var error = JsonNode.Parse(response.Body)!["error"]!;
        Assert.False(string.IsNullOrEmpty(error["message"]!.GetValue<string>()));
        if (request.StartsWith("POST /v1/messages", StringComparison.Ordinal))
        {
            Assert.Equal("error", JsonNode.Parse(response.Body)!["type"]!.GetValue<string>());
            Assert.Equal(status < 500 ? "invalid_request_error" : "api_error", error["type"]!.GetValue<string>());
        }
        else
        {
            Assert.Equal(code, (error["code"] ?? error["type"])!.GetValue<string>());
        }

        // A body that breaks off was on its way where nobody looked at it; nothing whole has arrived.
        Assert.Empty(proxy.Upstream.Requests);
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task What_is_no_request_is_refused_and_goes_nowhere(string request, int status)
    {
        await using var proxy = await TestProxy.StartAsync();
        var response = await RawConnection.ExchangeAsync(proxy, request);
        Assert.Equal(status, response.Status);
        Assert.Equal("close", response.Header("Connection"));
        Assert.Empty(proxy.Upstream.Requests);
    }

    [Theory]
    [InlineData("GET http://HOST/v1/files/a%20b%2Fc?x=%41 HTTP/1.1", "/v1/files/a%20b%2Fc?x=%41")]
    [InlineData("GET http://HOST?x=1 HTTP/1.1\r\nx-api-key: k", "/?x=1")]
    [InlineData("GET /v1/a..b/c.. HTTP/1.1", "/v1/a..b/c..")]
    [InlineData("GET /v1/models?after=../x HTTP/1.1", "/v1/models?after=../x")]
    public async Task A_target_that_has_one_reading_keeps_its_spelling(string request, string target)
    {
        await using var proxy = await TestProxy.StartAsync();
        var response = await RawConnection.ExchangeAsync(proxy, request + "\r\nHost: HOST\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal(target, proxy.Upstream.Single.Target);
    }

    [Theory]
    [InlineData("/v1/messages", true)]
    [InlineData("http://HOST/v1/messages", true)]
    [InlineData("/v1/%6dessages", true)]
    [InlineData("/v1%2Fmessages", false)]
    [InlineData("http://HOST/v1%2Fmessages", false)]
    [InlineData("/v1//messages", false)]
    public async Task One_path_is_one_route_however_it_is_spelled(string target, bool isCompressed)
    {
        await using var proxy = await TestProxy.StartAsync();
        var body = TestBodies.Anthropic(TestBodies.Rows());
        var response = await RawConnection.ExchangeAsync(
            proxy, $"POST {target} HTTP/1.1\r\nHost: HOST\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        Assert.Equal(200, response.Status);
        Assert.Equal(isCompressed ? "compressed" : "pass-through", response.Header("x-headroom-reason"));
        Assert.Equal(isCompressed, proxy.Upstream.Single.Body.Length < body.Length);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task A_knock_without_credentials_is_answered_here_and_with_them_by_the_provider(string method)
    {
        await using var proxy = await TestProxy.StartAsync();
        var knock = await RawConnection.ExchangeAsync(proxy, $"{method} / HTTP/1.1\r\nHost: HOST\r\n\r\n", hasBody: method == "GET");
        Assert.Equal(200, knock.Status);
        Assert.Equal(method == "GET", knock.Body.Contains("headroom-proxy", StringComparison.Ordinal));
        Assert.Empty(proxy.Upstream.Requests);

        foreach (var header in (string[])["Authorization: Bearer k", "x-api-key: k"])
        {
            var asked = await RawConnection.ExchangeAsync(proxy, $"{method} / HTTP/1.1\r\nHost: HOST\r\n{header}\r\n\r\n", hasBody: method == "GET");
            Assert.Equal(200, asked.Status);
            Assert.True(proxy.Upstream.Requests.TryDequeue(out var received));
            Assert.Equal("/", received.Target);
        }

        var foreign = await RawConnection.ExchangeAsync(proxy, $"{method} / HTTP/1.1\r\nHost: evil.example\r\n\r\n", hasBody: method == "GET");
        Assert.Equal(403, foreign.Status);
    }

    [Fact]
    public async Task What_is_asked_about_the_server_is_answered_by_the_server()
    {
        await using var proxy = await TestProxy.StartAsync();
        var response = await RawConnection.ExchangeAsync(proxy, "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n");
        Assert.Equal(204, response.Status);
        Assert.Contains("POST", response.Header("Allow"), StringComparison.Ordinal);
        Assert.Empty(proxy.Upstream.Requests);
        Assert.Equal(403, (await RawConnection.ExchangeAsync(proxy, "OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n")).Status);
    }

    [Theory]
    [InlineData(Messages)]
    [InlineData(Files)]
    public async Task A_client_that_waits_for_100_is_told_to_go_on(string head)
    {
        await using var proxy = await TestProxy.StartAsync();
        using var connection = await RawConnection.OpenAsync(proxy.Server.Uri.Port);
        await connection.SendAsync(head.Replace("HOST", proxy.Server.Uri.Authority, StringComparison.Ordinal) + "Content-Length: 15\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        await connection.SendAsync("""{"messages":[]}""");
        Assert.Equal(200, (await connection.ReadResponseAsync()).Status);
        Assert.Equal("""{"messages":[]}""", Encoding.UTF8.GetString(proxy.Upstream.Single.Body));
        Assert.Null(proxy.Upstream.Single.Header("Expect"));
    }

    [Fact]
    public async Task A_client_that_waits_for_100_and_is_refused_need_not_send()
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { MaxBodyBytes = 10 });
        var response = await RawConnection.ExchangeAsync(proxy, Messages + "Content-Length: 15\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal(413, response.Status);
        Assert.Equal("request_too_large", JsonNode.Parse(response.Body)!["error"]!["type"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("GET", "Content-Type: application/json\r\n")]
    [InlineData("GET", "Content-Length: 0\r\n")]
    [InlineData("GET", "")]
    [InlineData("HEAD", "Content-Type: application/json\r\n")]
    [InlineData("DELETE", "Content-Type: application/json\r\n")]
    [InlineData("OPTIONS", "Content-Language: de\r\n")]
    public async Task A_request_without_a_body_gets_none_on_the_way(string method, string header)
    {
        await using var proxy = await TestProxy.StartAsync();
        await RawConnection.ExchangeAsync(proxy, $"{method} /v1/models/x HTTP/1.1\r\nHost: HOST\r\nx-kept: 1\r\n{header}\r\n", hasBody: false);
        var received = proxy.Upstream.Single;
        Assert.Equal("1", received.Header("x-kept"));
        Assert.Null(received.Header("Content-Length"));
        Assert.Null(received.Header("Transfer-Encoding"));
    }

    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/files")]
    public async Task A_post_without_a_body_says_so_upstream(string path)
    {
        await using var proxy = await TestProxy.StartAsync();
        await RawConnection.ExchangeAsync(proxy, $"POST {path} HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal("0", proxy.Upstream.Single.Header("Content-Length"));
        Assert.Equal("application/json", proxy.Upstream.Single.Header("Content-Type"));
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\nConnection: close\r\nContent-Length: 5\r\n\r\n", 204, null)]
    [InlineData("HTTP/1.1 204 No Content\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", 204, null)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nConnection: close\r\nContent-Length: 5\r\nETag: \"a\"\r\n\r\n", 304, "5")]
    [InlineData("HTTP/1.1 205 Reset Content\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 205, "0")]
    public async Task An_answer_that_can_have_no_body_ends_where_it_must(string answer, int status, string? length)
    {
        foreach (var head in (string[])[Messages + "Content-Length: 2\r\n\r\n{}", Files + "Content-Length: 2\r\n\r\n{}", "GET /v1/models HTTP/1.1\r\nHost: HOST\r\n\r\n"])
        {
            await using var upstream = new RawUpstream(answer);
            await using var proxy = await TestProxy.StartAsync(o => o with { OpenAIUrl = upstream.Uri, AnthropicUrl = upstream.Uri });
            using var connection = await RawConnection.OpenAsync(proxy.Server.Uri.Port);
            var request = head.Replace("HOST", proxy.Server.Uri.Authority, StringComparison.Ordinal);
            for (var again = 0; again < 2; again++)
            {
                await connection.SendAsync(request);
                var response = await connection.ReadResponseAsync();
                Assert.Equal(status, response.Status);
                Assert.Equal(length, response.Header("Content-Length"));
                Assert.Equal("", response.Body);
            }
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nFFFFFFFFFFFFFFFFF\r\nx")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nzz\r\nx")]
    public async Task An_answer_that_breaks_off_upstream_breaks_off_for_the_client(string answer)
    {
        foreach (var head in (string[])[Messages, Files])
        {
            await using var upstream = new RawUpstream(answer);
            await using var proxy = await TestProxy.StartAsync(o => o with { OpenAIUrl = upstream.Uri, AnthropicUrl = upstream.Uri });
            var response = await RawConnection.ExchangeAsync(proxy, head + "Content-Length: 2\r\n\r\n{}");

            // A connection that is reset takes with it what was not read yet.
            Assert.True(response.Status is 200 or 502 or 0, response.Head);
            Assert.False(response.Status == 200 && response.IsWhole, $"{head} {response}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 2")]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc")]
    public async Task An_answer_that_is_none_is_a_bad_gateway(string answer)
    {
        foreach (var head in (string[])[Messages, Files])
        {
            await using var upstream = new RawUpstream(answer);
            await using var proxy = await TestProxy.StartAsync(o => o with { OpenAIUrl = upstream.Uri, AnthropicUrl = upstream.Uri });
            var response = await RawConnection.ExchangeAsync(proxy, head + "Content-Length: 2\r\n\r\n{}");
            Assert.Equal(502, response.Status);
            Assert.True(response.IsWhole);
            Assert.NotNull(JsonNode.Parse(response.Body)!["error"]);
        }
    }

    [Fact]
    public async Task The_length_of_what_a_head_does_not_send_passes()
    {
        await using var upstream = new RawUpstream("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
        await using var proxy = await TestProxy.StartAsync(o => o with { OpenAIUrl = upstream.Uri });
        var response = await RawConnection.ExchangeAsync(proxy, "HEAD /v1/files/x HTTP/1.1\r\nHost: HOST\r\n\r\n", hasBody: false);
        Assert.Equal(200, response.Status);
        Assert.Equal("1234", response.Header("Content-Length"));
    }

    /// <summary>Answers every request with the same bytes and closes.</summary>
    private sealed class RawUpstream : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        public RawUpstream(string answer)
        {
            _listener.Start();
            Uri = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
            _serving = ServeAsync(answer);
        }

        public Uri Uri { get; }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task ServeAsync(string answer)
        {
            try
            {
                while (true)
                {
                    using var connection = RawConnection.Over(await _listener.AcceptTcpClientAsync(Token));
                    var head = await connection.ReadHeadAsync();
                    if (head.Contains("Content-Length: 2", StringComparison.Ordinal))
                    {
                        await connection.ReadExactlyAsync(2);
                    }

                    await connection.SendAsync(answer);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Nobody asks any more.
            }
        }
    }
}
