using System.Text.RegularExpressions;

namespace Headroom.Engine.Tokens;

/// <summary>The exact counters. Making or naming one loads nothing; the first count does.</summary>
public static partial class TokenCounters
{
    /// <summary>The encoding of gpt-4o and all later OpenAI models up to GPT-5 (source: openai/tiktoken, <c>model.py</c>).</summary>
    public static ITokenCounter O200kBase { get; } = new TiktokenCounter("o200k_base", O200kPieces());

    /// <summary>The encoding of gpt-4, gpt-3.5-turbo and the embedding models of their time.</summary>
    public static ITokenCounter Cl100kBase { get; } = new TiktokenCounter("cl100k_base", Cl100kPieces());

    /// <summary>How o200k_base divides a text before it merges bytes (source: openai/tiktoken, <c>openai_public.py</c>).</summary>
    [GeneratedRegex(
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.CultureInvariant)]
    internal static partial Regex O200kPieces();

    /// <summary>How cl100k_base divides a text before it merges bytes.</summary>
    [GeneratedRegex(
        @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.CultureInvariant)]
    internal static partial Regex Cl100kPieces();
}
