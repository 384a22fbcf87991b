using System.Text;
using Headroom.Engine.Content;

namespace Headroom.Cli.Commands;

/// <summary>Standard streams and files as bytes: no console encoding, no byte order mark, no line ending of our own.</summary>
internal static class ByteStreams
{
    /// <summary>The name that stands for stdin.</summary>
    public const string StandardInput = "-";

    /// <summary>All bytes of a file, or of stdin for <c>-</c>.</summary>
    /// <exception cref="CommandException">The file cannot be read.</exception>
    public static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            if (file != StandardInput)
            {
                return await File.ReadAllBytesAsync(file, cancellationToken);
            }

            using var buffer = new MemoryStream();
            await using var input = Console.OpenStandardInput();
            await input.CopyToAsync(buffer, cancellationToken);
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
