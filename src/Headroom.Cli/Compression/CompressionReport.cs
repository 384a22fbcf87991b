using System.Text.Json.Serialization;

namespace Headroom.Cli.Compression;

/// <summary>One line of a report: what became of one input.</summary>
/// <param name="File">The input's name as it was given, or relative to the batch directory with <c>/</c> between folders; <c>-</c> for stdin.</param>
/// <param name="Kind">What the content was taken for.</param>
/// <param name="Strategy">The form that was used; <c>none</c> when nothing changed.</param>
/// <param name="Rung">original, lossless or view.</param>
/// <param name="BytesBefore">Length of the input.</param>
/// <param name="BytesAfter">Length of the output.</param>
/// <param name="TokensBefore">Tokens of the input by <paramref name="Counter"/>.</param>
/// <param name="TokensAfter">Tokens of the output by the same counter.</param>
/// <param name="TokensSaved">The difference; never negative.</param>
/// <param name="SavingsPercent">100 * saved / before, two decimals.</param>
/// <param name="Counter">The tokenizer that counted, with a word on its accuracy unless it is the model's own.</param>
/// <param name="Hash">Gives the original back (<c>headroom retrieve</c>); null when nothing changed.</param>
/// <param name="ElapsedMs">Compression alone in milliseconds, on code that has run before.</param>
/// <param name="Reason">Why the content was changed or left alone.</param>
internal sealed record CompressionReport(
    string File,
    string Kind,
    string Strategy,
    string Rung,
    long BytesBefore,
    long BytesAfter,
    int TokensBefore,
    int TokensAfter,
    int TokensSaved,
    double SavingsPercent,
    string Counter,
    string? Hash,
    double ElapsedMs,
    string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CompressionReport))]
internal sealed partial class CompressionReportJson : JsonSerializerContext;
