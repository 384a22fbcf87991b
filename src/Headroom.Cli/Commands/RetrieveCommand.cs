using System.CommandLine;
using System.Text.RegularExpressions;
using Headroom.Engine.Ccr;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom retrieve</c>: the exact original bytes.</summary>
internal static partial class RetrieveCommand
{
    private static readonly Argument<string> Hash = new("HASH") { Description = "The hash in a marker or a report: 24 hex digits." };
    private static readonly Option<string?> DataDirectory = CommonOptions.DataDirectory();

    public static Command Create()
    {
        var command = new Command("retrieve", "Write the exact original bytes to stdout.") { Hash, DataDirectory };
        Hash.Validators.Add(result =>
        {
            if (!HashPattern().IsMatch(result.GetValueOrDefault<string>()))
            {
                result.AddError($"A hash has {Marker.HashLength} lower-case hex digits.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var hash = arguments.GetValue(Hash)!;
        await using var store = new SqliteCcrStore(arguments.GetValue(DataDirectory) ?? CcrDataDirectory.Default, log: Console.Error.WriteLine);
        var original = await store.GetAsync(hash, cancellationToken)
            ?? throw new CommandException($"nothing is stored under {hash}.");
        await ByteStreams.WriteAsync(original, cancellationToken);
        return 0;
    }

    [GeneratedRegex("^[0-9a-f]{24}$", RegexOptions.CultureInvariant)]
    private static partial Regex HashPattern();
}
