using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Headroom.Proxy.Tests;

public sealed class UpstreamErrorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(529)]
    [InlineData(302)]
    public async Task The_upstreams_status_headers_and_body_reach_the_client_untouched(int status)
    {
        foreach (var stream in (string[])["false", "true"])
        {
            await using var proxy = await TestProxy.StartAsync();
            proxy.Upstream.Answer = context =>
            {
                context.Response.Headers.RetryAfter = "17";
                context.Response.Headers.Location = "https://elsewhere.example/";
                return FakeUpstream.Json(context, status, """{"type":"error", "error":{"type":"x","message":"as the provider wrote it"}}""");
            };
            using var response = await proxy.PostAsync("/v1/messages", $$"""{"stream":{{stream}},"messages":[]}""");
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal("17", response.Headers.RetryAfter!.ToString());
            Assert.Equal("""{"type":"error", "error":{"type":"x","message":"as the provider wrote it"}}""", await response.Content.ReadAsStringAsync(Token));
            Assert.Single(proxy.Upstream.Requests);
        }
    }

    [Theory]
    [InlineData("/v1/messages", true)]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/v1/embeddings", false)]
    public async Task An_unreachable_upstream_is_told_in_the_providers_shape(string path, bool isAnthropic)
    {
        // A port that was free a moment ago and that nobody listens on.
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var nobody = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/secret-prefix");
        probe.Stop();
        await using var proxy = await TestProxy.StartAsync(o => o with { OpenAIUrl = nobody, AnthropicUrl = nobody });
        using var response = await proxy.PostAsync(path, """{"messages":[]}""");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(Token);
        var error = JsonNode.Parse(text)!;
        Assert.Equal(isAnthropic ? "error" : null, error["type"]?.GetValue<string>());
        Assert.Equal(isAnthropic ? "api_error" : "server_error", error["error"]!["type"]!.GetValue<string>());
        Assert.DoesNotContain("secret-prefix", text, StringComparison.Ordinal);
        Assert.Equal(1, (await proxy.GetJsonAsync("/stats"))["requests"]!["failed"]!.GetValue<int>());
    }

    [Theory]
    [InlineData(null, 502)]
    [InlineData(529, 529)]
    public async Task What_no_provider_took_saved_nothing(int? answer, int status)
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = context =>
        {
            if (answer is { } code)
            {
                return FakeUpstream.Json(context, code, "{}");
            }

            context.Abort();
            return Task.CompletedTask;
        };
        using var response = await proxy.PostAsync("/v1/messages", TestBodies.Anthropic(TestBodies.Rows()));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(answer is not null, response.Headers.Contains("x-headroom-tokens-saved"));
        var stats = await proxy.GetJsonAsync("/stats");
        Assert.Equal(1, stats["requests"]!["total"]!.GetValue<int>());
        Assert.Equal(1, stats["requests"]!["failed"]!.GetValue<int>());
        Assert.Equal(0, stats["requests"]!["compressed"]!.GetValue<int>());
        Assert.Equal(0, stats["tokens"]!["saved"]!.GetValue<int>());
        Assert.Equal(0, stats["tokens"]!["input"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_upstream_that_hangs_up_without_an_answer_is_a_bad_gateway()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        using var response = await proxy.PostAsync("/v1/chat/completions", """{"messages":[]}""");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }
}
