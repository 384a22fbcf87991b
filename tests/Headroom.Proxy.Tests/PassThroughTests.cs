using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Headroom.TestData;

namespace Headroom.Proxy.Tests;

public sealed class PassThroughTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    public async Task A_body_without_an_eligible_block_reaches_the_upstream_byte_for_byte(string path)
    {
        await using var proxy = await TestProxy.StartAsync();
        var random = new SeededRandom(11);
        for (var i = 0; i < 60; i++)
        {
            var body = Encoding.UTF8.GetBytes(RandomBody(random));
            using var response = await proxy.SendAsync("POST", path, body, ("Content-Type", "application/json"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.True(proxy.Upstream.Requests.TryDequeue(out var received));
            Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), Convert.ToHexString(SHA256.HashData(received.Body)));
        }
    }

    [Theory]
    [InlineData("not json at all")]
    [InlineData("")]
    [InlineData("{\"messages\":")]
    [InlineData("{\"messages\":[{\"role\":\"tool\",\"content\":\"\\ud800\"}]}")]
    [InlineData("{\"messages\":[],\"messages\":[{\"role\":\"user\"}]}")]
    [InlineData("\u0000\u0001\u0002")]
    public async Task What_is_not_a_request_is_for_the_upstream_to_judge(string body)
    {
        await using var proxy = await TestProxy.StartAsync();
        using var response = await proxy.PostAsync("/v1/chat/completions", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, Encoding.UTF8.GetString(proxy.Upstream.Single.Body));
    }

    [Theory]
    [InlineData("GET", "/v1/models")]
    [InlineData("HEAD", "/v1/models/gpt-4o")]
    [InlineData("DELETE", "/v1/files/file-1")]
    [InlineData("OPTIONS", "/v1/chat/completions")]
    [InlineData("PATCH", "/v1/anything")]
    [InlineData("PUT", "/v1/messages")]
    [InlineData("POST", "/v1/messages/count_tokens?beta=true")]
    [InlineData("POST", "/v1/messages/batches")]
    [InlineData("POST", "/v1/responses")]
    [InlineData("POST", "/v1/chat/completions/")]
    [InlineData("POST", "/V1/CHAT/COMPLETIONS")]
    [InlineData("POST", "/livezz")]
    [InlineData("GET", "/v1/retrieved/a")]
    [InlineData("REPORT", "/v1/x")]
    public async Task Every_other_verb_and_path_passes_with_its_body(string method, string path)
    {
        await using var proxy = await TestProxy.StartAsync();
        var body = method is "GET" or "HEAD" ? null : Noise(100_000);
        using var response = await proxy.SendAsync(method, path, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var received = proxy.Upstream.Single;
        Assert.Equal(method, received.Method);
        Assert.Equal(path, received.Target);
        Assert.Equal(body ?? [], received.Body);
    }

    [Theory]
    [InlineData("/v1/files/a%20b%2Fc%7E?x=%41&y=a+b&&z=%C3%A9")]
    [InlineData("/v1/a//b/./c?")]
    [InlineData("/v1/%e2%82%ac/'()*!;:@=$,|")]
    public async Task The_request_target_keeps_its_spelling(string path)
    {
        await using var proxy = await TestProxy.StartAsync();
        using var response = await proxy.SendAsync("GET", path);
        Assert.Equal(path, proxy.Upstream.Single.Target);
    }

    [Fact]
    public async Task Request_headers_pass_and_none_is_added()
    {
        await using var proxy = await TestProxy.StartAsync();
        using var response = await proxy.SendAsync(
            "POST", "/v1/messages", """{"messages":[]}"""u8.ToArray(),
            ("Content-Type", "application/json; charset=utf-8"), ("x-api-key", "sk-ant-canary"), ("anthropic-beta", "b-2,  a-1"),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), ("Request-Id", "r1"), ("baggage", "k=v"),
            ("User-Agent", "claude-cli/1.0 (external)"), ("Accept-Encoding", "gzip, br;q=0.5"), ("Cookie", "a=b"), ("x-name", "gr\u00fc\u00df"),
            ("TE", "trailers"), ("Keep-Alive", "timeout=5"), ("Proxy-Authorization", "Basic x"),
            ("x-headroom-session-id", "s"), ("X-Headroom-Anything", "s"));
        var received = proxy.Upstream.Single;
        Assert.Equal(
            new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase)
            {
                ["Host"] = proxy.Upstream.Uri.Authority,
                ["Content-Type"] = "application/json; charset=utf-8",
                ["Content-Length"] = "15",
                ["x-api-key"] = "sk-ant-canary",
                ["anthropic-beta"] = "b-2,  a-1",
                ["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                ["Request-Id"] = "r1",
                ["baggage"] = "k=v",
                ["User-Agent"] = "claude-cli/1.0 (external)",
                ["Accept-Encoding"] = "gzip, br;q=0.5",
                ["Cookie"] = "a=b",
                ["x-name"] = "gr\u00fc\u00df",
            },
            new SortedDictionary<string, string>(received.Headers.ToDictionary(h => h.Key, h => string.Join("|", h.Value)), StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Headers_that_the_client_names_as_one_hop_end_here()
    {
        await using var proxy = await TestProxy.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, proxy.Server.Uri.Port, Token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"GET /v1/models HTTP/1.1\r\nHost: {proxy.Server.Uri.Authority}\r\nConnection: X-Hop , x-other\r\nx-hop: 1\r\nx-keep: 2\r\n\r\n"), Token);
        Assert.Equal("HTTP/1.1 200 OK", await new StreamReader(stream).ReadLineAsync(Token));
        Assert.Equal(["Host", "x-keep"], proxy.Upstream.Single.Headers.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/files")]
    public async Task What_says_how_to_read_a_body_is_nobodys_to_name_as_one_hop(string path)
    {
        const string Named = "Connection: x-hop, Content-Type, content-length,CONTENT-ENCODING, content-language, x-other\r\n";
        const string Content = "Content-Type: text/plain; charset=utf-8\r\nContent-Encoding: br\r\nContent-Language: de\r\nContent-Length: 2\r\nx-hop: 1\r\nx-kept: 2\r\n";

        // 1. The client to the upstream.
        await using var proxy = await TestProxy.StartAsync();
        Assert.Equal(200, (await RawConnection.ExchangeAsync(proxy, $"POST {path} HTTP/1.1\r\nHost: HOST\r\n{Named}{Content}\r\n{{}}")).Status);
        var received = proxy.Upstream.Single;
        Assert.Equal("{}"u8.ToArray(), received.Body);
        Assert.Equal(["Content-Encoding", "Content-Language", "Content-Length", "Content-Type", "Host", "x-kept"], received.Headers.Keys.Order(StringComparer.Ordinal));

        // 2. The upstream to the client.
        await using var upstream = LoopbackServer.Answering(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{Named}{Content}\r\n{{}}"));
        var url = new Uri($"http://127.0.0.1:{upstream.Port}");
        await using var before = await TestProxy.StartAsync(o => o with { AnthropicUrl = url, OpenAIUrl = url });
        var answer = await RawConnection.ExchangeAsync(before, $"POST {path} HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\n{{}}");
        Assert.Equal("{}", answer.Body);
        Assert.Equal(
            ("text/plain; charset=utf-8", "br", "de", "2", "2", null),
            (answer.Header("Content-Type"), answer.Header("Content-Encoding"), answer.Header("Content-Language"), answer.Header("Content-Length"), answer.Header("x-kept"), answer.Header("x-hop")));
    }

    [Fact]
    public async Task Response_headers_pass_and_hop_by_hop_ones_do_not()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = context =>
        {
            context.Response.Headers["request-id"] = "req_1";
            context.Response.Headers["anthropic-ratelimit-tokens-remaining"] = "5";
            context.Response.Headers["Set-Cookie"] = new[] { "a=1", "b=2" };
            context.Response.Headers["Alt-Svc"] = "h3=\":443\"";
            context.Response.Headers["Connection"] = "x-hop";
            context.Response.Headers["x-hop"] = "1";
            context.Response.Headers["Keep-Alive"] = "timeout=9";
            context.Response.Headers["x-headroom-reason"] = "somebody-else";
            return FakeUpstream.Json(context, 200, "{}");
        };
        using var response = await proxy.PostAsync("/v1/messages", """{"messages":[]}""");
        Assert.Equal("req_1", Assert.Single(response.Headers.GetValues("request-id")));
        Assert.Equal("5", Assert.Single(response.Headers.GetValues("anthropic-ratelimit-tokens-remaining")));
        Assert.Equal(["a=1", "b=2"], response.Headers.GetValues("Set-Cookie"));
        Assert.Equal("h3=\":443\"", Assert.Single(response.Headers.GetValues("Alt-Svc")));
        Assert.Equal("no-eligible-block", Assert.Single(response.Headers.GetValues("x-headroom-reason")));
        Assert.False(response.Headers.Contains("x-hop"));
        Assert.False(response.Headers.Contains("Keep-Alive"));
        Assert.False(response.Headers.Contains("Via"));
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Bypass_and_no_optimize_forward_what_would_be_compressed()
    {
        var body = TestBodies.OpenAI(TestBodies.Rows());
        await using (var proxy = await TestProxy.StartAsync())
        {
            using var response = await proxy.PostAsync("/v1/chat/completions", body, ("x-headroom-bypass", "true"));
            Assert.Equal("bypass", Assert.Single(response.Headers.GetValues("x-headroom-reason")));
            Assert.Equal(body, Encoding.UTF8.GetString(proxy.Upstream.Single.Body));
        }

        await using (var proxy = await TestProxy.StartAsync(o => o with { Optimize = false }))
        {
            using var response = await proxy.PostAsync("/v1/chat/completions", body);
            Assert.Equal("disabled", Assert.Single(response.Headers.GetValues("x-headroom-reason")));
            Assert.Equal(body, Encoding.UTF8.GetString(proxy.Upstream.Single.Body));
        }
    }

    [Fact]
    public async Task An_upload_streams_before_it_is_complete()
    {
        await using var proxy = await TestProxy.StartAsync();
        var firstSeen = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        proxy.Upstream.Intercept = async context =>
        {
            var first = new byte[16 << 10];
            await context.Request.Body.ReadExactlyAsync(first);
            firstSeen.SetResult(first);
            await context.Request.Body.CopyToAsync(Stream.Null);
            await FakeUpstream.Json(context, 200, "{}");
            return true;
        };
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sent = Noise(64 << 10);
        using var request = proxy.Request("POST", "/v1/files");
        request.Content = new PausedContent(sent, finish.Task, "second"u8.ToArray());
        var sending = proxy.Client.SendAsync(request, Token);
        Assert.Equal(sent[..(16 << 10)], await firstSeen.Task.WaitAsync(Token));
        finish.SetResult();
        using var response = await sending;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_web_socket_passes_in_both_directions()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Intercept = async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            var got = await socket.ReceiveAsync(buffer, default);
            await socket.SendAsync(buffer.AsMemory(0, got.Count), WebSocketMessageType.Text, true, default);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", default);
            return true;
        };
        using var client = new ClientWebSocket();
        client.Options.SetRequestHeader("Authorization", "Bearer sk-test");
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{proxy.Server.Uri.Port}/v1/realtime?model=x"), Token);
        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, Token);
        var answer = new byte[100];
        var received = await client.ReceiveAsync(answer, Token);
        Assert.Equal("hello", Encoding.UTF8.GetString(answer, 0, received.Count));
    }

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static string RandomBody(SeededRandom random)
    {
        string[] scalars =
        [
            "1.0", "1e400", "1152921504606846977", "-0.0", "null", "true", "\"\"", "\" \\u00e9\\ud83d\\ude00\\/ \"", "\"<|endoftext|>\"", "\"\u20ac\"", "[ ]",
            "{ }", "{\"a\":1,\"a\":2}", "\"\\ud800\"",
        ];
        string[] spaces = ["", " ", "\n", "\t ", "\r\n"];
        string Space() => random.Pick(spaces);
        string Value(int depth) => depth == 0 || random.Chance(0.5)
            ? random.Pick(scalars)
            : $"{{{Space()}\"k{random.Next(9)}\"{Space()}:{Space()}{Value(depth - 1)},\"l{random.Next(9)}\":[{Value(depth - 1)}{Space()},{Value(depth - 1)}]}}";
        var messages = string.Join($"{Space()},{Space()}", Enumerable.Range(0, random.Next(5)).Select(_ =>
            $"{{\"role\":{Space()}\"{random.Pick(["user", "assistant", "system"])}\",\"content\":{Value(2)}}}"));
        return $"{Space()}{{\"x\":{Value(3)},{Space()}\"messages\":[{messages}]{Space()},\"seed\":{Value(1)}}}{Space()}";
    }

    private sealed class PausedContent(byte[] first, Task pause, byte[] second) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(first);
            await stream.FlushAsync();
            await pause;
            await stream.WriteAsync(second);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
