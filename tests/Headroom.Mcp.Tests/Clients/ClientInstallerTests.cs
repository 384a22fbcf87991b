using System.Text;
using Headroom.Mcp.Clients;
using Headroom.TestData;

namespace Headroom.Mcp.Tests.Clients;

public sealed class ClientInstallerTests : IDisposable
{
    private static readonly ServerCommand Command = new("headroom", ["mcp"]);
    private readonly TemporaryDirectory _home = new();

    public static TheoryData<McpClientKind, ConfigurationScope> All =>
        [.. from client in Enum.GetValues<McpClientKind>() from scope in Enum.GetValues<ConfigurationScope>() select (client, scope)];

    private ClientInstaller Installer => new(Path.Combine(_home.Path, "data"));

    public void Dispose() => _home.Dispose();

    [Theory]
    [MemberData(nameof(All))]
    public void Files_and_directories_that_were_not_there_are_gone_again(McpClientKind client, ConfigurationScope scope)
    {
        var configuration = Configuration(client, scope);
        Assert.Equal(ClientStatus.NotInstalled, Installer.StatusOf(configuration));
        Assert.True(Installer.Install(configuration, Command, force: false));
        Assert.True(File.Exists(configuration.File));
        Assert.Equal(ClientStatus.Installed, Installer.StatusOf(configuration));
        Assert.False(Installer.Install(configuration, Command, force: false));
        Assert.True(Installer.Uninstall(configuration, force: false));
        Assert.Equal(["data", "data/mcp-clients"], Everything().Where(e => e != "project"));
        Assert.False(Installer.Uninstall(configuration, force: false));
    }

    [Property(MaxTest = 100)]
    public void Installing_and_uninstalling_gives_the_identical_bytes(uint seed)
    {
        var random = new SeededRandom(seed);
        var configuration = Configuration(random.Pick(Enum.GetValues<McpClientKind>()), random.Pick(Enum.GetValues<ConfigurationScope>()));
        var file = configuration.Format is TomlServerTable ? RandomConfigurations.Toml(seed)
            : RandomConfigurations.Json(seed, configuration.Client == McpClientKind.VSCode ? "servers" : "mcpServers");
        Directory.CreateDirectory(Path.GetDirectoryName(configuration.File)!);
        File.WriteAllBytes(configuration.File, file);
        Assert.True(Installer.Install(configuration, Command, force: false));
        Assert.NotEqual(file, File.ReadAllBytes(configuration.File));
        if (random.Chance(0.3))
        {
            // Another command later does not become what is gone back to.
            Assert.True(Installer.Install(configuration, new ServerCommand("/other/headroom", ["mcp"]), force: false));
        }

        Assert.True(Installer.Uninstall(configuration, force: false));
        Assert.Equal(file, File.ReadAllBytes(configuration.File));
        File.Delete(configuration.File);
    }

    [Fact]
    public void A_run_killed_at_any_step_is_mended_by_the_next()
    {
        byte[]?[] files = [null, "{}"u8.ToArray(), "{\n  \"mcpServers\": {\n    \"a\": { \"command\": \"x\" }\n  }\n}\n"u8.ToArray()];
        var configuration = Configuration(McpClientKind.Cursor, ConfigurationScope.User);
        var kills = 0;
        foreach (var file in files)
        {
            foreach (var (whileInstalling, next) in new[] { (true, "install"), (true, "uninstall"), (false, "install"), (false, "uninstall") })
            {
                for (var step = 0; ; step++)
                {
                    if (file is not null)
                    {
                        Directory.CreateDirectory(Path.GetDirectoryName(configuration.File)!);
                        File.WriteAllBytes(configuration.File, file);
                    }

                    if (!whileInstalling)
                    {
                        Installer.Install(configuration, Command, force: false);
                    }

                    var left = step;
                    var dying = new ClientInstaller(Path.Combine(_home.Path, "data"))
                    {
                        BeforeStep = () =>
                        {
                            if (left-- == 0)
                            {
                                throw new KilledException();
                            }
                        },
                    };
                    var died = false;
                    try
                    {
                        _ = whileInstalling ? dying.Install(configuration, Command, force: false) : dying.Uninstall(configuration, force: false);
                    }
                    catch (KilledException)
                    {
                        died = true;
                        kills++;
                    }

                    // A file is never half of something.
                    if (File.Exists(configuration.File))
                    {
                        configuration.Format.HasEntry(File.ReadAllBytes(configuration.File));
                    }

                    if (next == "install")
                    {
                        Installer.Install(configuration, Command, force: false);
                        Assert.Equal(ClientStatus.Installed, Installer.StatusOf(configuration));
                    }

                    Installer.Uninstall(configuration, force: false);
                    if (file is null)
                    {
                        Assert.Equal(["data", "data/mcp-clients"], Everything());
                    }
                    else
                    {
                        Assert.Equal(file, File.ReadAllBytes(configuration.File));
                        Assert.Equal([".cursor", ".cursor/mcp.json", "data", "data/mcp-clients"], Everything());
                        Directory.Delete(Path.GetDirectoryName(configuration.File)!, recursive: true);
                    }

                    if (!died)
                    {
                        break;
                    }
                }
            }
        }

        Assert.True(kills > 60, $"{kills} kills");
    }

    [Fact]
    public void What_others_changed_since_stays()
    {
        var configuration = Configuration(McpClientKind.ClaudeCode, ConfigurationScope.User);
        _home.Write(".claude.json", "{\n  \"projects\": {}\n}"u8);
        Installer.Install(configuration, Command, force: false);
        var changed = File.ReadAllText(configuration.File).Replace("{}", "{\"/x\": {}}", StringComparison.Ordinal);
        File.WriteAllText(configuration.File, changed);
        Assert.Equal(ClientStatus.Installed, Installer.StatusOf(configuration));
        Assert.True(Installer.Uninstall(configuration, force: false));
        Assert.Equal("{\n  \"projects\": {\"/x\": {}}\n}", File.ReadAllText(configuration.File));
    }

    [Fact]
    public void A_new_file_that_others_wrote_into_is_kept_and_one_with_nothing_left_is_not()
    {
        var configuration = Configuration(McpClientKind.VSCode, ConfigurationScope.Project);
        Installer.Install(configuration, Command, force: false);
        var installed = File.ReadAllText(configuration.File);
        File.WriteAllText(configuration.File, installed.Replace("{\n  \"servers\"", "{\n  \"inputs\": [],\n  \"servers\"", StringComparison.Ordinal));
        Assert.True(Installer.Uninstall(configuration, force: false));
        Assert.Equal("{\n  \"inputs\": []\n}\n", File.ReadAllText(configuration.File));
        File.Delete(configuration.File);
        Directory.Delete(Path.GetDirectoryName(configuration.File)!);

        Installer.Install(configuration, Command, force: false);
        File.AppendAllText(configuration.File, "\n");
        Assert.True(Installer.Uninstall(configuration, force: false));
        Assert.Equal(["data", "data/mcp-clients", "project"], Everything());
    }

    [Theory]
    [InlineData(McpClientKind.Cursor, "{\"mcpServers\":{\"headroom\":{\"command\":\"mine\"}}}")]
    [InlineData(McpClientKind.Codex, "[mcp_servers.headroom]\ncommand = \"mine\"\n")]
    public void An_entry_of_the_users_own_is_replaced_by_force_only_and_comes_back(McpClientKind client, string text)
    {
        var configuration = Configuration(client, ConfigurationScope.User);
        _home.Write(Path.GetRelativePath(_home.Path, configuration.File), Encoding.UTF8.GetBytes(text));
        Assert.Equal(ClientStatus.ForeignEntry, Installer.StatusOf(configuration));
        Assert.Contains("--force", Assert.Throws<ConfigurationException>(() => Installer.Install(configuration, Command, force: false)).Message, StringComparison.Ordinal);
        Assert.Contains("--force", Assert.Throws<ConfigurationException>(() => Installer.Uninstall(configuration, force: false)).Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(configuration.File));

        Assert.True(Installer.Install(configuration, Command, force: true));
        Assert.Equal("headroom", configuration.Format.CommandIn(File.ReadAllBytes(configuration.File))!.Program);
        Assert.True(Installer.Uninstall(configuration, force: false));
        Assert.Equal(text, File.ReadAllText(configuration.File));
        Assert.True(Installer.Uninstall(configuration, force: true));
        Assert.False(configuration.Format.HasEntry(File.ReadAllBytes(configuration.File)));
    }

    [Fact]
    public void An_entry_that_the_user_changed_is_his()
    {
        var configuration = Configuration(McpClientKind.Cursor, ConfigurationScope.User);
        Installer.Install(configuration, Command, force: false);
        File.WriteAllText(configuration.File, File.ReadAllText(configuration.File).Replace("\"mcp\"", "\"mcp\", \"--workspace\", \"w\"", StringComparison.Ordinal));
        Assert.Equal(ClientStatus.ForeignEntry, Installer.StatusOf(configuration));
        Assert.Throws<ConfigurationException>(() => Installer.Uninstall(configuration, force: false));
        Assert.Throws<ConfigurationException>(() => Installer.Install(configuration, Command, force: false));
    }

    [Fact]
    public void A_malformed_file_is_told_with_its_name_and_left_as_it_is()
    {
        var configuration = Configuration(McpClientKind.Codex, ConfigurationScope.User);
        _home.Write(".codex/config.toml", "x = = 1"u8);
        var failure = Assert.Throws<ConfigurationException>(() => Installer.Install(configuration, Command, force: true));
        Assert.StartsWith(configuration.File + ": line 1, column 5", failure.Message, StringComparison.Ordinal);
        Assert.Equal("x = = 1", File.ReadAllText(configuration.File));
        Assert.Equal([".codex", ".codex/config.toml"], Everything());
    }

    [Fact]
    public void Rights_and_symbolic_links_stay_as_they_are()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Rights are lists there, links take a right of their own.");
            return;
        }

        var configuration = Configuration(McpClientKind.Cursor, ConfigurationScope.User);
        var real = _home.Write("dotfiles/cursor.json", "{}"u8);
        Directory.CreateDirectory(Path.GetDirectoryName(configuration.File)!);
        File.CreateSymbolicLink(configuration.File, real);
        File.SetUnixFileMode(real, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Installer.Install(configuration, Command, force: false);
        Assert.Equal(real, new FileInfo(configuration.File).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(real));
        Installer.Uninstall(configuration, force: false);
        Assert.Equal("{}", File.ReadAllText(real));
        Assert.Equal(real, new FileInfo(configuration.File).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(real));
    }

    [Fact]
    public void The_record_of_a_users_file_is_the_users_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Rights are lists there.");
            return;
        }

        _home.Write(".claude.json", "{\"secret\": 1}"u8);
        Installer.Install(Configuration(McpClientKind.ClaudeCode, ConfigurationScope.User), Command, force: false);
        var record = Assert.Single(Directory.GetFiles(Path.Combine(_home.Path, "data", "mcp-clients")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(record));
    }

    [Fact]
    public void Places_follow_the_environment()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The variables are others there.");
        var plain = UserDirectories.Of(name => name == "HOME" ? "/home/u" : null);
        var moved = UserDirectories.Of(name => name switch
        {
            "HOME" => "/home/u",
            "XDG_CONFIG_HOME" => "/cfg",
            "CODEX_HOME" => "/codex",
            "CLAUDE_CONFIG_DIR" => "relative",
            _ => null,
        });
        Assert.Equal("/home/u/.codex/config.toml", File(McpClientKind.Codex, plain));
        Assert.Equal("/codex/config.toml", File(McpClientKind.Codex, moved));
        Assert.Equal("/home/u/.claude.json", File(McpClientKind.ClaudeCode, moved));
        Assert.Equal("/home/u/.cursor/mcp.json", File(McpClientKind.Cursor, moved));
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal("/home/u/.config/Code/User/mcp.json", File(McpClientKind.VSCode, plain));
            Assert.Equal("/cfg/Code/User/mcp.json", File(McpClientKind.VSCode, moved));
        }

        Assert.Throws<ConfigurationException>(() => UserDirectories.Of(_ => null));

        static string File(McpClientKind client, UserDirectories directories) =>
            ClientConfiguration.Of(client, ConfigurationScope.User, directories, "/project").File;
    }

    private ClientConfiguration Configuration(McpClientKind client, ConfigurationScope scope)
    {
        var project = Path.Combine(_home.Path, "project");
        if (scope == ConfigurationScope.Project)
        {
            Directory.CreateDirectory(project);
        }

        var directories = new UserDirectories(_home.Path, Path.Combine(_home.Path, "config"), _home.Path, Path.Combine(_home.Path, ".codex"));
        return ClientConfiguration.Of(client, scope, directories, project);
    }

    private string[] Everything() =>
    [
        .. Directory.EnumerateFileSystemEntries(_home.Path, "*", SearchOption.AllDirectories)
            .Select(e => Path.GetRelativePath(_home.Path, e).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    private sealed class KilledException : Exception;
}
