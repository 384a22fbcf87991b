using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Tests;

namespace Headroom.Proxy.Tests;

/// <summary>A proxy in front of a fake upstream, and a client that adds and decodes nothing.</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private TestProxy(FakeUpstream upstream, ProxyServer server)
    {
        (Upstream, Server) = (upstream, server);
        Client = NewClient();
    }

    public FakeUpstream Upstream { get; }

    public ProxyServer Server { get; }

    public HttpClient Client { get; }

    public static async Task<TestProxy> StartAsync(
        Func<ProxyOptions, ProxyOptions>? with = null, ICcrStore? store = null, TimeProvider? time = null, SharedState? shared = null)
    {
        var upstream = await FakeUpstream.StartAsync();
        // Rules of the user who runs the tests must not reach them.
        var nowhere = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var options = new ProxyOptions { Port = 0, Store = CcrStoreAddress.Memory, DataDirectory = nowhere, OpenAIUrl = upstream.Uri, AnthropicUrl = upstream.Uri };
        options = with?.Invoke(options) ?? options;

        // Time stands still where a test does not move it: no deadline passes because the machine is slow.
        time ??= new SteppedTime();
        var server = store is null
            ? await ProxyServer.StartAsync(options, shared, time, TestContext.Current.CancellationToken)
            : await ProxyServer.StartAsync(options, store, time, TestContext.Current.CancellationToken);
        return new TestProxy(upstream, server);
    }

    public HttpRequestMessage Request(string method, string path, byte[]? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(
            new HttpMethod(method),
            new Uri(Server.Uri.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
        }

        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                (request.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    public Task<HttpResponseMessage> SendAsync(string method, string path, byte[]? body = null, params (string Name, string Value)[] headers) =>
        Client.SendAsync(Request(method, path, body, headers), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostAsync(string path, string json, params (string Name, string Value)[] headers) =>
        SendAsync("POST", path, Encoding.UTF8.GetBytes(json), [("Content-Type", "application/json"), .. headers]);

    /// <summary>What a path answers; of statistics, when all requests are in them.</summary>
    public async Task<JsonNode> GetJsonAsync(string path)
    {
        if (path == "/stats")
        {
            await Server.SettleAsync(TestContext.Current.CancellationToken);
        }

        using var response = await SendAsync("GET", path);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    private static HttpClient NewClient() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
    })
    { Timeout = Timeout.InfiniteTimeSpan };
}
