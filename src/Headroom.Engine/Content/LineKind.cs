namespace Headroom.Engine.Content;

/// <summary>What one line looks like on its own.</summary>
internal enum LineKind : byte
{
    /// <summary>Nothing, or white space.</summary>
    Blank,

    /// <summary>None of the others.</summary>
    Plain,

    /// <summary>One whole JSON object or array.</summary>
    Json,

    /// <summary>Begins with a time or a level, or is made of <c>key=value</c> pairs.</summary>
    Log,

    /// <summary>What only a compiler, a package manager or a test runner prints.</summary>
    Build,

    /// <summary><c>path:12:text</c>, <c>path-12-text</c>.</summary>
    Search,

    /// <summary><c>12:text</c>, <c>12-text</c>: a found line below the path of its file.</summary>
    NumberedLine,

    /// <summary>The begin of a diff, of a hunk, or of a commit.</summary>
    DiffHeader,

    /// <summary>Begins with a plus or a minus.</summary>
    DiffBody,

    /// <summary>One file with its mode, size or date: <c>ls -l</c>, <c>Get-ChildItem</c>.</summary>
    FileRow,

    /// <summary>The name of a file or folder and nothing else.</summary>
    Path,

    /// <summary>One word, as names of files without an ending are.</summary>
    Name,

    /// <summary>A branch of a tree drawn with lines.</summary>
    Branch,

    /// <summary>A frame of a stack, or what stands before the frames.</summary>
    Frame,

    /// <summary>A row between vertical bars.</summary>
    Bar,

    /// <summary>Begins and ends as markup does.</summary>
    Markup,

    /// <summary>Begins or ends as lines of programs do.</summary>
    Code,

    /// <summary>Opens or closes a fenced block of Markdown.</summary>
    Fence,

    /// <summary>A command after a shell's prompt.</summary>
    Prompt,
}
