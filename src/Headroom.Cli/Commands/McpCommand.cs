using System.CommandLine;
using Headroom.Engine.Ccr;
using Headroom.Engine.Diagnostics;
using Headroom.Mcp;
using Headroom.Proxy;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom mcp</c>: the MCP server, over stdio until stdin ends, or over HTTP until Ctrl+C.</summary>
internal static class McpCommand
{
    private static readonly Option<bool> Http = new("--http") { Description = "Serve streamable HTTP on 127.0.0.1 instead of stdio; the path is /mcp." };

    private static readonly Option<int?> Port = new("--port")
    {
        Description = "The TCP port for --http; 0 takes a free one. By default 8788.",
        HelpName = "N",
        CustomParser = result => CommonOptions.Number(0, ushort.MaxValue)(result),
    };

    private static readonly Option<Uri?> Proxy = new("--proxy")
    {
        Description = "A running proxy whose savings headroom_stats shows too.",
        HelpName = "URL",
        CustomParser = CommonOptions.ParseUrl,
    };

    private static readonly Option<string?> TokenFile = CommonOptions.TokenFile();
    private static readonly Option<CcrStoreAddress> Store = CommonOptions.Store();
    private static readonly Option<string> Workspace = CommonOptions.Workspace();
    private static readonly Option<string?> DataDirectory = CommonOptions.DataDirectory();

    public static Command Create()
    {
        var command = new Command("mcp", "Serve compression and retrieval to MCP clients over stdio.")
        {
            Http, Port, Proxy, TokenFile, Store, Workspace, DataDirectory,
            McpClientCommands.CreateInstall(), McpClientCommands.CreateUninstall(), McpClientCommands.CreateStatus(),
        };
        foreach (var option in LogOptions.All)
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            var isHttp = result.GetResult(Http) is not null;
            if (!isHttp && result.GetResult(Port) is not null)
            {
                result.AddError("--port needs --http.");
            }
            else if (isHttp && result.GetResult(Proxy) is not null)
            {
                result.AddError("--proxy is for stdio; a proxy serves MCP itself, at /mcp.");
            }
        });
        command.SetAction((arguments, cancellationToken) =>
            arguments.GetValue(Http) ? ServeHttpAsync(arguments, cancellationToken) : ServeStdioAsync(arguments, cancellationToken));
        return command;
    }

    private static async Task<int> ServeStdioAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (StandardStreams.IsInputClosed)
        {
            throw new CommandException("stdin is closed, and MCP is spoken over it; --http serves over HTTP.");
        }

        if (!Console.IsInputRedirected)
        {
            throw new CommandException("stdin is a terminal, and MCP is spoken by programs: headroom mcp install sets up a client that starts this command; --http serves over HTTP.");
        }

        using var loggers = LogOptions.Create(arguments);
        await using var store = StoreOptions.Open(arguments.GetValue(Store)!, arguments.GetValue(DataDirectory), arguments.GetValue(Workspace)!);

        // A store that cannot be opened is a mistake to tell at once, not at the first call.
        await store.OpenAsync(cancellationToken);
        using var counted = new RepeatedEvents(loggers, TimeProvider.System);
        var server = new HeadroomMcpServer(store, arguments.GetValue(Proxy) is { } proxy ? token => SavingsAsync(proxy, arguments.GetValue(TokenFile), token) : null, counted);
        await server.RunOverStdioAsync(cancellationToken);
        return 0;
    }

    private static async Task<int> ServeHttpAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var loggers = LogOptions.Create(arguments);
        await using var server = await ProxyCommand.StartAsync(
            new ProxyOptions
            {
                Port = arguments.GetValue(Port) ?? 8788,
                Store = arguments.GetValue(Store)!,
                Workspace = arguments.GetValue(Workspace)!,
                DataDirectory = arguments.GetValue(DataDirectory),
                Forward = false,
                Loggers = loggers,
            },
            cancellationToken);
        await Console.Out.WriteLineAsync($"Listening on {new Uri(server.Uri, "/mcp")}".AsMemory(), cancellationToken);
        return await ProxyCommand.ServeAsync(server, ProxyCommand.ShortDrain, cancellationToken);
    }

    private static async Task<string> SavingsAsync(Uri proxy, string? tokenFile, CancellationToken cancellationToken)
    {
        try
        {
            return (await StatsCommand.ReadAsync(proxy, tokenFile, cancellationToken)).Statistics.Summary;
        }
        catch (CommandException failure)
        {
            return failure.Message;
        }
    }
}
