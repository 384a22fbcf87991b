namespace Headroom.Engine.Compression.Builds;

/// <summary>What one line of a report is.</summary>
internal enum BuildLineKind : byte
{
    /// <summary>Nothing of the below.</summary>
    Other,

    /// <summary>Empty or white space.</summary>
    Blank,

    /// <summary>One character over and over.</summary>
    Rule,

    /// <summary>A test or a suite that passed.</summary>
    Passed,

    /// <summary>A test that did not run.</summary>
    Skipped,

    /// <summary>The name of a test or a suite that failed; its message follows.</summary>
    Failed,

    /// <summary>A diagnostic of severity error, an exception, or another statement of failure.</summary>
    Error,

    /// <summary>A diagnostic of severity warning.</summary>
    Warning,

    /// <summary>A frame of a stack.</summary>
    Frame,

    /// <summary>Source text in a message, with its gutter or marks below it.</summary>
    Code,

    /// <summary>Expected and actual values, and differences between them.</summary>
    Comparison,

    /// <summary>Counts and verdicts of the whole, exit codes.</summary>
    Total,

    /// <summary>A step of work: compiling, downloading, restoring.</summary>
    Progress,
}

/// <summary>One line of a report.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where its name or message begins: after the verdict, the place or the step's verb.</param>
/// <param name="End">Where that ends.</param>
internal readonly record struct BuildLine(BuildLineKind Kind, int Start, int End);
