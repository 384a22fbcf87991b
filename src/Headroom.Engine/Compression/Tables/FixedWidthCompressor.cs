namespace Headroom.Engine.Compression.Tables;

/// <summary>The compressor for text that is laid out by padding: columns below a header, else records of <c>Name : value</c>.</summary>
internal sealed class FixedWidthCompressor : IContentCompressor
{
    private readonly AlignedTableCompressor _columns = new();
    private readonly RecordListCompressor _records = new();

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken) =>
        _records.Open(utf8, cancellationToken) ?? _columns.Open(utf8, cancellationToken);

    // Its forms have the headers of the two.
    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) => null;
}
