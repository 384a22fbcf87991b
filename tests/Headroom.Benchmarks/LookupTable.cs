using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Tokens;

namespace Headroom.Benchmarks;

/// <summary>
/// The public benchmark data of a directory: every JSON file's tokens pretty, compact, lossless and Balanced; and where <c>_questions.json</c> lies beside
/// them, how many of its literal look-ups the forms still answer. The data are not ours and not in this repository.
/// </summary>
internal static class LookupTable
{
    private static readonly ITokenCounter Counter = TokenCounters.O200kBase;

    public static void Print(TextWriter output, string directory)
    {
        output.WriteLine($"\n## Files of {Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))}\n");
        output.WriteLine("| File | Pretty | Compact | Lossless | off pretty | Balanced | off pretty |");
        output.WriteLine("|---|--:|--:|--:|--:|--:|--:|");
        var forms = new Dictionary<string, Forms>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(directory, "*.json").Where(f => Path.GetFileName(f)[0] != '_').Order(StringComparer.Ordinal))
        {
            var form = Forms.Of(File.ReadAllBytes(file));
            forms[Path.GetFileNameWithoutExtension(file)] = form;
            Row(output, Path.GetFileName(file), [form]);
        }

        Row(output, "**all**", [.. forms.Values]);
        var questions = Path.Combine(directory, "_questions.json");
        if (File.Exists(questions))
        {
            PrintLookups(output, forms, questions);
        }
    }

    // A question counts where its answer is a literal of the data: not yes and no, which are worded.
    private static void PrintLookups(TextWriter output, Dictionary<string, Forms> forms, string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var (asked, lossless, balanced, retrieved) = (0, 0, 0, 0);
        foreach (var question in document.RootElement.EnumerateArray())
        {
            var answer = question.GetProperty("groundTruth").GetString()!;
            if (question.GetProperty("type").GetString() != "field-retrieval" || !forms.TryGetValue(question.GetProperty("dataset").GetString()!, out var form))
            {
                continue;
            }

            var prompt = question.GetProperty("prompt").GetString()!;
            if (form.Find(prompt, answer) is not { } row)
            {
                continue;
            }

            asked++;
            lossless += row.IsIn(form.DecodedLossless) ? 1 : 0;
            if (row.IsIn(form.Balanced))
            {
                balanced++;
            }
            else
            {
                // One retrieve gives the original.
                retrieved += form.IsView ? 1 : 0;
            }
        }

        output.WriteLine(FormattableString.Invariant(
            $"\nLiteral look-ups, answer and named row both there: lossless {lossless} of {asked}; Balanced {balanced} at sight, {retrieved} after one retrieve, of {asked}."));
    }

    private static void Row(TextWriter output, string name, IReadOnlyCollection<Forms> forms)
    {
        var pretty = forms.Sum(f => f.PrettyTokens);
        output.WriteLine(FormattableString.Invariant(
            $"| {name} | {pretty:N0} | {forms.Sum(f => f.CompactTokens):N0} | {forms.Sum(f => f.LosslessTokens):N0} | {Off(pretty, forms.Sum(f => f.LosslessTokens)):F1} % | {forms.Sum(f => f.BalancedTokens):N0} | {Off(pretty, forms.Sum(f => f.BalancedTokens)):F1} % |"));
    }

    private static double Off(int before, int after) => before == 0 ? 0 : 100.0 * (before - after) / before;

    /// <summary>What a question asks for: a value, and the row that it names.</summary>
    private sealed record Lookup(string Row, string Answer)
    {
        public bool IsIn(string text) => text.Contains(Row, StringComparison.Ordinal) && text.Contains(Answer, StringComparison.Ordinal);
    }

    private sealed class Forms
    {
        private static readonly JsonSerializerOptions Unindented = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        private readonly HashSet<string> _literals = new(StringComparer.Ordinal);

        public required int PrettyTokens { get; init; }

        public required int CompactTokens { get; init; }

        public required int LosslessTokens { get; init; }

        public required int BalancedTokens { get; init; }

        public required string DecodedLossless { get; init; }

        public required string Balanced { get; init; }

        public required bool IsView { get; init; }

        public static Forms Of(byte[] pretty)
        {
            using var document = JsonDocument.Parse(pretty);
            var root = document.RootElement;
            var lossless = ContentRouter.Compress(pretty, new CompressionOptions { Level = CompressionLevel.Lossless });
            var balanced = ContentRouter.Compress(pretty, new CompressionOptions { Marker = missing => Marker.Write(missing, new string('0', Marker.HashLength)) });
            var forms = new Forms
            {
                PrettyTokens = Counter.Count(pretty),
                CompactTokens = Counter.Count(JsonSerializer.SerializeToUtf8Bytes(root, Unindented)),
                LosslessTokens = Counter.Count(lossless.Output.Span),
                BalancedTokens = Counter.Count(balanced.Output.Span),
                DecodedLossless = Encoding.UTF8.GetString(ContentNotation.Decode(lossless.Output.Span) ?? lossless.Output.ToArray()),
                Balanced = Encoding.UTF8.GetString((balanced.Rung == Rung.View ? null : ContentNotation.Decode(balanced.Output.Span)) ?? balanced.Output.ToArray()),
                IsView = balanced.Rung == Rung.View,
            };
            forms.Collect(root);
            return forms;
        }

        /// <summary>The value asked for and the longest literal of the data that the question names; null when the answer is no literal.</summary>
        public Lookup? Find(string prompt, string answer) =>
            _literals.Contains(answer)
                ? new Lookup(_literals.Where(l => l.Length > 2 && prompt.Contains(l, StringComparison.Ordinal)).OrderByDescending(l => l.Length).ThenBy(l => l, StringComparer.Ordinal).FirstOrDefault() ?? "", answer)
                : null;

        private void Collect(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var member in element.EnumerateObject())
                    {
                        _literals.Add(member.Name);
                        Collect(member.Value);
                    }

                    break;
                case JsonValueKind.Array:
                    foreach (var item in element.EnumerateArray())
                    {
                        Collect(item);
                    }

                    break;
                case JsonValueKind.String:
                    _literals.Add(element.GetString()!);
                    break;
                case JsonValueKind.Number:
                    _literals.Add(element.GetRawText());
                    break;
            }
        }
    }
}
