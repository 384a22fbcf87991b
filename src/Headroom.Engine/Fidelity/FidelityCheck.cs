using System.Globalization;
using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Fidelity;

/// <summary>
/// Holds what the engine does to a content against what it promises: lossless forms decode to the same, views lose nothing that does not come
/// back, no form is larger, the same input gives the same output, and a form is not compressed again.
/// </summary>
public static class FidelityCheck
{
    /// <summary>Checks one content.</summary>
    /// <param name="utf8">The content, UTF-8.</param>
    /// <param name="options">Level, budget and so on; the marker is the check's own.</param>
    /// <param name="counter">Counts the tokens; an exact one says what is larger.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    public static async Task<FidelityReport> RunAsync(
        ReadOnlyMemory<byte> utf8, CompressionOptions options, ITokenCounter counter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(counter);
        var violations = new List<string>();
        await using var store = new MemoryCcrStore();
        var hash = await store.PutAsync(utf8, cancellationToken).ConfigureAwait(false);
        options = options with { Marker = missing => Marker.Write(missing, hash) };

        // 1. The form without loss has to decode to the content.
        var tokens = counter.Count(utf8.Span);
        var lossless = Compress(utf8, options with { Level = CompressionLevel.Lossless }, violations, cancellationToken);
        var losslessTokens = TokensOf(lossless, tokens, counter, violations);
        var equality = lossless.Rung == Rung.Original ? Equality.Exact : EqualityOf(utf8.Span, lossless.Output.Span, cancellationToken);
        if (equality == Equality.Different)
        {
            violations.Add($"the lossless form ({lossless.Strategy}) decodes to something else");
        }

        // 2. What the best form does not show has to come back by its marker.
        var best = Compress(utf8, options, violations, cancellationToken);
        var bestTokens = TokensOf(best, tokens, counter, violations);
        var text = Encoding.UTF8.GetString(best.Output.Span);
        var canRecover = best.Rung != Rung.View || await ComesBackAsync(store, text, utf8, cancellationToken).ConfigureAwait(false);
        if (best is { Rung: Rung.View, Strategy: ContentRouter.Displayed } && !IsLeftOnScreen(utf8.Span, best.Output.Span, cancellationToken))
        {
            violations.Add("the view shows something else than a terminal would in the end");
        }

        var leaves = ContentLeaves.Of(utf8.Span);
        var all = Recall(leaves, best, text, canRecover);
        var errors = Recall([.. leaves.Where(ContentLeaves.IsError)], best, text, canRecover);
        if (all.Gone > 0)
        {
            violations.Add(string.Create(CultureInfo.InvariantCulture, $"{all.Gone} of {all.Total} values are neither visible nor recoverable"));
        }

        return new FidelityReport
        {
            Kind = best.Kind,
            Tokens = tokens,
            Lossless = new FormFidelity(lossless.Rung, lossless.Strategy, lossless.Reason, losslessTokens),
            Equality = equality,
            Best = new FormFidelity(best.Rung, best.Strategy, best.Reason, bestTokens),
            Leaves = all,
            Errors = errors,
            Files = Recall(ContentLeaves.FilesIn(leaves), best, text, canRecover),
            Violations = violations,
        };
    }

    private static CompressionResult Compress(
        ReadOnlyMemory<byte> utf8, CompressionOptions options, List<string> violations, CancellationToken cancellationToken)
    {
        var result = ContentRouter.Compress(utf8, options, cancellationToken);

        // A copy, so that nothing can hang on where the bytes are.
        var again = ContentRouter.Compress(utf8.ToArray(), options, cancellationToken);
        if (!again.Output.Span.SequenceEqual(result.Output.Span))
        {
            violations.Add($"the same input gave two outputs at {options.Level}");
        }

        // A form is known as one whatever it is said to be; text that was kept may well be what the caller did not say that it is.
        var twice = ContentRouter.Compress(
            result.Output, options with { Kind = result.Strategy is "none" or "displayed" ? options.Kind : null }, cancellationToken);
        if (!twice.Output.Span.SequenceEqual(result.Output.Span))
        {
            violations.Add($"the form at {options.Level} ({result.Strategy}) was compressed again ({twice.Strategy})");
        }

        return result;
    }

    private static int TokensOf(CompressionResult result, int before, ITokenCounter counter, List<string> violations)
    {
        var after = result.Rung == Rung.Original ? before : counter.Count(result.Output.Span);
        if (result.Rung != Rung.Original && after >= before)
        {
            violations.Add(string.Create(CultureInfo.InvariantCulture, $"the form {result.Strategy} takes {after} tokens, the content {before}"));
        }

        return after;
    }

    /// <summary>How a lossless form relates to the content that it stands for; a view is <see cref="Equality.Different"/>.</summary>
    /// <param name="content">The content, UTF-8.</param>
    /// <param name="form">The form.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    public static Equality EqualityOf(ReadOnlySpan<byte> content, ReadOnlySpan<byte> form, CancellationToken cancellationToken = default)
    {
        // Text that was only made plain needs no notation.
        var decoded = ContentNotation.Decode(form, Array.MaxLength, cancellationToken) ?? form.ToArray();
        return decoded.AsSpan().SequenceEqual(content) ? Equality.Exact
            : IsSameValue(content, decoded) ? Equality.Value
            : IsDisplayedAs(content, decoded, cancellationToken) ? Equality.Displayed
            : Equality.Different;
    }

    /// <summary>A terminal shows the same, and has printed the same characters and movements to show it; or what it printed is the same JSON.</summary>
    private static bool IsDisplayedAs(ReadOnlySpan<byte> content, byte[] decoded, CancellationToken cancellationToken)
    {
        var terminal = Terminal.Print(content, cancellationToken);
        var other = Terminal.Print(decoded, cancellationToken);
        return (terminal.Shown == other.Shown && terminal.Written == other.Written) || IsSameValue(Encoding.UTF8.GetBytes(terminal.Written), decoded);
    }

    /// <summary>A view that leaves out earlier states of redrawn lines is, but for its marker, what a terminal shows in the end.</summary>
    private static bool IsLeftOnScreen(ReadOnlySpan<byte> content, ReadOnlySpan<byte> view, CancellationToken cancellationToken) =>
        Terminal.Print(content, cancellationToken).Shown is { } shown
        && Terminal.Print(view[..(view.LastIndexOf((byte)'\n') + 1)], cancellationToken).Shown == shown;

    private static bool IsSameValue(ReadOnlySpan<byte> content, byte[] decoded) =>
        JsonValueEquality.AreEqual(content, decoded) || JsonValueEquality.AreEqualByLine(content, decoded);

    private static async Task<bool> ComesBackAsync(
        MemoryCcrStore store, string view, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        // The marker is the last line, and the only one in the view that this store has issued.
        var last = view[(view.LastIndexOf('\n') + 1)..];
        return Marker.HashesIn(last) is [var hash]
            && await store.GetAsync(hash, cancellationToken).ConfigureAwait(false) is { } original
            && original.AsSpan().SequenceEqual(content.Span);
    }

    private static LeafRecall Recall(HashSet<string> leaves, CompressionResult best, string text, bool canRecover)
    {
        if (best.Rung != Rung.View)
        {
            return new LeafRecall(leaves.Count, leaves.Count, 0);
        }

        var visible = leaves.Count(leaf => text.Contains(leaf, StringComparison.Ordinal));
        return new LeafRecall(leaves.Count, visible, canRecover ? leaves.Count - visible : 0);
    }
}
