using System.CommandLine;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Proxy;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom proxy</c>: serves until Ctrl+C.</summary>
internal static class ProxyCommand
{
    /// <summary>How long running requests may take to finish after Ctrl+C.</summary>
    public static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    private static readonly ProxyOptions Defaults = new();

    private static readonly Option<string> Host = new("--host")
    {
        Description = "The loopback address to listen on.",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => Defaults.Host,
    };

    private static readonly Option<int> Port = new("--port")
    {
        Description = "The TCP port; 0 takes a free one.",
        HelpName = "N",
        DefaultValueFactory = _ => Defaults.Port,
        CustomParser = CommonOptions.Number(0, ushort.MaxValue),
    };

    private static readonly Option<Uri> OpenAIUrl = Upstream("--openai-url", "OpenAI's", Defaults.OpenAIUrl);
    private static readonly Option<Uri> AnthropicUrl = Upstream("--anthropic-url", "Anthropic's", Defaults.AnthropicUrl);

    private static readonly Option<CcrStoreAddress> Store = CommonOptions.Store();
    private static readonly Option<string> Workspace = CommonOptions.Workspace();
    private static readonly Option<string?> DataDirectory = CommonOptions.DataDirectory();
    private static readonly Option<CompressionLevel> Level = CommonOptions.Level();

    private static readonly Option<bool> AllowViews = new("--allow-views")
    {
        Description = "Use views also in requests that do not carry the retrieve tool.",
    };

    private static readonly Option<string?> Rules = CommonOptions.Rules();
    private static readonly Option<bool> NoOptimize = new("--no-optimize") { Description = "Forward everything as it is." };

    public static Command Create()
    {
        var command = new Command("proxy", "Compress what any client sends to its LLM provider, until Ctrl+C.")
        {
            Host, Port, OpenAIUrl, AnthropicUrl, Store, Workspace, DataDirectory, Level, AllowViews, Rules, NoOptimize,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var proxy = await StartAsync(
            new ProxyOptions
            {
                Host = arguments.GetValue(Host)!,
                Port = arguments.GetValue(Port),
                OpenAIUrl = arguments.GetValue(OpenAIUrl)!,
                AnthropicUrl = arguments.GetValue(AnthropicUrl)!,
                Store = arguments.GetValue(Store)!,
                Workspace = arguments.GetValue(Workspace)!,
                DataDirectory = arguments.GetValue(DataDirectory),
                Level = arguments.GetValue(Level),
                AllowViews = arguments.GetValue(AllowViews),
                RulesFile = arguments.GetValue(Rules),
                Optimize = !arguments.GetValue(NoOptimize),
            },
            cancellationToken);

        var address = proxy.Uri.ToString().TrimEnd('/');
        await Console.Out.WriteLineAsync(
            $"""
            Listening on {address}
            OPENAI_BASE_URL={address}/v1
            ANTHROPIC_BASE_URL={address}
            """.AsMemory(), cancellationToken);

        return await ServeAsync(proxy, cancellationToken);
    }

    /// <summary>Lets a proxy serve until Ctrl+C.</summary>
    public static async Task<int> ServeAsync(ProxyServer proxy, CancellationToken cancellationToken)
    {
        try
        {
            await proxy.Completion.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await proxy.StopAsync(Drain);
        }

        return 0;
    }

    /// <summary>Starts a proxy.</summary>
    /// <exception cref="CommandException">It cannot be started with these options.</exception>
    public static async Task<ProxyServer> StartAsync(ProxyOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await ProxyServer.StartAsync(options, cancellationToken);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            throw new CommandException(e.Message);
        }
    }

    private static Option<Uri> Upstream(string name, string whose, Uri standard) => new(name)
    {
        Description = $"Base URL for requests in {whose} format; https, or http on loopback.",
        HelpName = "URL",
        DefaultValueFactory = _ => standard,
        CustomParser = CommonOptions.ParseUrl,
    };
}
