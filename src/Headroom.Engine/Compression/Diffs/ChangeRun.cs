namespace Headroom.Engine.Compression.Diffs;

/// <summary>What a view says of a run instead of showing it.</summary>
internal enum RunNote
{
    None,

    /// <summary>Its lines were moved here from, or from here to, another place.</summary>
    Moved,

    /// <summary>Only white space differs.</summary>
    WhiteSpace,

    /// <summary>The same lines are changed elsewhere.</summary>
    Same,
}

/// <summary>Changed lines one after the other, in one hunk.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="Hunk">Index of the hunk.</param>
/// <param name="From">The first line.</param>
/// <param name="To">The line after the last.</param>
/// <param name="OldLine">The number that the first line has on the old side.</param>
/// <param name="NewLine">The number that it has on the new side.</param>
/// <param name="Added">Lines added.</param>
/// <param name="Removed">Lines removed.</param>
/// <param name="Note">What may be said instead.</param>
/// <param name="Other">The run that the note refers to.</param>
internal readonly record struct ChangeRun(
    int File, int Hunk, int From, int To, int OldLine, int NewLine, int Added, int Removed, RunNote Note = RunNote.None, int Other = -1);
