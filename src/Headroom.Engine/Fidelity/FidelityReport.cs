using Headroom.Engine.Compression;
using Headroom.Engine.Content;

namespace Headroom.Engine.Fidelity;

/// <summary>How much of a content its forms keep.</summary>
public sealed record FidelityReport
{
    /// <summary>What the content was taken for.</summary>
    public required ContentKind Kind { get; init; }

    /// <summary>Tokens of the content by the counter that was asked.</summary>
    public required int Tokens { get; init; }

    /// <summary>The form without loss.</summary>
    public required FormFidelity Lossless { get; init; }

    /// <summary>How the lossless form relates to the content.</summary>
    public required Equality Equality { get; init; }

    /// <summary>The form at the level and budget that were asked for.</summary>
    public required FormFidelity Best { get; init; }

    /// <summary>What became of the content's distinct values and lines.</summary>
    public required LeafRecall Leaves { get; init; }

    /// <summary>The same for those that read like errors.</summary>
    public required LeafRecall Errors { get; init; }

    /// <summary>The same for the names of files that the content gives with a directory: what a reader finds the way by.</summary>
    public required LeafRecall Files { get; init; }

    /// <summary>What must never happen and did: empty when all is well.</summary>
    public required IReadOnlyList<string> Violations { get; init; }
}

/// <summary>One form of a content.</summary>
/// <param name="Rung">How far up the ladder.</param>
/// <param name="Strategy">The form's name.</param>
/// <param name="Reason">Why it was taken.</param>
/// <param name="Tokens">Its tokens by the counter that was asked.</param>
public sealed record FormFidelity(Rung Rung, string Strategy, Reason Reason, int Tokens);

/// <summary>How a decoded form relates to the content.</summary>
public enum Equality
{
    /// <summary>Byte for byte the same.</summary>
    Exact,

    /// <summary>The same JSON: kinds, key order, number lexemes and strings; white space and the spelling of strings may differ.</summary>
    Value,

    /// <summary>The same characters in the same places as a terminal prints them: without colours and the like.</summary>
    Displayed,

    /// <summary>Something else: a defect.</summary>
    Different,
}

/// <summary>What became of the distinct scalar values of JSON, or of the distinct lines of a text that are not blank.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Visible">Those whose text stands in the form (a value of few characters may stand there by chance).</param>
/// <param name="Recoverable">Those that do not, but come back with the original that the form's marker names.</param>
public sealed record LeafRecall(int Total, int Visible, int Recoverable)
{
    /// <summary>Those that are neither; must be none.</summary>
    public int Gone => Total - Visible - Recoverable;
}
