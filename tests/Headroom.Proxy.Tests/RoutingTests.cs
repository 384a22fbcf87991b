using System.Net;
using System.Text.Json.Nodes;
using Headroom.Proxy.Routing;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Tests;

public sealed class RoutingTests
{
    private static ProviderRoute Route(string path, ProxyOptions? options = null, params (string, string)[] headers)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "POST";
        context.Request.Path = path;
        foreach (var (name, value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        return ProviderRoute.Of(context.Request, options ?? new ProxyOptions());
    }

    [Theory]
    [InlineData("/v1/messages", "", "", "Anthropic", "anthropic-messages")]
    [InlineData("/v1/messages/count_tokens", "", "", "Anthropic", null)]
    [InlineData("/v1/chat/completions", "", "", "OpenAI", "openai-chat")]
    [InlineData("/v1/responses", "", "", "OpenAI", null)]
    [InlineData("/v1/embeddings", "", "", "OpenAI", null)]
    [InlineData("/v1/messagesx", "", "", "OpenAI", null)]
    [InlineData("/v1/models", "", "", "OpenAI", null)]
    [InlineData("/v1/models", "Authorization", "Bearer sk-proj-1", "OpenAI", null)]
    [InlineData("/v1/models", "x-api-key", "k", "Anthropic", null)]
    [InlineData("/v1/models", "anthropic-version", "2023-06-01", "Anthropic", null)]
    [InlineData("/v1/files", "Authorization", "bearer sk-ant-oat01-1", "Anthropic", null)]
    public void A_request_goes_by_its_path_and_then_by_its_credentials(string path, string header, string value, string provider, string? format)
    {
        var route = header.Length == 0 ? Route(path) : Route(path, null, (header, value));
        Assert.Equal(provider, route.Provider.ToString());
        Assert.Equal(format, route.Format?.Name);
        Assert.Null(route.Refusal);
    }

    [Theory]
    [InlineData("/v1/chat/completions", "x-api-key", "sk-ant-1")]
    [InlineData("/v1/chat/completions", "Authorization", "Bearer sk-ant-api03-1")]
    [InlineData("/v1/responses", "Authorization", "Bearer  sk-ant-oat01-1")]
    [InlineData("/v1/messages", "Authorization", "Bearer sk-proj-1")]
    [InlineData("/v1/messages", "Authorization", "Bearer sk-1")]
    [InlineData("/v1beta/models/g:generateContent", "x-goog-api-key", "AIza")]
    [InlineData("/v1/chat/completions", "api-key", "azure")]
    public void A_key_is_not_given_to_another_providers_host(string path, string header, string value)
    {
        Assert.NotNull(Route(path, null, (header, value)).Refusal);

        // A base URL of the user's own may be a gateway that takes any key.
        var gateway = new Uri("https://gateway.example/");
        Assert.Null(Route(path, new ProxyOptions { OpenAIUrl = gateway, AnthropicUrl = gateway }, (header, value)).Refusal);
    }

    [Theory]
    [InlineData("/v1/messages", "Authorization", "Bearer eyJhbGciOi")]
    [InlineData("/v1/messages", "Authorization", "Bearer sk-ant-oat01-1")]
    [InlineData("/v1/chat/completions", "Authorization", "Bearer eyJhbGciOi")]
    public void Tokens_of_logins_pass(string path, string header, string value) => Assert.Null(Route(path, null, (header, value)).Refusal);

    [Fact]
    public async Task A_refused_key_gets_the_providers_error_shape()
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { OpenAIUrl = new ProxyOptions().OpenAIUrl });
        using var response = await proxy.PostAsync("/v1/chat/completions", "{}", ("x-api-key", "sk-ant-canary"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("credential_mismatch", JsonNode.Parse(text)!["error"]!["code"]!.GetValue<string>());
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/gateway", "/v1/chat/completions?a=b", "/gateway/v1/chat/completions?a=b")]
    [InlineData("/gateway/", "/v1/models", "/gateway/v1/models")]
    [InlineData("/api/v1", "/v1/models", "/api/v1/models")]
    [InlineData("/api/v1/", "/v1/models", "/api/v1/models")]
    [InlineData("/api/v1", "/v1x/models", "/api/v1/v1x/models")]
    [InlineData("/v1", "/models", "/v1/models")]
    public async Task A_base_urls_path_stands_before_the_requests(string basePath, string path, string expected)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var proxy = await TestProxy.StartAsync(o => o with { OpenAIUrl = new Uri(upstream.Uri, basePath) });
        using var response = await proxy.SendAsync("GET", path);
        Assert.Equal(expected, upstream.Single.Target);
        Assert.Equal(upstream.Uri.Authority, upstream.Single.Header("Host"));
    }

    [Fact]
    public async Task Each_provider_has_its_own_upstream()
    {
        await using var anthropic = await FakeUpstream.StartAsync();
        await using var proxy = await TestProxy.StartAsync(o => o with { AnthropicUrl = anthropic.Uri });
        using var first = await proxy.SendAsync("GET", "/v1/models", null, ("x-api-key", "a"));
        using var second = await proxy.SendAsync("GET", "/v1/models", null, ("Authorization", "Bearer sk-o"));
        Assert.Equal("a", anthropic.Single.Header("x-api-key"));
        Assert.Equal("Bearer sk-o", proxy.Upstream.Single.Header("Authorization"));
    }
}
