using System.CommandLine;
using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom decode</c>: lossless forms of any kind back to what they came from.</summary>
internal static class DecodeCommand
{
    private static readonly Argument<string> Input = CommonOptions.Input();
    private static readonly Option<long> MaxSize = CommonOptions.Size(
        "--max-size", "The most that the text may take, at most 2 GB; bytes, or with KiB, MiB, GiB.", ContentNotation.MaximumBytes);

    private static readonly Option<Encoding?> Encoding = CommonOptions.Encoding();

    public static Command Create()
    {
        var command = new Command("decode", "Turn a lossless form back into the text it came from; JSON comes back as the same value.") { Input, Encoding, MaxSize };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var file = await ByteStreams.ReadTextAsync(arguments.GetValue(Input)!, arguments.GetValue(Encoding), cancellationToken);
        var text = file.Utf8 ?? throw new CommandException("this is not text in UTF-8 and has no byte order mark; --encoding says what else it is.");
        var value = Decode(text.Span, (int)Math.Min(arguments.GetValue(MaxSize), Array.MaxLength), cancellationToken) ?? (IsJson(text) ? file.Bytes : default(ReadOnlyMemory<byte>?));
        if (value is not { } decoded)
        {
            // A view ends with its marker; further up somebody only speaks of one.
            throw new CommandException(Marker.HashesIn(LastLine(text.Span)) is [var hash, ..]
                ? $"this is a view, not the whole; headroom retrieve {hash} gives the original from the store that has it (--data-dir, --store, --workspace)."
                : "this is no lossless form: what was left alone or only made plain (colours, redrawn lines) reads as it is; headroom retrieve with the hash of a report gives an original.");
        }

        await ByteStreams.WriteAsync(decoded, cancellationToken);
        return 0;
    }

    private static string LastLine(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd(" \t\r\n"u8);
        return System.Text.Encoding.UTF8.GetString(text[(text.LastIndexOf((byte)'\n') + 1)..]);
    }

    private static byte[]? Decode(ReadOnlySpan<byte> text, int most, CancellationToken cancellationToken)
    {
        try
        {
            return ContentNotation.Decode(text, most, cancellationToken);
        }
        catch (ContentTooLargeException failure)
        {
            throw new CommandException($"{failure.Message} --max-size allows more.");
        }
    }

    /// <summary>JSON that compression left alone decodes to itself, also where it is too deep for any other form.</summary>
    private static bool IsJson(ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 1024 });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
