using System.Security;

namespace Headroom.PowerShell.Isolation;

/// <summary>What a user wants of a proxy; null leaves the proxy's own default.</summary>
public sealed record ProxySettings
{
    /// <summary>The TCP port; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>The address to listen on; null takes loopback.</summary>
    public string? Address { get; init; }

    /// <summary>What callers from other machines must present; null where there are none.</summary>
    public SecureString? Token { get; init; }

    /// <summary>Callers on this machine must present it too.</summary>
    public bool RequireToken { get; init; }

    /// <summary>Listen beyond loopback although there is no TLS.</summary>
    public bool InsecureListen { get; init; }

    /// <summary>Names beside the address by which clients call.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Base URL for requests in OpenAI's format.</summary>
    public Uri? OpenAIUrl { get; init; }

    /// <summary>Base URL for requests in Anthropic's format.</summary>
    public Uri? AnthropicUrl { get; init; }

    /// <summary>The base URLs may be http beyond loopback.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Full path of a file of certificates of further authorities; null for none.</summary>
    public string? CaFile { get; init; }

    /// <summary>Tell everything; false tells what <c>HEADROOM_LOG</c> says, or warnings and errors.</summary>
    public bool IsVerbose { get; init; }

    /// <summary>Where originals and decisions are kept: <c>sqlite</c>, <c>memory</c>, or the URL of a Redis server; null takes the default.</summary>
    public string? Store { get; init; }

    /// <summary>Whose originals and decisions are meant; null takes the default.</summary>
    public string? Workspace { get; init; }

    /// <summary>How long what is not used is kept; at least a day; null takes the default.</summary>
    public TimeSpan? CacheMaxAge { get; init; }

    /// <summary>The most bytes to keep, beyond what was used within a day; null takes the default.</summary>
    public long? CacheMaxSize { get; init; }

    /// <summary>Full path of the store's directory; null takes the user's data directory.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>How far tool results may be compressed.</summary>
    public HeadroomLevel Level { get; init; }

    /// <summary>When to add the retrieve tool to a conversation's tools.</summary>
    public HeadroomCcrTool CcrTool { get; init; }

    /// <summary>How often one answer may be continued after calls of the added retrieve tool, 0 to 10.</summary>
    public int CcrRounds { get; init; } = 3;

    /// <summary>Use views also where the model cannot reach the retrieve tool.</summary>
    public bool AllowViews { get; init; }

    /// <summary>Full path of a file of rules; null takes that of the data directory, if it has one.</summary>
    public string? RulesPath { get; init; }

    /// <summary>False serves the proxy's own routes only, MCP among them.</summary>
    public bool Forward { get; init; } = true;

    /// <summary>False forwards everything as it is.</summary>
    public bool Optimize { get; init; } = true;
}
