using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Operations;

/// <summary>Answers of the proxy's own routes: JSON that nobody may cache or take for something else.</summary>
internal static class JsonReply
{
    /// <param name="context">The request to answer.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="write">Writes one JSON value.</param>
    public static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = buffer.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers[RemoteProxy.ServiceHeader] = RemoteProxy.Service;
        await response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
    }
}
