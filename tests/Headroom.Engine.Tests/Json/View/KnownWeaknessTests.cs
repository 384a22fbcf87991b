using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Compression;
using Headroom.TestData;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace Headroom.Engine.Tests.Json.View;

/// <summary>Ways in which leaving rows out goes wrong, and which no other test here covers.</summary>
public sealed class KnownWeaknessTests
{
    [Fact]
    public void What_was_compressed_before_or_at_the_same_time_changes_nothing()
    {
        var inputs = new[] { LogEntries.Generate(400).Rows, SearchResults.Generate(300).Rows, DatabaseRows.Generate(300, DatabaseTable.Metrics).Rows }
            .Select(rows => JsonLayouts.WriteUtf8(rows, JsonLayout.Spaced)).ToArray();
        var first = inputs.Select(input => Convert.ToHexString(Form(input).Output.Span)).ToArray();
        var again = inputs.Concat(inputs).Reverse().AsParallel().AsOrdered().Select(input => Convert.ToHexString(Form(input).Output.Span)).Reverse().ToArray();
        Assert.Equal([.. first, .. first], again);
    }

    [Fact]
    public void A_word_that_is_a_key_of_every_row_selects_no_rows()
    {
        var rows = SearchResults.Generate(1000, 0, 0, metadata: true).Rows;
        rows[777]!["title"] = "Why Zanzibar is quiet";
        var shown = Views.Shown(rows, 400, "all about the title and the snippet of zanzibar");
        Assert.Contains(777, shown);
        Assert.InRange(shown.Count, 2, 40);
    }

    [Fact]
    public void A_ranking_keeps_its_head_its_last_row_and_what_stands_out_far_below()
    {
        var rows = SearchResults.Generate(1000, 0, 0).Rows;
        rows[640]!["bytes"] = "a key of its own";
        var shown = Views.Shown(rows, 700);
        Assert.Superset(new HashSet<int> { 0, 1, 2, 640, 999 }, shown);
    }

    [Fact]
    public void Scores_that_are_missing_or_no_numbers_do_no_harm()
    {
        var rows = SearchResults.Generate(1000, 0, 0).Rows;
        rows[3]!["score"] = null;
        rows[5]!["score"] = "n/a";
        rows[500]!.AsObject().Remove("score");
        var shown = Views.Shown(rows, 1000);
        Assert.Superset(new HashSet<int> { 0, 1, 2, 3, 5, 500 }, shown);
        Assert.InRange(shown.Count, 6, 200);
    }

    [Theory]
    [InlineData("\"a stray line\"")]
    [InlineData("17")]
    [InlineData("null")]
    [InlineData("[1,2]")]
    public void One_stray_item_is_shown_and_the_others_are_still_cut(string stray)
    {
        var rows = LogEntries.Generate(500, 0, 0).Rows;
        rows[321] = JsonNode.Parse(stray);
        var shown = Views.Shown(rows, 800);
        Assert.Contains(321, shown);
        Assert.InRange(shown.Count, 2, 150);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(400)]
    public void The_profiles_of_many_small_series_keep_to_the_same_part_of_the_budget_together(int count)
    {
        var random = new SeededRandom(3);
        var document = new JsonObject(Enumerable.Range(0, count).Select(i => KeyValuePair.Create<string, JsonNode?>(
            Text($"s{i}"), new JsonArray([.. Enumerable.Range(0, 40 + (i * 7 % 40)).Select(_ => JsonValue.Create(random.Next(100_000)))]))));
        var plan = Views.Plan(document.ToJsonString())!;
        Assert.Equal(count, plan.Count);
        Assert.InRange(plan.Sum(selection => selection.Profile.Sum(line => line.Length)), 0, 4 * Views.Balanced / 4);
    }

    [Fact]
    public void Of_very_many_numbers_those_that_stand_out_are_found_and_nothing_is_guessed()
    {
        var random = new SeededRandom(5);
        var numbers = Enumerable.Range(0, 300_000).Select(i => Math.Round(100 + (random.Next(100_000) / 10_000.0) + (i >= 190_000 ? 60 : 0), 4)).ToArray();
        (numbers[77_777], numbers[222_221]) = (-40, 900.5);
        var selection = Assert.Single(Views.Plan($"[{string.Join(',', numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)))}]")!);
        Assert.Superset(new HashSet<int> { 0, 77_777, 189_999, 190_000, 222_221, 299_999 }, selection.Rows.ToHashSet());
        Assert.Contains(selection.Profile, line => line.Contains("-40..900.5", StringComparison.Ordinal) && line.Contains("median about", StringComparison.Ordinal));
        Assert.DoesNotContain(selection.Profile, line => line.Contains("different", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_very_many_numbers_a_rare_one_among_few_different_ones_is_found()
    {
        var numbers = Enumerable.Range(0, 200_000).Select(i => 200 + (i % 4)).ToArray();
        numbers[123_456] = 202_000;
        Assert.Contains(123_456, Assert.Single(Views.Plan($"[{string.Join(',', numbers)}]")!).Rows);
    }

    [Theory]
    [InlineData("[\"k:str\" ]")]
    [InlineData("[ \"k:str\"\t,\n \"a x3\" , 1 , null ]")]
    [InlineData("{ \"k:str\" : [ \"k:str\" ] , \"b\" : { } }")]
    [InlineData("\"k:str\" ")]
    public void Json_with_white_space_is_its_own_form(string json) =>
        Assert.Equal(JsonValueComparer.Canonical(Encoding.UTF8.GetBytes(json)), JsonValueComparer.Canonical(ContentNotation.Decode(Encoding.UTF8.GetBytes(json))!));

    private static CompressionResult Form(byte[] input) =>
        ContentRouter.Compress(input, new CompressionOptions { Marker = missing => $"<<ccr:{new string('b', 24)} {missing}>>" });

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
