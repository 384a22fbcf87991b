namespace Headroom.Engine.Tokens;

/// <summary>What is known of a model: who serves it, how much it takes, and how its tokens are counted.</summary>
/// <param name="Name">The name or the prefix of names that this entry stands for.</param>
/// <param name="Provider">The provider's name, lower case: <c>openai</c>, <c>anthropic</c>, <c>google</c>, <c>cohere</c>, <c>mistral</c>.</param>
/// <param name="ContextTokens">The model's context window in tokens.</param>
/// <param name="Counter">Counts for this model.</param>
public sealed record ModelInfo(string Name, string Provider, int ContextTokens, ITokenCounter Counter);

/// <summary>The models that the product knows by name.</summary>
public static class ModelRegistry
{
    /// <summary>The entry whose name is the longest prefix of <paramref name="model"/>, or null when none is.</summary>
    /// <param name="model">A model name as a client sends it; provider prefixes (<c>openai/</c>) and date suffixes are tolerated.</param>
    public static ModelInfo? Find(string? model) => null;

    /// <summary>The counter for a model; for an unknown one, the o200k_base counter labelled as an estimate.</summary>
    /// <param name="model">A model name, or null.</param>
    public static ITokenCounter CounterFor(string? model) => Find(model)?.Counter ?? TokenEstimator.Instance;
}
