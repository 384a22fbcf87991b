using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Compression;

/// <summary>Reads back what lossless forms stand for.</summary>
public static class ContentNotation
{
    /// <summary>
    /// The most bytes that a form is decoded to unless the caller says otherwise: 256 MiB, far beyond what proxy, MCP server and tools take in one
    /// piece, and what a process can spare.
    /// </summary>
    public const int MaximumBytes = 1 << 28;

    /// <summary>Gives back the content of a lossless form of at most <see cref="MaximumBytes"/>.</summary>
    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, int, CancellationToken)"/>
    public static byte[]? Decode(ReadOnlySpan<byte> text) => Decode(text, MaximumBytes, CancellationToken.None);

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
    /// <param name="maximumBytes">The most bytes that the content may take. Memory stays within a small multiple of it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The content, or null when the text is not a lossless form (a view is not: it leaves parts out).</returns>
    /// <exception cref="ContentTooLargeException">The content would take more than that.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static byte[]? Decode(ReadOnlySpan<byte> text, int maximumBytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumBytes);
        var limit = new DecodeLimit(maximumBytes, cancellationToken);
        if (!NotationHeader.TryRead(text, out var header, out var body))
        {
            return JsonNotation.Decode(text, limit);
        }

        // A form that was cut off, or that lines were added to, would give back something that nobody has compressed.
        return !header.IsView && ContentRouter.CompressorNamed(header.Name)?.Decode(header, body, limit) is { } content
            && (LinesIn(content) == header.Lines || JsonLinesCompressor.IsOfValues(header))
            ? content
            : null;
    }

    private static int LinesIn(ReadOnlySpan<byte> text) => text.Count((byte)'\n') + (text is [] or [.., (byte)'\n'] ? 0 : 1);
}
