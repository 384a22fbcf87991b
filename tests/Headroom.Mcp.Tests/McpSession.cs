using System.IO.Pipelines;
using Headroom.Engine.Ccr;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Headroom.Mcp.Tests;

/// <summary>The SDK's client and our server in this process, connected by two pipes.</summary>
internal sealed class McpSession : IAsyncDisposable
{
    /// <summary>
    /// A client that asks once and waits: one that takes a slow server for an old one begins anew in a protocol that the server has left already.
    /// </summary>
    public static readonly McpClientOptions Patient = new() { DiscoverProbeTimeout = Timeout.InfiniteTimeSpan, InitializationTimeout = Timeout.InfiniteTimeSpan };

    private readonly Pipe _toServer;
    private readonly McpServer _server;
    private readonly Task _running;

    private McpSession(Pipe toServer, McpServer server, Task running, McpClient client) =>
        (_toServer, _server, _running, Client) = (toServer, server, running, client);

    public McpClient Client { get; }

    public static async Task<McpSession> StartAsync(ICcrStore store, Func<CancellationToken, Task<string>>? proxySavings = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var (toServer, toClient) = (new Pipe(), new Pipe());
        var options = new McpServerOptions();
        new HeadroomMcpServer(store, proxySavings).Configure(options);
        var server = McpServer.Create(new StreamServerTransport(toServer.Reader.AsStream(), toClient.Writer.AsStream()), options);
        var running = server.RunAsync(cancellationToken);
        var client = await McpClient.CreateAsync(
            new StreamClientTransport(toServer.Writer.AsStream(), toClient.Reader.AsStream()), Patient, cancellationToken: cancellationToken);
        return new McpSession(toServer, server, running, client);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _toServer.Writer.CompleteAsync();
        await _running;
        await _server.DisposeAsync();
    }
}

/// <summary>Calls of tools, as tests make them.</summary>
internal static class ToolCalls
{
    public static async Task<CallToolResult> CallAsync(this McpClient client, string tool, params (string Name, object? Value)[] arguments) =>
        await client.CallToolAsync(
            tool, arguments.ToDictionary(a => a.Name, a => a.Value), cancellationToken: TestContext.Current.CancellationToken);

    public static string Text(this CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
}
