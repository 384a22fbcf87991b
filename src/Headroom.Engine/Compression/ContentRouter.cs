using System.Collections.Frozen;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression;

/// <summary>
/// Takes one piece of content up the ladder: original, lossless re-encoding, view. A pure function of the bytes and the
/// options; keeps nothing.
/// </summary>
public static class ContentRouter
{
    /// <summary>Content below this many bytes is left alone: a form would not pay for its header.</summary>
    public const int MinimumBytes = 200;

    /// <summary>What a form must save by the estimator, as a share of the input, so that its error cannot hide a loss.</summary>
    internal const double Margin = 0.08;

    /// <summary>What a view must save over the lossless form: leaving something out has to be worth a retrieval now and then.</summary>
    internal const double ViewMargin = 0.3;

    /// <summary>What a marker takes, rounded up.</summary>
    internal const int MarkerTokens = 36;

    internal const int BalancedBudget = 2_000;
    internal const int AggressiveBudget = 800;

    private static readonly FrozenDictionary<ContentKind, IContentCompressor> Compressors = new Dictionary<ContentKind, IContentCompressor>
    {
        [ContentKind.Json] = new SmartCrusher(),
    }.ToFrozenDictionary();

    // By the name in the header of their lossless form.
    private static readonly FrozenDictionary<string, IContentCompressor> Decoders = new Dictionary<string, IContentCompressor>
    {
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Compresses one piece of content.</summary>
    /// <param name="utf8">The content as UTF-8 bytes.</param>
    /// <param name="options">What the caller wants.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CompressionResult Compress(
        ReadOnlyMemory<byte> utf8, CompressionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var kind = options.Kind ?? ContentDetector.Detect(utf8.Span);
        var before = TokenEstimator.Instance.Sample(utf8.Span);
        if (utf8.Length < MinimumBytes)
        {
            return CompressionResult.Keep(utf8, kind, Reason.TooSmall, before);
        }

        if (!Compressors.TryGetValue(kind, out var compressor))
        {
            return CompressionResult.Keep(utf8, kind, Reason.UnsupportedContent, before);
        }

        var forms = compressor.Open(utf8, cancellationToken);
        if (forms is null)
        {
            return CompressionResult.Keep(utf8, kind, Reason.InvalidContent, before);
        }

        var best = CompressionResult.Keep(utf8, kind, Reason.NotSmaller, before);
        if (forms.Lossless(cancellationToken) is { } lossless)
        {
            best = Better(best, lossless, Rung.Lossless, Reason.Lossless, Margin);
        }

        var budget = options.Budget ?? (options.Level == CompressionLevel.Aggressive ? AggressiveBudget : BalancedBudget);
        if (options.Level != CompressionLevel.Lossless && options.Marker is { } marker && best.TokensAfter > budget
            && forms.View(new ViewRequest(budget, new Relevance(options.Query, options.Keep), marker), cancellationToken) is { } view)
        {
            best = Better(best, view, Rung.View, Reason.View, ViewMargin);
        }

        return best;
    }

    /// <summary>The compressor that wrote a form with this name in its header; null when there is none.</summary>
    internal static IContentCompressor? CompressorNamed(string name) => Decoders.GetValueOrDefault(name);

    /// <summary>A shorter text for a part of some other content: its lossless form where that is within the budget, else a view; null when neither saves.</summary>
    /// <param name="utf8">The part.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="request">What is asked for; its marker function writes no marker, since the whole has one.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    internal static byte[]? Part(ReadOnlyMemory<byte> utf8, ContentKind kind, ViewRequest request, CancellationToken cancellationToken)
    {
        if (!Compressors.TryGetValue(kind, out var compressor) || compressor.Open(utf8, cancellationToken) is not { } forms)
        {
            return null;
        }

        var best = CompressionResult.Keep(utf8, kind, Reason.NotSmaller, TokenEstimator.Instance.Sample(utf8.Span));
        if (forms.Lossless(cancellationToken) is { } lossless)
        {
            best = Better(best, lossless, Rung.Lossless, Reason.Lossless, Margin);
        }

        var missing = "";
        var silent = request with { Marker = statement => { missing = statement; return ""; } };
        if (best.TokensAfter > request.Budget && forms.View(silent, cancellationToken) is { } view)
        {
            best = Better(best, view, Rung.View, Reason.View, ViewMargin);
            if (best.Rung == Rung.View)
            {
                request.Marker(missing);
            }
        }

        return best.Rung == Rung.Original ? null : best.Output.Span.TrimEnd((byte)'\n').ToArray();
    }

    private static CompressionResult Better(CompressionResult best, ContentForm form, Rung rung, Reason reason, double margin)
    {
        // A marker's hash is another in every store, and what is chosen must not be.
        var marker = form.MarkerBytes > 0 ? MarkerTokens : 0;
        var after = TokenEstimator.Instance.Sample(form.Output.AsSpan(0, form.Output.Length - form.MarkerBytes)) + marker;
        return after <= best.TokensAfter * (1 - margin)
            ? best with { Output = form.Output, Strategy = form.Strategy, Rung = rung, Reason = reason, TokensAfter = after }
            : best;
    }
}
