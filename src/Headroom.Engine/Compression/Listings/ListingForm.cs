namespace Headroom.Engine.Compression.Listings;

/// <summary>How a tool lists files.</summary>
internal enum ListingForm
{
    /// <summary>A path on each line: <c>find</c>, <c>git ls-files</c>, <c>grep -l</c>, <c>grep -c</c>.</summary>
    Paths,

    /// <summary>A size, a tab and a path: <c>du</c>.</summary>
    Usage,

    /// <summary>Two letters, a blank and a path: <c>git status --short</c>.</summary>
    Status,

    /// <summary>Rights, owner, size, date and name: <c>ls -l</c>, <c>find -ls</c>.</summary>
    Long,

    /// <summary>Branches: <c>tree</c>.</summary>
    Tree,

    /// <summary>Mode, date, length and name: <c>Get-ChildItem</c>.</summary>
    ChildItems,
}
