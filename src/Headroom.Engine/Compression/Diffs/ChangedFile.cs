using System.Text;

namespace Headroom.Engine.Compression.Diffs;

/// <summary>What a view says about a file in one line.</summary>
/// <param name="Path">Its path, the new one where it has two.</param>
/// <param name="Change">What became of it beside its lines (<c>new</c>, <c>renamed from x</c>), or nothing.</param>
/// <param name="Role">What it is for.</param>
internal sealed record ChangedFile(string Path, string Change, FileRole Role)
{
    /// <summary>Reads a file's header.</summary>
    public static ChangedFile Read(TextLines lines, in DiffFile file)
    {
        var first = lines[file.Line];
        string? old = null;
        string? path = null;
        var changes = new List<string>();
        var modes = "";
        for (var line = file.Line; line < file.Body; line++)
        {
            var text = lines[line];
            if (TryAfter(text, "--- "u8, out var rest))
            {
                old = Name(rest, "a/"u8);
            }
            else if (TryAfter(text, "+++ "u8, out rest))
            {
                path = Name(rest, "b/"u8);
            }
            else if (text.StartsWith("new file mode"u8) || text.StartsWith("deleted file mode"u8))
            {
                changes.Add(text[0] == (byte)'n' ? "new" : "deleted");
            }
            else if (TryAfter(text, "old mode "u8, out rest))
            {
                modes = $"mode {Text(rest)}";
            }
            else if (TryAfter(text, "new mode "u8, out rest))
            {
                changes.Add($"{modes} -> {Text(rest)}");
            }
            else if (TryAfter(text, "rename from "u8, out rest) || TryAfter(text, "copy from "u8, out rest))
            {
                old ??= Text(rest);
                changes.Add($"{(text[0] == (byte)'r' ? "renamed" : "copied")} from {Text(rest)}");
            }
            else if (TryAfter(text, "rename to "u8, out rest) || TryAfter(text, "copy to "u8, out rest))
            {
                path ??= Text(rest);
            }
            else if (text.StartsWith("Binary files "u8) || text.StartsWith("GIT binary patch"u8))
            {
                changes.Add("binary");
            }
        }

        path = path is null or "/dev/null" ? old is null or "/dev/null" ? Named(first) : old : path;
        return new ChangedFile(path, string.Join(", ", changes), FileRoles.Of(path));
    }

    // Without --- and +++: both sides of "diff --git a/x b/x" are the same name, or "diff --cc x" has one.
    private static string Named(ReadOnlySpan<byte> first)
    {
        if (TryAfter(first, "diff --git "u8, out var both))
        {
            var half = both[Math.Min((both.Length / 2) + 1, both.Length)..];
            return half.StartsWith("b/"u8) && both.StartsWith("a/"u8) ? Text(half[2..]) : Text(both);
        }

        return Text(first[(first.LastIndexOf((byte)' ') + 1)..]);
    }

    private static string Name(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix)
    {
        var tab = text.IndexOf((byte)'\t');
        text = tab < 0 ? text : text[..tab];
        return Text(text.StartsWith(prefix) ? text[prefix.Length..] : text);
    }

    private static bool TryAfter(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> rest)
    {
        rest = text.StartsWith(prefix) ? text[prefix.Length..] : default;
        return text.StartsWith(prefix);
    }

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
