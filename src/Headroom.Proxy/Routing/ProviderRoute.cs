using Headroom.Engine.Requests;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Routing;

/// <summary>Where a request goes and what may be done with it.</summary>
/// <param name="Provider">The provider whose upstream gets it.</param>
/// <param name="PathClass">The kind of path, from a closed list.</param>
/// <param name="Format">The wire format when the request may be compressed, else null.</param>
/// <param name="Refusal">Why it must not go anywhere, or null.</param>
internal sealed record ProviderRoute(Provider Provider, string PathClass, IRequestFormat? Format, string? Refusal)
{
    /// <summary>The wire format of a request that asks what another would cost in tokens, else null: what would be sent for that other is counted.</summary>
    public IRequestFormat? Counted { get; private init; }

    private const string OpenAIHost = "api.openai.com";
    private const string AnthropicHost = "api.anthropic.com";

    private static readonly OpenAIChatFormat OpenAIChat = new();
    private static readonly AnthropicMessagesFormat AnthropicMessages = new();

    // Paths that only one of the two providers serves. Both have /v1/models and /v1/files, for example.
    private static readonly string[] AnthropicPaths = ["/v1/messages", "/v1/complete", "/v1/organizations"];

    private static readonly string[] OpenAIPaths =
    [
        "/v1/chat", "/v1/responses", "/v1/completions", "/v1/embeddings", "/v1/moderations", "/v1/images", "/v1/audio", "/v1/videos",
        "/v1/fine_tuning", "/v1/assistants", "/v1/threads", "/v1/vector_stores", "/v1/batches", "/v1/uploads", "/v1/realtime",
        "/v1/conversations", "/v1/evals", "/v1/containers", "/v1/organization",
    ];

    /// <summary>Whose error shape the client of a path expects, by the path and the headers.</summary>
    public static Provider ProviderOf(HttpRequest request)
    {
        var path = request.Path.Value ?? string.Empty;
        return IsUnder(path, AnthropicPaths) ? Provider.Anthropic
            : IsUnder(path, OpenAIPaths) ? Provider.OpenAI
            : CredentialsOf(request.Headers).HasFlag(Credentials.Anthropic) || request.Headers.ContainsKey("anthropic-version") ? Provider.Anthropic
            : Provider.OpenAI;
    }

    /// <summary>
    /// Chooses by path first and by the shape of the credentials where both providers serve a path. Where the provider's own
    /// public host would receive another provider's key, the request is refused: a wrong guess would give the key away. A
    /// base URL that the user has set is the user's choice, because gateways take keys of any shape.
    /// </summary>
    public static ProviderRoute Of(HttpRequest request, ProxyOptions options)
    {
        var path = request.Path.Value ?? string.Empty;
        var provider = ProviderOf(request);
        var credentials = CredentialsOf(request.Headers);
        var (host, foreign, name) = provider == Provider.Anthropic
            ? (AnthropicHost, Credentials.OpenAI | Credentials.Other, "Anthropic")
            : (OpenAIHost, Credentials.Anthropic | Credentials.Other, "OpenAI");
        var upstream = provider == Provider.Anthropic ? options.AnthropicUrl : options.OpenAIUrl;
        var refusal = (credentials & foreign) != 0 && upstream.IdnHost.Equals(host, StringComparison.OrdinalIgnoreCase)
            ? $"This path goes to {name}, and the credentials are not {name}'s; they were not sent."
            : null;

        var (pathClass, format) = path switch
        {
            "/v1/messages" => ("messages", (IRequestFormat)AnthropicMessages),
            "/v1/chat/completions" => ("chat-completions", OpenAIChat),
            "/v1/messages/count_tokens" => ("count-tokens", null),
            _ => ("other", null),
        };
        var isPost = HttpMethods.IsPost(request.Method);
        return new ProviderRoute(provider, pathClass, isPost ? format : null, refusal)
        {
            Counted = isPost && pathClass == "count-tokens" ? AnthropicMessages : null,
        };
    }

    /// <summary>True when a request carries something that says who sends it.</summary>
    public static bool HasCredentials(IHeaderDictionary headers) => headers.Authorization.Count > 0 || CredentialsOf(headers) != Credentials.None;

    private static bool IsUnder(string path, string[] roots)
    {
        foreach (var root in roots)
        {
            if (path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == '/'))
            {
                return true;
            }
        }

        return false;
    }

    private static Credentials CredentialsOf(IHeaderDictionary headers)
    {
        var found = Credentials.None;
        if (headers.ContainsKey("x-api-key"))
        {
            found |= Credentials.Anthropic;
        }

        // Google's and Azure's own headers; no upstream of this version is theirs.
        if (headers.ContainsKey("x-goog-api-key") || headers.ContainsKey("api-key"))
        {
            found |= Credentials.Other;
        }

        foreach (var value in headers.Authorization)
        {
            if (value is null || !value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            // A bearer that begins with neither is a token of some login and tells nothing.
            var token = value.AsSpan("Bearer ".Length).Trim();
            found |= token.StartsWith("sk-ant-", StringComparison.Ordinal) ? Credentials.Anthropic
                : token.StartsWith("sk-", StringComparison.Ordinal) ? Credentials.OpenAI
                : Credentials.None;
        }

        return found;
    }

    [Flags]
    private enum Credentials
    {
        None = 0,
        OpenAI = 1,
        Anthropic = 2,
        Other = 4,
    }
}
