using System.Net;
using Headroom.Engine.Ccr;
using Headroom.TestData;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Headroom.Proxy.Tests;

public sealed class McpTests
{
    private const string ListTools = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
    private static readonly (string, string) Accept = ("Accept", "application/json, text/event-stream");

    [Fact]
    public async Task A_running_proxy_serves_mcp_over_its_own_store()
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var client = await ConnectAsync(proxy, workspace: null);
        var rows = LogEntries.Generate(400).Json(JsonLayout.Compact);
        var view = await CallAsync(client, "headroom_compress", ("content", rows));
        var hash = Assert.Single(Marker.HashesIn(view));

        // What one route has stored, another gives back.
        var retrieved = await proxy.GetJsonAsync("/v1/retrieve/" + hash);
        Assert.Equal(rows, retrieved["original_content"]!.GetValue<string>());
        using var request = await proxy.SendAsync("GET", "/v1/models");
        Assert.Equal(HttpStatusCode.OK, request.StatusCode);
        Assert.Matches("\nproxy: [01] requests, 0 of 0 tokens saved", await CallAsync(client, "headroom_stats"));
        Assert.Single(proxy.Upstream.Requests);
    }

    [Fact]
    public async Task A_client_that_names_a_workspace_reaches_the_originals_of_no_other()
    {
        await using var proxy = await TestProxy.StartAsync();
        var rows = LogEntries.Generate(400).Json(JsonLayout.Compact);
        await using var mine = await ConnectAsync(proxy, "mine");
        await using var other = await ConnectAsync(proxy, "other");
        var hash = Assert.Single(Marker.HashesIn(await CallAsync(mine, "headroom_compress", ("content", rows))));
        Assert.Contains("row 1 of 400", await CallAsync(mine, "headroom_retrieve", ("hash", hash), ("rows", "1")), StringComparison.Ordinal);
        Assert.DoesNotContain("row 1", await CallAsync(other, "headroom_retrieve", ("hash", hash), ("rows", "1")), StringComparison.Ordinal);
        Assert.StartsWith("stored: 1 originals", await CallAsync(mine, "headroom_stats"), StringComparison.Ordinal);
        Assert.StartsWith("stored: 0 originals", await CallAsync(other, "headroom_stats"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_posts_of_a_bounded_size_are_taken()
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { MaxBodyBytes = 1000 });
        using var get = await proxy.SendAsync("GET", "/mcp", null, ("Accept", "text/event-stream"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
        using var small = await proxy.PostAsync("/mcp", ListTools, Accept);
        Assert.Equal(HttpStatusCode.OK, small.StatusCode);
        using var large = await proxy.PostAsync("/mcp", ListTools + new string(' ', 1000), Accept);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        using var malformed = await proxy.PostAsync("/mcp", "{", Accept);
        Assert.Equal(HttpStatusCode.BadRequest, malformed.StatusCode);
        Assert.Empty(proxy.Upstream.Requests);
    }

    [Fact]
    public async Task A_proxy_that_forwards_nothing_still_has_its_own_routes()
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { Forward = false });
        foreach (var path in (string[])["/v1/chat/completions", "/v1/messages", "/anything"])
        {
            using var refused = await proxy.PostAsync(path, "{}");
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }

        using var tools = await proxy.PostAsync("/mcp", ListTools, Accept);
        Assert.Equal(HttpStatusCode.OK, tools.StatusCode);
        using var live = await proxy.SendAsync("GET", "/livez");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Empty(proxy.Upstream.Requests);
    }

    private static Task<McpClient> ConnectAsync(TestProxy proxy, string? workspace) => McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = new Uri(proxy.Server.Uri, "/mcp"),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = workspace is null ? [] : new Dictionary<string, string> { ["x-headroom-workspace"] = workspace },
        }),
        cancellationToken: TestContext.Current.CancellationToken);

    private static async Task<string> CallAsync(McpClient client, string tool, params (string Name, object? Value)[] arguments)
    {
        var result = await client.CallToolAsync(
            tool, arguments.ToDictionary(a => a.Name, a => a.Value), cancellationToken: TestContext.Current.CancellationToken);
        return Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
    }
}
