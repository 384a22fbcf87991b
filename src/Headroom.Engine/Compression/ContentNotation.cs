using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Compression;

/// <summary>Reads back what lossless forms stand for.</summary>
public static class ContentNotation
{
    /// <summary>Gives back the content of a lossless form.</summary>
    /// <remarks>
    /// <list type="bullet">
    /// <item>JSON: the same value (keys in order, numbers as they were spelled) without white space and with the fewest escapes.</item>
    /// <item>JSON lines: the very bytes; where the legend says <c>values</c>, each value without white space on a line of its own.</item>
    /// <item>Logs, builds, searches, diffs, listings, tables, text and mixed text: the text, byte for byte.
    /// Colours and the like went before the form was made.</item>
    /// <item>HTML, XML and base64 have views only, so there is nothing to give back.</item>
    /// </list>
    /// </remarks>
    /// <param name="text">UTF-8 text.</param>
    /// <returns>The content, or null when the text is not a lossless form (a view is not: it leaves parts out).</returns>
    public static byte[]? Decode(ReadOnlySpan<byte> text) =>
        NotationHeader.TryRead(text, out var header, out var body)
            ? header.IsView ? null : ContentRouter.CompressorNamed(header.Name)?.Decode(header, body)
            : JsonNotation.Decode(text);
}
