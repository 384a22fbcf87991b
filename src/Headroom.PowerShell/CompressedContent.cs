using System.Management.Automation;

namespace Headroom.PowerShell;

/// <summary>One piece of compressed content and what is known about it.</summary>
public sealed record CompressedContent
{
    /// <summary>The text to use: the original where nothing was gained.</summary>
    public required string Text { get; init; }

    /// <summary>The file that the content came from; null for content from the pipeline.</summary>
    public string? Path { get; init; }

    /// <summary>Tokens of the original.</summary>
    public required int TokensBefore { get; init; }

    /// <summary>Tokens of <see cref="Text"/>.</summary>
    public required int TokensAfter { get; init; }

    /// <summary>Tokens saved.</summary>
    public int TokensSaved => TokensBefore - TokensAfter;

    /// <summary>100 * saved / before, to one decimal; 0 for empty content.</summary>
    public double SavingsPercent => TokensBefore == 0 ? 0 : Math.Round(100.0 * TokensSaved / TokensBefore, 1);

    /// <summary>The stored original's name, 24 hex digits; null when nothing was changed and so nothing was stored.</summary>
    public required string? Hash { get; init; }

    /// <summary>What the content was taken for.</summary>
    public required string Kind { get; init; }

    /// <summary>The form that was used; <c>none</c> when nothing changed.</summary>
    public required string Strategy { get; init; }

    /// <summary>How far it was taken: Original, Lossless or View.</summary>
    public required string Rung { get; init; }

    /// <summary>Why it was taken there, or why it was left alone.</summary>
    public required string Reason { get; init; }

    /// <summary>The name of the token counter.</summary>
    public required string Counter { get; init; }

    /// <summary>How far the counts may be trusted for the model: Exact, Calibrated or Estimated.</summary>
    public required string Accuracy { get; init; }

    /// <summary>Bytes of the original.</summary>
    public required int BytesBefore { get; init; }

    /// <summary>Bytes of <see cref="Text"/> in UTF-8.</summary>
    public required int BytesAfter { get; init; }

    /// <summary>What the compression itself took, without opening the store and without exact counting.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The text as a string that carries the essential figures with it, so that it can be piped anywhere.</summary>
    internal PSObject ToAnnotatedText()
    {
        var text = new PSObject(Text);
        text.Properties.Add(new PSNoteProperty(nameof(TokensBefore), TokensBefore));
        text.Properties.Add(new PSNoteProperty(nameof(TokensAfter), TokensAfter));
        text.Properties.Add(new PSNoteProperty(nameof(TokensSaved), TokensSaved));
        text.Properties.Add(new PSNoteProperty(nameof(SavingsPercent), SavingsPercent));
        text.Properties.Add(new PSNoteProperty(nameof(Hash), Hash));
        text.Properties.Add(new PSNoteProperty(nameof(Kind), Kind));
        text.Properties.Add(new PSNoteProperty(nameof(Strategy), Strategy));
        return text;
    }
}
