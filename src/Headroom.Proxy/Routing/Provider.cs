namespace Headroom.Proxy.Routing;

/// <summary>The providers that requests can go to.</summary>
internal enum Provider
{
    OpenAI,
    Anthropic,
}
