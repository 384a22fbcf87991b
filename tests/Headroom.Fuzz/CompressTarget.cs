using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Fidelity;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>Compression and views at every level, budget, question and kind: what <see cref="FidelityCheck"/> says.</summary>
internal sealed class CompressTarget : IFuzzTarget
{
    private static readonly Regex[] Patterns = [new("error", RegexOptions.IgnoreCase), new("^$"), new(@"\d{3}"), new("[{\\[]")];

    public byte[] Draw(SeededRandom random) => Texts.Draw(random);

    public async Task<string?> RunAsync(byte[] input, SeededRandom random, CancellationToken cancellationToken)
    {
        var options = new CompressionOptions
        {
            Level = random.Pick(Enum.GetValues<CompressionLevel>()),
            Budget = random.Chance(0.5) ? random.Next(1, 3_000) : null,
            Query = random.Chance(0.3) ? random.Pick(["error", "name 17", "\"", "a.b[3]", ""]) : null,
            Keep = random.Chance(0.2) ? [random.Pick(Patterns)] : [],
            Kind = random.Chance(0.15) ? random.Pick(Enum.GetValues<ContentKind>()) : null,
        };

        // The estimator is what the product goes by; where it decides, the exact counter may call a form larger only by chance.
        ITokenCounter counter = random.Chance(0.05) ? TokenCounters.O200kBase : TokenEstimator.Instance;
        var unmarked = ContentRouter.Compress(input, options, cancellationToken);
        if (unmarked.Rung == Rung.View)
        {
            return "a view without a marker";
        }

        var report = await FidelityCheck.RunAsync(input, options, counter, cancellationToken);
        return report.Violations.Count == 0 ? null : $"{report.Kind}, {options.Level}, budget {options.Budget}, asked {options.Kind}: {string.Join("; ", report.Violations)}";
    }
}
