using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Headroom.Engine.Ccr;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom cache</c>: what a workspace keeps, and <c>clear</c>, which removes it.</summary>
internal static class CacheCommand
{
    private const int ListedByDefault = 20;

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly Option<CcrStoreAddress> Store = CommonOptions.Store();
    private static readonly Option<string> Workspace = CommonOptions.Workspace();
    private static readonly Option<string?> DataDirectory = CommonOptions.DataDirectory();
    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON." };

    private static readonly Option<int> List = new("--list")
    {
        Description = $"List the originals, the most recently used first; {ListedByDefault} unless told how many.",
        HelpName = "N",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result => result.Tokens.Count == 0 ? ListedByDefault : CommonOptions.Number(1, int.MaxValue)(result),
    };

    private static readonly Argument<string[]> Hashes = new("HASH") { Description = "The originals to remove, each by its 24 hex digits.", Arity = ArgumentArity.ZeroOrMore };

    private static readonly Option<bool> All = new("--all") { Description = "Remove everything that the workspace keeps." };

    private static readonly Option<int> OlderThan = new("--older-than")
    {
        Description = "Remove only what was not used for so many days.",
        HelpName = "DAYS",
        CustomParser = CommonOptions.Number((int)CcrRetention.Grace.TotalDays, 36_500),
    };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Remove without asking back what --older-than names." };

    public static Command Create()
    {
        var clear = new Command("clear", "Remove originals and decisions; conversations that hold their markers cannot get them back.")
        {
            Hashes, All, OlderThan, Yes, Store, Workspace, DataDirectory,
        };
        clear.Validators.Add(result =>
        {
            var given = new SymbolResult?[] { result.GetResult(Hashes) is { Tokens.Count: > 0 } named ? named : null, result.GetResult(All), result.GetResult(OlderThan) }.Count(r => r is not null);
            if (given > 1)
            {
                result.AddError("Give hashes, --all or --older-than, and only one of them.");
            }

            // A variable without a value leaves no argument behind.
            if (given == 0 && result.GetResult(Yes) is not null)
            {
                result.AddError("--yes alone does not say what to remove: give hashes, --all or --older-than.");
            }
        });
        clear.SetAction(ClearAsync);
        var command = new Command("cache", "Show what is kept: originals, and decisions that are replayed.")
        {
            List, Json, Store, Workspace, DataDirectory, clear,
        };
        command.SetAction(ShowAsync);
        return command;
    }

    private static async Task<int> ShowAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var store = Open(arguments);
        var statistics = await store.StatisticsAsync(cancellationToken);
        List<CcrEntry>? entries = arguments.GetResult(List) is null
            ? null
            : await store.ListAsync(cancellationToken).Take(arguments.GetValue(List)).ToListAsync(cancellationToken);
        var lines = arguments.GetValue(Json)
            ? [JsonSerializer.Serialize(new { workspace = arguments.GetValue(Workspace), totals = statistics, entries }, Indented)]
            : entries is null ? Totals(statistics) : Rows(entries);
        foreach (var line in lines)
        {
            await Console.Out.WriteLineAsync(line.AsMemory(), cancellationToken);
        }

        return 0;
    }

    private static async Task<int> ClearAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var store = Open(arguments);
        if (arguments.GetValue(Hashes) is { Length: > 0 } hashes)
        {
            return await RemoveAsync(store, hashes, cancellationToken);
        }

        int? days = arguments.GetResult(OlderThan) is null ? null : arguments.GetValue(OlderThan);
        if (!arguments.GetValue(Yes) && !arguments.GetValue(All))
        {
            var kept = await store.StatisticsAsync(cancellationToken);
            var which = days is null ? "all of" : Invariant($"what was not used for {days} {(days == 1 ? "day" : "days")} of");
            var question = Invariant($"this removes {which} {kept.Originals:N0} originals ({kept.OriginalBytes:N0} bytes) and {kept.Pins:N0} decisions of workspace {arguments.GetValue(Workspace)}");
            if (Console.IsInputRedirected)
            {
                return ExitCode.Fail($"{question}; {(days is null ? "confirm with --all, or name hashes" : "confirm with --yes")}.", ExitCode.BadInput);
            }

            if (!await IsConfirmedAsync(question, cancellationToken))
            {
                ExitCode.Tell("Nothing was removed.");
                return 0;
            }
        }

        return await ToldAsync(
            days is null
                ? await store.ClearAsync(cancellationToken)
                : await store.SweepAsync(new CcrRetention(TimeSpan.FromDays(days.Value), long.MaxValue), cancellationToken),
            0,
            cancellationToken);
    }

    private static async Task<int> RemoveAsync(ICcrStore store, string[] hashes, CancellationToken cancellationToken)
    {
        var code = 0;
        var wellFormed = hashes.Select(hash => hash.ToLowerInvariant()).ToLookup(hash => Marker.IsHash(hash));
        foreach (var text in wellFormed[false])
        {
            code = ExitCode.Fail($"{Printable.Name(text)} is no hash: one has {Marker.HashLength} digits of 0-9 and a-f.", ExitCode.BadInput);
        }

        var removed = await store.RemoveAsync([.. wellFormed[true]], cancellationToken);
        foreach (var hash in removed.Missing)
        {
            var reason = await store.HasExpiredAsync(hash, cancellationToken) ? "was removed before" : "was never stored here";
            code = Math.Max(code, ExitCode.Fail($"the original {hash} {reason}.", ExitCode.Failed));
        }

        return await ToldAsync(removed, code, cancellationToken);
    }

    private static async Task<int> ToldAsync(CcrRemoval removed, int code, CancellationToken cancellationToken)
    {
        await Console.Out.WriteLineAsync(
            Invariant($"Removed {removed.Originals:N0} originals and {removed.Pins:N0} decisions: {removed.StoredBytes:N0} bytes as kept.").AsMemory(), cancellationToken);
        return code;
    }

    /// <summary>Asks on the terminal. Whoever only presses Enter has not said yes.</summary>
    private static async Task<bool> IsConfirmedAsync(string question, CancellationToken cancellationToken)
    {
        await Console.Error.WriteAsync($"{Printable.Message(question)}. Remove? [y/N] ".AsMemory(), cancellationToken);
        var answer = await Task.Run(Console.ReadLine, cancellationToken).WaitAsync(cancellationToken);
        return answer?.Trim() is { } said && (said.Equals("y", StringComparison.OrdinalIgnoreCase) || said.Equals("yes", StringComparison.OrdinalIgnoreCase));
    }

    private static ICcrStore Open(ParseResult arguments) =>
        StoreOptions.Open(arguments.GetValue(Store)!, arguments.GetValue(DataDirectory), arguments.GetValue(Workspace)!);

    private static IEnumerable<string> Totals(CcrStatistics kept) =>
    [
        Row("originals", Number(kept.Originals)),
        Row("  bytes", Number(kept.OriginalBytes)),
        Row("decisions", Number(kept.Pins)),
        Row("bytes as kept", Number(kept.StoredBytes)),
        Row("expired", Number(kept.Expired)),
        Row("oldest", kept.Oldest is { } oldest ? Age(oldest) : "-"),
        Row("longest unused", kept.LeastRecentlyUsed is { } used ? Age(used) : "-"),
    ];

    private static IEnumerable<string> Rows(List<CcrEntry> entries) =>
        entries.Select(e => $"{e.Hash}{Number(e.Length),14}{Number(e.StoredLength),14}{Age(e.Created),10}{Age(e.Used),10}")
            .Prepend($"{"hash",-Marker.HashLength}{"bytes",14}{"as kept",14}{"age",10}{"unused",10}");

    private static string Row(string name, string value) => $"{name,-16}{value,14}";

    private static string Number(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Age(DateTimeOffset since) => (TimeProvider.System.GetUtcNow() - since) switch
    {
        { TotalDays: >= 2 and var days } => Invariant($"{days:0} days"),
        { TotalHours: >= 2 and var hours } => Invariant($"{hours:0} h"),
        { TotalMinutes: >= 2 and var minutes } => Invariant($"{minutes:0} min"),
        _ => "now",
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
