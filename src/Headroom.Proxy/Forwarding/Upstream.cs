using System.Net;
using System.Text;
using Headroom.Proxy.Admission;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Forwarding;

/// <summary>One provider's base URL with the connections to it.</summary>
internal sealed class Upstream : IDisposable
{
    private readonly string _server;
    private readonly string _pathPrefix;

    public Upstream(Uri baseUrl)
    {
        _server = baseUrl.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        _pathPrefix = baseUrl.AbsolutePath.TrimEnd('/');

        // Bytes pass as they are: nothing is followed, remembered, decoded or annotated on the way.
        Client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
            // Long enough to keep streams going, short enough to notice that a name resolves elsewhere now.
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            UseCookies = false,
            // An answer that nobody reads any more is still being generated and billed: its connection ends at once.
            ResponseDrainTimeout = TimeSpan.Zero,
            // A system proxy is for the way out of the machine.
            UseProxy = !baseUrl.IsLoopback,
        });
    }

    /// <summary>Sends to this upstream.</summary>
    public HttpMessageInvoker Client { get; }

    /// <summary>Scheme, host and port.</summary>
    public string Server => _server;

    /// <summary>
    /// The URL for a request: the base URL's path, then the request target as the client spelled it, escapes and all. A
    /// version segment that both have (<c>https://host/api/v1</c> and <c>/v1/models</c>) is written once.
    /// </summary>
    public Uri Target(HttpContext context)
    {
        var target = RequestForm.TargetOf(context);
        var prefix = _pathPrefix;
        var version = prefix[(prefix.LastIndexOf('/') + 1)..];
        if (version is ['v', >= '0' and <= '9', ..] && target.StartsWith($"/{version}/", StringComparison.Ordinal))
        {
            prefix = prefix[..^(version.Length + 1)];
        }

        return new Uri(_server + prefix + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    public void Dispose() => Client.Dispose();
}
