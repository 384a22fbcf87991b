using System.Buffers;

namespace Headroom.Engine.Content;

/// <summary>What a line of a listing of files can be.</summary>
internal enum ListingLineKind
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary><c>-rw-r--r-- 1 owner group 120 Jan  2 10:00 name</c>, with numbers before it for <c>find -ls</c>.</summary>
    LongRow,

    /// <summary>A branch drawn by <c>tree</c>: <c>├── name</c>, <c>│   `-- name</c>.</summary>
    Branch,

    /// <summary><c>-a---  2024-01-02  10:00  120 name</c>: a row of <c>Get-ChildItem</c>.</summary>
    ChildItem,

    /// <summary><c> M path</c>: a row of <c>git status --short</c>.</summary>
    Status,

    /// <summary><c>12K</c>, a tab and a path: a row of <c>du</c>.</summary>
    Usage,

    /// <summary>Only a path: no blank, and a directory or an extension in it.</summary>
    Path,
}

/// <summary>Tells the lines of listings apart, each by itself.</summary>
internal static class ListingLine
{
    private static readonly SearchValues<byte> Rights = SearchValues.Create("rwxsStTX-"u8);
    private static readonly SearchValues<byte> Numbers = SearchValues.Create(" 0123456789"u8);
    private static readonly SearchValues<byte> Attributes = SearchValues.Create("arhsl-"u8);
    private static readonly SearchValues<byte> Sizes = SearchValues.Create("0123456789.,KMGTPEkB"u8);
    private static readonly SearchValues<byte> States = SearchValues.Create(" MADRCUT?!"u8);
    private static readonly SearchValues<byte> NotInPaths = SearchValues.Create(" \t<>|\"*?;(){}="u8);

    /// <summary>The most telling reading of one line without its end.</summary>
    public static ListingLineKind KindOf(ReadOnlySpan<byte> line) => line switch
    {
        _ when line.Length == 0 => ListingLineKind.Other,
        _ when IsLongRow(line) => ListingLineKind.LongRow,
        _ when IsBranch(line) => ListingLineKind.Branch,
        _ when IsChildItem(line) => ListingLineKind.ChildItem,
        _ when IsUsage(line) => ListingLineKind.Usage,
        _ when IsStatus(line) => ListingLineKind.Status,
        _ when IsPath(line) => ListingLineKind.Path,
        _ => ListingLineKind.Other,
    };

    /// <summary>Ten signs of type and permissions, perhaps one for more rights, and a blank (POSIX <c>ls</c>).</summary>
    public static bool IsMode(ReadOnlySpan<byte> text)
    {
        if (text.Length < 12 || text[0] is not ((byte)'-' or (byte)'d' or (byte)'l' or (byte)'b' or (byte)'c' or (byte)'p' or (byte)'s'))
        {
            return false;
        }

        return text[1..10].IndexOfAnyExcept(Rights) < 0
            && (text[10] == (byte)' ' || (text[10] is (byte)'.' or (byte)'+' or (byte)'@' && text[11] == (byte)' '));
    }

    /// <summary>A mode, perhaps with numbers before it.</summary>
    public static bool IsLongRow(ReadOnlySpan<byte> line) => !line.IsEmpty && IsMode(line[ModeStart(line)..]);

    // find -ls puts the inode and the blocks before.
    private static int ModeStart(ReadOnlySpan<byte> line)
    {
        var at = line.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is > 0 || line[0] == (byte)' ' ? line.IndexOfAnyExcept(Numbers) : 0;
        return Math.Max(at, 0);
    }

    /// <summary>Lines to the name of a file, drawn by <c>tree</c>.</summary>
    public static bool IsBranch(ReadOnlySpan<byte> line)
    {
        var at = line.IndexOf("── "u8);
        at = at >= 3 ? at - 3 : line.IndexOf("-- "u8) - 1;
        if (at < 0 || !(line[at..].StartsWith("├"u8) || line[at..].StartsWith("└"u8) || line[at] is (byte)'|' or (byte)'`'))
        {
            return false;
        }

        for (var rest = line[..at]; rest.Length > 0;)
        {
            var step = rest[0] is (byte)' ' or (byte)'|' ? 1 : rest.StartsWith("│"u8) ? 3 : rest.StartsWith("\u00A0"u8) ? 2 : 0;
            if (step == 0)
            {
                return false;
            }

            rest = rest[step..];
        }

        return true;
    }

    /// <summary>The attributes of a file that <c>Get-ChildItem</c> shows, and something after them.</summary>
    public static bool IsChildItem(ReadOnlySpan<byte> line) =>
        line.Length > 10 && line[0] is (byte)'-' or (byte)'d' or (byte)'l' && line.IndexOf((byte)' ') is 5 or 6
        && line[1..line.IndexOf((byte)' ')].IndexOfAnyExcept(Attributes) < 0;

    /// <summary>A size, a tab and something after it, as <c>du</c> writes them.</summary>
    public static bool IsUsage(ReadOnlySpan<byte> line)
    {
        var tab = line.IndexOf((byte)'\t');
        return tab is > 0 and < 12 && tab + 1 < line.Length && char.IsAsciiDigit((char)line[0])
            && line[..tab].IndexOfAnyExcept(Sizes) < 0;
    }

    /// <summary>The two letters of <c>git status --short</c>, a blank and something after them.</summary>
    public static bool IsStatus(ReadOnlySpan<byte> line) =>
        line.Length > 3 && line[2] == (byte)' ' && line[3] != (byte)' ' && !(line[0] == (byte)' ' && line[1] == (byte)' ')
        && line[..2].IndexOfAnyExcept(States) < 0;

    /// <summary>No blank, and a directory or an ending in it.</summary>
    public static bool IsPath(ReadOnlySpan<byte> line) =>
        line.IndexOfAny(NotInPaths) < 0
        && (line.IndexOfAny((byte)'/', (byte)'\\') >= 0 || (line.IndexOf((byte)'.') is >= 0 and var dot && dot < line.Length - 1));
}
