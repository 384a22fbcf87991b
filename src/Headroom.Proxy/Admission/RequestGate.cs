using System.Net;
using Headroom.Proxy.Forwarding;
using Headroom.Proxy.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Headroom.Proxy.Admission;

/// <summary>
/// Decides whether a request may come in at all. Listening on loopback keeps other machines out but not the web pages in the
/// user's own browser: they reach loopback by a cross-site request, or by a name of their own that they let resolve to it
/// (DNS rebinding). So every route, upgrades included, asks for a name of this server in Host and accepts no foreign origin.
/// Who calls from another machine must present the token besides; the peer's address says where from, and no header does.
/// </summary>
internal sealed class RequestGate(ProxyOptions options)
{
    /// <summary>The header that carries the token on every route; like all of its prefix it ends here.</summary>
    public const string TokenHeader = HeaderPolicy.OwnPrefix + "token";

    private const string Bearer = "Bearer ";

    /// <summary>Why the request is refused, or null when it may pass.</summary>
    public Refusal? Check(HttpContext context, RouteAccess access)
    {
        var request = context.Request;

        // 1. No web page of somebody else.
        if (!IsThisServer(request.Host, context.Connection))
        {
            return Foreign("The Host header does not name this proxy.");
        }

        foreach (var origin in request.Headers.Origin)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                || uri.Scheme != Uri.UriSchemeHttp
                || !IsThisServer(new HostString(uri.Host, uri.Port), context.Connection))
            {
                return Foreign("Requests from web pages of other origins are refused.");
            }
        }

        // A page on another port of this machine is same-site, and still another application.
        foreach (var site in request.Headers["Sec-Fetch-Site"])
        {
            if (site is not ("same-origin" or "none"))
            {
                return Foreign("Cross-site requests from a browser are refused.");
            }
        }

        // 2. No other machine without the token.
        if (access == RouteAccess.Open)
        {
            return null;
        }

        var isLocal = context.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(Plain(peer));
        if ((options.RequireToken || !isLocal) && !IsToken(request.Headers[TokenHeader])
            && !(access == RouteAccess.Own && IsBearerToken(request.Headers.Authorization)))
        {
            return new Refusal(StatusCodes.Status401Unauthorized, "unauthorized", "A valid token is required.");
        }

        // 3. The token to nobody else: where the provider's key belongs it would go to the provider.
        return access == RouteAccess.Provider && (IsBearerToken(request.Headers.Authorization) || IsToken(request.Headers["x-api-key"]))
            ? new Refusal(StatusCodes.Status400BadRequest, "credential_mismatch", $"The proxy's own token stands where the provider's key belongs; it was not sent. It goes into {TokenHeader}.")
            : null;
    }

    private static Refusal Foreign(string message) => new(StatusCodes.Status403Forbidden, "forbidden_origin", message);

    private bool IsToken(StringValues values) => options.Token is { } token && values is [{ } presented] && token.Matches(presented);

    private bool IsBearerToken(StringValues values) =>
        values is [{ } value] && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && IsToken(value[Bearer.Length..].Trim());

    // A connection's own address is one of this machine's. A name that the operator chose may stand before another port, as
    // container hosts and TLS proxies map them.
    private bool IsThisServer(HostString host, ConnectionInfo connection) =>
        host.HasValue
        && (((host.Port ?? 80) == connection.LocalPort && (ProxyOptionsRules.IsLoopback(host.Host) || IsAddress(host.Host, connection.LocalIpAddress)))
            || options.AllowedHosts.Contains(host.Host.Trim('[', ']'), StringComparer.OrdinalIgnoreCase));

    private static bool IsAddress(string host, IPAddress? local) =>
        local is not null && IPAddress.TryParse(host, out var address) && Plain(address).Equals(Plain(local));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

/// <summary>What a route asks of its callers.</summary>
internal enum RouteAccess
{
    /// <summary>Nothing: it tells no more than that somebody listens.</summary>
    Open,

    /// <summary>The proxy's own: the token in its header, or as a bearer as gateways send it.</summary>
    Own,

    /// <summary>A provider's: the token in its header only, because Authorization is the provider's.</summary>
    Provider,
}

/// <summary>Why a request is refused.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">A stable name.</param>
/// <param name="Message">One sentence.</param>
internal readonly record struct Refusal(int Status, string Code, string Message);
