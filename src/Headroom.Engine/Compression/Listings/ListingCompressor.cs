using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Listings;

/// <summary>The compressor for lists of files: <c>ls</c>, <c>find</c>, <c>tree</c>, <c>du</c>, <c>git status</c>, <c>Get-ChildItem</c> and bare paths.</summary>
internal sealed class ListingCompressor : IContentCompressor
{
    public const string Name = "list";

    private const string CrLf = "; crlf";
    private const string Blanks = "; a leading blank = one directory of the path above";

    private static readonly string[] PathLegends = ["directory/name name ..." + Blanks, "directory/name:size name:size ..." + Blanks, "git status, directory/name name ..." + Blanks];

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var lines = TextLines.Read(utf8);
        return FormOf(lines) is { } form ? new Forms(lines, form) : null;
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body)
    {
        if (header.Legend is not { } legend)
        {
            return null;
        }

        var isCrLf = legend.EndsWith(CrLf, StringComparison.Ordinal);
        legend = isCrLf ? legend[..^CrLf.Length] : legend;
        var writer = new LineWriter(new ByteBuffer(body.Length * 2), isCrLf);
        var paths = Array.IndexOf(PathLegends, legend);
        var tree = Array.IndexOf(TreeNotation.Legends, legend);
        var isRead = paths >= 0 ? PathNotation.TryRead(body, (ListingForm)paths, writer)
            : tree >= 0 ? TreeNotation.TryRead(body, tree, writer)
            : LongNotation.TryRead(body, legend, writer);
        return isRead ? writer.Finish(body is [.., (byte)'\n']) : null;
    }

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
        public ContentForm? Lossless(CancellationToken cancellationToken)
        {
            var body = new ByteBuffer((lines.Source.Length / 2) + 256);
            var legend = default(string);
            switch (form)
            {
                case ListingForm.Paths or ListingForm.Usage or ListingForm.Status:
                    PathNotation.Write(lines, form, body, cancellationToken);
                    legend = PathLegends[(int)form];
                    break;
                case ListingForm.Tree:
                    legend = TreeNotation.Write(lines, body, cancellationToken) is >= 0 and var style ? TreeNotation.Legends[style] : null;
                    break;
                case ListingForm.Long:
                    legend = LongNotation.Write(lines, body, cancellationToken);
                    break;
            }

            if (legend is null)
            {
                return null;
            }

            body.Truncate(body.Length - (lines.EndsWithLineFeed || body.Length == 0 ? 0 : 1));
            var output = new ByteBuffer(body.Length + 256);
            new NotationHeader(Name, lines.Count, false, legend + (lines.IsCrLf ? CrLf : "")).Write(output);
            output.Append(body.Written);
            return output.Length < lines.Source.Length ? new ContentForm(output.ToArray(), "listing") : null;
        }

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken) =>
            ListingView.Write(ListedFiles.Read(lines, form, cancellationToken), request, cancellationToken);
    }
}
