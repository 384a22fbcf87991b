using System.Text;
using Headroom.Engine.Content;
using Headroom.Engine.Files;

namespace Headroom.Cli.Commands;

/// <summary>Standard streams and files as bytes: no console encoding, no byte order mark, no line ending of our own.</summary>
internal static class ByteStreams
{
    /// <summary>The name that stands for stdin.</summary>
    public const string StandardInput = "-";

    /// <summary>All bytes of a file, or of stdin for <c>-</c>.</summary>
    /// <exception cref="CommandException">The file cannot be read, or is nothing that has an end.</exception>
    public static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            if (file == StandardInput)
            {
                return StandardStreams.IsInputClosed
                    ? throw new CommandException("stdin is closed.")
                    : await Task.Run(() => InputFile.ReadToEnd(Console.OpenStandardInput(), cancellationToken), cancellationToken).WaitAsync(cancellationToken);
            }

            return InputFile.Refusal(InputFile.KindOf(file)) is { } reason
                ? throw new CommandException($"cannot read {NameOf(file)}: {reason}.")
                : await InputFile.ReadAsync(file, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"cannot read {NameOf(file)}: {ReasonOf(e, file)}");
        }
    }

    /// <summary>How an input is called in messages.</summary>
    public static string NameOf(string file) => file == StandardInput ? "stdin" : Printable.Name(file);

    /// <summary>What keeps a file from being read, without its name.</summary>
    public static string ReasonOf(Exception failure, string file) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException when file.Contains('\uFFFD', StringComparison.Ordinal) => "its name is not UTF-8, or there is no such file or directory.",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file or directory.",
        PathTooLongException => "its name is too long.",
        UnauthorizedAccessException => "permission denied.",

        // The system's reason; .NET puts the name behind it.
        _ => failure.Message.Split(" : '", 2)[0],
    };

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
            throw new CommandException($"{NameOf(file)}: {e.Message}");
        }
    }

    /// <summary>Writes exactly these bytes to stdout.</summary>
    public static async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await using var output = Console.OpenStandardOutput();
            await output.WriteAsync(bytes, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"cannot write to stdout: {e.Message}");
        }
    }
}
