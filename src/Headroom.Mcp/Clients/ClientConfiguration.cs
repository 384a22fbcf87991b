namespace Headroom.Mcp.Clients;

/// <summary>Where a client keeps its servers at a scope, and how an entry is written there.</summary>
/// <param name="Client">The client.</param>
/// <param name="Scope">The scope.</param>
/// <param name="File">Full path of the file.</param>
/// <param name="Format">How the file is written.</param>
public sealed record ClientConfiguration(McpClientKind Client, ConfigurationScope Scope, string File, IServerTable Format)
{
    // code.claude.com/docs/en/mcp and cursor.com/docs/mcp: {"mcpServers":{"name":{"type":"stdio","command":"...","args":["..."]}}}.
    private static readonly JsonServerTable McpServers = new("mcpServers");

    // code.visualstudio.com/docs/copilot/reference/mcp-configuration: the same under "servers".
    private static readonly JsonServerTable Servers = new("servers");

    // developers.openai.com/codex/mcp: [mcp_servers.name], command = "...", args = ["..."].
    private static readonly TomlServerTable McpServersToml = new();

    /// <summary>The configuration of a client.</summary>
    /// <param name="client">The client.</param>
    /// <param name="scope">The scope.</param>
    /// <param name="directories">Where the user's files are.</param>
    /// <param name="project">The project's directory; used at project scope.</param>
    public static ClientConfiguration Of(McpClientKind client, ConfigurationScope scope, UserDirectories directories, string project)
    {
        ArgumentNullException.ThrowIfNull(directories);
        var (userFile, projectFile, format) = client switch
        {
            McpClientKind.ClaudeCode => (Path.Combine(directories.ClaudeCode, ".claude.json"), ".mcp.json", McpServers),
            McpClientKind.Codex => (Path.Combine(directories.Codex, "config.toml"), Path.Combine(".codex", "config.toml"), (IServerTable)McpServersToml),
            McpClientKind.Cursor => (Path.Combine(directories.Home, ".cursor", "mcp.json"), Path.Combine(".cursor", "mcp.json"), McpServers),
            _ => (Path.Combine(directories.ApplicationData, "Code", "User", "mcp.json"), Path.Combine(".vscode", "mcp.json"), Servers),
        };
        return new ClientConfiguration(
            client, scope, scope == ConfigurationScope.User ? userFile : Path.GetFullPath(projectFile, project), format);
    }

    /// <summary>True when the client seems to be in use here: its file or its own directory exists.</summary>
    public bool IsClientPresent(UserDirectories directories)
    {
        ArgumentNullException.ThrowIfNull(directories);
        var directory = Client == McpClientKind.ClaudeCode ? Path.Combine(directories.Home, ".claude") : Path.GetDirectoryName(File);
        return System.IO.File.Exists(File) || Directory.Exists(directory);
    }
}
