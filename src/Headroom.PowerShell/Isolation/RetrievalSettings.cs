namespace Headroom.PowerShell.Isolation;

/// <summary>What a user wants of an original: all of it, or at most one part.</summary>
/// <param name="Hash">24 lower-case hex digits.</param>
/// <param name="Rows">Rows, such as <c>1-20</c>.</param>
/// <param name="Lines">Lines, such as <c>10-40</c>.</param>
/// <param name="Path">A path in a JSON document.</param>
/// <param name="Pattern">What rows or lines must hold.</param>
public sealed record RetrievalSettings(string Hash, string? Rows, string? Lines, string? Path, string? Pattern);

/// <summary>An original or a part of one.</summary>
/// <param name="Text">The text.</param>
/// <param name="Bytes">The bytes to write: of the whole its own, of a part those of its text in UTF-8.</param>
/// <param name="Share">What share of the original they are, in a sentence; null for the whole.</param>
public sealed record RetrievedContent(string Text, byte[] Bytes, string? Share);
