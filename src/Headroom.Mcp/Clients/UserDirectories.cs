namespace Headroom.Mcp.Clients;

/// <summary>Where clients look for a user's files.</summary>
/// <param name="Home">The home directory: <c>HOME</c>, on Windows <c>USERPROFILE</c>.</param>
/// <param name="ApplicationData">
/// Where applications keep a user's settings: <c>APPDATA</c>, <c>~/Library/Application Support</c>, or <c>XDG_CONFIG_HOME</c> and else <c>~/.config</c>.
/// </param>
/// <param name="ClaudeCode">Directory of Claude Code's <c>.claude.json</c>: <c>CLAUDE_CONFIG_DIR</c>, or the home directory.</param>
/// <param name="Codex">Directory of Codex: <c>CODEX_HOME</c>, or <c>~/.codex</c>.</param>
public sealed record UserDirectories(string Home, string ApplicationData, string ClaudeCode, string Codex)
{
    /// <summary>Those of the user whom this process runs for.</summary>
    /// <exception cref="ConfigurationException">The user has no home directory.</exception>
    public static UserDirectories Current() => Of(Environment.GetEnvironmentVariable);

    internal static UserDirectories Of(Func<string, string?> variable)
    {
        var home = Directory(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME")
            ?? throw new ConfigurationException("There is no home directory; set HOME (USERPROFILE on Windows).");
        var applicationData = OperatingSystem.IsWindows() ? Directory("APPDATA") ?? Path.Combine(home, "AppData", "Roaming")
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Application Support")
            : Directory("XDG_CONFIG_HOME") ?? Path.Combine(home, ".config");
        return new UserDirectories(
            home, applicationData, Directory("CLAUDE_CONFIG_DIR") ?? home, Directory("CODEX_HOME") ?? Path.Combine(home, ".codex"));

        // A relative path would mean another directory for each place a client is started from.
        string? Directory(string name) => variable(name) is { } value && Path.IsPathFullyQualified(value) ? value : null;
    }
}
