namespace Headroom.Engine.Compression.Json.View;

/// <summary>Why rows are worth showing. The order is the order of precedence.</summary>
internal enum SignalKind
{
    /// <summary>What the query names exactly, or what a pattern keeps.</summary>
    Query,

    /// <summary>A value or a severity says that something failed, in few rows.</summary>
    Error,

    /// <summary>A key that few rows have or few rows lack.</summary>
    Shape,

    /// <summary>A kind of value that the column rarely holds: a string among numbers, a rare null.</summary>
    ValueKind,

    /// <summary>A rare value of a column with few different ones.</summary>
    Category,

    /// <summary>A number far from the others.</summary>
    Outlier,

    /// <summary>A text whose words or form the column holds nowhere else, or that reads like an error.</summary>
    Text,

    /// <summary>A string much longer or shorter than the others.</summary>
    Length,

    /// <summary>Errors in so many rows that one of each distinct value has to speak for them.</summary>
    CommonError,

    /// <summary>The level of a series, or the value of a slowly changing column, is different before and after.</summary>
    Change,

    /// <summary>The least and the greatest number of a column.</summary>
    Extreme,
}

/// <summary>Rows that share one reason to be shown.</summary>
/// <param name="Kind">The reason.</param>
/// <param name="Strength">How remarkable, within one kind: larger comes first.</param>
/// <param name="Rows">Ascending row numbers.</param>
/// <param name="Column">Where the rows differ; null when they do as a whole.</param>
/// <param name="ReadsLikeError">They say in a text that something failed.</param>
internal sealed record Signal(SignalKind Kind, double Strength, int[] Rows, Column? Column = null, bool ReadsLikeError = false);
