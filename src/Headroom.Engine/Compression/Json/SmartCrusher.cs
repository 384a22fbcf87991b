using System.Text;
using Headroom.Engine.Compression.Json.View;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json;

/// <summary>The compressor for JSON: tables for arrays of objects, and views of what is still too long.</summary>
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
            // :: Step 1: choose what is shown, in the document and in its strings.
            if (ViewPlanner.Plan(tape, request.Budget, request.Relevance, cancellationToken) is not { } plan)
            {
                return null;
            }

            // :: Step 2: write it like any document.
            var excerpt = new ByteBuffer(request.Budget * 8);
            var excerpted = Excerpt.Write(tape, 0, plan, excerpt);
            var output = new ByteBuffer(request.Budget * 8);
            new JsonNotationWriter(JsonTape.Read(excerpt.ToArray(), cancellationToken)!, output, excerpted).WriteDocument();
            CloseDocument(output);

            // :: Step 3: what is left out, and how to get it back.
            foreach (var line in plan.Profile)
            {
                output.Append('\n');
                output.Append(Encoding.UTF8.GetBytes(line));
            }

            output.Append('\n');
            var last = Encoding.UTF8.GetBytes(request.Marker(plan.Statement()));
            output.Append(last);
            return new ContentForm(output.ToArray(), "view", last.Length);
        }

        // A table closes its last row; at the end of the text nothing follows that it would have to be told from.
        private static void CloseDocument(ByteBuffer output) =>
            output.Truncate(output.Length - (output.Written[^1] == (byte)'\n' ? 1 : 0));
    }
}
