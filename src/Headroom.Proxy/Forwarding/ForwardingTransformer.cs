using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace Headroom.Proxy.Forwarding;

/// <summary>Applies the <see cref="HeaderPolicy"/> to one request and its response.</summary>
/// <param name="target">The URL to send to.</param>
/// <param name="ownHeaders">Headers of the proxy to put on the response; they replace the upstream's of the same name.</param>
internal sealed class ForwardingTransformer(Uri target, IReadOnlyList<KeyValuePair<string, string>> ownHeaders) : HttpTransformer
{
    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        // 1. The base class knows which headers belong to the content, also where there is none. Then it makes an empty one for them, which is
        //    sent with a length of zero: right for methods that bring a body, and a body that nobody sent for all others.
        var hasContent = proxyRequest.Content is not null;
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);

        if (!hasContent && !BringsBody(httpContext.Request.Method))
        {
            proxyRequest.Content = null;
        }

        // 2. Its list of what to leave out is not ours: put back what it left out, take out what ends here.
        var headers = httpContext.Request.Headers;
        foreach (var (name, values) in headers)
        {
            if (HeaderPolicy.EndsHere(name, headers.Connection))
            {
                Remove(proxyRequest.Headers, name);
                Remove(proxyRequest.Content?.Headers, name);
            }
            else if (!proxyRequest.Headers.NonValidated.Contains(name)
                && proxyRequest.Content?.Headers.NonValidated.Contains(name) != true)
            {
                proxyRequest.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        proxyRequest.RequestUri = target;
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return false;
        }

        var response = httpContext.Response;
        var connection = proxyResponse.Headers.NonValidated.TryGetValues("Connection", out var named)
            ? new StringValues([.. named])
            : StringValues.Empty;
        Copy(proxyResponse.Headers, response.Headers, connection);
        Copy(proxyResponse.Content.Headers, response.Headers, connection);

        // An answer that has no body by its status has no length, whatever the upstream wrote.
        if (proxyResponse.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.ResetContent)
        {
            response.ContentLength = null;
        }

        foreach (var (name, value) in ownHeaders)
        {
            response.Headers[name] = value;
        }

        // The client may act on the headers of a stream long before its first event.
        if (response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true)
        {
            await response.Body.FlushAsync(cancellationToken);
        }

        return true;
    }

    private static bool BringsBody(string method) => HttpMethods.IsPost(method) || HttpMethods.IsPut(method) || HttpMethods.IsPatch(method);

    // Remove throws for a name that belongs to the other of the two collections.
    private static void Remove(HttpHeaders? headers, string name)
    {
        if (headers?.NonValidated.Contains(name) == true)
        {
            headers.Remove(name);
        }
    }

    private static void Copy(HttpHeaders source, IHeaderDictionary destination, StringValues connection)
    {
        foreach (var (name, values) in source.NonValidated)
        {
            if (!HeaderPolicy.EndsHereOnReturn(name, connection))
            {
                destination[name] = StringValues.Concat(destination[name], new StringValues([.. values]));
            }
        }
    }
}
