namespace Headroom.Engine.Compression.Json.View;

/// <summary>What a view shows of one set of rows.</summary>
/// <param name="Node">Tape index of the array or object that holds the rows.</param>
/// <param name="Layout">How they lie in it.</param>
/// <param name="Columns">The arrays that are columns, of <see cref="RowLayout.Columns"/>; else empty.</param>
/// <param name="Rows">Zero-based numbers of the rows shown, ascending; always fewer than there are.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Profile">
/// Lines for the reader: which rows are shown (numbered from 1), and per column what all the rows hold. Each is one line of text.
/// </param>
internal sealed record RowSelection(int Node, RowLayout Layout, int[] Columns, int[] Rows, int Total, string[] Profile);
