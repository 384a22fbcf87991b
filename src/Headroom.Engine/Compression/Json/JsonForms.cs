using System.Text;
using Headroom.Engine.Compression.Json.View;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json;

/// <summary>The forms of a JSON document.</summary>
/// <param name="tape">The document.</param>
/// <param name="mayHideAnyRow">A view may leave out rows that are all different: no other form would show them within a budget.</param>
internal sealed class JsonForms(JsonTape tape, bool mayHideAnyRow = false) : IContentForms
{
    // The share of JSON's tokens, in percent, at which a form that no JSON parser reads is worth having.
    private const long MaxInline = 93;

    /// <summary>The bytes that the document's values take, roughly.</summary>
    public int Bytes => tape.Source.Length;

    /// <summary>Items of the document, when it is an array.</summary>
    public int Count => tape.Nodes[0].Count;

    public ContentForm? Lossless(CancellationToken cancellationToken)
    {
        var output = new ByteBuffer(tape.Source.Length / 2);
        var strategy = WriteLossless(output, cancellationToken);
        return new ContentForm(output.ToArray(), strategy);
    }

    /// <summary>Appends the lossless form.</summary>
    /// <returns>The name of its strategy.</returns>
    public string WriteLossless(ByteBuffer output, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var start = output.Length;
        var writer = new JsonNotationWriter(tape, output);
        writer.WriteDocument();
        CloseDocument(output);
        if (writer.Gains > 0)
        {
            return "table";
        }

        // Without a table, JSON stays JSON unless much is gained by leaving its quotes off.
        var json = new ByteBuffer(tape.Source.Length / 2);
        new JsonNotationWriter(tape, json, isStrict: true).WriteDocument();
        if (TokenEstimator.Instance.Sample(output.Written[start..]) * 100L <= TokenEstimator.Instance.Sample(json.Written) * MaxInline)
        {
            return "inline";
        }

        output.Truncate(start);
        output.Append(json.Written);
        return "minified";
    }

    public ContentForm? View(ViewRequest request, CancellationToken cancellationToken)
    {
        // :: Step 1: choose what is shown, in the document and in its strings.
        if (ViewPlanner.Plan(tape, request.Budget, request.Relevance, cancellationToken, mayHideAnyRow) is not { } plan)
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
