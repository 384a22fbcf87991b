using Headroom.Proxy.Routing;

namespace Headroom.Proxy.Forwarding;

/// <summary>The providers' base URLs with the connections to them, which all workspaces share.</summary>
/// <param name="options">Name the base URLs.</param>
internal sealed class Upstreams(ProxyOptions options) : IDisposable
{
    private readonly Upstream _openAI = new(options.OpenAIUrl);
    private readonly Upstream _anthropic = new(options.AnthropicUrl);

    /// <summary>Where a provider's requests go.</summary>
    public Upstream Of(Provider provider) => provider == Provider.Anthropic ? _anthropic : _openAI;

    public void Dispose()
    {
        _openAI.Dispose();
        _anthropic.Dispose();
    }
}
