using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Headroom.Engine.Retrieval;
using Headroom.Engine.Tests.Json;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Retrieval;

public sealed class PatternRetrievalTests
{
    private static readonly string[] Words = ["e", "A", "1", "null", "é", "b,", "\\u00e9", "doc_", "zq", "C:\\x", "\"", "{\"", "x y"];

    public static TheoryData<Fixture> TextFixtures => [.. Fixtures.In("log"), .. Fixtures.In("text").Where(f => !f.Name.EndsWith(".csv", StringComparison.Ordinal)), .. Fixtures.In("build")];

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 1_000)]
    public void Matching_rows_are_those_that_a_plain_search_finds(RandomJson json, byte word)
    {
        using var document = JsonDocument.Parse(json.Text);
        if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() < 2)
        {
            return;
        }

        var pattern = Words[word % Words.Length];
        string[] expected = [.. document.RootElement.EnumerateArray().Select(e => e.GetRawText())
            .Where(raw => raw.Contains(pattern, StringComparison.OrdinalIgnoreCase) || Said(raw).Contains(pattern, StringComparison.OrdinalIgnoreCase))];
        var result = Originals.Ask(json.Text, Originals.Pattern(pattern));
        Assert.Equal(expected.Length == 0 ? "" : $"[{string.Join(',', expected)}]", result.Text());
        Assert.Equal(expected.Length == 0 ? RetrievalStatus.NoMatch : RetrievalStatus.Found, result.Status);
    }

    [Theory, MemberData(nameof(TextFixtures))]
    public void Matching_lines_are_those_that_a_plain_search_finds_after_their_numbers(Fixture fixture)
    {
        var text = Encoding.UTF8.GetString(fixture.Utf8());
        string[] lines = [.. text.Split('\n').Select(l => $"{l}\n")];
        foreach (var (pattern, regex) in new[] { ("error", "error"), ("/in[a-f]{1,3}/", "in[a-f]{1,3}"), ("/^\\d/", "^\\d") })
        {
            var expected = lines.Select((line, i) => (line, i))
                .Where(l => Regex.IsMatch(l.line.TrimEnd('\n').TrimEnd('\r'), regex, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant))
                .Select(l => $"{l.i + 1}: {l.line}").ToList();
            var result = Originals.Ask(fixture.Utf8(), Originals.Pattern(pattern));
            Assert.Equal(string.Concat(expected).TrimEnd('\n'), result.Text().TrimEnd('\n'));
        }
    }

    [Fact]
    public void Matching_rows_say_which_and_how_many_they_are()
    {
        const string Rows = """[{"id":1,"s":"ok"},{"id":2,"s":"Timeout"},{"id":3,"s":"ok"},{"id":4,"s":"time\u006fut"}]""";
        var result = Originals.Ask(Rows, Originals.Pattern("TIMEOUT"));
        Assert.Equal("""[{"id":2,"s":"Timeout"},{"id":4,"s":"time\u006fut"}]""", result.Text());
        Assert.Equal("2 of 4 rows match (2, 4); 49 of 88 bytes", result.Message);
    }

    [Fact]
    public void A_pattern_without_a_hit_gives_the_totals()
    {
        var result = Originals.Ask("""[{"id":1,"s":"ok"},{"id":2,"s":"x"}]""", Originals.Pattern("timeout"));
        Assert.Equal(RetrievalStatus.NoMatch, result.Status);
        Assert.Equal("No row of 2 holds \"timeout\"; 36 bytes, an array of 2 items with the keys id, s.", result.Message);
        Assert.Equal("No line of 2 holds \"timeout\"; 4 bytes, text with 2 lines.", Originals.Ask("a\nb\n", Originals.Pattern("timeout")).Message);
    }

    [Fact]
    public void Values_of_a_document_that_is_no_list_come_after_their_paths()
    {
        const string Settings = """{"server":{"timeout":30,"hosts":["a","b"]},"log":{"level":"Timeouts only"},"empty":{},"x y":1}""";
        var result = Originals.Ask(Settings, Originals.Pattern("timeout"));
        Assert.Equal("$.server.timeout: 30\n$.log.level: \"Timeouts only\"", result.Text());
        Assert.StartsWith("2 of 6 values match, each after its path; ", result.Message, StringComparison.Ordinal);
        Assert.Equal("$['x y']: 1", Originals.Ask(Settings, Originals.Pattern("x y")).Text());
        Assert.Equal("$.server.hosts[1]: \"b\"", Originals.Ask(Settings, Originals.Pattern("hosts[1]")).Text());
    }

    [Fact]
    public void What_stands_beside_the_rows_is_not_lost_to_the_search()
    {
        var items = JsonSerializer.Serialize(Enumerable.Range(0, 50).Select(i => new { id = i, name = $"item {i}" }));
        var original = $$$"""{"items":{{{items}}},"error":{"text":"deadline exceeded"}}""";
        Assert.StartsWith(
            "No row of 50 at $.items holds \"deadline\"; beside the rows also at $.error.text; ",
            Originals.Ask(original, Originals.Pattern("deadline")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/(/", "is not valid")]
    [InlineData("/(?=a)/", "looks around")]
    [InlineData("/(a)\\1/", "looks around, looks back")]
    [InlineData("/(?:(?:a{1,1000}){1,1000}){1,1000}/", "too large")]
    public void A_regular_expression_that_cannot_be_run_is_told(string pattern, string expected)
    {
        var result = Originals.Ask("a\nb", Originals.Pattern(pattern));
        Assert.Equal(RetrievalStatus.Invalid, result.Status);
        Assert.Contains(expected, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", "1: a/b\n")]
    [InlineData("//", null)]
    [InlineData("/B$/i", "1: a/b\n")]
    [InlineData("/x", null)]
    public void Only_what_is_between_slashes_is_a_regular_expression(string pattern, string? expected)
    {
        var result = Originals.Ask("a/b\nc\n", Originals.Pattern(pattern));
        Assert.Equal(expected ?? "", result.Text());
    }

    [Fact]
    public void An_empty_or_endless_pattern_is_refused()
    {
        Assert.Equal(RetrievalStatus.Invalid, Originals.Ask("a", Originals.Pattern("")).Status);
        Assert.Equal(RetrievalStatus.Invalid, Originals.Ask("a", Originals.Pattern(new string('a', 2_000))).Status);
    }

    [Fact]
    public void Matches_too_many_for_an_answer_are_told()
    {
        var original = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Enumerable.Range(1, 5_000).Select(i => new { id = i, name = $"customer number {i}" })));
        var answer = Originals.Answer(original, "pattern", "customer");
        var end = answer.IndexOf('\n', StringComparison.Ordinal);
        using var document = JsonDocument.Parse(answer[(end + 1)..]);
        var shown = document.RootElement.GetArrayLength();
        Assert.Contains($"only the first {shown} are here, the next is row {shown + 1}: give a narrower pattern", answer[..end], StringComparison.Ordinal);
    }

    // What JSON says when its escapes are undone, by another way.
    private static string Said(string raw) => Regex.Replace(
        raw, @"\\(u[0-9a-fA-F]{4}|.)", m => m.Value[1] switch
        {
            'u' => ((char)Convert.ToInt32(m.Value[2..], 16)).ToString(),
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'b' => "\b",
            'f' => "\f",
            var c => c.ToString(),
        });
}
