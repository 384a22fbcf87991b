using System.Text;
using System.Text.Unicode;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Base64;

/// <summary>
/// The compressor for bytes in base64, alone or as a data URI. Nobody reads them in that spelling: its view says what they are, how many, and how
/// they begin. There is no lossless form.
/// </summary>
internal sealed class Base64Compressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "base64";

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var text = utf8.Span.Trim(" \r\n"u8);
        var said = DataUri.TryReadStart(text, out var mediaType, out var payload) ? Encoding.UTF8.GetString(mediaType) : null;
        return DataUri.Decode(text[payload..]) is { Length: > 0 } bytes ? new Forms(TextLines.Read(utf8).Count, bytes, said) : null;
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) => null;

    private sealed class Forms(int lines, byte[] bytes, string? said) : IContentForms
    {
        private const int FirstBytes = 16;

        /// <summary>A preview takes at most this part of the budget.</summary>
        private const double PreviewShare = 0.4;
        private const int MostPreview = 2_000;
        private const int PreviewStep = 16;

        public ContentForm? Lossless(CancellationToken cancellationToken) => null;

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken)
        {
            var isText = Utf8.IsValid(bytes) && bytes.AsSpan().IndexOfAnyInRange((byte)0, (byte)8) < 0;
            var type = MediaType.Of(bytes) ?? (isText ? "text" : "unknown bytes");
            var legend = said is { Length: > 0 } && said != type
                ? FormattableString.Invariant($"data URI of {said}, content is {type}, {bytes.Length} bytes decoded")
                : FormattableString.Invariant($"{type}, {bytes.Length} bytes decoded");
            var output = new ByteBuffer(1024);
            new NotationHeader(Name, lines, IsView: true, legend.ReplaceLineEndings(" ")).Write(output);
            if (isText)
            {
                // Set in by two spaces, so that the content cannot pass for a line of this form.
                output.Append("text begins:\n"u8);
                var preview = Encoding.UTF8.GetString(bytes.AsSpan(0, PreviewLength(request.Budget * PreviewShare)));
                foreach (var line in preview.TrimEnd('\uFFFD').ReplaceLineEndings("\n").Split('\n'))
                {
                    output.Append("  "u8);
                    output.Append(Encoding.UTF8.GetBytes(line));
                    output.Append('\n');
                }
            }
            else
            {
                output.Append("first bytes: "u8);
                output.Append(Encoding.UTF8.GetBytes(Convert.ToHexStringLower(bytes.AsSpan(0, Math.Min(FirstBytes, bytes.Length)))));
                output.Append('\n');
            }

            var marker = Encoding.UTF8.GetBytes(request.Marker(FormattableString.Invariant($"base64 of {bytes.Length} bytes not shown")));
            output.Append(marker);
            return new ContentForm(output.ToArray(), "stub", marker.Length);
        }

        private int PreviewLength(double budget)
        {
            var most = Math.Min(bytes.Length, MostPreview);
            for (var length = 0; length < most; length += PreviewStep)
            {
                budget -= TokenEstimator.Instance.Count(bytes.AsSpan(length, Math.Min(PreviewStep, most - length)));
                if (budget < 0)
                {
                    return length;
                }
            }

            return most;
        }
    }
}
