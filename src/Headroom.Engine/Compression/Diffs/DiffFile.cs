namespace Headroom.Engine.Compression.Diffs;

/// <summary>One changed file.</summary>
/// <param name="Line">Its first header line.</param>
/// <param name="Body">The line after its header: its first hunk.</param>
/// <param name="End">The line after its last.</param>
/// <param name="FirstHunk">Index of its first hunk in the document.</param>
/// <param name="HunkCount">How many it has.</param>
internal readonly record struct DiffFile(int Line, int Body, int End, int FirstHunk, int HunkCount);
