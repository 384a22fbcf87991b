namespace Headroom.Engine.Compression.Diffs;

/// <summary>The compressor for changes to files: <c>git diff</c>, <c>git log -p</c>, <c>diff -ru</c>, mailed patches.</summary>
internal sealed class DiffCompressor : IContentCompressor
{
    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken) =>
        DiffDocument.Read(utf8, cancellationToken) is { } document ? new Forms(document)
            : StatLog.Read(utf8, cancellationToken) is { } log ? new StatForms(log)
            : null;

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) =>
        header.Legend == StatNotation.Legend ? StatNotation.Read(body, limit) : DiffNotation.Read(header, body, limit);

    private sealed class Forms(DiffDocument document) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken) =>
            DiffNotation.Write(document, cancellationToken) is { } form && form.Length < document.Lines.Source.Length
                ? new ContentForm(form, "diff")
                : null;

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken) => DiffView.Write(document, request, cancellationToken);
    }

    private sealed class StatForms(StatLog log) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken) =>
            StatNotation.Write(log, cancellationToken) is var form && form.Length < log.Lines.Source.Length ? new ContentForm(form, "log of changes") : null;

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken) => StatView.Write(log, request, cancellationToken);
    }
}
