using System.CommandLine;
using System.Runtime;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Headroom.Cli.Compression;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Files;
using Headroom.Engine.Rules;
using Headroom.Engine.Tokens;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom compress</c>: one file to stdout, or a directory to a directory.</summary>
internal static class CompressCommand
{
    private static readonly Argument<string> Input = CommonOptions.Input();
    private static readonly Option<Encoding?> Encoding = CommonOptions.Encoding();
    private static readonly Option<CompressionLevel> Level = CommonOptions.Level();

    private static readonly Option<int?> Budget = CommonOptions.Budget();
    private static readonly Option<string> Model = CommonOptions.Model();

    private static readonly Option<string?> Query = new("--query") { Description = "Words whose matches a view keeps.", HelpName = "TEXT" };

    private static readonly Option<Regex[]> Keep = new("--keep")
    {
        Description = "A pattern of rows, lines and blocks that a view keeps; may be given several times.",
        HelpName = "REGEX",
        CustomParser = result => [.. result.Tokens.Select(token => CommonOptions.Pattern(result, token.Value)).OfType<Regex>()],
    };

    private static readonly Option<ContentKind?> Kind = new("--kind")
    {
        Description = "What the content is, where it should not be found out: json, json-lines, log, diff and so on.",
        HelpName = "KIND",
        CustomParser = CommonOptions.Kind,
    };

    private static readonly Option<string?> Rules = CommonOptions.Rules();
    private static readonly Option<string?> Tool = new("--tool") { Description = "The tool whose result this is; rules may speak of it.", HelpName = "NAME" };
    private static readonly Option<string?> CommandLine = new("--command") { Description = "The command that printed this; rules may speak of it.", HelpName = "TEXT" };

    private static readonly Option<string?> ReportFile = CommonOptions.NotBlank(new Option<string?>("--report")
    {
        Description = "Where to write one JSON object per input.",
        HelpName = "FILE",
    });

    private static readonly Option<string?> Batch = CommonOptions.NotBlank(new Option<string?>("--batch") { Description = "Compress every file below this directory.", HelpName = "DIR" });
    private static readonly Option<string?> Out = CommonOptions.NotBlank(new Option<string?>("--out") { Description = "Where a batch writes, under the same names.", HelpName = "DIR" });
    private static readonly Option<CcrStoreAddress> Store = CommonOptions.Store();
    private static readonly Option<string> Workspace = CommonOptions.Workspace();
    private static readonly Option<string?> DataDirectory = CommonOptions.DataDirectory();

    public static Command Create()
    {
        var command = new Command("compress", "Write the compressed text to stdout; what is changed can be retrieved.")
        {
            Input, Encoding, Level, Budget, Model, Query, Keep, Kind, Rules, Tool, CommandLine, ReportFile, Batch, Out, Store, Workspace, DataDirectory,
        };
        Store.Validators.Add(result =>
        {
            if (result.Tokens is [var address] && CcrStoreAddress.TryParse(address.Value, out var store) && store.Kind == CcrStoreKind.Memory)
            {
                result.AddError("memory would end with this command, and what it changed could not be had back.");
            }
        });
        command.Validators.Add(result =>
        {
            var isBatch = result.GetResult(Batch) is not null;
            if (isBatch != (result.GetResult(Out) is not null) || (isBatch && result.GetResult(ReportFile) is null))
            {
                result.AddError("--batch, --out and --report go together.");
            }
            else if (isBatch && result.GetResult(Input) is { Implicit: false })
            {
                result.AddError("--batch takes no FILE.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        // Nobody waits between two steps of it, so garbage may be collected where it is made: beside the work, it piles up to several times the input.
        GCSettings.LatencyMode = GCLatencyMode.Batch;
        var options = new CompressionOptions
        {
            Level = arguments.GetValue(Level),
            Budget = arguments.GetValue(Budget),
            Query = arguments.GetValue(Query),
            Keep = arguments.GetValue(Keep) ?? [],
            Kind = arguments.GetValue(Kind),
        };
        var directory = arguments.GetValue(DataDirectory) ?? CcrDataDirectory.Default;
        var rules = arguments.GetValue(Rules) is { } file ? CompressionRulesFile.Read(file) : CompressionRulesFile.ReadFrom(directory);
        var rule = rules.Then(CompressionRules.ToolClasses).Find(arguments.GetValue(Tool), arguments.GetValue(CommandLine));
        var counter = ModelRegistry.CounterFor(arguments.GetValue(Model));
        await using var store = StoreOptions.Open(arguments.GetValue(Store)!, directory, arguments.GetValue(Workspace)!);
        var compressor = new FileCompressor(store, rule?.Over(options) ?? options, rule is { Exclude: true }, counter);
        return arguments.GetValue(Batch) is { } batch
            ? await CompressTreeAsync(compressor, arguments.GetValue(Encoding), batch, arguments.GetValue(Out)!, arguments.GetValue(ReportFile)!, cancellationToken)
            : await CompressOneAsync(compressor, arguments.GetValue(Encoding), arguments.GetValue(Input)!, arguments.GetValue(ReportFile), cancellationToken);
    }

    private static async Task<int> CompressOneAsync(
        FileCompressor compressor, Encoding? encoding, string name, string? reportFile, CancellationToken cancellationToken)
    {
        if (reportFile is not null && name != ByteStreams.StandardInput && IsSamePath(reportFile, name))
        {
            throw new CommandException("--report would overwrite the input.");
        }

        var file = await ByteStreams.ReadTextAsync(name, encoding, cancellationToken);
        var (output, report) = await compressor.CompressAsync(name, file, reportFile is not null, cancellationToken);
        if (reportFile is not null)
        {
            await using var reports = OpenReport(reportFile);
            await WriteAsync(reports, report);
        }

        await ByteStreams.WriteAsync(output, cancellationToken);
        return 0;
    }

    private static async Task<int> CompressTreeAsync(
        FileCompressor compressor, Encoding? encoding, string source, string target, string reportFile, CancellationToken cancellationToken)
    {
        // 1. Nothing that is read may be written.
        var (from, to) = (Path.GetFullPath(source), Path.GetFullPath(target));
        if (!Directory.Exists(from))
        {
            throw new CommandException($"cannot read {Printable.Name(source)}: there is no such directory.");
        }

        if (IsWithin(to, from) || IsWithin(from, to))
        {
            throw new CommandException("--out must lie outside --batch, and --batch outside --out.");
        }

        var tree = FileTree.Below(from, cancellationToken);
        if (IsWithin(Path.GetFullPath(reportFile), from) || tree.Files.Any(name => IsSamePath(reportFile, Path.Combine(to, name))))
        {
            throw new CommandException("--report would overwrite a file of the batch.");
        }

        // 2. One after the other in ordinal order; what fails is said and the rest goes on.
        await using var reports = OpenReport(reportFile);
        foreach (var (name, reason) in tree.Others)
        {
            ExitCode.Tell($"headroom: {Printable.Name(Path.Combine(source, name))} is skipped: {reason}.");
        }

        foreach (var (name, reason) in tree.Unlisted)
        {
            ExitCode.Tell($"headroom: {Printable.Name(Path.Combine(source, name))} cannot be listed: {reason}");
        }

        var failed = 0;
        foreach (var name in tree.Files)
        {
            try
            {
                var file = await ByteStreams.ReadTextAsync(Path.Combine(source, name), encoding, cancellationToken);
                var (output, report) = await compressor.CompressAsync(name, file, measured: true, cancellationToken);
                var path = Path.Combine(to, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await using (var written = OpenOutput(path))
                {
                    await written.WriteAsync(output, cancellationToken);
                }

                await WriteAsync(reports, report);
            }
#pragma warning disable CA1031 // One file's failure, of whatever kind, must not cost the others.
            catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
            {
                // Untold: a line on stderr names the file.
                failed++;
                ExitCode.Tell(e is CommandException ? $"headroom: {e.Message}" : $"headroom: {Printable.Name(name)}: {ByteStreams.ReasonOf(e, name)}");
            }
        }

        ExitCode.Tell($"{tree.Files.Count - failed} files compressed, {failed + tree.Unlisted.Count} failed{(tree.Others.Count > 0 ? $", {tree.Others.Count} skipped" : "")}.");
        return failed + tree.Unlisted.Count == 0 ? 0 : ExitCode.Failed;
    }

    private static bool IsSamePath(string a, string b) =>
        string.Equals(Path.GetFullPath(a), Path.GetFullPath(b), OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);

    private static bool IsWithin(string path, string directory) =>
        IsSamePath(path, directory)
        || (Path.GetDirectoryName(path) is { } parent && IsWithin(parent, directory));

    private static FileStream OpenReport(string file)
    {
        try
        {
            return OpenOutput(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"cannot write {Printable.Name(file)}: {ByteStreams.ReasonOf(e, file)}");
        }
    }

    // A device takes what it is given; a pipe with a name may have nobody who does.
    private static FileStream OpenOutput(string path) => InputFile.KindOf(path) is (FileKind.NamedPipe or FileKind.Socket) and var kind
        ? throw new IOException($"{InputFile.Refusal(kind)}.")
        : File.Create(path);

    private static async Task WriteAsync(Stream reports, CompressionReport report)
    {
        await reports.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(report, CompressionReportJson.Default.CompressionReport));
        await reports.WriteAsync("\n"u8.ToArray());
    }
}
