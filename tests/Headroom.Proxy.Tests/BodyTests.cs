using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Headroom.Proxy.Tests;

public sealed class BodyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> PathsAndCodings
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var path in (string[])["/v1/chat/completions", "/v1/messages"])
            {
                foreach (var coding in (string[])["gzip", "br", "deflate", "zstd"])
                {
                    data.Add(path, coding);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(PathsAndCodings))]
    public async Task An_encoded_body_that_is_not_changed_passes_in_its_own_encoding(string path, string coding)
    {
        await using var proxy = await TestProxy.StartAsync();
        var body = TestBodies.Encode("""{"messages":[{"role":"user","content":"1.0"}]}"""u8.ToArray(), coding);
        using var response = await proxy.SendAsync("POST", path, body, ("Content-Encoding", coding));
        Assert.Equal("no-eligible-block", response.Headers.GetValues("x-headroom-reason").Single());
        Assert.Equal(body, proxy.Upstream.Single.Body);
        Assert.Equal(coding, proxy.Upstream.Single.Header("Content-Encoding"));
    }

    [Theory]
    [MemberData(nameof(PathsAndCodings))]
    public async Task An_encoded_body_that_is_changed_goes_on_plain_and_says_so(string path, string coding)
    {
        await using var proxy = await TestProxy.StartAsync();
        var plain = path == "/v1/messages" ? TestBodies.Anthropic(TestBodies.Rows()) : TestBodies.OpenAI(TestBodies.Rows());
        using var response = await proxy.SendAsync("POST", path, TestBodies.Encode(Encoding.UTF8.GetBytes(plain), coding), ("Content-Encoding", coding));
        Assert.Equal("compressed", response.Headers.GetValues("x-headroom-reason").Single());
        var received = proxy.Upstream.Single;
        Assert.Null(received.Header("Content-Encoding"));
        Assert.NotNull(JsonNode.Parse(received.Body));
        Assert.Equal(received.Body.Length.ToString(), received.Header("Content-Length"));
        Assert.True(received.Body.Length < plain.Length);

        // The same as without encoding.
        using var again = await proxy.PostAsync(path, plain);
        Assert.Equal(received.Body, proxy.Upstream.Requests.Last().Body);
    }

    [Theory]
    [InlineData("compress")]
    [InlineData("gzip, br")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task What_cannot_be_decoded_passes_as_it_is(string coding)
    {
        await using var proxy = await TestProxy.StartAsync();
        var body = Encoding.UTF8.GetBytes(TestBodies.OpenAI(TestBodies.Rows()));
        using var response = await proxy.SendAsync("POST", "/v1/chat/completions", body, ("Content-Encoding", coding));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("pass-through", response.Headers.GetValues("x-headroom-reason").Single());
        Assert.Equal(body, proxy.Upstream.Single.Body);
        Assert.Equal(coding, proxy.Upstream.Single.Header("Content-Encoding"));
    }

    [Fact]
    public async Task A_chunked_body_is_compressed_like_one_with_a_length()
    {
        await using var proxy = await TestProxy.StartAsync();
        var body = Encoding.UTF8.GetBytes(TestBodies.OpenAI(TestBodies.Rows()));
        using var request = proxy.Request("POST", "/v1/chat/completions", body);
        request.Headers.TransferEncodingChunked = true;
        using var response = await proxy.Client.SendAsync(request, Token);
        Assert.Equal("compressed", response.Headers.GetValues("x-headroom-reason").Single());
        var received = proxy.Upstream.Single;
        Assert.Null(received.Header("Transfer-Encoding"));
        Assert.Equal(received.Body.Length.ToString(), received.Header("Content-Length"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    public async Task A_bomb_is_refused_in_the_providers_shape(string coding)
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { MaxBodyBytes = 32 << 20 });
        var bomb = TestBodies.Encode(new byte[64 << 20], coding);
        Assert.True(bomb.Length < 1 << 20);
        var before = GC.GetTotalAllocatedBytes();
        using var response = await proxy.SendAsync("POST", "/v1/messages", bomb, ("Content-Encoding", coding));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
        Assert.Equal("request_too_large", error["error"]!["type"]!.GetValue<string>());
        Assert.Empty(proxy.Upstream.Requests);

        // Growing a buffer by doubling allocates up to three times what it holds, and the copy for the reader comes on top.
        Assert.True(GC.GetTotalAllocatedBytes() - before < 5L * (32 << 20));
    }

    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/compress")]
    public async Task An_endless_chunked_body_is_refused_when_the_limit_is_reached(string path)
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { MaxBodyBytes = 1 << 20 });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, proxy.Server.Uri.Port, Token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: {proxy.Server.Uri.Authority}\r\nTransfer-Encoding: chunked\r\n\r\n"), Token);
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var sending = SendWithoutEndAsync(stream, answered.Token);
        Assert.Equal("HTTP/1.1 413 Payload Too Large", await new StreamReader(stream).ReadLineAsync(Token));
        Assert.Empty(proxy.Upstream.Requests);
        await answered.CancelAsync();
        await sending;
    }

    [Fact]
    public async Task A_body_at_the_limit_passes_and_one_byte_more_does_not()
    {
        var body = """{"messages":[]}"""u8.ToArray();
        await using var proxy = await TestProxy.StartAsync(o => o with { MaxBodyBytes = body.Length });
        using var fits = await proxy.SendAsync("POST", "/v1/messages", body);
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        using var exceeds = await proxy.SendAsync("POST", "/v1/messages", [.. body, (byte)' ']);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, exceeds.StatusCode);
        using var otherPath = await proxy.SendAsync("POST", "/v1/files", new byte[1000]);
        Assert.Equal(HttpStatusCode.OK, otherPath.StatusCode);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task A_response_passes_in_its_own_encoding_and_its_usage_is_read_all_the_same(string coding)
    {
        await using var proxy = await TestProxy.StartAsync();
        var answer = TestBodies.Encode("""{"id":"x","usage":{"prompt_tokens":1234,"completion_tokens":5}}"""u8.ToArray(), coding);
        proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = coding;
            await context.Response.Body.WriteAsync(answer);
        };
        using var response = await proxy.PostAsync("/v1/chat/completions", """{"model":"gpt-4o","messages":[]}""", ("Accept-Encoding", coding));
        Assert.Equal([coding], response.Content.Headers.ContentEncoding);
        Assert.Equal(answer, await response.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal(coding, proxy.Upstream.Single.Header("Accept-Encoding"));
        var stats = await proxy.GetJsonAsync("/stats");
        Assert.Equal(1234, stats["tokens"]!["input"]!.GetValue<long>());
    }

    private static async Task SendWithoutEndAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        try
        {
            byte[] chunk = [.. "10000\r\n"u8, .. new byte[0x10000], .. "\r\n"u8];
            while (true)
            {
                await stream.WriteAsync(chunk, cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Answered, or cut off.
        }
    }
}
