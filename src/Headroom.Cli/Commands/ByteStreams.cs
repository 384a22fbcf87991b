using System.Text;
using Headroom.Engine.Content;

namespace Headroom.Cli.Commands;

/// <summary>Standard streams and files as bytes: no console encoding, no byte order mark, no line ending of our own.</summary>
internal static class ByteStreams
{
    /// <summary>The name that stands for stdin.</summary>
    public const string StandardInput = "-";

    // What tells no length may have no end.
    private const int MostOfUnknownLength = 256 << 20;

    /// <summary>All bytes of a file, or of stdin for <c>-</c>.</summary>
    /// <exception cref="CommandException">The file cannot be read.</exception>
    public static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            await using var input = file == StandardInput ? Console.OpenStandardInput() : File.OpenRead(file);
            if (input is FileStream { CanSeek: true, Length: > 0 })
            {
                return await File.ReadAllBytesAsync(file, cancellationToken);
            }

            using var buffer = new MemoryStream();
            var chunk = new byte[1 << 16];
            while (await input.ReadAsync(chunk, cancellationToken) is > 0 and var read)
            {
                if (buffer.Length + read > MostOfUnknownLength)
                {
                    throw new CommandException($"cannot read {file}: it has no known length and goes on after {MostOfUnknownLength >> 20} MiB.");
                }

                buffer.Write(chunk, 0, read);
            }

            return buffer.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"cannot read {file}: {e.Message}");
        }
    }

    /// <summary>The text of a file, or of stdin for <c>-</c>.</summary>
    /// <exception cref="CommandException">The file cannot be read, or is not what its byte order mark or the named encoding says.</exception>
    public static async Task<SourceText> ReadTextAsync(string file, Encoding? encoding, CancellationToken cancellationToken)
    {
        var bytes = await ReadAsync(file, cancellationToken);
        try
        {
            return SourceText.Read(bytes, encoding);
        }
        catch (SourceTextException e)
        {
            throw new CommandException($"{file}: {e.Message}");
        }
    }

    /// <summary>Writes exactly these bytes to stdout.</summary>
    public static async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await using var output = Console.OpenStandardOutput();
        await output.WriteAsync(bytes, cancellationToken);
        await output.FlushAsync(cancellationToken);
    }
}
