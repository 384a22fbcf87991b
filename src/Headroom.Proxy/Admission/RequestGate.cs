using Headroom.Proxy.Hosting;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Admission;

/// <summary>
/// Decides whether a request may come in at all. Listening on loopback keeps other machines out but not the web pages in the
/// user's own browser: they reach loopback by a cross-site request, or by a name of their own that they let resolve to it
/// (DNS rebinding). So every route, upgrades included, asks for this server's own name in Host and accepts no foreign origin.
/// </summary>
internal static class RequestGate
{
    /// <summary>Why the request is refused, in one sentence, or null when it may pass.</summary>
    public static string? Refusal(HttpContext context)
    {
        var request = context.Request;
        var port = context.Connection.LocalPort;
        if (!IsThisServer(request.Host, port))
        {
            return "The Host header does not name this proxy.";
        }

        foreach (var origin in request.Headers.Origin)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                || uri.Scheme != Uri.UriSchemeHttp
                || !IsThisServer(new HostString(uri.Host, uri.Port), port))
            {
                return "Requests from web pages of other origins are refused.";
            }
        }

        // A page on another port of this machine is same-site, and still another application.
        foreach (var site in request.Headers["Sec-Fetch-Site"])
        {
            if (site is not ("same-origin" or "none"))
            {
                return "Cross-site requests from a browser are refused.";
            }
        }

        return null;
    }

    private static bool IsThisServer(HostString host, int port) =>
        host.HasValue && ProxyOptionsRules.IsLoopback(host.Host) && (host.Port ?? 80) == port;
}
