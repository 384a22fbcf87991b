using System.Collections.Immutable;

namespace Headroom.Engine.Tokens;

/// <summary>What is known of a model: who serves it, how much it takes, and how its tokens are counted.</summary>
/// <param name="Name">The name or the prefix of names that this entry stands for.</param>
/// <param name="Provider">The provider's name, lower case: <c>openai</c>, <c>anthropic</c>, <c>google</c>, <c>cohere</c>, <c>mistral</c>.</param>
/// <param name="ContextTokens">The model's context window in tokens, without beta headers.</param>
/// <param name="Counter">Counts for this model.</param>
public sealed record ModelInfo(string Name, string Provider, int ContextTokens, ITokenCounter Counter);

/// <summary>
/// The models that the product knows by name. Sources, read in November 2026. Windows: the providers' model pages; where those leave
/// a doubt, the smaller number. Encodings: openai/tiktoken 0.14, <c>model.py</c>. Factors against o200k_base: the JSON column that TensorZero
/// measured with the providers' own counting endpoints ("Stop comparing price per million tokens", April 2026); for Claude from Opus 4.7 on that
/// number times the 30 percent that Anthropic's page on token counting gives for the newer tokenizer.
/// </summary>
public static class ModelRegistry
{
    private static readonly ITokenCounter Unknown = Borrowed(CountAccuracy.Estimated, 100);
    private static readonly ITokenCounter Claude = Borrowed(CountAccuracy.Calibrated, 122);
    private static readonly ITokenCounter NewerClaude = Borrowed(CountAccuracy.Calibrated, 159);
    private static readonly ITokenCounter UnmeasuredClaude = Borrowed(CountAccuracy.Estimated, 159);
    private static readonly ITokenCounter Gemini = Borrowed(CountAccuracy.Calibrated, 111);
    private static readonly ITokenCounter UnmeasuredGemini = Borrowed(CountAccuracy.Estimated, 111);

    // Cloud services put the maker's name, and sometimes a region, before the model's: us.anthropic.claude-...
    private static readonly ImmutableArray<string> Makers = ["anthropic.", "cohere.", "mistral.", "openai.", "google."];

    /// <summary>All entries. The order does not matter.</summary>
    public static ImmutableArray<ModelInfo> All { get; } =
    [
        .. Of("openai", TokenCounters.O200kBase,
            ("gpt-5", 400_000), ("gpt-5-chat", 128_000),
            ("gpt-5.1", 400_000), ("gpt-5.1-chat", 128_000),
            ("gpt-5.2", 400_000), ("gpt-5.2-chat", 128_000),
            ("gpt-5.3", 400_000), ("gpt-5.3-chat", 128_000), ("gpt-5.3-codex-spark", 128_000),
            ("gpt-5.4", 1_050_000), ("gpt-5.4-mini", 400_000), ("gpt-5.4-nano", 400_000),
            ("gpt-5.5", 1_050_000), ("gpt-5.6", 1_050_000), ("gpt-5.6-luna", 400_000),
            ("gpt-4.5", 128_000), ("gpt-4.1", 1_047_576), ("gpt-4o", 128_000), ("chatgpt-4o", 128_000), ("gpt-oss", 131_072),
            ("o1", 200_000), ("o1-mini", 128_000), ("o1-preview", 128_000), ("o3", 200_000), ("o4-mini", 200_000)),
        .. Of("openai", TokenCounters.Cl100kBase,
            ("gpt-4", 8_192), ("gpt-4-32k", 32_768), ("gpt-4-turbo", 128_000), ("gpt-4-1106", 128_000), ("gpt-4-0125", 128_000), ("gpt-4-vision", 128_000),
            ("gpt-3.5-turbo", 16_385), ("gpt-35-turbo", 16_385), ("gpt-3.5-turbo-instruct", 4_096),
            ("text-embedding-3", 8_192), ("text-embedding-ada-002", 8_192)),
        .. Of("openai", Unknown, ("gpt-6", 1_000_000)),
        .. Of("anthropic", NewerClaude,
            ("claude-fable-5", 1_000_000), ("claude-mythos", 1_000_000), ("claude-opus-5", 1_000_000), ("claude-opus-4-8", 1_000_000),
            ("claude-opus-4-7", 1_000_000), ("claude-sonnet-5", 1_000_000)),
        .. Of("anthropic", UnmeasuredClaude, ("claude-haiku-5", 1_000_000), ("claude", 200_000)),
        .. Of("anthropic", Claude,
            ("claude-opus-4-6", 1_000_000), ("claude-sonnet-4-6", 1_000_000), ("claude-opus-4", 200_000), ("claude-sonnet-4", 200_000),
            ("claude-haiku-4", 200_000), ("claude-3", 200_000)),
        .. Of("google", Gemini, ("gemini-3", 1_048_576)),
        .. Of("google", UnmeasuredGemini,
            ("gemini-4", 1_048_576), ("gemini-2.5", 1_048_576), ("gemini-2.0", 1_048_576), ("gemini-1.5-pro", 2_097_152), ("gemini-1.5-flash", 1_048_576),
            ("gemini", 1_048_576), ("gemma-3", 131_072)),
        .. Of("cohere", Unknown,
            ("command-a", 256_000), ("command-a-plus", 128_000), ("command-a-vision", 128_000), ("command-a-translate", 8_192),
            ("command-r", 128_000), ("command-r7b", 128_000)),
        .. Of("mistral", Unknown,
            ("mistral-medium", 131_072), ("mistral-medium-3", 262_144), ("mistral-medium-latest", 262_144),
            ("mistral-large", 131_072), ("mistral-large-3", 262_144), ("mistral-large-2512", 262_144), ("mistral-large-latest", 262_144),
            ("mistral-small", 131_072), ("mistral-small-4", 262_144), ("mistral-small-2603", 262_144),
            ("codestral", 256_000), ("devstral", 131_072), ("devstral-2512", 262_144), ("devstral-medium-latest", 262_144),
            ("magistral", 131_072), ("ministral", 131_072), ("pixtral", 131_072), ("open-mistral-nemo", 131_072)),
    ];

    /// <summary>The entry whose name is the longest prefix of <paramref name="model"/>, or null when none is.</summary>
    /// <param name="model">
    /// A model name as a client sends it, in any case. Prefixes of gateways and clouds (<c>openai/</c>, <c>models/</c>, <c>us.anthropic.</c>,
    /// <c>ft:</c>) and suffixes (dates, versions, <c>-latest</c>) are tolerated, and a dot and a hyphen between digits mean the same.
    /// </param>
    public static ModelInfo? Find(string? model)
    {
        var name = Bare(model.AsSpan().Trim());
        ModelInfo? longest = null;
        foreach (var entry in All)
        {
            if (IsPrefix(entry.Name, name) && entry.Name.Length > (longest?.Name.Length ?? 0))
            {
                longest = entry;
            }
        }

        return longest;
    }

    /// <summary>The counter for a model; for an unknown one, the o200k_base counter labelled as an estimate.</summary>
    /// <param name="model">A model name, or null.</param>
    public static ITokenCounter CounterFor(string? model) => Find(model)?.Counter ?? Unknown;

    private static ReadOnlySpan<char> Bare(ReadOnlySpan<char> model)
    {
        model = model[(model.LastIndexOf('/') + 1)..];
        if (model.StartsWith("ft:", StringComparison.OrdinalIgnoreCase))
        {
            model = model["ft:".Length..];
        }

        foreach (var maker in Makers)
        {
            var start = model.IndexOf(maker, StringComparison.OrdinalIgnoreCase);
            if (start >= 0)
            {
                return model[(start + maker.Length)..];
            }
        }

        return model;
    }

    // A prefix ends where a part of the name ends: gpt-4 is none of gpt-4o, gpt-4.1 none of gpt-4-1106.
    private static bool IsPrefix(string entry, ReadOnlySpan<char> name)
    {
        if (name.Length < entry.Length || (name.Length > entry.Length && char.IsAsciiLetterOrDigit(name[entry.Length])))
        {
            return false;
        }

        for (var i = 0; i < entry.Length; i++)
        {
            if (Fold(entry[i]) != Fold(name[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static char Fold(char c) => c == '.' ? '-' : char.ToLowerInvariant(c);

    private static BorrowedCounter Borrowed(CountAccuracy accuracy, int percent) => new(TokenCounters.O200kBase, accuracy, percent);

    private static IEnumerable<ModelInfo> Of(string provider, ITokenCounter counter, params (string Name, int ContextTokens)[] models) =>
        models.Select(model => new ModelInfo(model.Name, provider, model.ContextTokens, counter));
}
