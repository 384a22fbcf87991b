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
internal static class McpEndpoint
{
    /// <summary>The route, without a trailing slash.</summary>
    public const string Path = "/mcp";

    /// <summary>Adds what the handler is made of.</summary>
    public static void AddServices(IServiceCollection services, HeadroomMcpServer server)
    {
        services.AddRoutingCore();
        services.AddMcpServer(server.Configure).WithHttpTransport(http => http.SessionMode = HttpServerSessionMode.Stateless);
    }

    /// <summary>The handler, a pipeline of its own that nothing but <see cref="Path"/> may be sent to.</summary>
    public static RequestDelegate Build(IServiceProvider services, long maxBodyBytes)
    {
        var branch = new ApplicationBuilder(services);
        branch.UseRouting();
        branch.UseEndpoints(endpoints => endpoints.MapMcp(Path));
        var handler = branch.Build();
        return context =>
        {
            // The SDK reads the body itself, so the limit has to be the server's.
            context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = maxBodyBytes;
            return handler(context);
        };
    }
}
