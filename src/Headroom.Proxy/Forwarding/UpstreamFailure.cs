using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Forwarding;

/// <summary>Why an upstream gave no answer, as clients, log and statistics tell it.</summary>
/// <param name="Kind">A stable name, such as <c>name_not_found</c>.</param>
/// <param name="Status">The HTTP status for the client: 502 or 504.</param>
/// <param name="Message">One or two sentences for a human: what happened, and what to do. No path, no header, no text of an exception.</param>
internal sealed record UpstreamFailure(string Kind, int Status, string Message)
{
    /// <summary>The failure behind an exception.</summary>
    /// <param name="cause">What was thrown; null where nothing was.</param>
    /// <param name="server">Scheme, host and port of the upstream.</param>
    /// <param name="via">Host and port of the proxy on the way out; null where there is none.</param>
    /// <param name="connecting">How long a connection may take.</param>
    /// <param name="silence">How long nothing may come.</param>
    public static UpstreamFailure Of(Exception? cause, Uri server, string? via, TimeSpan connecting, TimeSpan silence)
    {
        var there = server.IsDefaultPort ? server.Host : server.Authority;
        var (whose, next) = via is null ? ("the provider", there) : ("the proxy of HTTPS_PROXY", via);
        var (isTimeout, isConnecting) = (false, false);
        for (var e = cause; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case CertificateException certificate:
                    return BadGateway(certificate.Kind, certificate.Message);
                case HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } when ProxyStatus(e) == HttpStatusCode.ProxyAuthenticationRequired:
                    return BadGateway("proxy_login", $"The proxy {next} wants a login (407). Put user name and password into HTTPS_PROXY: http://USER:PASSWORD@{next}.");
                case HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError }:
                    return BadGateway("proxy_refused", $"The proxy {next} does not let requests through to {there}.");
                case HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } or SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return BadGateway("name_not_found", $"The name of {whose}, {HostOf(next)}, was not found. Look at its spelling and at this machine's network and DNS.");
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return BadGateway("connection_refused", $"The connection was refused: at {next}, the address of {whose}, nothing listens.");
                case SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown }:
                    return BadGateway("unreachable", $"There is no way from this machine to {next}, the address of {whose}.");
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError }:
                    return BadGateway("not_http", $"What {there} sent is not HTTP. Look at the port and at https or http in the provider's URL.");
                case AuthenticationException or HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } when !HasInner<CertificateException>(e) && !HasInner<SocketException>(e):
                    return BadGateway("tls_failed", $"No TLS connection to {there} came about. Look whether it speaks https on this port.");
                case OperationCanceledException or TimeoutException or SocketException { SocketErrorCode: SocketError.TimedOut }:
                    isTimeout = true;
                    isConnecting |= e is not OperationCanceledException;
                    break;
            }
        }

        if (isTimeout)
        {
            return new UpstreamFailure("timeout", StatusCodes.Status504GatewayTimeout, isConnecting
                ? string.Create(CultureInfo.InvariantCulture, $"No connection to {next}, the address of {whose}, within {connecting.TotalSeconds:0.###} s.")
                : string.Create(CultureInfo.InvariantCulture, $"The provider {there} sent nothing for {silence.TotalSeconds:0.###} s."));
        }

        return BadGateway("connection_lost", $"The provider {there} closed the connection before its answer was whole.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}: {Message}";

    private static UpstreamFailure BadGateway(string kind, string message) => new(kind, StatusCodes.Status502BadGateway, message);

    private static bool HasInner<T>(Exception e)
        where T : Exception
    {
        for (var inner = e.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is T)
            {
                return true;
            }
        }

        return false;
    }

    private static string HostOf(string authority) => new Uri("http://" + authority).Host;

    // .NET says the status of a refused tunnel in the text alone where it does not say it in StatusCode.
    private static HttpStatusCode? ProxyStatus(Exception e) =>
        (e as HttpRequestException)?.StatusCode
        ?? (e.Message.Contains("'407'", StringComparison.Ordinal) ? HttpStatusCode.ProxyAuthenticationRequired : null);
}
