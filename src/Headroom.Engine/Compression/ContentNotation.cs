using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Compression;

/// <summary>Reads back what lossless forms stand for.</summary>
public static class ContentNotation
{
    /// <summary>
    /// Gives back the content of a lossless form. JSON comes back as the same value without white space, everything else as the text that a
    /// terminal would have shown: byte for byte, but for colours, redrawn lines and the like.
    /// </summary>
    /// <param name="text">UTF-8 text.</param>
    /// <returns>The content, or null when the text is not a lossless form (a view is not: it leaves parts out).</returns>
    public static byte[]? Decode(ReadOnlySpan<byte> text) =>
        NotationHeader.TryRead(text, out var header, out var body)
            ? header.IsView ? null : ContentRouter.CompressorNamed(header.Name)?.Decode(header, body)
            : JsonNotation.Decode(text);
}
