using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Observation;

/// <summary>
/// Hands a copy of what is written to an observer, after it was written. When the observer fails it is not asked again, and
/// the stream goes on.
/// </summary>
/// <param name="inner">The stream to the client.</param>
/// <param name="observe">Gets what was written.</param>
/// <param name="logger">Told when the observer fails.</param>
internal sealed class ObservedStream(Stream inner, Action<ReadOnlySpan<byte>> observe, ILogger logger) : Stream
{
    private Action<ReadOnlySpan<byte>>? _observe = observe;
    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await inner.WriteAsync(buffer, cancellationToken);
        Observe(buffer.Span);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        inner.Write(buffer, offset, count);
        Observe(buffer.AsSpan(offset, count));
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Observe(ReadOnlySpan<byte> written)
    {
        _written += written.Length;
        try
        {
            _observe?.Invoke(written);
        }
        catch (Exception e)
        {
            logger.ObservingFailed(new Failure(e), _written);
            _observe = null;
        }
    }
}
