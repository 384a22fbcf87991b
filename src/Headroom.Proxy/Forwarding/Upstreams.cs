using Headroom.Proxy.Routing;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Forwarding;

/// <summary>The providers' base URLs with the connections to them, which all workspaces share.</summary>
/// <param name="options">Name the base URLs.</param>
/// <param name="trust">Accepts certificates.</param>
/// <param name="time">The clock behind the times of failures.</param>
/// <param name="logger">Told of failures.</param>
internal sealed class Upstreams(ProxyOptions options, UpstreamTrust trust, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly Upstream _openAI = new(options.OpenAIUrl, trust, time, logger);
    private readonly Upstream _anthropic = new(options.AnthropicUrl, trust, time, logger);

    /// <summary>The failures of those that have failed, by provider.</summary>
    public IReadOnlyDictionary<string, UpstreamFailures> Failures
    {
        get
        {
            var failures = new Dictionary<string, UpstreamFailures>(StringComparer.Ordinal);
            foreach (var (name, upstream) in ((string, Upstream)[])[("anthropic", _anthropic), ("openai", _openAI)])
            {
                if (upstream.Failures is { } failed)
                {
                    failures.Add(name, failed);
                }
            }

            return failures;
        }
    }

    /// <summary>Where a provider's requests go.</summary>
    public Upstream Of(Provider provider) => provider == Provider.Anthropic ? _anthropic : _openAI;

    public void Dispose()
    {
        _openAI.Dispose();
        _anthropic.Dispose();
    }
}
