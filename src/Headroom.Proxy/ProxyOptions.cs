using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Rules;

namespace Headroom.Proxy;

/// <summary>Everything a proxy can be told. Flags, cmdlet parameters and documentation follow from this record.</summary>
public sealed record ProxyOptions
{
    /// <summary>The address to listen on; anything but loopback is refused in this version.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The TCP port; 0 takes a free one.</summary>
    public int Port { get; init; } = 8787;

    /// <summary>Base URL for requests in OpenAI's format; https, or http on loopback.</summary>
    public Uri OpenAIUrl { get; init; } = new("https://api.openai.com");

    /// <summary>Base URL for requests in Anthropic's format; https, or http on loopback.</summary>
    public Uri AnthropicUrl { get; init; } = new("https://api.anthropic.com");

    /// <summary>Where originals and pins are kept.</summary>
    public CcrStoreAddress Store { get; init; } = CcrStoreAddress.Sqlite;

    /// <summary>Whose originals and decisions are meant; those of other workspaces in the same store are out of reach.</summary>
    public string Workspace { get; init; } = "default";

    /// <summary>How long and how much the store keeps.</summary>
    public CcrRetention Retention { get; init; } = CcrRetention.Default;

    /// <summary>Directory of the SQLite store; null takes the user's data directory.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>How far tool results may be compressed.</summary>
    public CompressionLevel Level { get; init; } = CompressionLevel.Balanced;

    /// <summary>Use views also in requests that do not carry the retrieve tool.</summary>
    public bool AllowViews { get; init; }

    /// <summary>False serves the proxy's own routes only (MCP, compression, retrieval, status) and sends nothing to any provider.</summary>
    public bool Forward { get; init; } = true;

    /// <summary>False forwards everything as it is.</summary>
    public bool Optimize { get; init; } = true;

    /// <summary>
    /// A file of rules for single tools and commands; null takes <c>headroom.rules.json</c> in the data directory if there is one. The classes
    /// of tools that agents bring (<see cref="CompressionRules.ToolClasses"/>) stand behind them.
    /// </summary>
    public string? RulesFile { get; init; }

    /// <summary>The largest request body that is accepted, in bytes, sent or decoded.</summary>
    public long MaxBodyBytes { get; init; } = 100L << 20;
}
