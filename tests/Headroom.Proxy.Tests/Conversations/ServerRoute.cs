using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Proxy.Tests.Retrieval;

namespace Headroom.Proxy.Tests.Conversations;

/// <summary>Two proxies on real servers over one SQLite file.</summary>
internal sealed class ServerRoute : IRoute
{
    private const string Whole = "\"stream\":false";
    private const string Streamed = "\"stream\":true";

    private readonly TestProxy[] _proxies = new TestProxy[2];
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-test-").FullName;
    private int _losses;
    private bool _streams;

    private ServerRoute()
    {
    }

    public static async Task<ServerRoute> StartAsync()
    {
        var route = new ServerRoute();
        await route.StartAsync(0);
        await route.StartAsync(1);
        return route;
    }

    public async Task<Exchanged> SendAsync(Wire wire, int proxy, byte[] body, string? session, ScriptedTurn turn)
    {
        var server = _proxies[proxy];
        var streams = _streams = !_streams;
        IReadOnlyList<Script>? scripts = null;
        var asked = 0;
        server.Upstream.Requests.Clear();
        server.Upstream.Answer = async context =>
        {
            scripts ??= turn.Scripts(server.Upstream.Requests.Last().Body);
            context.Response.ContentType = streams ? "text/event-stream" : "application/json";
            await context.Response.Body.WriteAsync((scripts[asked++] with { Number = asked }).Body(wire.Path, streams));
        };

        // No prefix hangs on it.
        var json = Encoding.UTF8.GetString(body);
        json = streams ? json.Replace(Whole, Streamed, StringComparison.Ordinal) : json;
        using var response = await server.PostAsync(wire.Path, json, session is null ? [] : [("X-Claude-Code-Session-Id", session)]);
        Assert.Equal(200, (int)response.StatusCode);
        var answer = Answer.Read(wire.Path, streams, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(scripts!.Count, asked);
        return new Exchanged([.. server.Upstream.Requests.Select(r => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(r.Body).Replace(Streamed, Whole, StringComparison.Ordinal)))], answer.ToMessage(wire.Path).AsObject());
    }

    public async Task RestartAsync(int proxy)
    {
        await _proxies[proxy].DisposeAsync();
        await StartAsync(proxy);
    }

    public async Task LoseDataAsync()
    {
        _losses++;
        await RestartAsync(0);
        await RestartAsync(1);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task StartAsync(int proxy) => _proxies[proxy] = await TestProxy.StartAsync(
        o => o with { Store = CcrStoreAddress.Sqlite, DataDirectory = Path.Combine(_directory, $"{_losses}") });
}
