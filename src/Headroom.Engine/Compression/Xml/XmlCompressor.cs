using System.Globalization;
using System.Text;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Xml;

/// <summary>
/// The compressor for XML that is no page: test results, project files, feeds. White space between elements may mean something, so there is no
/// lossless form; the view shows elements as JSON tables, repeated ones as rows.
/// </summary>
internal sealed class XmlCompressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "xml";

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken) =>
        XmlAsJson.Read(utf8, cancellationToken) is { } document && JsonTape.Read(document.Json, cancellationToken) is { } tape
            ? new Forms(TextLines.Read(utf8).Count, document.Comments, new JsonForms(tape, mayHideAnyRow: true))
            : null;

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) => null;

    private sealed class Forms(int lines, int comments, IContentForms json) : IContentForms
    {
        private const string Legend = "elements as JSON, @ before attributes";

        public ContentForm? Lossless(CancellationToken cancellationToken) => null;

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken)
        {
            var output = new ByteBuffer(request.Budget * 8);
            new NotationHeader(Name, lines, IsView: true, Legend).Write(output);
            var budget = Math.Max(1, request.Budget - TokenEstimator.Instance.Count(output.Written));
            if (json.View(request with { Budget = budget, Marker = missing => request.Marker(Missing(missing)) }, cancellationToken) is { } view)
            {
                output.Append(view.Output);
                return view with { Output = output.ToArray() };
            }

            // All fits, or nothing in it can be left out: every element and text is shown.
            if (json.Lossless(cancellationToken) is not { } all)
            {
                return null;
            }

            output.Append(all.Output);
            output.Append('\n');
            var marker = Encoding.UTF8.GetBytes(request.Marker(Missing(null)));
            output.Append(marker);
            return new ContentForm(output.ToArray(), "view", marker.Length);
        }

        private string Missing(string? rows)
        {
            var markup = comments == 0
                ? "white space and order among different elements"
                : string.Create(CultureInfo.InvariantCulture, $"{comments} comments, white space and order among different elements");
            return rows is null ? $"{markup} not shown" : $"{rows}; nor {markup}";
        }
    }
}
