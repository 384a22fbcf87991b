using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Compression.Json.View;
using Headroom.Engine.Compression.Tables;
using Headroom.Engine.Content;

namespace Headroom.Engine.Retrieval;

/// <summary>The rows of an original: where each stands in it, and what makes some of them a document of the same kind again.</summary>
/// <param name="Items">The rows in their order.</param>
/// <param name="Frame">What stands around rows that are shown.</param>
/// <param name="Node">The node of the array or object that holds them, in JSON.</param>
/// <param name="Place">The path of that node; empty when it is the whole.</param>
/// <param name="IsAll">Nothing stands between or behind the rows.</param>
internal sealed record OriginalRows(ArraySegment<Piece> Items, PieceFrame Frame, int Node, string Place, bool IsAll = true)
{
    private const int SampleBytes = 1 << 16;

    // Titles above a header are shown with it; a longer text above a table is no part of it.
    private const int MostHeadLines = 8;

    public int Count => Items.Count;

    /// <summary>The bytes of all rows, from the first to the last.</summary>
    public int Bytes => Items[^1].End - Items[0].Start;

    /// <summary>
    /// The items of the document's array, or else of the longest array (or map, an object of objects) in it; null when there is none. What is inside
    /// a set of rows that a view may cut is not looked at, so that these are the rows that the view counts.
    /// </summary>
    public static OriginalRows? OfJson(JsonTape tape, bool isLines, CancellationToken cancellationToken)
    {
        var nodes = tape.Nodes;
        var best = 0;
        if (nodes[0] is not { Kind: JsonNodeKind.Array, Count: > 1 })
        {
            best = -1;
            for (var node = 0; node < nodes.Length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var value = nodes[node];
                var isRows = value.Count > 0 && (value.Kind == JsonNodeKind.Array || (value.Kind == JsonNodeKind.Object && IsMap(tape, node)));
                if (isRows && (best < 0 || value.Count > nodes[best].Count))
                {
                    best = node;
                }

                node = isRows && value.Count >= ViewPlanner.MinimumRows ? value.End : node + 1;
            }
        }

        if (best < 0 || nodes[best].Count == 0)
        {
            return null;
        }

        var frame = isLines ? PieceFrame.Lines : nodes[best].Kind == JsonNodeKind.Array ? PieceFrame.JsonArray : PieceFrame.JsonObject;
        return new OriginalRows(ItemsOf(tape, best), frame, best, best == 0 ? "" : JsonLocation.Of(tape, best));
    }

    /// <summary>The items of an array or the members of an object.</summary>
    public static Piece[] ItemsOf(JsonTape tape, int node)
    {
        var nodes = tape.Nodes;
        var isObject = nodes[node].Kind == JsonNodeKind.Object;
        return Array.ConvertAll(
            JsonTable.Children(tape, node),
            child => new Piece(nodes[isObject ? child - 1 : child].Start, nodes[child].Start + nodes[child].Length));
    }

    /// <summary>The rows of a table in any spelling that has a row on each line or record; null when it is none.</summary>
    public static OriginalRows? OfTable(TextLines lines, CancellationToken cancellationToken) => ContentDetector.Detect(lines.Source.Span) switch
    {
        ContentKind.DelimitedTable => OfRecords(lines.Source, cancellationToken),
        ContentKind.MarkdownTable => OfLines(lines, new MarkdownTableCompressor().Open(lines.Source, cancellationToken) as RowForms),
        ContentKind.FixedWidthTable => new FixedWidthCompressor().Open(lines.Source, cancellationToken) is RowForms { Name: AlignedTableCompressor.Name } rows ? OfLines(lines, rows) : null,
        _ => null,
    };

    // The lines that the table's forms count as rows: those that are not kept as they stand, below the header.
    private static OriginalRows? OfLines(TextLines lines, RowForms? forms)
    {
        if (forms is null)
        {
            return null;
        }

        int[] own = [.. Enumerable.Range(0, lines.Count).Except(forms.Kept.Numbers.Select(n => n - 1))];
        var headers = own.Length - forms.Rows.Count;
        var rows = own[headers..];
        var head = rows[0] <= MostHeadLines ? (From: 0, To: rows[0]) : headers > 0 ? (From: own[0], To: own[headers - 1] + 1) : default;
        return new OriginalRows(
            Array.ConvertAll(rows, line => new Piece(lines.StartOf(line), lines.StartOf(line + 1))),
            new PieceFrame(lines.Source[lines.StartOf(head.From)..lines.StartOf(head.To)], default, default),
            Node: 0,
            Place: "",
            IsAll: rows[^1] - rows[0] == rows.Length - 1 && rows[^1] == lines.Count - 1 && head.From == 0);
    }

    private static OriginalRows? OfRecords(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var text = utf8.Span;
        var separator = DelimitedRecord.SeparatorOf(text[..Math.Min(text.Length, SampleBytes)]);
        if (separator == 0)
        {
            return null;
        }

        var fields = new List<DelimitedField>();
        var records = new List<Piece>();
        var isHeader = false;
        for (var at = 0; at < text.Length;)
        {
            if ((records.Count & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var start = at;
            at += DelimitedRecord.Read(text[at..], at, separator, fields);
            if (start == 0)
            {
                isHeader = true;
                foreach (var field in fields)
                {
                    isHeader &= !JsonLexeme.IsLiteral(text.Slice(field.Start, field.Length));
                }
            }

            records.Add(new Piece(start, at));
        }

        if (records.Count < 2)
        {
            return null;
        }

        var frame = isHeader ? new PieceFrame(utf8[..records[0].End], default, default) : PieceFrame.None;
        return new OriginalRows(new ArraySegment<Piece>([.. records])[(isHeader ? 1 : 0)..], frame, 0, "");
    }

    private static bool IsMap(JsonTape tape, int node)
    {
        var nodes = tape.Nodes;
        if (nodes[node].Count < ViewPlanner.MinimumRows)
        {
            return false;
        }

        for (var name = node + 1; name < nodes[node].End; name = nodes[name + 1].End)
        {
            if (nodes[name + 1].Kind != JsonNodeKind.Object)
            {
                return false;
            }
        }

        return true;
    }
}
