using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Fidelity;
using Headroom.Engine.Tokens;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom verify</c>: proves on files that nothing is lost.</summary>
internal static class VerifyCommand
{
    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "The files to check; - or nothing reads stdin.",
        DefaultValueFactory = _ => [ByteStreams.StandardInput],
    };

    private static readonly Option<Encoding?> Encoding = CommonOptions.Encoding();
    private static readonly Option<CompressionLevel> Level = CommonOptions.Level();
    private static readonly Option<int?> Budget = CommonOptions.Budget();
    private static readonly Option<string> Model = CommonOptions.Model();
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object per file." };

    public static Command Create()
    {
        var command = new Command("verify", "Check that lossless forms decode to the same, that views lose nothing for good, and that no form is larger.")
        {
            Files, Encoding, Level, Budget, Model, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = new CompressionOptions { Level = arguments.GetValue(Level), Budget = arguments.GetValue(Budget) };
        var counter = ModelRegistry.CounterFor(arguments.GetValue(Model));
        var isJson = arguments.GetValue(Json);
        var (isFaithful, isRead) = (true, true);
        foreach (var name in arguments.GetValue(Files)!)
        {
            string lines;
            try
            {
                var file = await ByteStreams.ReadTextAsync(name, arguments.GetValue(Encoding), cancellationToken);
                var text = file.Utf8 ?? throw new CommandException($"{ByteStreams.NameOf(name)} is not text in UTF-8 and has no byte order mark; --encoding says what else it is.");
                var report = await FidelityCheck.RunAsync(text, options, counter, cancellationToken);
                isFaithful &= report.Violations.Count == 0;
                lines = isJson
                    ? JsonSerializer.Serialize(new Line(name, counter.Name, report), VerifyJson.Default.Line)
                    : Describe(name == ByteStreams.StandardInput ? name : Printable.Name(name), file.Bytes.Length, counter, report);
            }
            catch (CommandException failure)
            {
                // The others are checked all the same.
                isRead = false;
                ExitCode.Fail(failure.Message, ExitCode.BadInput);
                continue;
            }

            await Console.Out.WriteLineAsync(lines.AsMemory(), cancellationToken);
        }

        return !isFaithful ? ExitCode.Failed : isRead ? 0 : ExitCode.BadInput;
    }

    private static string Describe(string name, int bytes, ITokenCounter counter, FidelityReport report)
    {
        var lines = new List<string>
        {
            Invariant($"{name}: {report.Kind.Code()}, {bytes:#,0} bytes, {report.Tokens:#,0} tokens ({counter.Name})"),
            Form("lossless", report.Lossless, report.Tokens, report.Equality switch
            {
                _ when report.Lossless.Rung == Rung.Original => "the content itself",
                Equality.Exact => "decodes to the same bytes",
                Equality.Value => "decodes to the same value",
                Equality.Displayed => "decodes to the same text without its colours",
                _ => "decodes to SOMETHING ELSE",
            }),
        };
        if (report.Best.Rung == Rung.View)
        {
            lines.Add(Form("best", report.Best, report.Tokens, Recall("values", report.Leaves)));
            foreach (var (what, recall) in new[] { ("that read like errors", report.Errors), ("names of files", report.Files) })
            {
                if (recall.Total > 0)
                {
                    lines.Add($"  {"",-44}{Recall(what, recall)}");
                }
            }
        }

        lines.AddRange(report.Violations.Select(violation => "  WRONG: " + violation));
        return string.Join(Environment.NewLine, lines);
    }

    private static string Form(string name, FormFidelity form, int before, string note) => Invariant(
        $"  {name,-9}{form.Tokens,10:#,0} tokens {(before == 0 ? 0 : 100.0 * (before - form.Tokens) / before),5:0.0} % off  {form.Strategy,-10} {note}");

    private static string Recall(string what, LeafRecall recall) =>
        Invariant($"of {recall.Total:#,0} {what}: {recall.Visible:#,0} visible, {recall.Recoverable:#,0} recoverable, {recall.Gone:#,0} gone");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>One file's report.</summary>
    internal sealed record Line(string File, string Counter, FidelityReport Report);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(VerifyCommand.Line))]
internal sealed partial class VerifyJson : JsonSerializerContext;
