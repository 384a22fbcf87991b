using System.Diagnostics;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;

namespace Headroom.Cli.Compression;

/// <summary>Compresses whole files: what is put out is the original or a form with fewer tokens, whose original is stored.</summary>
/// <param name="store">Keeps the originals.</param>
/// <param name="options">What is wanted.</param>
/// <param name="isExcluded">A rule says that the content stays untouched.</param>
/// <param name="counter">Has the last word on what is smaller.</param>
internal sealed class FileCompressor(ICcrStore store, CompressionOptions options, bool isExcluded, ITokenCounter counter)
{
    /// <summary>Compresses one file.</summary>
    /// <param name="name">The name for the report.</param>
    /// <param name="file">The file.</param>
    /// <param name="measured">True runs the compression once before it is timed, so that start-up is not in the time.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    public async Task<(ReadOnlyMemory<byte> Output, CompressionReport Report)> CompressAsync(
        string name, SourceText file, bool measured, CancellationToken cancellationToken)
    {
        var bytes = file.Bytes;
        if (file.Utf8 is not { } text)
        {
            var unknown = CompressionResult.Keep(bytes, ContentKind.Text, Reason.UnsupportedContent, counter.Count(bytes.Span));
            return (bytes, Report(name, bytes, bytes, unknown, null, TimeSpan.Zero));
        }

        if (isExcluded)
        {
            var size = counter.Count(text.Span);
            var excluded = CompressionResult.Keep(text, ContentDetector.Detect(text.Span), Reason.ExcludedTool, size);
            return (bytes, Report(name, bytes, bytes, excluded, null, TimeSpan.Zero));
        }

        // 1. Compress. A marker names the file as it will be stored: retrieval gives its own bytes back.
        var stored = file.Stored;
        var asked = options with { Marker = missing => Marker.Write(missing, store.HashOf(stored.Span)) };
        if (measured)
        {
            _ = ContentRouter.Compress(text, asked, cancellationToken);
        }

        var start = Stopwatch.GetTimestamp();
        var result = ContentRouter.Compress(text, asked, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(start);

        // 2. The exact count has the last word on what is smaller.
        result = result.CountedBy(text, counter);

        // 3. Nothing that replaces an original leaves before the original is safe.
        var isChanged = result.Rung != Rung.Original;
        var hash = isChanged ? await store.PutAsync(stored, cancellationToken) : null;
        var output = isChanged ? result.Output : bytes;
        return (output, Report(name, bytes, output, result, hash, elapsed));
    }

    private CompressionReport Report(
        string name,
        ReadOnlyMemory<byte> input,
        ReadOnlyMemory<byte> output,
        CompressionResult result,
        string? hash,
        TimeSpan elapsed) => new(
            name,
            result.Kind.Code(),
            result.Strategy,
            result.Rung.ToString().ToLowerInvariant(),
            input.Length,
            output.Length,
            result.TokensBefore,
            result.TokensAfter,
            result.TokensBefore - result.TokensAfter,
            result.TokensBefore == 0 ? 0 : Math.Round(100.0 * (result.TokensBefore - result.TokensAfter) / result.TokensBefore, 2),
            counter.Accuracy == CountAccuracy.Exact ? counter.Name : $"{counter.Name} ({counter.Accuracy.ToString().ToLowerInvariant()})",
            hash,
            Math.Round(elapsed.TotalMilliseconds, 3),
            result.Reason.Code());
}
