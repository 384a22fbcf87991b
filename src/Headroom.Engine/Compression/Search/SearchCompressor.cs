namespace Headroom.Engine.Compression.Search;

/// <summary>The compressor for what <c>grep</c>, <c>git grep</c>, ripgrep and <c>Select-String</c> find.</summary>
internal sealed class SearchCompressor : IContentCompressor
{
    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken) =>
        SearchResults.Read(utf8, cancellationToken) is { } results ? new Forms(results) : null;

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) => SearchNotation.Decode(header, body, limit);

    private sealed class Forms(SearchResults results) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken)
        {
            var output = SearchNotation.Write(results, cancellationToken);
            return output.Length < results.Lines.Source.Length ? new ContentForm(output, "search") : null;
        }

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken) =>
            SearchView.Write(results, request, cancellationToken);
    }
}
