namespace Headroom.Engine.Compression.Listings;

/// <summary>The lossless forms of listings, told apart by the legend in the header.</summary>
internal static class ListingNotation
{
    public const string Name = "list";

    private const string CrLf = "; crlf";
    private const string Blanks = "; a leading blank = one directory of the path above";

    public static readonly string[] PathLegends = ["directory/name name ..." + Blanks, "directory/name:size name:size ..." + Blanks, "git status, directory/name name ..." + Blanks];

    /// <summary>Writes a form; null when the lines are not of its kind.</summary>
    public static byte[]? Write(TextLines lines, ListingForm form, CancellationToken cancellationToken)
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
            case ListingForm.ChildItems:
                legend = ChildItemNotation.Write(lines, body, cancellationToken) ? ChildItemNotation.Legend : null;
                break;
        }

        if (legend is null)
        {
            return null;
        }

        body.Truncate(body.Length - (lines.EndsWithLineFeed || body.Length == 0 ? 0 : 1));
        var header = new ByteBuffer(256);
        new NotationHeader(Name, lines.Count, false, legend + (lines.IsCrLf ? CrLf : "")).Write(header);
        body.Insert(0, header.Written);
        return body.ToArray();
    }

    /// <summary>Reads a form back; null when it is damaged.</summary>
    public static byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        if (header.Legend is not { } legend)
        {
            return null;
        }

        var isCrLf = legend.EndsWith(CrLf, StringComparison.Ordinal);
        legend = isCrLf ? legend[..^CrLf.Length] : legend;
        var writer = new LineWriter(limit, body.Length * 2, isCrLf);
        var paths = Array.IndexOf(PathLegends, legend);
        var tree = Array.IndexOf(TreeNotation.Legends, legend);
        var isRead = paths >= 0 ? PathNotation.TryRead(body, (ListingForm)paths, writer)
            : tree >= 0 ? TreeNotation.TryRead(body, tree, writer)
            : legend == ChildItemNotation.Legend ? ChildItemNotation.TryRead(body, writer)
            : LongNotation.TryRead(body, legend, writer);
        return isRead ? writer.Finish(body is [.., (byte)'\n']) : null;
    }
}
