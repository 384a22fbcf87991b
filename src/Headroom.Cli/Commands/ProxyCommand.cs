using System.CommandLine;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Files;
using Headroom.Engine.Requests;
using Headroom.Proxy;
using Headroom.Proxy.Admission;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom proxy</c>: serves until Ctrl+C, SIGTERM or SIGHUP, then drains.</summary>
internal static class ProxyCommand
{
    /// <summary>How long running requests of other servers may take to finish.</summary>
    public static readonly TimeSpan ShortDrain = TimeSpan.FromSeconds(5);

    private static readonly ProxyOptions Defaults = new();

    private static readonly Option<string> Host = new("--host")
    {
        Description = "The address to listen on; 0.0.0.0 or :: for all. Beyond loopback it takes a token and --insecure-listen.",
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

    private static readonly Option<string?> TokenFile = new("--token-file")
    {
        Description = $"A file with the token that callers from other machines must present; by default {ProxyToken.Variable} gives it.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> RequireToken = new("--require-token")
    {
        Description = "Callers on this machine must present the token too, for example a TLS proxy that brings others.",
    };

    private static readonly Option<bool> InsecureListen = new("--insecure-listen")
    {
        Description = "Listen beyond loopback although there is no TLS: tokens, keys and content cross that network in clear text.",
    };

    private static readonly Option<string[]> AllowedHosts = new("--allowed-host")
    {
        Description = "A name beside the address by which clients call this proxy; may be given again.",
        HelpName = "NAME",
    };

    private static readonly Option<Uri> OpenAIUrl = Upstream("--openai-url", "OpenAI's", Defaults.OpenAIUrl);
    private static readonly Option<Uri> AnthropicUrl = Upstream("--anthropic-url", "Anthropic's", Defaults.AnthropicUrl);

    private static readonly Option<bool> AllowHttp = new("--allow-http")
    {
        Description = "Upstreams may be http beyond this machine, in your own network: keys and content cross it in clear text.",
    };

    private static readonly Option<string?> CaFile = CommonOptions.NotBlank(new Option<string?>("--ca-file")
    {
        Description = "A file of certificates (PEM) of authorities to trust for upstreams beside the system's; NODE_EXTRA_CA_CERTS is read too.",
        HelpName = "FILE",
    });

    private static readonly Option<CcrStoreAddress> Store = CommonOptions.Store();
    private static readonly Option<string> Workspace = CommonOptions.Workspace();
    private static readonly Option<TimeSpan> MaxAge = CommonOptions.MaxAge();
    private static readonly Option<long> MaxSize = CommonOptions.MaxSize();
    private static readonly Option<string?> DataDirectory = CommonOptions.DataDirectory();
    private static readonly Option<CompressionLevel> Level = CommonOptions.Level();

    private static readonly Option<RetrieveToolMode> CcrTool = RetrieveTool();

    private static readonly Option<int> CcrRounds = new("--ccr-rounds")
    {
        Description = "How often one answer may be continued after calls of the added headroom_retrieve, 0 to 10.",
        HelpName = "N",
        DefaultValueFactory = _ => Defaults.MaxRetrievalRounds,
        CustomParser = CommonOptions.Number(0, 10),
    };

    private static readonly Option<bool> AllowViews = new("--allow-views")
    {
        Description = "Use views also where the model cannot reach the retrieve tool.",
    };

    private static readonly Option<string?> Rules = CommonOptions.Rules();
    private static readonly Option<int> Drain = new("--drain")
    {
        Description = "How many seconds running requests may take to finish after Ctrl+C, SIGTERM or SIGHUP; a second signal ends them at once.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 30,
        CustomParser = CommonOptions.Number(0, 3600),
    };

    private static readonly Option<bool> NoOptimize = new("--no-optimize") { Description = "Forward everything as it is." };

    public static Command Create()
    {
        var command = new Command("proxy", "Compress what any client sends to its LLM provider, until Ctrl+C.")
        {
            Host, Port, TokenFile, RequireToken, InsecureListen, AllowedHosts, OpenAIUrl, AnthropicUrl, AllowHttp, CaFile, Store, Workspace, MaxAge, MaxSize, DataDirectory, Level, CcrTool, CcrRounds, AllowViews, Rules, NoOptimize, Drain,
        };
        foreach (var option in LogOptions.All)
        {
            command.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var loggers = LogOptions.Create(arguments);
        await using var proxy = await StartAsync(
            new ProxyOptions
            {
                Host = arguments.GetValue(Host)!,
                Port = arguments.GetValue(Port),
                Token = await TokenAsync(arguments.GetValue(TokenFile), cancellationToken),
                RequireToken = arguments.GetValue(RequireToken),
                InsecureListen = arguments.GetValue(InsecureListen),
                AllowedHosts = arguments.GetValue(AllowedHosts) ?? [],
                OpenAIUrl = arguments.GetValue(OpenAIUrl)!,
                AnthropicUrl = arguments.GetValue(AnthropicUrl)!,
                AllowHttp = arguments.GetValue(AllowHttp),
                CaFile = arguments.GetValue(CaFile),
                Loggers = loggers,
                Store = arguments.GetValue(Store)!,
                Workspace = arguments.GetValue(Workspace)!,
                Retention = new CcrRetention(arguments.GetValue(MaxAge), arguments.GetValue(MaxSize)),
                DataDirectory = arguments.GetValue(DataDirectory),
                Level = arguments.GetValue(Level),
                RetrieveTool = arguments.GetValue(CcrTool),
                MaxRetrievalRounds = arguments.GetValue(CcrRounds),
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

        return await ServeAsync(proxy, DrainOf(arguments), cancellationToken);
    }

    /// <summary>How long what runs may take to finish when a command is told to end.</summary>
    public static TimeSpan DrainOf(ParseResult arguments) =>
        arguments.CommandResult.Command.Options.Contains(Drain) ? TimeSpan.FromSeconds(arguments.GetValue(Drain)) : ShortDrain;

    /// <summary>Lets a proxy serve until it is told to end, and its requests finish then.</summary>
    public static async Task<int> ServeAsync(ProxyServer proxy, TimeSpan drain, CancellationToken cancellationToken)
    {
        try
        {
            await proxy.Completion.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await proxy.StopAsync(drain);
        }

        return 0;
    }

    // Never an argument: the system shows every user what a process was started with.
    private static async Task<ProxyToken?> TokenAsync(string? file, CancellationToken cancellationToken) =>
        ProxyToken.TryCreate(await TokenTextAsync(file, cancellationToken), out var token) ? token : null;

    /// <summary>The token that a file or else the environment gives; null when neither does.</summary>
    /// <exception cref="CommandException">The file cannot be read, or what is in it is no token.</exception>
    public static async Task<string?> TokenTextAsync(string? file, CancellationToken cancellationToken)
    {
        var text = Environment.GetEnvironmentVariable(ProxyToken.Variable);
        if (file is not null)
        {
            try
            {
                using var reader = new StreamReader(new MemoryStream(await InputFile.ReadAsync(file, cancellationToken)));
                text = (await reader.ReadToEndAsync(cancellationToken)).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new CommandException($"--token-file: {e.Message}");
            }
        }
        else if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return ProxyToken.TryCreate(text, out _)
            ? text
            : throw new CommandException($"{(file is null ? ProxyToken.Variable : "--token-file")}: it is not {ProxyToken.Rule}.");
    }

    /// <summary>Starts a proxy.</summary>
    /// <exception cref="CommandException">It cannot be started with these options.</exception>
    public static async Task<ProxyServer> StartAsync(ProxyOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await ProxyServer.StartAsync(options, StoreOptions.Shared, cancellationToken);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // The message names the option already; .NET appends it once more.
            throw new CommandException(e is ArgumentException { ParamName: { } name } ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : e.Message);
        }
    }

    private static Option<RetrieveToolMode> RetrieveTool()
    {
        var option = new Option<RetrieveToolMode>("--ccr-tool")
        {
            Description = "Add the tool headroom_retrieve to new conversations, so that views can be used: where a client offers tools, always, or never.",
            DefaultValueFactory = _ => Defaults.RetrieveTool,
            HelpName = "auto|always|never",
        };
        option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Enum.GetNames<RetrieveToolMode>().Select(n => n.ToLowerInvariant())]);
        return option;
    }

    private static Option<Uri> Upstream(string name, string whose, Uri standard) => new(name)
    {
        Description = $"Base URL for requests in {whose} format; https, or http on loopback (elsewhere with --allow-http).",
        HelpName = "URL",
        DefaultValueFactory = _ => standard,
        CustomParser = CommonOptions.ParseUrl,
    };
}
