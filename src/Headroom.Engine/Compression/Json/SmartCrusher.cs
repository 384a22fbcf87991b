using System.Globalization;
using System.Text;
using Headroom.Engine.Compression.Json.View;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json;

/// <summary>The compressor for JSON: tables for arrays of objects, and views of tables that are still too long.</summary>
internal sealed class SmartCrusher : IContentCompressor
{
    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken) =>
        JsonTape.Read(utf8, cancellationToken) is { } tape ? new Forms(tape) : null;

    // JSON's own form has no header: it is JSON where it is no table.
    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body) => null;

    // The share of JSON's tokens, in percent, at which a form that no JSON parser reads is worth having.
    private const long MaxInline = 93;

    private sealed class Forms(JsonTape tape) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var output = new ByteBuffer(tape.Source.Length / 2);
            var writer = new JsonNotationWriter(tape, output);
            writer.WriteDocument();
            CloseDocument(output);
            if (writer.Gains > 0)
            {
                return new ContentForm(output.ToArray(), "table");
            }

            // Without a table, JSON stays JSON unless much is gained by leaving its quotes off.
            var json = new ByteBuffer(tape.Source.Length / 2);
            new JsonNotationWriter(tape, json, isStrict: true).WriteDocument();
            var isInline = TokenEstimator.Instance.Sample(output.Written) * 100L <= TokenEstimator.Instance.Sample(json.Written) * MaxInline;
            return isInline ? new ContentForm(output.ToArray(), "inline") : new ContentForm(json.ToArray(), "minified");
        }

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken)
        {
            // :: Step 1: choose rows, in the document and in documents inside its strings.
            var output = new ByteBuffer(request.Budget * 8);
            var view = new ViewWriter(request, tape.Source.Length, output, cancellationToken);
            view.Write(tape);
            if (view.Hidden == 0)
            {
                return null;
            }

            // :: Step 2: what is left out, and how to get it back.
            CloseDocument(output);
            foreach (var line in view.Profile)
            {
                output.Append('\n');
                output.Append(Encoding.UTF8.GetBytes(line));
            }

            output.Append('\n');
            var last = Encoding.UTF8.GetBytes(request.Marker(string.Create(
                CultureInfo.InvariantCulture, $"{view.Hidden} of {view.Total} rows not shown")));
            output.Append(last);
            return new ContentForm(output.ToArray(), "view", last.Length);
        }

        // A table closes its last row; at the end of the text nothing follows that it would have to be told from.
        private static void CloseDocument(ByteBuffer output) =>
            output.Truncate(output.Length - (output.Written[^1] == (byte)'\n' ? 1 : 0));
    }

    /// <summary>Writes a document with the chosen rows only; documents inside strings get their share of the budget by size.</summary>
    private sealed class ViewWriter(ViewRequest request, int size, ByteBuffer output, CancellationToken cancellationToken)
    {
        public int Hidden { get; private set; }

        public int Total { get; private set; }

        public List<string> Profile { get; } = [];

        public void Write(JsonTape document)
        {
            var share = (int)((long)request.Budget * document.Source.Length / size);
            var selections = new Dictionary<int, int[]>();
            foreach (var selection in ViewPlanner.Plan(document, share, request.Relevance, cancellationToken) ?? [])
            {
                selections.Add(selection.ArrayNode, selection.Rows);
                Total += document.Nodes[selection.ArrayNode].Count;
                Hidden += document.Nodes[selection.ArrayNode].Count - selection.Rows.Length;
                Profile.AddRange(selection.Profile);
            }

            new JsonNotationWriter(document, output, selections, Write).WriteDocument();
        }
    }
}
