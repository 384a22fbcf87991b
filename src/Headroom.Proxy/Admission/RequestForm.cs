using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Headroom.Proxy.Admission;

/// <summary>
/// What a request must look like before anybody asks what it is for: this server, the upstream and all between must read the same target and the
/// same body in it. What could be read in two ways is refused, not mended.
/// </summary>
internal static class RequestForm
{
    // A sloppy server decodes more than once.
    private const int MostDecodings = 8;

    private static readonly char[] Separators = ['/', '\\'];

    /// <summary>Why the request is refused, or null when it may pass. A target in absolute form is read as the same in origin form.</summary>
    public static Refusal? Check(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsConnect(request.Method))
        {
            return new Refusal(
                StatusCodes.Status405MethodNotAllowed, "method_not_allowed",
                "This is no tunnel: give its address to the client as base URL (OPENAI_BASE_URL, ANTHROPIC_BASE_URL), not as HTTP_PROXY or HTTPS_PROXY.");
        }

        // 1. The body's bounds.
        if (request.Headers.TransferEncoding is { Count: > 0 } coding)
        {
            if (!coding.ToString().Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase))
            {
                return new Refusal(StatusCodes.Status501NotImplemented, "not_implemented", "The only transfer coding that is understood is chunked; compressed bodies say so in Content-Encoding.");
            }

            // Kestrel keeps a length that stood beside the coding under this name.
            if (request.Headers.ContainsKey("X-Content-Length"))
            {
                return Bad("The request has both Content-Length and Transfer-Encoding.");
            }
        }

        // 2. The target: the web server decodes an absolute one by other rules.
        var raw = RawTargetOf(context);
        if (raw is not ['/', ..] && raw != "*")
        {
            request.Path = PathString.FromUriComponent(PathOf(OriginForm(raw)));
        }

        return null;
    }

    /// <summary>Why the request's target cannot be sent on, or null when it may pass as it is spelled.</summary>
    public static Refusal? CheckTarget(HttpContext context) =>
        RawTargetOf(context).Contains('#', StringComparison.Ordinal) ? Bad("The request's target holds a fragment.")
        : ClimbsUp(PathOf(TargetOf(context))) ? Bad("The request's path climbs up (..).")
        : null;

    /// <summary>The request's target in origin form, spelled as the client spelled it: the path with the query.</summary>
    public static string TargetOf(HttpContext context) => OriginForm(RawTargetOf(context));

    /// <summary>True for <c>OPTIONS *</c>, which asks about the server and not about anything on it.</summary>
    public static bool IsAboutServer(HttpContext context) => RawTargetOf(context) == "*";

    private static string RawTargetOf(HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    private static string OriginForm(string raw)
    {
        if (raw is ['/', ..])
        {
            return raw;
        }

        var authority = raw.IndexOf("://", StringComparison.Ordinal);
        var path = authority < 0 ? -1 : raw.AsSpan(authority + 3).IndexOfAny('/', '?');
        return path < 0 ? "/" : raw[authority + 3 + path] == '/' ? raw[(authority + 3 + path)..] : "/" + raw[(authority + 3 + path)..];
    }

    private static string PathOf(string target) => target.IndexOf('?', StringComparison.Ordinal) is var query and >= 0 ? target[..query] : target;

    private static bool ClimbsUp(string path)
    {
        var plain = path;
        for (var i = 0; i < MostDecodings && plain.Contains('%', StringComparison.Ordinal); i++)
        {
            plain = Uri.UnescapeDataString(plain);
        }

        // Some servers take what follows a semicolon for a parameter of the segment.
        return plain.Contains("..", StringComparison.Ordinal) && plain.Split(Separators).Any(segment => segment.Split(';')[0].Trim() == "..");
    }

    private static Refusal Bad(string message) => new(StatusCodes.Status400BadRequest, "bad_request", message);
}
