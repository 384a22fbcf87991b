namespace Headroom.Engine.Compression.Diffs;

/// <summary>
/// A file's header lines in one line. What is read and what is written are held against each other, so a header that git would have
/// written otherwise stays as it is.
/// <code>
/// diff x 1a..2b [mode]                 diff --git a/x b/x, index 1a..2b 100644, --- a/x, +++ b/x
/// diff x 1a,2b..3c                     diff --cc x, index 1a,2b..3c, --- a/x, +++ b/x
/// diff x new 2b [mode]                 with new file mode, --- /dev/null
/// diff x deleted 1a [mode]             with deleted file mode, +++ /dev/null
/// diff x renamed from y 95% [1a..2b [mode]]   with similarity index, rename from, rename to
/// diff x copied from y 95% [1a..2b [mode]]
/// diff -u x y[TAB]time[TAB]time        diff -u x y, --- x[TAB]time, +++ y[TAB]time
/// </code>
/// The names are only there where a hunk follows. A mode that is not given is 100644.
/// </summary>
internal static class FileHeader
{
    private static ReadOnlySpan<byte> Mode => "100644"u8;

    /// <summary>The line begins like one of these forms.</summary>
    public static bool IsShort(ReadOnlySpan<byte> line) =>
        line.StartsWith("diff "u8) && (!line.StartsWith("diff -"u8) || line.Contains((byte)'\t'));

    /// <summary>Appends the header in one line without its line feed, if one of the forms gives it back.</summary>
    /// <param name="lines">The document.</param>
    /// <param name="file">Its header.</param>
    /// <param name="output">Where to.</param>
    /// <param name="scratch">Room to try in.</param>
    public static bool TryShorten(TextLines lines, in DiffFile file, ByteBuffer output, ByteBuffer scratch)
    {
        if (file.Body - file.Line < 2)
        {
            return false;
        }

        var start = output.Length;
        if (!TryWrite(lines, file, output))
        {
            output.Truncate(start);
            return false;
        }

        scratch.Truncate(0);
        var hasHunk = file.Body < lines.Count && lines[file.Body].StartsWith("@@"u8);
        if (TryExpand(output.Written[start..], hasHunk, scratch) && IsHeader(lines, file, scratch.Written))
        {
            return true;
        }

        output.Truncate(start);
        return false;
    }

    /// <summary>Appends the header lines that one line stands for, each with a line feed.</summary>
    public static bool TryExpand(ReadOnlySpan<byte> line, bool hasHunk, ByteBuffer output)
    {
        if (!IsShort(line))
        {
            return false;
        }

        if (line.StartsWith("diff -"u8))
        {
            return hasHunk && TryExpandPlain(line, output);
        }

        Span<Range> words = stackalloc Range[8];
        var count = 0;
        foreach (var word in line.Split((byte)' '))
        {
            if (count == words.Length)
            {
                return false;
            }

            words[count++] = word;
        }

        if (count < 3)
        {
            return false;
        }

        var path = line[words[1]];
        var third = line[words[2]];
        if (third.SequenceEqual("new"u8) || third.SequenceEqual("deleted"u8))
        {
            if (count is < 4 or > 5)
            {
                return false;
            }

            var isNew = third[0] == (byte)'n';
            var hash = line[words[3]];
            AppendGit(output, path, path);
            Append(output, isNew ? "new file mode "u8 : "deleted file mode "u8, count == 5 ? line[words[4]] : Mode);
            output.Append("index "u8);
            output.AppendRepeated('0', isNew ? hash.Length : 0);
            output.Append(isNew ? default : hash);
            output.Append(".."u8);
            output.Append(isNew ? hash : default);
            output.AppendRepeated('0', isNew ? 0 : hash.Length);
            output.Append((byte)'\n');
            AppendNames(output, isNew ? default : path, isNew ? path : default, hasHunk);
            return true;
        }

        if (third.SequenceEqual("renamed"u8) || third.SequenceEqual("copied"u8))
        {
            if (count < 6 || !line[words[3]].SequenceEqual("from"u8))
            {
                return false;
            }

            var old = line[words[4]];
            var isRename = third[0] == (byte)'r';
            AppendGit(output, old, path);
            Append(output, "similarity index "u8, line[words[5]]);
            Append(output, isRename ? "rename from "u8 : "copy from "u8, old);
            Append(output, isRename ? "rename to "u8 : "copy to "u8, path);
            if (count > 6)
            {
                AppendIndex(output, line[words[6]], count == 8 ? line[words[7]] : Mode);
                AppendNames(output, old, path, hasHunk);
            }

            return true;
        }

        if (count > 4)
        {
            return false;
        }

        if (third.Contains((byte)','))
        {
            Append(output, "diff --cc "u8, path);
            AppendIndex(output, third, default);
        }
        else
        {
            AppendGit(output, path, path);
            AppendIndex(output, third, count == 4 ? line[words[3]] : Mode);
        }

        AppendNames(output, path, path, hasHunk);
        return true;
    }

    private static bool TryWrite(TextLines lines, in DiffFile file, ByteBuffer output)
    {
        var first = lines[file.Line];
        if (first.StartsWith("diff --cc "u8) && first.Count((byte)' ') == 2 && lines[file.Line + 1].StartsWith("index "u8))
        {
            output.Append("diff "u8);
            output.Append(first["diff --cc ".Length..]);
            WriteIndex(lines[file.Line + 1], output);
            return true;
        }

        if (!first.StartsWith("diff --git a/"u8))
        {
            return first.StartsWith("diff -"u8) && TryWritePlain(lines, file, output);
        }

        // :: Step 1: the two paths; one with a space cannot be told from two.
        var between = first.IndexOf(" b/"u8);
        if (first.Count((byte)' ') != 3 || between < 0)
        {
            return false;
        }

        var old = first["diff --git a/".Length..between];
        var path = first[(between + " b/".Length)..];
        if (path.IsEmpty || path[0] is (byte)'-' || path.Contains((byte)'\t'))
        {
            return false;
        }

        output.Append("diff "u8);
        output.Append(path);

        // :: Step 2: what became of the file.
        var second = lines[file.Line + 1];
        if (second.StartsWith("index "u8))
        {
            WriteIndex(second, output);
            return true;
        }

        var isNew = second.StartsWith("new file mode "u8);
        if ((isNew || second.StartsWith("deleted file mode "u8)) && file.Line + 2 < file.Body && lines[file.Line + 2].StartsWith("index "u8))
        {
            var hashes = lines[file.Line + 2]["index ".Length..];
            var dots = hashes.IndexOf(".."u8);
            var mode = second[(isNew ? "new file mode " : "deleted file mode ").Length..];
            if (dots < 0)
            {
                return false;
            }

            output.Append(isNew ? " new "u8 : " deleted "u8);
            output.Append(isNew ? hashes[(dots + 2)..] : hashes[..dots]);
            WriteMode(mode, output);
            return true;
        }

        if (second.StartsWith("similarity index "u8) && file.Line + 3 < file.Body)
        {
            output.Append(lines[file.Line + 2].StartsWith("rename "u8) ? " renamed from "u8 : " copied from "u8);
            output.Append(old);
            output.Append((byte)' ');
            output.Append(second["similarity index ".Length..]);
            if (file.Line + 4 < file.Body && lines[file.Line + 4].StartsWith("index "u8))
            {
                WriteIndex(lines[file.Line + 4], output);
            }

            return true;
        }

        return false;
    }

    private static bool TryWritePlain(TextLines lines, in DiffFile file, ByteBuffer output)
    {
        var old = lines[file.Line + 1];
        var path = lines[file.Body - 1];
        var (oldTab, tab) = (old.IndexOf((byte)'\t'), path.IndexOf((byte)'\t'));
        if (file.Body - file.Line != 3 || oldTab < 0 || tab < 0)
        {
            return false;
        }

        output.Append(lines[file.Line]);
        output.Append(old[oldTab..]);
        output.Append(path[tab..]);
        return true;
    }

    private static bool TryExpandPlain(ReadOnlySpan<byte> line, ByteBuffer output)
    {
        var tab = line.IndexOf((byte)'\t');
        var first = line[..tab];
        var times = line[(tab + 1)..];
        var between = times.IndexOf((byte)'\t');
        var newName = first.LastIndexOf((byte)' ');
        var oldName = newName < 0 ? -1 : first[..newName].LastIndexOf((byte)' ');
        if (between < 0 || oldName < 0)
        {
            return false;
        }

        Append(output, first, default);
        output.Append("---"u8);
        output.Append(first[oldName..newName]);
        output.Append((byte)'\t');
        Append(output, times[..between], default);
        output.Append("+++"u8);
        output.Append(first[newName..]);
        Append(output, times[between..], default);
        return true;
    }

    private static void WriteIndex(ReadOnlySpan<byte> index, ByteBuffer output)
    {
        var rest = index["index ".Length..];
        var space = rest.IndexOf((byte)' ');
        output.Append((byte)' ');
        output.Append(space < 0 ? rest : rest[..space]);
        WriteMode(space < 0 ? default : rest[(space + 1)..], output);
    }

    private static void WriteMode(ReadOnlySpan<byte> mode, ByteBuffer output)
    {
        if (!mode.SequenceEqual(Mode) && !mode.IsEmpty)
        {
            output.Append((byte)' ');
            output.Append(mode);
        }
    }

    private static bool IsHeader(TextLines lines, in DiffFile file, ReadOnlySpan<byte> expanded)
    {
        for (var line = file.Line; line < file.Body; line++)
        {
            var text = lines[line];
            if (!expanded.StartsWith(text) || expanded.Length == text.Length || expanded[text.Length] != (byte)'\n')
            {
                return false;
            }

            expanded = expanded[(text.Length + 1)..];
        }

        return expanded.IsEmpty;
    }

    private static void AppendGit(ByteBuffer output, ReadOnlySpan<byte> old, ReadOnlySpan<byte> path)
    {
        output.Append("diff --git a/"u8);
        output.Append(old);
        Append(output, " b/"u8, path);
    }

    // The merge of several parents has no mode here.
    private static void AppendIndex(ByteBuffer output, ReadOnlySpan<byte> hashes, ReadOnlySpan<byte> mode)
    {
        output.Append("index "u8);
        output.Append(hashes);
        if (!mode.IsEmpty)
        {
            output.Append((byte)' ');
        }

        Append(output, mode, default);
    }

    private static void AppendNames(ByteBuffer output, ReadOnlySpan<byte> old, ReadOnlySpan<byte> path, bool hasHunk)
    {
        if (hasHunk)
        {
            Append(output, old.IsEmpty ? "--- /dev/null"u8 : "--- a/"u8, old);
            Append(output, path.IsEmpty ? "+++ /dev/null"u8 : "+++ b/"u8, path);
        }
    }

    private static void Append(ByteBuffer output, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        output.Append(first);
        output.Append(second);
        output.Append((byte)'\n');
    }
}
