namespace Headroom.PowerShell.Isolation;

/// <summary>What a user wants of one compression.</summary>
/// <param name="Level">How far compression may go.</param>
/// <param name="Budget">The most tokens a view should take; null takes the level's default.</param>
/// <param name="Model">The model whose tokens are counted; null counts for no model in particular.</param>
/// <param name="Query">Words that a view always keeps the matches of; null when nothing was asked.</param>
public sealed record CompressionSettings(HeadroomLevel Level, int? Budget, string? Model, string? Query);
