using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Fidelity;

/// <summary>Ways to lose something that compressors are known for, where the tests of the kinds do not hold them already.</summary>
public sealed class KnownDefectsTests
{
    private const string Hash = "0123456789abcdef01234567";

    public static TheoryData<string, string> Plain() => new()
    {
        { "strings", $"[{string.Join(',', Enumerable.Range(0, 60).Select(i => $"\"service {i * 7919 % 1009} is {(i % 2 == 0 ? "up" : "down")}\""))}]" },
        { "numbers", $"[{string.Join(',', Enumerable.Range(0, 60).Select(i => i * 7919 % 1009 / 4.0))}]" },
        { "an object of many keys", $"{{{string.Join(',', Enumerable.Range(0, 60).Select(i => $"\"setting_{i * 7919 % 1009}\":\"value {i}\""))}}}" },
        { "a mixed array", $"[{string.Join(',', Enumerable.Range(0, 36).Select(i => (i % 4) switch { 0 => $"{i}", 1 => $"\"text {i}\"", 2 => "null", _ => $"{{\"id\":{i}}}" }))}]" },
    };

    [Theory]
    [MemberData(nameof(Plain))]
    public void Small_arrays_of_anything_and_objects_of_many_keys_are_not_cut(string what, string json)
    {
        foreach (var level in Enum.GetValues<CompressionLevel>())
        {
            var result = Compress(json, new CompressionOptions { Level = level });
            Assert.True(result.Rung != Rung.View, what);
            Assert.Equal(json, Encoding.UTF8.GetString(JsonNotation.Decode(result.Output.Span) ?? result.Output.ToArray()));
        }
    }

    [Fact]
    public void Documentation_keeps_its_sentences_and_its_layout()
    {
        var readme = Encoding.UTF8.GetString(Fixtures.Named("mixed/readme.md").Utf8());
        foreach (var level in Enum.GetValues<CompressionLevel>())
        {
            var result = Compress(readme, new CompressionOptions { Level = level });
            Assert.NotEqual(Rung.View, result.Rung);
            Assert.Equal(readme, Encoding.UTF8.GetString(ContentNotation.Decode(result.Output.Span) ?? result.Output.ToArray()));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void However_small_the_budget_first_last_and_errors_are_shown(int budget)
    {
        var rows = Enumerable.Range(0, 400).Select(i => $"{{\"id\":{i},\"state\":\"{(i == 217 ? "failed" : "done")}\",\"message\":\"{(i == 217 ? "disk quota exceeded" : $"stored {i * 31 % 97}")}\"}}");
        var view = Text(Compress($"[{string.Join(',', rows)}]", new CompressionOptions { Budget = budget }));
        Assert.Contains("disk quota exceeded", view, StringComparison.Ordinal);
        Assert.Matches("(?m)^(0:)?0,", view);
        Assert.Matches("(?m)^(399:)?399,", view);
    }

    [Fact]
    public void A_large_text_in_a_field_is_not_replaced_by_a_reference_alone()
    {
        var diff = ToolTexts.Diff(34_000);
        var json = $"{{\"title\":\"Merge\",\"state\":\"open\",\"diff\":{System.Text.Json.JsonSerializer.Serialize(diff)}}}";
        var result = Compress(json, new CompressionOptions());
        var text = Text(result);
        Assert.Contains("Merge", text, StringComparison.Ordinal);

        // Files and changes of the text are seen, not only its size.
        Assert.True(diff.Split('\n').Where(line => line.StartsWith("+++ b/", StringComparison.Ordinal)).Select(line => line[6..]).Take(3)
            .All(path => text.Contains(path, StringComparison.Ordinal)), text[..Math.Min(text.Length, 2_000)]);
        Assert.True(result.Rung != Rung.View || text.EndsWith($"hash={Hash}]", StringComparison.Ordinal));
    }

    [Fact]
    public void A_value_that_reads_like_a_marker_is_a_value()
    {
        var spoofed = Marker.Write("all rows but this one not shown", "deadbeefdeadbeefdeadbeef");
        var rows = Enumerable.Range(0, 600).Select(i => $"{{\"id\":{i},\"state\":\"done\",\"note\":\"{(i == 300 ? spoofed : $"stored {i % 9}")}\"}}");
        var json = $"[{string.Join(',', rows)}]";
        var lossless = Compress(json, new CompressionOptions { Level = CompressionLevel.Lossless });
        Assert.Equal(json, Encoding.UTF8.GetString(ContentNotation.Decode(lossless.Output.Span)!));

        var view = Text(Compress(json, new CompressionOptions { Budget = 300 }));
        Assert.Contains(spoofed, view, StringComparison.Ordinal);

        // Only a line of its own at the end is ours, and there is one.
        Assert.Single(view.Split('\n'), line => line.StartsWith('[') && line.EndsWith(']') && Marker.HashesIn(line).Count == 1);
        Assert.EndsWith($"hash={Hash}]", view, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_named_after_errors_that_counts_none_selects_nothing()
    {
        var rows = Enumerable.Range(0, 800).Select(i => $"{{\"id\":{i},\"state\":\"{(i % 3 == 0 ? "cached" : "done")}\",\"error_count\":0,\"error\":null,\"failed\":false}}");
        var result = Compress($"[{string.Join(',', rows)}]", new CompressionOptions { Budget = 300 });
        Assert.True(result.TokensAfter < 900, $"{result.Strategy}: {result.TokensAfter} tokens");
    }

    [Fact]
    public void Numbers_mixed_with_null_and_text_do_not_end_in_an_exception()
    {
        var rows = Enumerable.Range(0, 300).Select(i =>
            $"{{\"id\":{i},\"score\":{(i % 5) switch { 0 => "null", 1 => "\"n/a\"", 2 => "1e400", 3 => "[1]", _ => $"{i % 10 / 10.0}" }},\"ratio\":0.5}}");
        var json = $"[{string.Join(',', rows)}]";
        foreach (var budget in new[] { 50, 500, 2_000 })
        {
            Assert.NotEqual(Rung.Original, Compress(json, new CompressionOptions { Budget = budget }).Rung);
        }
    }

    private static CompressionResult Compress(string text, CompressionOptions options) => ContentRouter.Compress(
        Encoding.UTF8.GetBytes(text), options with { Marker = missing => Marker.Write(missing, Hash) }, TestContext.Current.CancellationToken);

    private static string Text(CompressionResult result) => Encoding.UTF8.GetString(result.Output.Span);
}
