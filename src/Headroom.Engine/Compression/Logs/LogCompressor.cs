namespace Headroom.Engine.Compression.Logs;

/// <summary>The compressor for logs: statements and times written once, and views of logs that are still too long.</summary>
internal sealed class LogCompressor : IContentCompressor
{
    /// <summary>Lines shorter than this on the average say nothing; what is kept of each would be many times the text.</summary>
    private const int LeastLine = 8;
    private const int LargeBytes = 1 << 20;

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken) =>
        utf8.IsEmpty || (utf8.Length > LargeBytes && utf8.Span.Count((byte)'\n') > utf8.Length / LeastLine) ? null : new Forms(Log.Read(utf8, cancellationToken));

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) => LogNotationReader.Read(header, body, limit);

    private sealed class Forms(Log log) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken) =>
            LogNotationWriter.Write(log.Lines, log.Groups, cancellationToken) is { } output ? new ContentForm(output, "log") : null;

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken) =>
            LogView.Write(log, request, cancellationToken);
    }
}
