namespace Headroom.Engine.Compression.Logs;

/// <summary>The compressor for stack traces that stand alone. Its lossless form is that of logs: repeated frames counted, statements written once.</summary>
internal sealed class StackTraceCompressor : IContentCompressor
{
    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken) =>
        utf8.IsEmpty ? null : new Forms(Log.Read(utf8, cancellationToken));

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) => LogNotationReader.Read(header, body, limit);

    private sealed class Forms(Log log) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken) =>
            LogNotationWriter.Write(log.Lines, log.Groups, cancellationToken) is { } output ? new ContentForm(output, "trace") : null;

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken) =>
            StackTraceView.Write(log, request, cancellationToken);
    }
}
