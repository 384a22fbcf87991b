using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Compression.Text;
using Headroom.Engine.Content;
using Headroom.Engine.Tests.Json;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Compression;

public sealed class ContentRouterTests
{
    private static readonly string Hash = new('a', Marker.HashLength);

    public static TheoryData<string> Inputs()
    {
        var names = new TheoryData<string>();
        foreach (var fixture in Fixtures.Json)
        {
            names.Add(fixture.Name);
        }

        foreach (var name in Generated.Keys)
        {
            names.Add(name);
        }

        return names;
    }

    public static TheoryData<string> Texts()
    {
        var names = new TheoryData<string>();
        foreach (var folder in Directory.EnumerateDirectories(Fixtures.Root).Select(Path.GetFileName).Where(folder => folder != "json").Order(StringComparer.Ordinal))
        {
            foreach (var fixture in Fixtures.In(folder!))
            {
                names.Add(fixture.Name);
            }
        }

        return names;
    }

    private static Dictionary<string, Workload> Generated => new(StringComparer.Ordinal)
    {
        ["search results"] = SearchResults.Generate(1000, needles: 2, errors: 3),
        ["search results with metadata"] = SearchResults.Generate(300, needles: 2, errors: 1, metadata: true),
        ["log entries"] = LogEntries.Generate(500),
        ["api items"] = ApiItems.Generate(200),
        ["users"] = DatabaseRows.Generate(300, DatabaseTable.Users),
        ["metrics"] = DatabaseRows.Generate(300, DatabaseTable.Metrics),
        ["transactions"] = DatabaseRows.Generate(300, DatabaseTable.Transactions),
        ["mixed rows"] = DatabaseRows.Generate(300, DatabaseTable.Mixed),
        ["three rows"] = SearchResults.Generate(3, needles: 0, errors: 0),
    };

    private static IEnumerable<byte[]> Spellings(string name) => Generated.TryGetValue(name, out var workload)
        ? [workload.Utf8(JsonLayout.Compact), workload.Utf8(JsonLayout.Spaced), workload.Utf8(JsonLayout.Pretty)]
        : [Fixtures.Named(name).Utf8()];

    private static CompressionOptions Options(CompressionLevel level) =>
        new() { Level = level, Marker = missing => Marker.Write(missing, Hash) };

    [Theory]
    [MemberData(nameof(Inputs))]
    public void No_accepted_form_is_larger_by_the_exact_count(string name)
    {
        foreach (var input in Spellings(name))
        {
            foreach (var level in Enum.GetValues<CompressionLevel>())
            {
                var result = ContentRouter.Compress(input, Options(level), TestContext.Current.CancellationToken);
                foreach (var counter in new[] { TokenCounters.O200kBase, TokenCounters.Cl100kBase })
                {
                    var before = counter.Count(input);
                    var after = counter.Count(result.Output.Span);
                    Assert.True(result.Rung == Rung.Original ? after == before : after < before,
                        $"{name} at {level} by {counter.Name}: {before} -> {after} as {result.Strategy}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Inputs))]
    public void The_lossless_form_decodes_to_the_same_value(string name)
    {
        foreach (var input in Spellings(name))
        {
            var result = ContentRouter.Compress(input, Options(CompressionLevel.Lossless), TestContext.Current.CancellationToken);
            Assert.NotEqual(Rung.View, result.Rung);
            Assert.Equal(
                JsonValueComparer.Canonical(input),
                JsonValueComparer.Canonical(JsonNotation.Decode(result.Output.Span)!));
        }
    }

    [Theory]
    [MemberData(nameof(Inputs))]
    public void The_same_bytes_give_the_same_form_and_a_form_is_left_alone(string name)
    {
        foreach (var input in Spellings(name))
        {
            foreach (var level in Enum.GetValues<CompressionLevel>())
            {
                var once = ContentRouter.Compress(input, Options(level), TestContext.Current.CancellationToken);
                var again = ContentRouter.Compress(input.ToArray(), Options(level), TestContext.Current.CancellationToken);
                Assert.Equal(once.Output.ToArray(), again.Output.ToArray());
                var twice = ContentRouter.Compress(once.Output, Options(level), TestContext.Current.CancellationToken);
                Assert.Equal(once.Output.ToArray(), twice.Output.ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Inputs))]
    public void What_is_chosen_does_not_hang_on_the_stores_hash(string name)
    {
        foreach (var input in Spellings(name))
        {
            var results = new[] { "0123456789abcdef01234567", "aaaaaaaaaaaaaaaaaaaaaaaa", "9f3c1e7ab25d8046f1e29c7b" }.Select(hash =>
            {
                var options = new CompressionOptions { Marker = missing => Marker.Write(missing, hash) };
                var result = ContentRouter.Compress(input, options, TestContext.Current.CancellationToken);
                return (result.Rung, result.TokensAfter, Encoding.UTF8.GetString(result.Output.Span).Replace(hash, "", StringComparison.Ordinal));
            });
            Assert.Single(results.Distinct());
        }
    }

    [Theory]
    [MemberData(nameof(Inputs))]
    public void A_view_has_one_marker_and_stands_where_a_marker_may_be_written_only(string name)
    {
        foreach (var input in Spellings(name))
        {
            var result = ContentRouter.Compress(input, Options(CompressionLevel.Aggressive), TestContext.Current.CancellationToken);
            var text = Encoding.UTF8.GetString(result.Output.Span);
            Assert.Equal(result.Rung == Rung.View ? [Hash] : [], Marker.HashesIn(text).ToArray());
            var unreachable = ContentRouter.Compress(
                input, new CompressionOptions { Level = CompressionLevel.Aggressive }, TestContext.Current.CancellationToken);
            Assert.NotEqual(Rung.View, unreachable.Rung);
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_text_in_its_form_is_smaller_by_the_exact_count_comes_back_and_is_left_alone(string name)
    {
        var input = Fixtures.Named(name).Utf8();
        foreach (var level in Enum.GetValues<CompressionLevel>())
        {
            var once = ContentRouter.Compress(input, Options(level), TestContext.Current.CancellationToken);
            var before = TokenCounters.O200kBase.Count(input);
            var after = TokenCounters.O200kBase.Count(once.Output.Span);
            Assert.True(once.Rung == Rung.Original ? once.Output.Span.SequenceEqual(input) : after < before, $"{name} at {level}: {before} -> {after} as {once.Strategy}");
            Assert.Equal(once.Output.ToArray(), ContentRouter.Compress(input.ToArray(), Options(level), TestContext.Current.CancellationToken).Output.ToArray());
            Assert.Equal(once.Output.ToArray(), ContentRouter.Compress(once.Output, Options(level), TestContext.Current.CancellationToken).Output.ToArray());
            if (once.Rung == Rung.Lossless && once.Kind is not (ContentKind.Json or ContentKind.JsonLines))
            {
                var shown = DisplayedText.Of(input, TestContext.Current.CancellationToken) ?? input;
                Assert.Equal(shown, once.Strategy == "displayed" ? once.Output.ToArray() : ContentNotation.Decode(once.Output.Span));
            }
        }
    }

    [Fact]
    public void Colours_hide_no_document()
    {
        var json = "[" + string.Join(',', Enumerable.Range(0, 50).Select(i => $"{{\"id\":{i},\"name\":\"item {i}\"}}")) + "]";
        var coloured = json.Replace("\"id\"", "\u001b[34;1m\"id\"\u001b[0m", StringComparison.Ordinal);
        var result = ContentRouter.Compress(Encoding.UTF8.GetBytes(coloured), Options(CompressionLevel.Lossless), TestContext.Current.CancellationToken);
        Assert.Equal((ContentKind.Json, Rung.Lossless), (result.Kind, result.Rung));
        Assert.Equal(json, Encoding.UTF8.GetString(ContentNotation.Decode(result.Output.Span)!));
    }

    [Fact]
    public void Every_name_in_a_header_is_that_of_one_compressor()
    {
        Assert.Equal(15, ContentRouter.FormNames.Length);
        Assert.All(ContentRouter.FormNames, name =>
        {
            var line = Encoding.UTF8.GetBytes($"[{name} 3 lines: legend]\nbody");
            Assert.True(NotationHeader.TryRead(line, out var header, out var body));
            Assert.Equal(new NotationHeader(name, 3, false, "legend"), header);
            Assert.Equal("body"u8, body);
            Assert.NotNull(ContentRouter.CompressorNamed(header.Name));
        });
        Assert.False(NotationHeader.TryRead("[other 3 lines: legend]\nbody"u8, out _, out _));
    }

    [Fact]
    public void A_view_of_a_table_further_in_than_detection_looks_is_left_alone()
    {
        var view = Encoding.UTF8.GetBytes("{\"a\":\"" + new string('x', 20_000) + "\",\"items\":[2 of 300]{id,n}\n1,1\n300,1\n}");
        var result = ContentRouter.Compress(view, Options(CompressionLevel.Balanced), TestContext.Current.CancellationToken);
        Assert.Equal((Rung.Original, ContentKind.Notation), (result.Rung, result.Kind));
    }

    [Fact]
    public void A_table_further_in_than_detection_looks_is_left_alone()
    {
        var text = "{\"a\":\"" + new string('x', 20_000) + "\",\"items\":" + string.Join('\n', Enumerable.Range(0, 300).Select(i => $"{{\"id\":{i},\"n\":1}}")).Replace("\n", ",", StringComparison.Ordinal).Insert(0, "[") + "]}";
        var once = ContentRouter.Compress(Encoding.UTF8.GetBytes(text), Options(CompressionLevel.Lossless), TestContext.Current.CancellationToken);
        Assert.Equal(Rung.Lossless, once.Rung);
        var again = ContentRouter.Compress(once.Output, Options(CompressionLevel.Lossless), TestContext.Current.CancellationToken);
        Assert.Equal((Rung.Original, ContentKind.Notation), (again.Rung, again.Kind));
    }

    [Fact]
    public void A_thousand_search_results_shrink_by_half_without_loss_and_by_nine_tenths_as_a_view_with_all_that_was_planted()
    {
        var workload = SearchResults.Generate(1000, needles: 2, errors: 3);
        var spaced = workload.Utf8(JsonLayout.Spaced);
        var before = TokenCounters.O200kBase.Count(spaced);
        var lossless = ContentRouter.Compress(spaced, Options(CompressionLevel.Lossless), TestContext.Current.CancellationToken);
        var view = ContentRouter.Compress(spaced, Options(CompressionLevel.Balanced), TestContext.Current.CancellationToken);
        Assert.InRange(TokenCounters.O200kBase.Count(lossless.Output.Span), 1, before / 2);
        Assert.Equal(Rung.View, view.Rung);
        Assert.InRange(TokenCounters.O200kBase.Count(view.Output.Span), 1, before / 10);
        var shown = Encoding.UTF8.GetString(view.Output.Span);
        Assert.All(workload.Planted, row => Assert.Contains(row.Evidence, shown, StringComparison.Ordinal));
    }

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 1_000)]
    public void Random_json_is_never_larger_by_the_estimate_and_never_lost(RandomJson json)
    {
        var input = Encoding.UTF8.GetBytes(json.Text);
        var result = ContentRouter.Compress(input, Options(CompressionLevel.Lossless));
        Assert.True(result.TokensAfter <= result.TokensBefore);
        Assert.Equal(JsonValueComparer.Canonical(input), JsonValueComparer.Canonical(JsonNotation.Decode(result.Output.Span)!));
    }

    [Theory]
    [InlineData("", Reason.TooSmall)]
    [InlineData("[1,2,3]", Reason.TooSmall)]
    public void Little_is_left_alone(string text, Reason reason) => AssertKept(text, reason);

    [Fact]
    public void Prose_is_left_alone() => AssertKept(string.Concat(Enumerable.Repeat("Prose stays as it is. ", 40)), Reason.UnsupportedContent);

    [Fact]
    public void What_only_looks_like_json_is_left_alone() => AssertKept("{\"a\":1," + new string(' ', 40_000) + "a}", Reason.InvalidContent);

    [Fact]
    public void Json_that_is_already_small_is_left_alone() =>
        AssertKept("{\"text\":\"" + string.Concat(Enumerable.Repeat("one long string of words ", 20)) + "\"}", Reason.NotSmaller);

    private static void AssertKept(string text, Reason reason)
    {
        var input = Encoding.UTF8.GetBytes(text);
        var result = ContentRouter.Compress(input, Options(CompressionLevel.Balanced), TestContext.Current.CancellationToken);
        Assert.Equal((Rung.Original, reason), (result.Rung, result.Reason));
        Assert.Equal(input, result.Output.ToArray());
    }
}
