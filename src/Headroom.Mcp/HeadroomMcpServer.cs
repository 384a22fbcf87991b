using System.Reflection;
using Headroom.Engine.Ccr;
using Headroom.Mcp.Tools;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Headroom.Mcp;

/// <summary>
/// The MCP server (modelcontextprotocol.io): three tools over one store, <c>headroom_compress</c>, <c>headroom_retrieve</c> and
/// <c>headroom_stats</c>. It keeps nothing of a session, so one instance serves any number of clients, over any transport.
/// </summary>
public sealed class HeadroomMcpServer
{
    /// <summary>The name under which clients know it.</summary>
    public const string Name = "headroom";

    private const string Instructions = "A shortened text ends with a marker: retrieve what you need of the rest, do not guess.";

    private static readonly string Version =
        typeof(HeadroomMcpServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    private readonly StoreTool[] _tools;

    /// <summary>Makes a server; nothing is opened before the first call of a tool.</summary>
    /// <param name="store">Where originals are put and found; the caller's to dispose of.</param>
    /// <param name="proxySavings">Says in one line what a proxy has saved, for <c>headroom_stats</c>; null where there is no proxy.</param>
    /// <param name="loggers">Make the logger that is told of what fails; over stdio it must not write to stdout.</param>
    public HeadroomMcpServer(ICcrStore store, Func<CancellationToken, Task<string>>? proxySavings = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        var totals = new CompressionTotals();
        _tools = [new CompressTool(store, totals), new RetrieveOriginalTool(store, (loggers ?? NullLoggerFactory.Instance).CreateLogger<HeadroomMcpServer>()), new StatisticsTool(store, totals, proxySavings)];
    }

    /// <summary>Sets what the SDK has to know of this server.</summary>
    public void Configure(McpServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ServerInfo = new Implementation { Name = Name, Version = Version };
        options.ServerInstructions = Instructions;
        options.ToolCollection = [.. _tools];
    }

    /// <summary>
    /// Serves one client over this process's stdin and stdout (newline-delimited JSON-RPC) until stdin has ended and what came by it is answered,
    /// or the token is cancelled. Nothing else may write to stdout.
    /// </summary>
    public Task RunOverStdioAsync(CancellationToken cancellationToken) =>
        RunAsync(new LineTransport(Console.OpenStandardInput(), Console.OpenStandardOutput(), TimeProvider.System), cancellationToken);

    /// <summary>Serves one client over a transport, which it disposes of.</summary>
    internal async Task RunAsync(LineTransport over, CancellationToken cancellationToken)
    {
        await using var transport = over;
        var options = new McpServerOptions();
        Configure(options);
        await using var server = McpServer.Create(transport, options);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, transport.GivesUp);
            await server.RunAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || transport.GivesUp.IsCancellationRequested)
        {
            // Asked to end, or nobody is there any more.
        }
    }
}
