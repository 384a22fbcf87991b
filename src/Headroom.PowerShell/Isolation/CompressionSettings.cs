namespace Headroom.PowerShell.Isolation;

/// <summary>What a user wants of one compression.</summary>
/// <param name="Encoding">The encoding of bytes that are not UTF-8 and have no byte order mark; null when none was named.</param>
/// <param name="Level">How far compression may go.</param>
/// <param name="Budget">The most tokens a view should take; null takes the level's default.</param>
/// <param name="Model">The model whose tokens are counted; null counts for no model in particular.</param>
/// <param name="Query">Words that a view always keeps the matches of; null when nothing was asked.</param>
/// <param name="Keep">Regular expressions of what a view always keeps.</param>
/// <param name="RulesPath">Full path of a file of rules; null takes that of the data directory, if it has one.</param>
/// <param name="ToolName">The tool whose result the content is; null when it is nobody's.</param>
/// <param name="Command">The command that printed the content; null when none did.</param>
public sealed record CompressionSettings(
    string? Encoding, HeadroomLevel Level, int? Budget, string? Model, string? Query, IReadOnlyList<string> Keep, string? RulesPath, string? ToolName, string? Command);
