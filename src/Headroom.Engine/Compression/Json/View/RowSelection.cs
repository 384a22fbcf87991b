namespace Headroom.Engine.Compression.Json.View;

/// <summary>What a view shows of one array of objects.</summary>
/// <param name="ArrayNode">Tape index of the array.</param>
/// <param name="Rows">Zero-based numbers of the rows shown, ascending; always fewer than the array has.</param>
/// <param name="Profile">
/// Lines for the reader: which rows are shown (numbered from 1), and per column what all the rows hold. Each is one line of text.
/// </param>
internal sealed record RowSelection(int ArrayNode, int[] Rows, string[] Profile);
