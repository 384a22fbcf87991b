using System.Net;
using Headroom.Proxy.Forwarding;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Headroom.Proxy.Retrieval;

/// <summary>
/// One client's way to its upstream: each request goes with the client's own headers, and ends when the client leaves or nothing has come
/// for too long.
/// </summary>
/// <param name="context">The client's request.</param>
/// <param name="upstream">Where to.</param>
/// <param name="transformer">Applies the header policy.</param>
/// <param name="config">HTTP version, and how long silence may last.</param>
/// <param name="time">Measures it.</param>
internal sealed class UpstreamLine(
    HttpContext context, Upstream upstream, ForwardingTransformer transformer, ForwarderRequestConfig config, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Lingering = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _silence = new(Timeout.InfiniteTimeSpan, time);
    private CancellationTokenSource? _either;

    private CancellationToken Token =>
        (_either ??= CancellationTokenSource.CreateLinkedTokenSource(_silence.Token, context.RequestAborted)).Token;

    /// <summary>Sends a body and waits for the headers of the answer.</summary>
    /// <exception cref="HttpRequestException">The upstream could not be reached.</exception>
    /// <exception cref="OperationCanceledException">The client has left, or the time is up.</exception>
    public async Task<HttpResponseMessage> SendAsync(ReadOnlyMemory<byte> body)
    {
        context.Request.ContentLength = body.Length;
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), (Uri?)null)
        {
            Content = new ReadOnlyMemoryContent(body),
            Version = config.Version ?? HttpVersion.Version20,
            VersionPolicy = config.VersionPolicy ?? HttpVersionPolicy.RequestVersionOrLower,
        };
        Listen();
        await transformer.TransformRequestAsync(context, request, upstream.Server, Token);
        return await upstream.Client.SendAsync(request, Token);
    }

    /// <summary>Reads what has come; 0 at the end.</summary>
    public async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer)
    {
        Listen();
        return await stream.ReadAsync(buffer, Token);
    }

    /// <summary>Reads an answer to its end, so that its connection can be used again; not for long.</summary>
    public async ValueTask DrainAsync(Stream stream)
    {
        using var lingering = new CancellationTokenSource(Lingering, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(lingering.Token, context.RequestAborted);
        var buffer = new byte[1024];
        try
        {
            while (await stream.ReadAsync(buffer, either.Token) > 0)
            {
                // Nothing that is for anybody.
            }
        }
        catch (Exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            // Untold: the answer is whole; its connection ends with it.
        }
    }

    /// <summary>Counts and logs a failure of the upstream, and says what to tell the client.</summary>
    public UpstreamFailure Fail(Exception cause) => upstream.Fail(cause);

    public void Dispose()
    {
        _either?.Dispose();
        _silence.Dispose();
    }

    private void Listen() => _silence.CancelAfter(config.ActivityTimeout ?? TimeSpan.FromSeconds(100));
}
