namespace Headroom.Engine.Compression;

/// <summary>What a view is to be like.</summary>
/// <param name="Budget">The most tokens it should take, by the estimator; a larger budget never shows less.</param>
/// <param name="Relevance">What the caller asked for.</param>
/// <param name="Marker">
/// Writes the marker line from a short statement of what is missing. For a part of a larger view it collects the statement and
/// returns nothing: the whole has one marker.
/// </param>
internal sealed record ViewRequest(int Budget, Relevance Relevance, Func<string, string> Marker);
