namespace Headroom.Engine.Files;

/// <summary>
/// Reads files that somebody names, whole. What could make a reader wait or read for ever is refused before it is opened: pipes with a name, devices,
/// sockets. Every command, file of rules, token and configuration is read here.
/// </summary>
public static class InputFile
{
    // What tells no length may have no end.
    private const int MostOfUnknownLength = 256 << 20;

    /// <summary>What lies at a path. Where the system does not tell, a file or nothing at all is <see cref="FileKind.Unknown"/>.</summary>
    public static FileKind KindOf(string path) => FileStatus.Of(path, followLinks: true)?.Kind switch
    {
        FileKind.NamedPipe when IsOwn(path) => FileKind.OwnPipe,
        null when Directory.Exists(path) => FileKind.Directory,
        var kind => kind ?? FileKind.Unknown,
    };

    /// <summary>Why something is not read; null for what is, or can be tried.</summary>
    public static string? Refusal(FileKind kind) => kind switch
    {
        FileKind.Directory => "it is a directory",
        FileKind.NamedPipe => "it is a named pipe; redirect stdin from it instead",
        FileKind.Device => "it is a device",
        FileKind.Socket => "it is a socket",
        _ => null,
    };

    /// <summary>All bytes of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">It cannot be read, or is nothing that has an end.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not read it.</exception>
    public static byte[] Read(string path, CancellationToken cancellationToken = default)
    {
        if (Refusal(KindOf(path)) is { } reason)
        {
            throw new IOException($"'{path}' is not read: {reason}.");
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (!file.CanSeek || file.Length == 0)
        {
            return ReadToEnd(file, cancellationToken);
        }

        if (file.Length > Array.MaxLength)
        {
            throw new IOException("The file is too long: it has more than 2 GiB.");
        }

        // It may shrink or grow meanwhile.
        var bytes = GC.AllocateUninitializedArray<byte>((int)file.Length);
        var read = 0;
        while (read < bytes.Length && file.Read(bytes, read, Math.Min(bytes.Length - read, 1 << 20)) is > 0 and var part)
        {
            cancellationToken.ThrowIfCancellationRequested();
            read += part;
        }

        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>As <see cref="Read"/>, off the caller's thread.</summary>
    public static Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken) =>
        Task.Run(() => Read(path, cancellationToken), cancellationToken);

    /// <summary>All bytes of a stream, as long as they are not too many for something that may never end.</summary>
    /// <exception cref="IOException">It cannot be read or goes on and on.</exception>
    public static byte[] ReadToEnd(Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var buffer = new MemoryStream();
        var chunk = new byte[1 << 16];
        while (stream.Read(chunk) is > 0 and var read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (buffer.Length + read > MostOfUnknownLength)
            {
                throw new IOException($"It has no known length and goes on after {MostOfUnknownLength >> 20} MiB.");
            }

            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }

    // The system shows pipes that have no name as links to one that is no path.
    private static bool IsOwn(string path) => new FileInfo(path).LinkTarget is { } target
        && (target.StartsWith("pipe:[", StringComparison.Ordinal) || IsOwn(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, target)));
}
