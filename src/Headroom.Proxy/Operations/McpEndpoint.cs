using Headroom.Mcp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.AspNetCore;

namespace Headroom.Proxy.Operations;

/// <summary>
/// <c>/mcp</c>: MCP over streamable HTTP, served by the SDK's own handler behind this proxy's gate. Without sessions: each message is
/// answered for itself, so nothing piles up for clients that never say goodbye, and a restart of the proxy breaks nobody's session.
/// </summary>
internal sealed class McpEndpoint
{
    /// <summary>The route, without a trailing slash.</summary>
    public const string Path = "/mcp";

    private readonly RequestDelegate _handler;
    private readonly long _maxBodyBytes;

    /// <param name="services">Those of the web application, with <see cref="AddServices"/>.</param>
    /// <param name="maxBodyBytes">The largest message.</param>
    public McpEndpoint(IServiceProvider services, long maxBodyBytes)
    {
        // A pipeline of its own, that nothing but this path is sent to.
        var branch = new ApplicationBuilder(services);
        branch.UseRouting();
        branch.UseEndpoints(endpoints => endpoints.MapMcp(Path));
        (_handler, _maxBodyBytes) = (branch.Build(), maxBodyBytes);
    }

    /// <summary>Adds what the handler is made of.</summary>
    public static void AddServices(IServiceCollection services)
    {
        services.AddRoutingCore();
        services.AddMcpServer().WithHttpTransport(http =>
        {
            http.SessionMode = HttpServerSessionMode.Stateless;
            http.ConfigureSessionOptions = (context, options, _) =>
            {
                context.Features.GetRequiredFeature<HeadroomMcpServer>().Configure(options);
                return Task.CompletedTask;
            };
        });
    }

    /// <summary>Serves one message.</summary>
    /// <param name="context">The request.</param>
    /// <param name="server">The server of the workspace that the request means.</param>
    public Task InvokeAsync(HttpContext context, HeadroomMcpServer server)
    {
        context.Features.Set(server);

        // The SDK reads the body itself, so the limit has to be the web server's.
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = _maxBodyBytes;
        return _handler(context);
    }
}
