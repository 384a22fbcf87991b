using System.CommandLine;
using Headroom.Engine.Ccr;
using Headroom.Engine.Retrieval;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom retrieve</c>: an original, whole or in part.</summary>
internal static class RetrieveCommand
{
    private static readonly Argument<string> Hash = new("HASH") { Description = "The hash in a marker or a report: 24 hex digits." };
    private static readonly Option<RetrievalRequest.Span?> Rows = SpanOption("--rows", "Rows of a JSON array, JSON lines or CSV, from 1: 5, 5-10, 5- or -10.");
    private static readonly Option<RetrievalRequest.Span?> Lines = SpanOption("--lines", "Lines of the text, from 1.");
    private static readonly Option<string?> JsonPath = new("--path") { Description = "A path in a JSON document, for example $.items[3].name.", HelpName = "P" };
    private static readonly Option<string?> Pattern = new("--pattern")
    {
        Description = "Rows or lines that hold a text, whatever the case; between slashes a regular expression.",
        HelpName = "TEXT|/REGEX/",
    };

    private static readonly Option<CcrStoreAddress> Store = CommonOptions.Store();
    private static readonly Option<string> Workspace = CommonOptions.Workspace();
    private static readonly Option<string?> DataDirectory = CommonOptions.DataDirectory();

    public static Command Create()
    {
        var command = new Command("retrieve", "Write an original to stdout, its exact bytes, whole or in part.")
        {
            Hash, Rows, Lines, JsonPath, Pattern, Store, Workspace, DataDirectory,
        };
        Hash.Validators.Add(result =>
        {
            if (!result.Tokens.All(token => Marker.IsHash(token.Value.ToLowerInvariant())))
            {
                result.AddError($"A hash has {Marker.HashLength} hex digits.");
            }
        });
        command.Validators.Add(result =>
        {
            if (new Option[] { Rows, Lines, JsonPath, Pattern }.Count(option => result.GetResult(option) is not null) > 1)
            {
                result.AddError("Give only one of --rows, --lines, --path and --pattern.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var store = StoreOptions.Open(arguments.GetValue(Store)!, arguments.GetValue(DataDirectory), arguments.GetValue(Workspace)!);
        var request = new RetrievalRequest
        {
            Hash = arguments.GetValue(Hash)!.ToLowerInvariant(),
            Rows = arguments.GetValue(Rows),
            Lines = arguments.GetValue(Lines),
            Path = arguments.GetValue(JsonPath),
            Pattern = arguments.GetValue(Pattern),
        };
        var result = await Retriever.RetrieveAsync(store, request, cancellationToken);
        if (result.Status != RetrievalStatus.Found)
        {
            var elsewhere = result.Status == RetrievalStatus.Unknown ? " --data-dir, --store and --workspace look into another." : "";
            return ExitCode.Fail(result.Message + elsewhere, result.Status == RetrievalStatus.Invalid ? ExitCode.BadInput : ExitCode.Failed);
        }

        await ByteStreams.WriteAsync(result.Bytes, cancellationToken);
        if (!result.IsWhole)
        {
            ExitCode.Tell(result.Message);
        }

        return 0;
    }

    private static Option<RetrievalRequest.Span?> SpanOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "A-B",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (RetrievalRequest.Span.TryParse(text, out var span))
            {
                return span;
            }

            result.AddError($"'{text}' is no range that counts from 1, such as 5, 5-10, 5- or -10.");
            return null;
        },
    };
}
