using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Routing;

/// <summary>
/// Answers with an error in the shape that the client's SDK parses: Anthropic
/// <c>{"type":"error","error":{"type","message"}}</c>, OpenAI <c>{"error":{"message","type","param","code"}}</c>, and
/// <c>{"error":{"type","message"}}</c> on the proxy's own routes. Messages are fixed texts: no exception's text leaves the
/// process.
/// </summary>
internal static class ErrorReply
{
    /// <param name="context">The request to answer; its response must not have started.</param>
    /// <param name="provider">Whose shape to use; null for the proxy's own.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">A stable name of the error.</param>
    /// <param name="message">One sentence for a human.</param>
    public static async Task WriteAsync(HttpContext context, Provider? provider, int status, string code, string message)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers[RemoteProxy.ServiceHeader] = RemoteProxy.Service;
        response.ContentLength = null;

        await response.Body.WriteAsync(Json(provider, status, code, message), context.RequestAborted);
    }

    /// <summary>The error as one JSON object.</summary>
    public static byte[] Json(Provider? provider, int status, string code, string message)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, provider, status, code, message);
        }

        return buffer.ToArray();
    }

    /// <summary>413: the body is larger than the proxy takes in.</summary>
    public static Task WriteTooLargeAsync(HttpContext context, Provider? provider, long maxBodyBytes) =>
        WriteAsync(
            context, provider, StatusCodes.Status413PayloadTooLarge, "request_too_large",
            string.Create(CultureInfo.InvariantCulture, $"The request body exceeds {maxBodyBytes} bytes, sent or decoded."));

    private static void Write(Utf8JsonWriter json, Provider? provider, int status, string code, string message)
    {
        json.WriteStartObject();
        if (provider == Provider.Anthropic)
        {
            json.WriteString("type", "error");
        }

        json.WriteStartObject("error");
        switch (provider)
        {
            case Provider.Anthropic:
                json.WriteString("type", AnthropicType(status));
                json.WriteString("message", message);
                break;
            case Provider.OpenAI:
                json.WriteString("message", message);
                json.WriteString("type", status < 500 ? "invalid_request_error" : "server_error");
                json.WriteNull("param");
                json.WriteString("code", code);
                break;
            default:
                json.WriteString("type", code);
                json.WriteString("message", message);
                break;
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The error types of Anthropic's API reference, section "Errors".</summary>
    private static string AnthropicType(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status404NotFound => "not_found_error",
        StatusCodes.Status413PayloadTooLarge => "request_too_large",
        StatusCodes.Status504GatewayTimeout => "timeout_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}
