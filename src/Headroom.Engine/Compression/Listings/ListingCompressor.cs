using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Listings;

/// <summary>The compressor for lists of files: <c>ls</c>, <c>find</c>, <c>tree</c>, <c>du</c>, <c>git status</c>, <c>Get-ChildItem</c> and bare paths.</summary>
internal sealed class ListingCompressor : IContentCompressor
{
    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var lines = TextLines.Read(utf8);
        return FormOf(lines) is { } form ? new Forms(lines, form) : null;
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) => ListingNotation.Decode(header, body, limit);

    // The kind of most lines; null when most are of none.
    private static ListingForm? FormOf(TextLines lines)
    {
        const int Sample = 400;
        var counts = new int[(int)ListingLineKind.Path + 1];
        var step = Math.Max(1, lines.Count / Sample);
        var nonEmpty = 0;
        for (var line = 0; line < lines.Count; line += step)
        {
            nonEmpty += lines[line].IsEmpty ? 0 : 1;
            counts[(int)ListingLine.KindOf(lines[line])]++;
        }

        var most = Array.IndexOf(counts, counts.Skip(1).DefaultIfEmpty().Max(), 1);
        return counts[most] == 0 || (counts[most] * 2 < nonEmpty && most != (int)ListingLineKind.Path) ? null
            : (ListingLineKind)most switch
            {
                ListingLineKind.LongRow => ListingForm.Long,
                ListingLineKind.Branch => ListingForm.Tree,
                ListingLineKind.ChildItem => ListingForm.ChildItems,
                ListingLineKind.Usage => ListingForm.Usage,
                ListingLineKind.Status => ListingForm.Status,
                _ => ListingForm.Paths,
            };
    }

    private sealed class Forms(TextLines lines, ListingForm form) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken) =>
            ListingNotation.Write(lines, form, cancellationToken) is { } output && output.Length < lines.Source.Length
                ? new ContentForm(output, "listing")
                : null;

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken) =>
            ListingView.Write(ListedFiles.Read(lines, form, cancellationToken), request, cancellationToken);
    }
}
