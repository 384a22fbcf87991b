using System.CommandLine;
using System.CommandLine.Parsing;
using Headroom.Engine.Ccr;
using Headroom.Mcp.Clients;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom mcp install</c>, <c>uninstall</c> and <c>status</c>: the server in the configurations of MCP clients.</summary>
internal static class McpClientCommands
{
    private static readonly (McpClientKind Kind, string Name, string Title)[] Clients =
    [
        (McpClientKind.ClaudeCode, "claude-code", "Claude Code"),
        (McpClientKind.Codex, "codex", "Codex"),
        (McpClientKind.Cursor, "cursor", "Cursor"),
        (McpClientKind.VSCode, "vscode", "VS Code"),
    ];

    private static readonly Argument<McpClientKind?> Client = new("CLIENT")
    {
        Description = "claude-code, codex, cursor or vscode; without it, all that are in use here.",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (Clients.FirstOrDefault(c => c.Name == text) is { Name: not null } found)
            {
                return found.Kind;
            }

            result.AddError($"'{text}' is no client that is known; one of: {string.Join(", ", Clients.Select(c => c.Name))}.");
            return null;
        },
    };

    private static readonly Option<ConfigurationScope> Scope = new("--scope")
    {
        Description = "The user's configuration, or that of the project in the current directory.",
        HelpName = "user|project",
        DefaultValueFactory = _ => ConfigurationScope.User,
    };

    private static readonly Option<string?> CommandLine = new("--command")
    {
        Description = "What the client starts instead of this program: a program and its arguments.",
        HelpName = "TEXT",
    };

    private static readonly Option<bool> Force = new("--force") { Description = "Replace or remove an entry that the user wrote." };
    private static readonly Option<CcrStoreAddress> Store = CommonOptions.Store();
    private static readonly Option<string> Workspace = CommonOptions.Workspace();
    private static readonly Option<string?> DataDirectory = CommonOptions.DataDirectory();

    public static Command CreateInstall()
    {
        var command = new Command("install", "Add the server to the configuration of MCP clients.")
        {
            Client, Scope, CommandLine, Force, Store, Workspace, DataDirectory,
        };
        command.SetAction(InstallAsync);
        return command;
    }

    public static Command CreateUninstall()
    {
        var command = new Command("uninstall", "Put the configuration of MCP clients back as it was.") { Client, Scope, Force, DataDirectory };
        command.SetAction(UninstallAsync);
        return command;
    }

    public static Command CreateStatus()
    {
        var command = new Command("status", "Show in which configurations the server is.") { DataDirectory };
        command.SetAction(StatusAsync);
        return command;
    }

    private static async Task<int> InstallAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (installer, directories) = (InstallerOf(arguments), UserDirectories.Current());
        var server = ServerOf(arguments);
        var chosen = Chosen(arguments, directories).ToArray();
        if (arguments.GetValue(Client) is null)
        {
            if (arguments.GetValue(Scope) == ConfigurationScope.Project)
            {
                throw new CommandException("name a client: a project says nothing about which of them are in use.");
            }

            chosen = [.. chosen.Where(c => c.IsClientPresent(directories))];
            if (chosen.Length == 0)
            {
                throw new CommandException($"no client was found here; name one of: {string.Join(", ", Clients.Select(c => c.Name))}.");
            }
        }

        return await EachAsync(
            chosen,
            c => installer.Install(c, server, arguments.GetValue(Force)) ? "added to" : "is already in",
            cancellationToken);
    }

    private static Task<int> UninstallAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var installer = InstallerOf(arguments);
        var chosen = Chosen(arguments, UserDirectories.Current());
        if (arguments.GetValue(Client) is null)
        {
            chosen = chosen.Where(c => installer.StatusOf(c) == ClientStatus.Installed);
        }

        return EachAsync(
            chosen,
            c => installer.Uninstall(c, arguments.GetValue(Force)) ? "removed from" : "is not in",
            cancellationToken);
    }

    private static async Task<int> StatusAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (installer, directories) = (InstallerOf(arguments), UserDirectories.Current());
        foreach (var (kind, _, title) in Clients)
        {
            foreach (var scope in Enum.GetValues<ConfigurationScope>())
            {
                var configuration = ClientConfiguration.Of(kind, scope, directories, Environment.CurrentDirectory);
                string state;
                try
                {
                    state = installer.StatusOf(configuration) switch
                    {
                        ClientStatus.Installed => "installed",
                        ClientStatus.ForeignEntry => "own entry",
                        _ => "-",
                    };
                }
                catch (ConfigurationException)
                {
                    state = "unreadable";
                }

                await Console.Out.WriteLineAsync($"{title,-12}{scope.ToString().ToLowerInvariant(),-9}{state,-12}{configuration.File}".AsMemory(), cancellationToken);
            }
        }

        return 0;
    }

    // One client's trouble is no reason to leave the others out.
    private static async Task<int> EachAsync(IEnumerable<ClientConfiguration> chosen, Func<ClientConfiguration, string> work, CancellationToken cancellationToken)
    {
        var code = 0;
        foreach (var configuration in chosen.ToArray())
        {
            try
            {
                var done = work(configuration);
                await Console.Out.WriteLineAsync($"{Clients.Single(c => c.Kind == configuration.Client).Title}: headroom {done} {configuration.File}".AsMemory(), cancellationToken);
            }
            catch (ConfigurationException failure)
            {
                code = ExitCode.Fail(failure.Message, ExitCode.BadInput);
            }
        }

        return code;
    }

    private static ClientInstaller InstallerOf(ParseResult arguments) => new(Path.GetFullPath(arguments.GetValue(DataDirectory) ?? CcrDataDirectory.Default));

    private static IEnumerable<ClientConfiguration> Chosen(ParseResult arguments, UserDirectories directories) => Clients
        .Where(c => arguments.GetValue(Client) is not { } asked || asked == c.Kind)
        .Select(c => ClientConfiguration.Of(c.Kind, arguments.GetValue(Scope), directories, Environment.CurrentDirectory));

    private static ServerCommand ServerOf(ParseResult arguments)
    {
        if (arguments.GetValue(CommandLine) is { } text)
        {
            string[] words = [.. CommandLineParser.SplitCommandLine(text)];
            return words.Length > 0 ? new ServerCommand(words[0], words[1..]) : throw new CommandException("--command: it is empty.");
        }

        List<string> options = ["mcp"];
        if (arguments.GetValue(DataDirectory) is { } directory)
        {
            options.AddRange(["--data-dir", Path.GetFullPath(directory)]);
        }

        if (arguments.GetResult(Store) is { Implicit: false } store)
        {
            options.AddRange(["--store", store.Tokens[0].Value]);
        }

        if (arguments.GetResult(Workspace) is { Implicit: false })
        {
            options.AddRange(["--workspace", arguments.GetValue(Workspace)!]);
        }

        return ThisProgram(options);
    }

    /// <summary>This program by its name where the path leads to it, else by its full path; run by the .NET host, by both.</summary>
    private static ServerCommand ThisProgram(IReadOnlyList<string> options)
    {
        var process = Environment.ProcessPath ?? throw new CommandException("this program's path is not known; give --command.");
        var assembly = Path.Combine(AppContext.BaseDirectory, "headroom.dll");
        if (Path.GetFileNameWithoutExtension(process).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            return new ServerCommand(process, [assembly, .. options]);
        }

        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(directory => new FileInfo(Path.Combine(directory, Path.GetFileName(process))))
            .FirstOrDefault(file => file.Exists);
        var found = onPath?.LinkTarget is null ? onPath?.FullName : onPath.ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        return new ServerCommand(found == process ? "headroom" : process, options);
    }
}
