using Headroom.Engine.Accounting;

namespace Headroom.Engine.Tests.Accounting;

public sealed class PriceTableTests
{
    [Theory]
    [InlineData("claude-sonnet-4-5", "claude-sonnet-4-5")]
    [InlineData("claude-sonnet-4-5-20250929", "claude-sonnet-4-5")]
    [InlineData("claude-sonnet-4-5@20250929", "claude-sonnet-4-5")]
    [InlineData("anthropic/claude-opus-4-8[1m]", "claude-opus-4-8")]
    [InlineData("claude-3-5-haiku-latest", "claude-3-5-haiku")]
    [InlineData("openai/GPT-5-2025-08-07", "gpt-5")]
    [InlineData("gpt-4o-mini", "gpt-4o-mini")]
    public void A_model_is_found_behind_a_prefix_a_date_or_a_mark(string model, string expected) =>
        Assert.Equal(expected, PriceTable.Default.Find(model)?.Model);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("gpt")]
    [InlineData("gpt-5.7")]
    [InlineData("gpt-5-2")]
    [InlineData("gpt-5-pro")]
    [InlineData("gpt-4o-audio-preview")]
    [InlineData("ft:gpt-4o-mini:acme")]
    [InlineData("claude-sonnet-9")]
    [InlineData("llama-3")]
    public void A_model_that_is_not_listed_has_no_price(string? model) => Assert.Null(PriceTable.Default.Find(model));

    [Fact]
    public void A_name_of_any_length_is_harmless() => Assert.Null(PriceTable.Default.Find(new string('-', 1_000_000)));

    [Fact]
    public void Every_price_is_plausible()
    {
        foreach (var price in PriceTable.Default.Prices)
        {
            Assert.InRange(price.CachedRead, 0.001m, price.Input);
            Assert.InRange(price.CacheWrite ?? price.Input, price.Input, price.Input * 1.25m);
            Assert.Same(price, PriceTable.Default.Find(price.Model));
        }
    }

    [Fact]
    public void A_model_listed_twice_is_an_error() =>
        Assert.Throws<ArgumentException>(() => new PriceTable(default, [new("a", 1, 1, null), new("a", 2, 1, null)]));
}
