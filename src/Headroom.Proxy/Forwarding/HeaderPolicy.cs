using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Headroom.Proxy.Forwarding;

/// <summary>
/// Which headers end at the proxy. All others pass in both directions with their values as they are, and none is added: no
/// Via, no Forwarded, no user agent.
/// </summary>
internal static class HeaderPolicy
{
    /// <summary>The prefix of headers that are for this proxy and never leave it.</summary>
    public const string OwnPrefix = "x-headroom-";

    /// <summary>RFC 9110, section 7.6.1, and what older agents send in its spirit.</summary>
    private static readonly FrozenSet<string> HopByHop = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "HTTP2-Settings",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] SessionNames = ["X-Claude-Code-Session-Id", "session-id", "session_id", "thread-id", "x-session-id"];

    /// <summary>True when a request asks to be forwarded as it is.</summary>
    public static bool AsksForBypass(IHeaderDictionary headers) =>
        headers[OwnPrefix + "bypass"].ToString().Equals("true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The client's own name for its session (Claude Code's, Codex's, opencode's); null when it gives none.</summary>
    public static string? SessionOf(IHeaderDictionary headers)
    {
        foreach (var name in SessionNames)
        {
            if (headers[name].ToString() is { Length: > 0 } session)
            {
                return session;
            }
        }

        return null;
    }

    /// <summary>True when a request header is not sent upstream.</summary>
    /// <param name="name">The header's name.</param>
    /// <param name="connection">The request's Connection header; what it names is for one hop.</param>
    /// <remarks>Kestrel shortens a Connection header that says close, keep-alive or upgrade to that word, so what else it named is not known here. Host is the upstream's own; Expect is answered by this server, which takes the body in.</remarks>
    public static bool EndsHere(string name, StringValues connection) =>
        HopByHop.Contains(name)
        || name.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith(':')
        || name.Equals("Host", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Expect", StringComparison.OrdinalIgnoreCase)
        || IsNamedBy(connection, name);

    /// <summary>True when a response header is not sent to the client.</summary>
    /// <param name="name">The header's name.</param>
    /// <param name="connection">The response's Connection header.</param>
    public static bool EndsHereOnReturn(string name, StringValues connection) =>
        HopByHop.Contains(name) || IsNamedBy(connection, name);

    private static bool IsNamedBy(StringValues connection, string name)
    {
        foreach (var value in connection)
        {
            foreach (var range in value.AsSpan().Split(','))
            {
                var token = value.AsSpan()[range].Trim();
                if (token.Equals(name, StringComparison.OrdinalIgnoreCase)
                    // Framing and the body's meaning are not the client's to strip.
                    && !name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
