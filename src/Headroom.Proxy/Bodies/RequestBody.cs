using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Bodies;

/// <summary>A request body that was read whole.</summary>
/// <param name="Received">The bytes as the client sent them.</param>
/// <param name="Plain">The same without content coding, for looking; null when the coding could not be undone.</param>
internal sealed record RequestBody(ReadOnlyMemory<byte> Received, ReadOnlyMemory<byte>? Plain)
{
    private const int FirstBlock = 16 << 10;
    private const int TrustedLength = 8 << 20;

    /// <summary>Reads a body; null when it is larger than the limit, as sent or decoded.</summary>
    /// <param name="request">The request, whose body nobody has read.</param>
    /// <param name="limit">The most bytes to take in. Counted on what arrives, whatever Content-Length says.</param>
    /// <param name="cancellationToken">The client's own token.</param>
    public static async ValueTask<RequestBody?> ReadAsync(HttpRequest request, long limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit)
        {
            return null;
        }

        // 1. Take the bytes in. The declared length is trusted only so far: memory follows what has really arrived.
        var buffer = GC.AllocateUninitializedArray<byte>(
            request.ContentLength is { } length and <= TrustedLength ? (int)length + 1 : FirstBlock);
        var count = 0;
        while (await ReadAsync(request.Body, buffer.AsMemory(count), cancellationToken) is var read and > 0)
        {
            count += read;
            if (count > limit)
            {
                return null;
            }

            if (count == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(Array.MaxLength, Math.Max(count * 2L, FirstBlock)));
            }
        }

        var received = buffer.AsMemory(0, count);

        // 2. Undo the coding in a copy. What cannot be undone is the upstream's to judge.
        var coding = request.Headers.ContentEncoding.ToString();
        if (coding.Length == 0 || coding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            return new RequestBody(received, received);
        }

        var (outcome, plain) = ContentCoding.Decode(received, coding, limit, cancellationToken);
        return outcome switch
        {
            DecodeOutcome.TooLarge => null,
            DecodeOutcome.Decoded => new RequestBody(received, plain),
            _ => new RequestBody(received, null),
        };
    }

    private static async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // A chunk whose size is beyond all numbers is no bad request to the web server, but a failure to read.
            throw new BadHttpRequestException("The request body could not be read.", StatusCodes.Status400BadRequest, e);
        }
    }
}
