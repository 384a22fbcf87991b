using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.Engine.Rules;
using Headroom.Proxy.Admission;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headroom.Proxy;

/// <summary>Everything a proxy can be told. Flags, cmdlet parameters and documentation follow from this record.</summary>
public sealed record ProxyOptions
{
    /// <summary>
    /// The address to listen on: an IP address of this machine, 0.0.0.0 or :: for all of them, or localhost. Beyond loopback it takes a
    /// <see cref="Token"/> and <see cref="InsecureListen"/>.
    /// </summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>What callers from other machines must present on every route but <c>/livez</c>.</summary>
    public ProxyToken? Token { get; init; }

    /// <summary>Callers on this machine must present the token too: they may be a TLS proxy or a tunnel that brings others.</summary>
    public bool RequireToken { get; init; }

    /// <summary>Listen beyond loopback although there is no TLS: tokens, keys and content cross that network in clear text.</summary>
    public bool InsecureListen { get; init; }

    /// <summary>Names and addresses beside the bound one that a Host header may give, with any port.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>The TCP port; 0 takes a free one.</summary>
    public int Port { get; init; } = 8787;

    /// <summary>Base URL for requests in OpenAI's format; https, or http on loopback (elsewhere with <see cref="AllowHttp"/>).</summary>
    public Uri OpenAIUrl { get; init; } = new("https://api.openai.com");

    /// <summary>Base URL for requests in Anthropic's format; https, or http on loopback (elsewhere with <see cref="AllowHttp"/>).</summary>
    public Uri AnthropicUrl { get; init; } = new("https://api.anthropic.com");

    /// <summary>
    /// Base URLs may be http beyond loopback, for an upstream in the user's own network: keys and content cross that network in clear text.
    /// Public addresses stay refused; for a name the user vouches.
    /// </summary>
    public bool AllowHttp { get; init; }

    /// <summary>
    /// A file of certificates (PEM, or one in DER) of authorities that are trusted for upstreams beside those of the system. So are those in the
    /// file that the environment variable <c>NODE_EXTRA_CA_CERTS</c> names, and <c>SSL_CERT_FILE</c> where the system itself does not read it.
    /// </summary>
    public string? CaFile { get; init; }

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

    /// <summary>When to add the retrieve tool to a conversation's tools, so that views can be used in it.</summary>
    public RetrieveToolMode RetrieveTool { get; init; } = RetrieveToolMode.Auto;

    /// <summary>How often one answer may be continued after calls of the added retrieve tool, 0 to 10.</summary>
    public int MaxRetrievalRounds { get; init; } = 3;

    /// <summary>Use views also where the model cannot reach the retrieve tool.</summary>
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

    /// <summary>Make the loggers that are told what happens; not disposed by the proxy. No content and no credential is in what they get.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;
}
