using System.Security.Authentication;

namespace Headroom.Proxy.Forwarding;

/// <summary>A server's certificate was not accepted.</summary>
/// <param name="kind">As in <see cref="UpstreamFailure.Kind"/>.</param>
/// <param name="message">What is wrong with it, and what to do.</param>
internal sealed class CertificateException(string kind, string message) : AuthenticationException(message)
{
    public string Kind => kind;
}
