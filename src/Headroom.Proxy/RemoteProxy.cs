using System.Net;
using System.Text.Json;
using Headroom.Proxy.Admission;
using Headroom.Proxy.Forwarding;

namespace Headroom.Proxy;

/// <summary>A running proxy of whatever process, asked over HTTP.</summary>
public static class RemoteProxy
{
    /// <summary>The header by which every answer of a proxy's own is known.</summary>
    public const string ServiceHeader = HeaderPolicy.OwnPrefix + "service";

    /// <summary>The value of <see cref="ServiceHeader"/>.</summary>
    public const string Service = "headroom-proxy";

    private const long MostBytes = 4 << 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Strict = new() { RespectNullableAnnotations = true };

    // It is this machine's or one named by the user: no outbound proxy of the environment is asked for it, and a redirection would take the token along.
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Its statistics, as JSON and read.</summary>
    /// <param name="url">Its base address.</param>
    /// <param name="token">The token that it asks for, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RemoteProxyException">It cannot be asked; the message says why.</exception>
    public static Task<(byte[] Json, ProxyStatistics Statistics)> ReadStatisticsAsync(Uri url, string? token, CancellationToken cancellationToken) =>
        ReadStatisticsAsync(url, token, Deadline, cancellationToken);

    internal static async Task<(byte[] Json, ProxyStatistics Statistics)> ReadStatisticsAsync(
        Uri url, string? token, TimeSpan deadline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(url);

        // For the whole answer: one that never ends is none.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        either.CancelAfter(deadline);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/stats"));
            if (token is not null)
            {
                request.Headers.Add(RequestGate.TokenHeader, token);
            }

            using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (!response.Headers.TryGetValues(ServiceHeader, out var service) || !service.Contains(Service, StringComparer.Ordinal))
            {
                throw new RemoteProxyException(RemoteProxyProblem.Foreign, $"What answers at {url} is not a Headroom proxy.");
            }

            if (response.StatusCode == HttpStatusCode.Unauthorized)
            {
                throw new RemoteProxyException(
                    RemoteProxyProblem.Unauthorized,
                    token is null ? $"The Headroom proxy at {url} asks for a token, and none was given." : $"The Headroom proxy at {url} does not accept this token.");
            }

            if (!response.IsSuccessStatusCode)
            {
                throw new RemoteProxyException(RemoteProxyProblem.Refused, $"The Headroom proxy at {url} answers with status {(int)response.StatusCode}.");
            }

            await response.Content.LoadIntoBufferAsync(MostBytes, either.Token).ConfigureAwait(false);
            var json = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            return (json, JsonSerializer.Deserialize<ProxyStatistics>(json, Strict) ?? throw new JsonException("null"));
        }
        catch (HttpRequestException e)
        {
            throw new RemoteProxyException(RemoteProxyProblem.NotReachable, $"No Headroom proxy answers at {url}: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RemoteProxyException(RemoteProxyProblem.NotReachable, $"The proxy at {url} did not answer within {deadline.TotalSeconds} seconds.", e);
        }
        catch (JsonException e)
        {
            throw new RemoteProxyException(RemoteProxyProblem.Refused, $"The Headroom proxy at {url} is of another version: its statistics cannot be read.", e);
        }
    }
}
