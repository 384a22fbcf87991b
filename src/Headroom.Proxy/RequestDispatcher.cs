using Headroom.Proxy.Admission;
using Headroom.Proxy.Operations;
using Headroom.Proxy.Routing;
using Headroom.Proxy.Sidecar;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy;

/// <summary>The table of routes. Its own are exact, verb and path; whatever else comes is a provider's.</summary>
internal sealed class RequestDispatcher(StatusEndpoints status, SidecarEndpoints sidecar, RequestDelegate mcp, RequestDelegate providers)
{
    private const string RetrieveRoot = "/v1/retrieve/";

    /// <summary>Serves one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            if (RequestGate.Refusal(context) is { } refusal)
            {
                var provider = OwnRoute(context) is null ? ProviderRoute.ProviderOf(context.Request) : (Provider?)null;
                await ErrorReply.WriteAsync(context, provider, StatusCodes.Status403Forbidden, "forbidden_origin", refusal);
                return;
            }

            await (OwnRoute(context) ?? providers)(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var (code, name, message) = e is BadHttpRequestException bad
                ? (bad.StatusCode, "bad_request", "The request could not be read.")
                : (StatusCodes.Status500InternalServerError, "internal_error", "The proxy failed.");
            await ErrorReply.WriteAsync(context, ProviderRoute.ProviderOf(context.Request), code, name, message);
        }
    }

    private RequestDelegate? OwnRoute(HttpContext context)
    {
        var path = context.Request.Path.Value ?? string.Empty;
        return (context.Request.Method, path) switch
        {
            ("GET", "/livez") => status.LivezAsync,
            ("GET", "/readyz") => status.ReadyzAsync,
            ("GET", "/health") => status.HealthAsync,
            ("GET", "/stats") => status.StatsAsync,
            ("POST", "/v1/compress") => sidecar.CompressAsync,
            (_, McpEndpoint.Path) => mcp,
            ("GET", _) when path.StartsWith(RetrieveRoot, StringComparison.Ordinal) && path.LastIndexOf('/') == RetrieveRoot.Length - 1 =>
                http => sidecar.RetrieveAsync(http, path[RetrieveRoot.Length..]),
            _ => null,
        };
    }
}
