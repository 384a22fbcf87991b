using Headroom.Engine.Tokens;

namespace Headroom.Engine.Tests.Tokens;

public sealed class ModelRegistryTests
{
    [Theory]
    [InlineData("gpt-4o", "gpt-4o", CountAccuracy.Exact, "o200k_base")]
    [InlineData("gpt-4o-mini-2024-07-18", "gpt-4o", CountAccuracy.Exact, "o200k_base")]
    [InlineData("openai/gpt-5.4-mini", "gpt-5.4-mini", CountAccuracy.Exact, "o200k_base")]
    [InlineData("GPT-5-2025-08-07", "gpt-5", CountAccuracy.Exact, "o200k_base")]
    [InlineData("gpt-5.2-chat-latest", "gpt-5.2-chat", CountAccuracy.Exact, "o200k_base")]
    [InlineData("o3-mini", "o3", CountAccuracy.Exact, "o200k_base")]
    [InlineData("ft:gpt-4o-mini-2024-07-18:org::id", "gpt-4o", CountAccuracy.Exact, "o200k_base")]
    [InlineData("gpt-4", "gpt-4", CountAccuracy.Exact, "cl100k_base")]
    [InlineData("gpt-4-0613", "gpt-4", CountAccuracy.Exact, "cl100k_base")]
    [InlineData("gpt-4-1106-preview", "gpt-4-1106", CountAccuracy.Exact, "cl100k_base")]
    [InlineData("gpt-4.1-nano", "gpt-4.1", CountAccuracy.Exact, "o200k_base")]
    [InlineData("gpt-3.5-turbo-0125", "gpt-3.5-turbo", CountAccuracy.Exact, "cl100k_base")]
    [InlineData("text-embedding-3-large", "text-embedding-3", CountAccuracy.Exact, "cl100k_base")]
    [InlineData("claude-sonnet-4-5-20250929", "claude-sonnet-4", CountAccuracy.Calibrated, "o200k_base x 1.22")]
    [InlineData("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4", CountAccuracy.Calibrated, "o200k_base x 1.22")]
    [InlineData("anthropic/claude-opus-4.7", "claude-opus-4-7", CountAccuracy.Calibrated, "o200k_base x 1.59")]
    [InlineData("anthropic.claude-3-5-haiku-20241022-v1:0", "claude-3", CountAccuracy.Calibrated, "o200k_base x 1.22")]
    [InlineData("claude-opus-4@20250514", "claude-opus-4", CountAccuracy.Calibrated, "o200k_base x 1.22")]
    [InlineData("claude-haiku-5-5", "claude-haiku-5", CountAccuracy.Estimated, "o200k_base x 1.59")]
    [InlineData("models/gemini-3.1-pro-preview", "gemini-3", CountAccuracy.Calibrated, "o200k_base x 1.11")]
    [InlineData("publishers/google/models/gemini-2.5-flash", "gemini-2.5", CountAccuracy.Estimated, "o200k_base x 1.11")]
    [InlineData("cohere.command-r-plus-v1:0", "command-r", CountAccuracy.Estimated, "o200k_base")]
    [InlineData("mistral-large-latest", "mistral-large-latest", CountAccuracy.Estimated, "o200k_base")]
    public void The_longest_matching_entry_is_found(string model, string entry, CountAccuracy accuracy, string counter)
    {
        var info = ModelRegistry.Find(model);
        Assert.Equal(entry, info?.Name);
        Assert.Equal(accuracy, info!.Counter.Accuracy);
        Assert.Equal(counter, info.Counter.Name);
        Assert.Same(info.Counter, ModelRegistry.CounterFor(model));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("openai/")]
    [InlineData("gpt")]
    [InlineData("gpt-4omega")]
    [InlineData("llama-4-maverick")]
    [InlineData("my-gpt-4o")]
    public void An_unknown_model_has_no_entry_and_is_counted_with_o200k_as_an_estimate(string? model)
    {
        Assert.Null(ModelRegistry.Find(model));
        var counter = ModelRegistry.CounterFor(model);
        Assert.Equal(CountAccuracy.Estimated, counter.Accuracy);
        Assert.Equal("o200k_base", counter.Name);
        Assert.Equal(TokenCounters.O200kBase.Count("Nobody knows this model."u8), counter.Count("Nobody knows this model."u8));
    }

    [Fact]
    public void A_calibrated_count_is_the_lender_s_times_the_factor()
    {
        var text = "{\"rows\": [1, 2, 3], \"name\": \"calibration\"}"u8;
        Assert.Equal(
            (int)Math.Round(TokenCounters.O200kBase.Count(text) * 1.22m, MidpointRounding.AwayFromZero),
            ModelRegistry.CounterFor("claude-sonnet-4-6").Count(text));
    }

    [Fact]
    public void Entries_are_unique_and_find_themselves()
    {
        Assert.Distinct(ModelRegistry.All.Select(e => e.Name.Replace('.', '-')));
        Assert.All(ModelRegistry.All, entry =>
        {
            Assert.Same(entry, ModelRegistry.Find(entry.Name));
            Assert.Contains(entry.Provider, (string[])["openai", "anthropic", "google", "cohere", "mistral"]);
            Assert.InRange(entry.ContextTokens, 4_096, 2_097_152);
        });
    }
}
