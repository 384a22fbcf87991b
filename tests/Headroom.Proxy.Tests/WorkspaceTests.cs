using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Proxy.Workspaces;

namespace Headroom.Proxy.Tests;

/// <summary>Several projects behind one proxy.</summary>
public sealed class WorkspaceTests
{
    private const string Header = "x-headroom-workspace";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static (string, string)[] In(string? workspace) => workspace is null ? [] : [(Header, workspace)];

    /// <summary>Has a tool result compressed; the hash of its view.</summary>
    private static async Task<string> CompressAsync(TestProxy proxy, string? workspace, string? toolResult = null)
    {
        using var response = await proxy.PostAsync(
            "/v1/compress", $$$"""{"model":"m","messages":[{"role":"tool","content":{{{TestBodies.Quote(toolResult ?? TestBodies.Rows(150))}}}}]}""", In(workspace));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return Assert.Single(JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["ccr_hashes"]!.AsArray())!.GetValue<string>();
    }

    private static async Task<HttpStatusCode> RetrieveAsync(TestProxy proxy, string? workspace, string hash)
    {
        using var response = await proxy.SendAsync("GET", $"/v1/retrieve/{hash}", null, In(workspace));
        return response.StatusCode;
    }

    [Fact]
    public async Task A_request_names_its_workspace_and_sees_no_other()
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { Workspace = "own" });
        string?[] workspaces = [null, "red", "Red", "blue-1._x"];
        var hashes = new List<string>();
        foreach (var workspace in workspaces)
        {
            hashes.Add(await CompressAsync(proxy, workspace));
        }

        Assert.Equal(hashes.Count, hashes.Distinct().Count());
        for (var from = 0; from < workspaces.Length; from++)
        {
            for (var of = 0; of < workspaces.Length; of++)
            {
                Assert.Equal(from == of ? HttpStatusCode.OK : HttpStatusCode.NotFound, await RetrieveAsync(proxy, workspaces[from], hashes[of]));
            }
        }

        // The proxy's own by its name, and the same again.
        Assert.Equal(HttpStatusCode.OK, await RetrieveAsync(proxy, "own", hashes[0]));
        Assert.Equal(hashes[1], await CompressAsync(proxy, "red"));
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    public async Task What_goes_to_a_provider_is_kept_apart_and_the_name_stays_here(string path)
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { AllowViews = true });
        var rows = TestBodies.Rows(150);
        var body = path == "/v1/messages" ? TestBodies.Anthropic(rows) : TestBodies.OpenAI(rows);
        string?[] workspaces = ["red", "blue", "red", null];
        foreach (var workspace in workspaces)
        {
            using var response = await proxy.PostAsync(path, body, In(workspace));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.All(proxy.Upstream.Requests, r => Assert.DoesNotContain(r.Headers.Keys, name => name.StartsWith("x-headroom", StringComparison.OrdinalIgnoreCase)));
        var bodies = proxy.Upstream.Requests.Select(r => Encoding.UTF8.GetString(r.Body)).ToArray();
        var hashes = bodies.Select(b => Assert.Single(Marker.HashesIn(b.Replace("\\n", "\n", StringComparison.Ordinal)))).ToArray();
        Assert.Equal(bodies[0], bodies[2]);
        Assert.Equal(3, hashes.Distinct().Count());
        Assert.Equal(bodies[0].Replace(hashes[0], hashes[1], StringComparison.Ordinal), bodies[1]);
        Assert.Equal(HttpStatusCode.OK, await RetrieveAsync(proxy, "blue", hashes[1]));
        Assert.Equal(HttpStatusCode.NotFound, await RetrieveAsync(proxy, "blue", hashes[0]));
    }

    [Fact]
    public async Task A_model_that_calls_for_a_hash_of_another_workspace_gets_nothing_of_it()
    {
        await using var proxy = await TestProxy.StartAsync();
        var hash = await CompressAsync(proxy, "red");
        proxy.Upstream.Answer = context => FakeUpstream.Json(context, 200, proxy.Upstream.Requests.Count == 1
            ? """{"id":"1","object":"chat.completion","model":"gpt-4o","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[{"id":"r1","type":"function","function":{"name":"headroom_retrieve","arguments":"{\"hash\":\"HASH\"}"}}]}}]}""".Replace("HASH", hash, StringComparison.Ordinal)
            : """{"id":"2","object":"chat.completion","model":"gpt-4o","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"done"}}]}""");
        const string Request = """{"model":"gpt-4o","messages":[{"role":"user","content":"What does the marker hide?"}],"tools":[{"type":"function","function":{"name":"search"}}]}""";
        using var response = await proxy.PostAsync("/v1/chat/completions", Request, In("blue"));
        Assert.Contains("done", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(2, proxy.Upstream.Requests.Count);
        var result = JsonNode.Parse(proxy.Upstream.Requests.Last().Body)!["messages"]!.AsArray()[^1]!;
        Assert.Equal("tool", result["role"]!.GetValue<string>());
        Assert.Equal($"[This store never had an original under {hash}.]", result["content"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("../red")]
    [InlineData("é")]
    [InlineData("red,blue")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123x")]
    public async Task A_name_that_is_none_is_refused_in_the_shape_of_the_route(string workspace)
    {
        await using var proxy = await TestProxy.StartAsync();
        foreach (var (method, path) in ((string, string)[])[("POST", "/v1/compress"), ("GET", "/v1/retrieve/0123456789abcdef01234567"), ("POST", "/v1/messages"), ("GET", "/v1/models")])
        {
            using var response = await proxy.SendAsync(method, path, method == "POST" ? "{}"u8.ToArray() : null, (Header, workspace));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
            Assert.Contains(Header, error["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal(path == "/v1/messages" ? "error" : null, error["type"]?.GetValue<string>());
        }

        using var twice = await proxy.SendAsync("GET", "/v1/models", null, (Header, "red"), (Header, "blue"));
        Assert.Equal(HttpStatusCode.BadRequest, twice.StatusCode);
        Assert.Empty(proxy.Upstream.Requests);
    }

    [Fact]
    public async Task On_the_disk_a_workspace_outlives_its_closing_and_the_proxy()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-workspaces-").FullName;
        try
        {
            string hash;
            await using (var proxy = await TestProxy.StartAsync(o => o with { Store = CcrStoreAddress.Sqlite, DataDirectory = directory }))
            {
                hash = await CompressAsync(proxy, "red");
                for (var i = 0; i <= OpenWorkspaces.MostIdle; i++)
                {
                    Assert.Equal(HttpStatusCode.NotFound, await RetrieveAsync(proxy, $"other-{i}", hash));
                }

                Assert.Equal(HttpStatusCode.OK, await RetrieveAsync(proxy, "red", hash));
            }

            await using var again = await TestProxy.StartAsync(o => o with { Store = CcrStoreAddress.Sqlite, DataDirectory = directory, Workspace = "red" });
            Assert.Equal(HttpStatusCode.OK, await RetrieveAsync(again, null, hash));
            Assert.Equal(hash, await CompressAsync(again, null));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task The_least_recently_used_is_closed_but_never_one_that_is_in_use()
    {
        await using var proxy = await TestProxy.StartAsync();
        var (first, busy) = (await CompressAsync(proxy, "first"), await CompressAsync(proxy, "busy"));
        var (arrived, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        proxy.Upstream.Answer = async context =>
        {
            arrived.SetResult();
            await release.Task;
            await FakeUpstream.Json(context, 200, "{}");
        };
        var sending = proxy.PostAsync("/v1/messages", """{"messages":[]}""", In("busy"));
        await arrived.Task;

        // In memory what is closed is forgotten, which tells that it was closed.
        var others = new List<string>();
        for (var i = 0; i < OpenWorkspaces.MostIdle; i++)
        {
            others.Add(await CompressAsync(proxy, $"other-{i}"));
        }

        release.SetResult();
        using var response = await sending;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await RetrieveAsync(proxy, "busy", busy));
        Assert.Equal(HttpStatusCode.OK, await RetrieveAsync(proxy, $"other-{OpenWorkspaces.MostIdle - 1}", others[^1]));
        Assert.Equal(HttpStatusCode.OK, await RetrieveAsync(proxy, "other-1", others[1]));
        Assert.Equal(HttpStatusCode.NotFound, await RetrieveAsync(proxy, "first", first));
    }

    [Fact]
    public async Task Many_requests_at_once_open_and_close_workspaces_without_harm()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-workspaces-").FullName;
        try
        {
            await using var proxy = await TestProxy.StartAsync(o => o with { Store = CcrStoreAddress.Sqlite, DataDirectory = directory });
            await Parallel.ForAsync(0, 3 * OpenWorkspaces.MostIdle, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (i, _) =>
            {
                var workspace = $"w{i % (2 * OpenWorkspaces.MostIdle)}";
                var hash = await CompressAsync(proxy, workspace);
                Assert.Equal(HttpStatusCode.OK, await RetrieveAsync(proxy, workspace, hash));
            });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
