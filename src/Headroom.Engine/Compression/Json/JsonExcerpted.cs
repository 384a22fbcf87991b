namespace Headroom.Engine.Compression.Json;

/// <summary>What the excerpt of a document has of one array or object.</summary>
/// <param name="Ordinals">Which of its children, ascending from 0.</param>
/// <param name="Total">How many it had.</param>
internal sealed record JsonExcerpted(int[] Ordinals, int Total);
