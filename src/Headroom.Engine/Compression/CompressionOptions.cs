using System.Text.RegularExpressions;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression;

/// <summary>What a caller wants of one compression. The same options and bytes always give the same result.</summary>
public sealed record CompressionOptions
{
    /// <summary>How far compression may go.</summary>
    public CompressionLevel Level { get; init; } = CompressionLevel.Balanced;

    /// <summary>The most tokens a view should take; null takes the level's default. A larger budget never shows less.</summary>
    public int? Budget { get; init; }

    /// <summary>Words whose exact matches a view always keeps; null when nothing was asked. Never set on the proxy's replay path.</summary>
    public string? Query { get; init; }

    /// <summary>What the content is; null to find out.</summary>
    public ContentKind? Kind { get; init; }

    /// <summary>Patterns of what a view always keeps: rows, lines and blocks in which one of them is found.</summary>
    public IReadOnlyList<Regex> Keep { get; init; } = [];

    /// <summary>
    /// Writes the bracketed marker line of a view from a short statement of what is missing
    /// (<c>952 of 1000 rows not shown</c>). Null where the reader could not retrieve the original: then no view is made.
    /// </summary>
    public Func<string, string>? Marker { get; init; }
}
