namespace Headroom.Engine.Compression.Search;

/// <summary>How a tool writes what it found.</summary>
internal enum SearchForm
{
    /// <summary><c>path:12:text</c> and <c>path-11-text</c>.</summary>
    Flat,

    /// <summary>The path on a line of its own, <c>12:text</c> below it, an empty line after.</summary>
    Headings,

    /// <summary><c>path:text</c>, without numbers.</summary>
    Unnumbered,

    /// <summary><c>&gt; path:12:text</c> and, two blanks before it, context: <c>Select-String -Context</c>.</summary>
    SelectString,
}
