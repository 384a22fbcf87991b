namespace Headroom.Engine.Tokens;

/// <summary>The exact counters. Making or naming one loads nothing; the first count does.</summary>
public static class TokenCounters
{
    /// <summary>The encoding of gpt-4o and all later OpenAI models up to GPT-5 (source: openai/tiktoken, <c>model.py</c>).</summary>
    public static ITokenCounter O200kBase { get; } = new TiktokenCounter("o200k_base", PieceScanner.O200kPiece);

    /// <summary>The encoding of gpt-4, gpt-3.5-turbo and the embedding models of their time.</summary>
    public static ITokenCounter Cl100kBase { get; } = new TiktokenCounter("cl100k_base", PieceScanner.Cl100kPiece);
}
