using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Headroom.Engine.Accounting;

/// <summary>The prices of well-known models on a day. A model that is not in the table has no price: nothing is guessed.</summary>
public sealed partial class PriceTable
{
    private readonly FrozenDictionary<string, ModelPrice> _prices;

    /// <summary>Makes a table.</summary>
    /// <param name="asOf">The day on which the prices were in force.</param>
    /// <param name="prices">One entry per model.</param>
    /// <exception cref="ArgumentException">A model is listed twice.</exception>
    public PriceTable(DateOnly asOf, IEnumerable<ModelPrice> prices)
    {
        ArgumentNullException.ThrowIfNull(prices);
        AsOf = asOf;
        var byName = new Dictionary<string, ModelPrice>(StringComparer.Ordinal);
        foreach (var price in prices)
        {
            byName.Add(price.Model, price);
        }

        _prices = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>
    /// <para>List prices per million tokens of the providers' own APIs, standard tier, in US dollars. Where a long prompt costs
    /// more (OpenAI above 272,000 tokens, Claude Haiku 5.5 above 100,000) the price of the short one stands here, so that
    /// dollars are understated rather than overstated.</para>
    /// <para>Anthropic: <c>platform.claude.com/docs/en/about-claude/pricing</c> as stored in September 2026 and its
    /// <c>models/*/overview</c> pages; Opus 5.5, Sonnet 5.5 and Haiku 5.5 and the last check of all rates by the release notes
    /// of claudit 1.9.2 (24 October 2026) and PromptFuel 1.0.21 to 1.0.23, which transcribe that page.</para>
    /// <para>OpenAI: <c>developers.openai.com/api/docs/pricing</c> and its <c>models/*</c> pages as stored in autumn 2026, the
    /// GPT-6 and GPT-5.6 families by PromptFuel 1.0.19 to 1.0.23 (16 October 2026), the older models by
    /// <c>github.com/simonw/llm-prices</c> (5 August 2026).</para>
    /// </summary>
    public static PriceTable Default { get; } = new(new DateOnly(2026, 10, 16),
    [
        new("claude-fable-5-1", 10m, 0.25m, 12.50m),
        new("claude-fable-5", 10m, 1m, 12.50m),
        new("claude-opus-5-5", 4m, 0.20m, 5m),
        new("claude-opus-5", 5m, 0.50m, 6.25m),
        new("claude-opus-4-8", 5m, 0.50m, 6.25m),
        new("claude-opus-4-7", 5m, 0.50m, 6.25m),
        new("claude-opus-4-6", 5m, 0.50m, 6.25m),
        new("claude-opus-4-5", 5m, 0.50m, 6.25m),
        new("claude-opus-4-1", 15m, 1.50m, 18.75m),
        new("claude-opus-4", 15m, 1.50m, 18.75m),
        new("claude-sonnet-5-5", 2m, 0.10m, 2.50m),
        new("claude-sonnet-5", 2m, 0.20m, 2.50m),
        new("claude-sonnet-4-6", 3m, 0.30m, 3.75m),
        new("claude-sonnet-4-5", 3m, 0.30m, 3.75m),
        new("claude-sonnet-4", 3m, 0.30m, 3.75m),
        new("claude-haiku-5-5", 0.10m, 0.01m, 0.125m),
        new("claude-haiku-4-5", 1m, 0.10m, 1.25m),
        new("claude-3-5-haiku", 0.80m, 0.08m, 1m),

        new("gpt-6.1-sol", 2m, 0.10m, 2.50m),
        new("gpt-6-astra", 10m, 1m, 12.50m),
        new("gpt-6-sol", 2m, 0.20m, 2.50m),
        new("gpt-6-luna", 0.10m, 0.01m, 0.125m),
        new("gpt-5.6-terra", 2m, 0.20m, 2.50m),
        new("gpt-5.6-luna", 0.20m, 0.02m, 0.25m),
        new("gpt-5.5", 5m, 0.50m, null),
        new("gpt-5.4", 2.50m, 0.25m, null),
        new("gpt-5.4-mini", 0.75m, 0.075m, null),
        new("gpt-5.4-nano", 0.20m, 0.02m, null),
        new("gpt-5.3-codex", 1.75m, 0.175m, null),
        new("gpt-5.2", 1.75m, 0.175m, null),
        new("gpt-5.1", 1.25m, 0.125m, null),
        new("gpt-5.1-codex", 1.25m, 0.125m, null),
        new("gpt-5.1-codex-mini", 0.25m, 0.025m, null),
        new("gpt-5", 1.25m, 0.125m, null),
        new("gpt-5-codex", 1.25m, 0.125m, null),
        new("gpt-5-mini", 0.25m, 0.025m, null),
        new("gpt-5-nano", 0.05m, 0.005m, null),
        new("gpt-4.1", 2m, 0.50m, null),
        new("gpt-4.1-mini", 0.40m, 0.10m, null),
        new("gpt-4.1-nano", 0.10m, 0.025m, null),
        new("gpt-4o", 2.50m, 1.25m, null),
        new("gpt-4o-mini", 0.15m, 0.075m, null),
        new("o3-mini", 1.10m, 0.55m, null),
        new("o4-mini", 1.10m, 0.275m, null),
    ]);

    /// <summary>The day on which the prices were in force; to be said beside every sum of dollars.</summary>
    public DateOnly AsOf { get; }

    /// <summary>All entries.</summary>
    public IReadOnlyCollection<ModelPrice> Prices => _prices.Values;

    /// <summary>
    /// The price of a model, or null when it is not in the table. A provider prefix (<c>openai/</c>), a date suffix
    /// (<c>-20250929</c>, <c>-2025-08-07</c>, <c>@20250929</c>), <c>-latest</c> and a context mark (<c>[1m]</c>) are passed
    /// over; any other difference is another model.
    /// </summary>
    /// <param name="model">A model name as a client sends it, or null.</param>
    public ModelPrice? Find(string? model)
    {
        // A name longer than any model's is a client's mistake, not worth a pattern match.
        if (model is null or { Length: > 128 })
        {
            return null;
        }

        var name = model[(model.LastIndexOf('/') + 1)..].ToLowerInvariant();
        return _prices.GetValueOrDefault(Suffix().Replace(name, string.Empty));
    }

    [GeneratedRegex(@"(?:-latest|[-@]\d{8}|-\d{4}-\d{2}-\d{2})?(?:\[1m\])?$", RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();
}
