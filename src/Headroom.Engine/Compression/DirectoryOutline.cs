namespace Headroom.Engine.Compression;

/// <summary>
/// Writes paths one after the other, each with one leading blank in place of every leading directory that it shares with the path
/// before. Both <c>/</c> and <c>\</c> end a directory.
/// </summary>
internal sealed class DirectoryOutline
{
    private readonly ByteBuffer _path = new(256);

    /// <summary>The path that was written or read last.</summary>
    public ReadOnlySpan<byte> Path => _path.Written;

    /// <summary>Leading blanks stand for directories, so a path must not begin with one.</summary>
    public static bool CanWrite(ReadOnlySpan<byte> path) => path.Length > 0 && path[0] != (byte)' ' && !path.Contains((byte)'\r');

    /// <summary>Appends a path that <see cref="CanWrite"/>.</summary>
    public void Write(ReadOnlySpan<byte> path, ByteBuffer output)
    {
        // :: Step 1: count the directories both begin with.
        var previous = _path.Written;
        var common = previous.CommonPrefixLength(path);
        var (shared, directories) = (0, 0);
        for (var rest = path[..common]; rest.IndexOfAny((byte)'/', (byte)'\\') is >= 0 and var end; rest = path[shared..common])
        {
            shared += end + 1;
            directories++;
        }

        // :: Step 2: blanks for them, unless what follows would be counted too or would be nothing.
        if (shared == path.Length || path[shared] == (byte)' ')
        {
            (shared, directories) = (0, 0);
        }

        for (var i = 0; i < directories; i++)
        {
            output.Append((byte)' ');
        }

        output.Append(path[shared..]);
        _path.Truncate(shared);
        _path.Append(path[shared..]);
    }

    /// <summary>Reads what <see cref="Write"/> appended into <see cref="Path"/>; false when there are more blanks than directories.</summary>
    public bool TryRead(ReadOnlySpan<byte> text)
    {
        var directories = text.IndexOfAnyExcept((byte)' ');
        if (directories < 0)
        {
            return false;
        }

        var shared = 0;
        for (var i = 0; i < directories; i++)
        {
            var end = _path.Written[shared..].IndexOfAny((byte)'/', (byte)'\\');
            if (end < 0)
            {
                return false;
            }

            shared += end + 1;
        }

        _path.Truncate(shared);
        _path.Append(text[directories..]);
        return true;
    }
}
