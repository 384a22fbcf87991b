using Headroom.Engine.Diagnostics;
using Headroom.Proxy.Admission;
using Headroom.Proxy.Hosting;
using Headroom.Proxy.Operations;
using Headroom.Proxy.Routing;
using Headroom.Proxy.Workspaces;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy;

/// <summary>The table of routes. Its own are paths that no provider has; whatever else comes is a provider's.</summary>
internal sealed class RequestDispatcher(
    RequestGate gate, StatusEndpoints status, McpEndpoint mcp, OpenWorkspaces workspaces, IdleTrim idle, RunningRequests running, bool forwards, ILogger logger)
{
    private const string Methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    private const string RetrieveRoot = "/v1/retrieve/";

    /// <summary>Serves one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (running.IsDraining)
        {
            context.Response.Headers.Connection = "close";
        }

        var misshapen = RequestForm.Check(context);
        var own = OwnRouteOf(context);
        misshapen ??= own is null ? RequestForm.CheckTarget(context) : null;
        Provider? provider = own is null ? ProviderRoute.ProviderOf(context.Request) : null;
        try
        {
            if (misshapen is { } form)
            {
                // What follows on this connection may be part of the same request.
                context.Response.Headers.Connection = "close";
                if (form.Status == StatusCodes.Status405MethodNotAllowed)
                {
                    context.Response.Headers.Allow = Methods;
                }

                await ErrorReply.WriteAsync(context, provider, form.Status, form.Code, form.Message);
                return;
            }

            if (gate.Check(context, own?.Access ?? RouteAccess.Provider) is { } refusal)
            {
                if (own is not null && refusal.Status == StatusCodes.Status401Unauthorized)
                {
                    context.Response.Headers.WWWAuthenticate = "Bearer";
                }

                await ErrorReply.WriteAsync(context, provider, refusal.Status, refusal.Code, refusal.Message);
                return;
            }

            if (RequestForm.IsAboutServer(context))
            {
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                context.Response.Headers.Allow = Methods;
                return;
            }

            await (own is null ? ForwardAsync(context) : own.InvokeAsync(context));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
        }
        catch (Exception e)
        {
            if (e is not BadHttpRequestException)
            {
                logger.ServingFailed(new Failure(e));
            }

            if (context.Response.HasStarted)
            {
                throw;
            }

            var (code, name, message) = e is BadHttpRequestException bad
                ? (bad.StatusCode, "bad_request", "The request could not be read.")
                : (StatusCodes.Status500InternalServerError, "internal_error", "The proxy failed.");
            await ErrorReply.WriteAsync(context, provider, code, name, message);
        }
    }

    // Clients knock at the door before they know which key to show; nobody else needs to hear of it.
    private static bool IsKnock(HttpContext context) =>
        RequestForm.TargetOf(context) is "/" or ['/', '?', ..] && (HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsGet(context.Request.Method)) && !ProviderRoute.HasCredentials(context.Request.Headers);

    private OwnRoute? OwnRouteOf(HttpContext context) => (context.Request.Path.Value ?? string.Empty).TrimEnd('/') switch
    {
        _ when IsKnock(context) => new OwnRoute(HttpMethods.Get, status.LivezAsync, RouteAccess.Open),
        "/livez" => new OwnRoute(HttpMethods.Get, status.LivezAsync, RouteAccess.Open),
        "/readyz" => new OwnRoute(HttpMethods.Get, running.IsDraining ? status.DrainingAsync : status.ReadyzAsync),
        "/health" => new OwnRoute(HttpMethods.Get, status.HealthAsync),
        "/stats" => new OwnRoute(HttpMethods.Get, status.StatsAsync),
        "/v1/compress" => new OwnRoute(HttpMethods.Post, http => InWorkspaceAsync(http, null, workspace => workspace.Sidecar.CompressAsync(http))),
        McpEndpoint.Path => new OwnRoute(HttpMethods.Post, http => InWorkspaceAsync(http, null, workspace => mcp.InvokeAsync(http, workspace.Mcp))),
        { } retrieve when (retrieve + "/").StartsWith(RetrieveRoot, StringComparison.Ordinal) =>
            new OwnRoute(HttpMethods.Get, http => InWorkspaceAsync(
                http, null, workspace => workspace.Sidecar.RetrieveAsync(http, (retrieve + "/")[RetrieveRoot.Length..].TrimEnd('/')))),
        _ => null,
    };

    private Task ForwardAsync(HttpContext context)
    {
        var provider = ProviderRoute.ProviderOf(context.Request);
        return forwards
            ? InWorkspaceAsync(context, provider, workspace => workspace.Providers.InvokeAsync(context))
            : ErrorReply.WriteAsync(context, provider, StatusCodes.Status404NotFound, "not_found", "This server forwards nothing.");
    }

    private async Task InWorkspaceAsync(HttpContext context, Provider? provider, Func<Workspace, Task> serve)
    {
        if (!OpenWorkspaces.TryName(context.Request.Headers, out var named))
        {
            await ErrorReply.WriteAsync(
                context, provider, StatusCodes.Status400BadRequest, "invalid_workspace",
                $"{OpenWorkspaces.Header} takes one name of 1 to 64 letters, digits, dots, dashes and underscores.");
            return;
        }

        if (!running.TryBegin())
        {
            context.Response.Headers.RetryAfter = "1";
            await ErrorReply.WriteAsync(context, provider, StatusCodes.Status503ServiceUnavailable, "shutting_down", "The proxy is shutting down and takes no more requests.");
            return;
        }

        idle.Begin();
        try
        {
            await workspaces.ServeAsync(named, serve);
        }
        finally
        {
            idle.End();
            running.End();
        }
    }

    private sealed record OwnRoute(string Method, RequestDelegate Serve, RouteAccess Access = RouteAccess.Own)
    {
        public Task InvokeAsync(HttpContext context)
        {
            var method = context.Request.Method;
            if (HttpMethods.Equals(method, Method) || (HttpMethods.IsHead(method) && HttpMethods.IsGet(Method)))
            {
                return Serve(context);
            }

            context.Response.Headers.Allow = HttpMethods.IsGet(Method) ? "GET, HEAD" : Method;
            return ErrorReply.WriteAsync(
                context, provider: null, StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"This path takes {Method}.");
        }
    }
}
