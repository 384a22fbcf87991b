namespace Headroom.Engine.Compression.Diffs;

/// <summary>One hunk of a unified or combined diff (source: git's <c>diff-format</c>, POSIX <c>diff -u</c>).</summary>
/// <param name="Line">The line with its header.</param>
/// <param name="End">The line after its last.</param>
/// <param name="OldStart">As printed; of a combined diff that of the first parent.</param>
/// <param name="OldCount">Lines on the old side.</param>
/// <param name="NewStart">As printed.</param>
/// <param name="NewCount">Lines on the new side.</param>
/// <param name="Columns">Signs at the front of each line: one for each parent.</param>
/// <param name="Heading">Where in the header's line the text after its second at-signs begins.</param>
/// <param name="HasBareLines">An empty context line was written without its space.</param>
internal readonly record struct DiffHunk(
    int Line, int End, int OldStart, int OldCount, int NewStart, int NewCount, int Columns, int Heading, bool HasBareLines);
