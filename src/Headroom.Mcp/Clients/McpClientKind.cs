namespace Headroom.Mcp.Clients;

/// <summary>The MCP clients whose configuration is known.</summary>
public enum McpClientKind
{
    /// <summary>Claude Code.</summary>
    ClaudeCode,

    /// <summary>Codex: command line, editor extension and app share one file.</summary>
    Codex,

    /// <summary>Cursor.</summary>
    Cursor,

    /// <summary>Visual Studio Code.</summary>
    VSCode,
}

/// <summary>For whom a server is configured.</summary>
public enum ConfigurationScope
{
    /// <summary>For all projects of the user.</summary>
    User,

    /// <summary>For one project, in files that are usually checked in.</summary>
    Project,
}
