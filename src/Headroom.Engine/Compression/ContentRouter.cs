using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Headroom.Engine.Compression.Builds;
using Headroom.Engine.Compression.Diffs;
using Headroom.Engine.Compression.Base64;
using Headroom.Engine.Compression.Html;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Compression.Logs;
using Headroom.Engine.Compression.Listings;
using Headroom.Engine.Compression.Search;
using Headroom.Engine.Compression.Mixed;
using Headroom.Engine.Compression.Text;
using Headroom.Engine.Compression.Tables;
using Headroom.Engine.Compression.Xml;
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

    /// <summary>The strategy of text that lost its styles, or with a marker the earlier states of what was redrawn, and is text still.</summary>
    internal const string Displayed = "displayed";

    // Measured on a session of 50 turns: most of its results take between 1,200 and 2,300 tokens without loss, and a budget above them would never make a view.
    internal const int BalancedBudget = 1_200;
    internal const int AggressiveBudget = 800;

    private static readonly FrozenDictionary<ContentKind, IContentCompressor> Compressors = new Dictionary<ContentKind, IContentCompressor>
    {
        [ContentKind.Json] = new SmartCrusher(),
        [ContentKind.Log] = new LogCompressor(),
        [ContentKind.BuildOutput] = new BuildCompressor(),
        [ContentKind.Listing] = new ListingCompressor(),
        [ContentKind.SearchResults] = new SearchCompressor(),
        [ContentKind.Diff] = new DiffCompressor(),
        [ContentKind.Text] = new TextCompressor(),
        [ContentKind.Mixed] = new MixedCompressor(),
        [ContentKind.JsonLines] = new JsonLinesCompressor(),
        [ContentKind.DelimitedTable] = new DelimitedTableCompressor(),
        [ContentKind.MarkdownTable] = new MarkdownTableCompressor(),
        [ContentKind.FixedWidthTable] = new FixedWidthCompressor(),
        [ContentKind.StackTrace] = new StackTraceCompressor(),
        [ContentKind.Html] = new HtmlCompressor(),
        [ContentKind.Xml] = new XmlCompressor(),
        [ContentKind.Base64] = new Base64Compressor(),
    }.ToFrozenDictionary();

    // By the name in the header of their forms; a header with any other name is none.
    private static readonly FrozenDictionary<string, IContentCompressor> Decoders = new Dictionary<string, IContentCompressor>
    {
        [LogNotation.Name] = new LogCompressor(),
        [BuildCompressor.Name] = new BuildCompressor(),
        [ListingNotation.Name] = new ListingCompressor(),
        [SearchNotation.Name] = new SearchCompressor(),
        [DiffNotation.Name] = new DiffCompressor(),
        [TextCompressor.Name] = new TextCompressor(),
        [MixedCompressor.Name] = new MixedCompressor(),
        [JsonLinesCompressor.Name] = new JsonLinesCompressor(),
        [DelimitedTableCompressor.Name] = new DelimitedTableCompressor(),
        [MarkdownTableCompressor.Name] = new MarkdownTableCompressor(),
        [AlignedTableCompressor.Name] = new AlignedTableCompressor(),
        [RecordListCompressor.Name] = new RecordListCompressor(),
        [HtmlCompressor.Name] = new HtmlCompressor(),
        [XmlCompressor.Name] = new XmlCompressor(),
        [Base64Compressor.Name] = new Base64Compressor(),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The most tokens that a view of a level should take when nobody says otherwise.</summary>
    public static int BudgetOf(CompressionLevel level) => level == CompressionLevel.Aggressive ? AggressiveBudget : BalancedBudget;

    /// <summary>Compresses one piece of content.</summary>
    /// <param name="utf8">The content as UTF-8 bytes.</param>
    /// <param name="options">What the caller wants.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CompressionResult Compress(
        ReadOnlyMemory<byte> utf8, CompressionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var kind = KindOf(utf8.Span, options.Kind);
        var before = TokenEstimator.Instance.Sample(utf8.Span);
        if (utf8.Length < MinimumBytes)
        {
            return CompressionResult.Keep(utf8, kind, Reason.TooSmall, before);
        }

        if (!Utf8.IsValid(utf8.Span))
        {
            return CompressionResult.Keep(utf8, kind, Reason.InvalidContent, before);
        }

        if (kind is not (ContentKind.Json or ContentKind.Notation) && JsonNotation.IsNotation(utf8.Span))
        {
            // Tables of JSON have no header of ours; some of them begin as other texts do.
            return CompressionResult.Keep(utf8, ContentKind.Notation, Reason.UnsupportedContent, before);
        }

        // :: Step 1: what only styles a text goes. JSON and forms have no control characters that a terminal would act on.
        var best = CompressionResult.Keep(utf8, kind, Reason.UnsupportedContent, before);
        var text = utf8;
        if (kind is not (ContentKind.Json or ContentKind.JsonLines or ContentKind.Notation) && DisplayedText.Of(utf8.Span, cancellationToken) is { } displayed)
        {
            kind = KindOf(displayed, options.Kind);
            if (displayed.AsSpan().Trim(" \t\r\n"u8).IsEmpty || DecodesToAnother(displayed, kind))
            {
                // Nothing is no text that anybody could go on with, and providers refuse it.
                return CompressionResult.Keep(utf8, best.Kind, Reason.UnsupportedContent, before);
            }

            text = displayed;
            best = Better(best with { Kind = kind }, new ContentForm(displayed, Displayed), Rung.Lossless, Reason.Lossless, Margin);
        }

        // :: Step 2: the ladder, for the kind it is taken for and then for what else it may be.
        var budget = options.Budget ?? BudgetOf(options.Level);
        var request = options.Level != CompressionLevel.Lossless && options.Marker is { } marker
            ? new ViewRequest(budget, new Relevance(options.Query, options.Keep), marker)
            : null;
        if (request is null || !MayBeRedrawn(kind) || RedrawnText.Of(text.Span, cancellationToken) is not { } redrawn)
        {
            return Climb(best, text, lossless: true, request, mayBeMixed: true, cancellationToken);
        }

        // :: Step 3: the states that a redrawn line had before are left out with a marker, as everything is that a view leaves out.
        var whole = Climb(best, text, lossless: true, request: null, mayBeMixed: true, cancellationToken);
        kind = KindOf(redrawn.Utf8, options.Kind);
        var form = RedrawnForm(redrawn, request.Marker);
        if (kind == ContentKind.Notation || DecodesToAnother(form.Output, kind))
        {
            return whole;
        }

        best = Better(whole, form, Rung.View, Reason.View, ViewMargin);
        best = best.Rung == Rung.View ? best with { Kind = kind } : best;
        var view = Climb(best with { Kind = kind }, redrawn.Utf8, lossless: false, request, mayBeMixed: true, cancellationToken);
        return view.Output.Equals(best.Output) ? best : view;
    }

    private static ContentForm RedrawnForm(RedrawnText redrawn, Func<string, string> marker)
    {
        var line = Encoding.UTF8.GetBytes(marker(string.Create(
            CultureInfo.InvariantCulture, $"earlier states of {redrawn.Lines} redrawn line{(redrawn.Lines == 1 ? "" : "s")} not shown")));
        var feed = redrawn.Utf8 is [] or [.., (byte)'\n'] ? "" : "\n";
        return new ContentForm([.. redrawn.Utf8, .. Encoding.UTF8.GetBytes(feed), .. line], Displayed, line.Length);
    }

    /// <summary>A carriage return in data is data.</summary>
    private static bool MayBeRedrawn(ContentKind kind) => kind is not (ContentKind.Json or ContentKind.JsonLines or ContentKind.Notation or ContentKind.SourceCode or ContentKind.Diff
        or ContentKind.DelimitedTable or ContentKind.MarkdownTable or ContentKind.Html or ContentKind.Xml or ContentKind.Base64);

    /// <summary>A text has no header, so what reads it must not take it for a form of something else.</summary>
    private static bool DecodesToAnother(byte[] text, ContentKind kind) =>
        kind == ContentKind.Notation || (ContentNotation.Decode(text) is { } decoded && !text.AsSpan().SequenceEqual(decoded) && JsonTape.Read(text, CancellationToken.None) is null);

    /// <summary>
    /// The best form of a part of something larger: a stretch of mixed text, a string inside JSON. The part's very bytes can be decoded from a
    /// lossless form of it, but for JSON's white space and escapes.
    /// </summary>
    /// <param name="utf8">The part's text.</param>
    /// <param name="request">What a view is to be like, its marker collecting the statement; null for lossless forms only.</param>
    /// <param name="mayBeMixed">It may have parts itself.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    /// <returns>The result, or null where the part stays as it is.</returns>
    internal static CompressionResult? CompressPart(
        ReadOnlyMemory<byte> utf8, ViewRequest? request, bool mayBeMixed, CancellationToken cancellationToken)
    {
        if (utf8.Length < MinimumBytes)
        {
            return null;
        }

        var kept = CompressionResult.Keep(
            utf8, KindOf(utf8.Span, asked: null), Reason.UnsupportedContent, TokenEstimator.Instance.Sample(utf8.Span));
        var best = Climb(kept, utf8, lossless: true, request, mayBeMixed, cancellationToken);
        return best.Rung == Rung.Original ? null : best;
    }

    /// <summary>The names that headers have.</summary>
    internal static ImmutableArray<string> FormNames => Decoders.Keys;

    /// <summary>The compressor that wrote a form with this name in its header; null when there is none.</summary>
    internal static IContentCompressor? CompressorNamed(string name) => Decoders.GetValueOrDefault(name);

    /// <summary>The compressor for a kind; null when there is none.</summary>
    internal static IContentCompressor? CompressorOf(ContentKind kind) => Compressors.GetValueOrDefault(kind);

    private static CompressionResult Climb(
        CompressionResult best, ReadOnlyMemory<byte> text, bool lossless, ViewRequest? request, bool mayBeMixed, CancellationToken cancellationToken)
    {
        foreach (var kind in KindsToTry(best.Kind))
        {
            if ((kind == ContentKind.Mixed && !mayBeMixed) || !Compressors.TryGetValue(kind, out var compressor))
            {
                continue;
            }

            if (compressor.Open(text, cancellationToken) is not { } forms)
            {
                if (kind == ContentKind.Json && best.Kind == kind)
                {
                    if (JsonNotation.IsNotation(text.Span))
                    {
                        // A table further in than detection looks.
                        return best with { Kind = ContentKind.Notation };
                    }

                    best = best.Rung == Rung.Original ? best with { Reason = Reason.InvalidContent } : best;
                }

                continue;
            }

            var taken = best.Rung == Rung.Original ? best with { Reason = Reason.NotSmaller } : best;
            if (lossless && forms.Lossless(cancellationToken) is { } form)
            {
                taken = Better(taken, form, Rung.Lossless, Reason.Lossless, Margin);
            }

            if (request is not null && taken.TokensAfter > request.Budget && forms.View(request, cancellationToken) is { } view)
            {
                taken = Better(taken, view, Rung.View, Reason.View, ViewMargin);
            }

            if (!taken.Output.Equals(best.Output))
            {
                return taken with { Kind = kind };
            }

            best = taken;
        }

        return best;
    }

    /// <summary>What the caller says, or what detection finds; a form that this product wrote is one whatever is said of it.</summary>
    private static ContentKind KindOf(ReadOnlySpan<byte> text, ContentKind? asked)
    {
        var found = ContentDetector.Detect(text);
        if (found == ContentKind.Notation)
        {
            return found;
        }

        // JSON is parsed before anyone asks; all else that begins so may be JSON's notation with a table further in than detection looks.
        return found is not (ContentKind.Json or ContentKind.JsonLines) && JsonNotation.IsNotation(text) ? ContentKind.Notation : asked ?? found;
    }

    /// <summary>What content of a kind may be taken for, the likeliest first: detection looks at a part of it only.</summary>
    private static ReadOnlySpan<ContentKind> KindsToTry(ContentKind kind) => kind switch
    {
        ContentKind.Notation or ContentKind.SourceCode => [],
        ContentKind.Text => [ContentKind.Text],
        ContentKind.Json => [ContentKind.Json, ContentKind.JsonLines, ContentKind.Mixed, ContentKind.Text],
        ContentKind.JsonLines => [ContentKind.JsonLines, ContentKind.Mixed, ContentKind.Text],
        ContentKind.Mixed => [ContentKind.Mixed, ContentKind.Text],
        ContentKind.Log => [ContentKind.Log, ContentKind.Mixed, ContentKind.Text],
        ContentKind.BuildOutput => [ContentKind.BuildOutput, ContentKind.Mixed, ContentKind.Text],
        ContentKind.StackTrace => [ContentKind.StackTrace, ContentKind.Text],
        ContentKind.Html => [ContentKind.Html],
        ContentKind.Xml => [ContentKind.Xml],
        ContentKind.Base64 => [ContentKind.Base64],
        ContentKind.DelimitedTable => [ContentKind.DelimitedTable, ContentKind.Text],
        ContentKind.MarkdownTable => [ContentKind.MarkdownTable, ContentKind.Text],
        ContentKind.FixedWidthTable => [ContentKind.FixedWidthTable, ContentKind.Text],
        ContentKind.SearchResults => [ContentKind.SearchResults, ContentKind.Text],
        ContentKind.Diff => [ContentKind.Diff, ContentKind.Text],
        _ => [ContentKind.Listing, ContentKind.Text],
    };

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
