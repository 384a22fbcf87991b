using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Json;

/// <summary>The compressor for JSON: tables for arrays of objects, and views of tables that are still too long.</summary>
internal sealed class SmartCrusher : IContentCompressor
{
    public ContentKind Kind => ContentKind.Json;

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken) =>
        JsonTape.Read(utf8, cancellationToken) is { } tape ? new Forms(tape) : null;

    private sealed class Forms(JsonTape tape) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var output = new ByteBuffer(tape.Source.Length / 2);
            var writer = new JsonNotationWriter(tape, output);
            writer.WriteDocument();
            // A table closes its last row; at the end of the text nothing follows that it would have to be told from.
            output.Truncate(output.Length - (output.Written[^1] == (byte)'\n' ? 1 : 0));
            return new ContentForm(output.ToArray(), writer.Gains > 0 ? "table" : "minified");
        }

        public ContentForm? View(int budget, string? query, Func<string, string> marker, CancellationToken cancellationToken) => null;
    }
}
