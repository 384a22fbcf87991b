using System.Net;
using System.Text;
using Headroom.Proxy.Admission;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Forwarding;

/// <summary>One provider's base URL with the connections to it.</summary>
internal sealed class Upstream : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long> _failures = new(StringComparer.Ordinal);
    private readonly string _server;
    private readonly string _pathPrefix;
    private readonly Uri _baseUrl;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private LastFailure? _last;

    /// <param name="baseUrl">Where requests go.</param>
    /// <param name="trust">Accepts certificates.</param>
    /// <param name="time">The clock behind the time of a failure.</param>
    /// <param name="logger">Told of failures.</param>
    public Upstream(Uri baseUrl, UpstreamTrust trust, TimeProvider time, ILogger logger)
    {
        (_baseUrl, _time, _logger) = (baseUrl, time, logger);
        _server = baseUrl.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        _pathPrefix = baseUrl.AbsolutePath.TrimEnd('/');

        // Bytes pass as they are: nothing is followed, remembered, decoded or annotated on the way.
        Client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
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
            SslOptions = { RemoteCertificateValidationCallback = trust.Accept },
        });
    }

    /// <summary>How long a connection may take, TLS included.</summary>
    public static TimeSpan ConnectTimeout { get; } = TimeSpan.FromSeconds(10);

    /// <summary>The time without any byte in either direction after which a connection counts as dead. Models think for minutes.</summary>
    public static TimeSpan SilenceTimeout { get; } = TimeSpan.FromMinutes(10);

    /// <summary>How often and how it failed; null when it never did.</summary>
    public UpstreamFailures? Failures
    {
        get
        {
            lock (_gate)
            {
                return _last is null ? null : new UpstreamFailures { Failures = new Dictionary<string, long>(_failures), Last = _last };
            }
        }
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

    /// <summary>Counts and logs a failure of this upstream, and says what to tell the client.</summary>
    /// <param name="cause">What was thrown; null where nothing was.</param>
    public UpstreamFailure Fail(Exception? cause)
    {
        var proxy = _baseUrl.IsLoopback || HttpClient.DefaultProxy.IsBypassed(_baseUrl) ? null : HttpClient.DefaultProxy.GetProxy(_baseUrl)?.Authority;
        var failure = UpstreamFailure.Of(cause, new Uri(_server), proxy, ConnectTimeout, SilenceTimeout);
        lock (_gate)
        {
            _failures[failure.Kind] = _failures.GetValueOrDefault(failure.Kind) + 1;
            _last = new LastFailure { Kind = failure.Kind, Message = failure.Message, Time = _time.GetUtcNow() };
        }

        _logger.UpstreamFailed(failure);
        return failure;
    }

    public void Dispose() => Client.Dispose();
}
