using System.Globalization;
using System.Text;
using System.Text.Json;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Retrieval;
using Headroom.Engine.Tests.Json;

namespace Headroom.Engine.Tests.Retrieval;

public sealed class PathRetrievalTests
{
    private const string Store =
        """
        {"store": {"book": [
           {"category": "reference", "author": "Nigel Rees", "title": "Sayings", "price": 8.95},
           {"category": "fiction", "author": "Evelyn Waugh", "price": 12.990, "isbn": "0-553"},
           {"category": "fiction", "price": 22}],
         "bicycle": {"color": "red", "a.b": {"x y": true, "it's": null, "\u0041": 5}}}, "o": {}}
        """;

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 500)]
    public void The_path_of_each_value_gives_the_bytes_of_the_value(RandomJson json)
    {
        using var document = JsonDocument.Parse(json.Text);
        var all = new List<(string Path, string Raw)>();
        Collect(document.RootElement, "$", all);
        var tape = JsonTape.Read(Encoding.UTF8.GetBytes(json.Text), CancellationToken.None)!;
        foreach (var values in all.GroupBy(v => v.Path, v => v.Raw))
        {
            // A key that stands twice leads to both.
            var match = JsonPath.Parse(values.Key, out _)!.Match(tape, CancellationToken.None);
            Assert.Equal(values, match.Nodes.Select(node => Encoding.UTF8.GetString(tape.Raw(node))));
        }

        // And one of them as anybody asks for it.
        var (path, value) = all[all.Count / 2];
        Assert.Contains(value, Originals.Ask(json.Text, Originals.Path(path)).Text(), StringComparison.Ordinal);
    }

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 500)]
    public void The_place_of_each_value_is_a_path_that_finds_it(RandomJson json)
    {
        var tape = JsonTape.Read(Encoding.UTF8.GetBytes(json.Text), CancellationToken.None)!;
        for (var node = 0; node < tape.Nodes.Length; node++)
        {
            if (tape.Nodes[node].Kind != JsonNodeKind.Name)
            {
                var place = JsonLocation.Of(tape, node);
                var path = JsonPath.Parse(place, out var problem);
                Assert.True(path is not null, problem);
                Assert.Contains(node, path.Match(tape, CancellationToken.None).Nodes);
            }
        }
    }

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 300)]
    public void Descendants_are_all_values_once(RandomJson json)
    {
        using var document = JsonDocument.Parse(json.Text);
        var all = new List<(string Path, string Raw)>();
        Collect(document.RootElement, "$", all);
        var result = Originals.Ask(json.Text, Originals.Path("$..*"));
        if (all.Count == 1)
        {
            Assert.Equal(RetrievalStatus.NoMatch, result.Status);
            return;
        }

        string[] found = all.Count == 2 ? [result.Text()] : [.. JsonDocument.Parse(result.Content).RootElement.EnumerateArray().Select(e => e.GetRawText())];
        Assert.Equal(all.Skip(1).Select(v => v.Raw).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("$.store.bicycle.color", "\"red\"")]
    [InlineData("store.bicycle.color", "\"red\"")]
    [InlineData("$['store']['bicycle']['color']", "\"red\"")]
    [InlineData(" $ [ \"store\" ] . bicycle .color", null)]
    [InlineData("$ ['store'] ['bicycle'].color", "\"red\"")]
    [InlineData("$.store.book[1].price", "12.990")]
    [InlineData("$.store.book.1.price", "12.990")]
    [InlineData("$.store.book[-1].price", "22")]
    [InlineData("$.store.book[*].price", "[8.95,12.990,22]")]
    [InlineData("$..price", "[8.95,12.990,22]")]
    [InlineData("$..['color','isbn']", "[\"0-553\",\"red\"]")]
    [InlineData("$.store.book[0:2].category", "[\"reference\",\"fiction\"]")]
    [InlineData("$.store.book[::-1].price", "[22,12.990,8.95]")]
    [InlineData("$.store.book[-2:].price", "[12.990,22]")]
    [InlineData("$.store.book[:1].price", "8.95")]
    [InlineData("$.store.book[1::2].price", "12.990")]
    [InlineData("$.store.book[0,2].price", "[8.95,22]")]
    [InlineData("$.store.bicycle['a.b']['x y']", "true")]
    [InlineData("$.store.bicycle['a.b']['it\\'s']", "null")]
    [InlineData("$.store.bicycle['a.b'].A", "5")]
    [InlineData("$.store.bicycle['a.b']['\\u0041']", "5")]
    [InlineData("store.bicycle.\"a.b\".A", "5")]
    [InlineData("$.store.bicycle.*", """["red",{"x y": true, "it's": null, "\u0041": 5}]""")]
    [InlineData("$.o", "{}")]
    public void A_path_is_followed(string path, string? expected)
    {
        var result = Originals.Ask(Store, Originals.Path(path));
        if (expected is null)
        {
            Assert.Equal(RetrievalStatus.Invalid, result.Status);
            return;
        }

        Assert.Equal(expected, result.Text());
        Assert.Equal(RetrievalStatus.Found, result.Status);
    }

    [Theory]
    [InlineData("", "at character 1: a path begins with $")]
    [InlineData("$.", "at character 3: a name or a bracket must stand here")]
    [InlineData("$.a[", "at character 5: an index, a slice")]
    [InlineData("$.a[1", "at character 6: a comma or ] must stand here")]
    [InlineData("$.a[01]", "at character 5: this is no index")]
    [InlineData("$.a[-0]", "at character 5: this is no index")]
    [InlineData("$.a[9007199254740993]", "at character 5: this is no index")]
    [InlineData("$.a['b]", "at character 5: the quote is not closed")]
    [InlineData("$.a['\\x']", "this is no escape")]
    [InlineData("$[?@.price > 10]", "at character 3: filters are not known here; use pattern instead")]
    [InlineData("$a", "at character 2: a dot or a bracket must stand here")]
    [InlineData("$.a b", "a dot or a bracket must stand here")]
    public void A_wrong_path_is_told_with_the_place(string path, string expected)
    {
        var result = Originals.Ask(Store, Originals.Path(path));
        Assert.Equal(RetrievalStatus.Invalid, result.Status);
        Assert.Contains(expected, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$.store.books[0].title", "Nothing is at $.store.books[0].title; $.store is an object with the keys book, bicycle.")]
    [InlineData("$.store.book[7]", "Nothing is at $.store.book[7]; $.store.book is an array of 3 items with the keys category, author, title, price.")]
    [InlineData("$.store.bicycle.color.name", "Nothing is at $.store.bicycle.color.name; $.store.bicycle.color is a string of 3 bytes.")]
    [InlineData("$.store.book[*].pages", "Nothing is at $.store.book[*].pages; $.store.book[*] leads to 3 values, the first an object with the keys category, author, title, price.")]
    [InlineData("nothing", "Nothing is at $.nothing; $ is an object with the keys store, o.")]
    [InlineData("$.o.x", "Nothing is at $.o.x; $.o is an empty object.")]
    public void A_path_that_leads_nowhere_is_told_what_is_nearest(string path, string expected)
    {
        var result = Originals.Ask(Store, Originals.Path(path));
        Assert.Equal(RetrievalStatus.NoMatch, result.Status);
        Assert.Equal(expected, result.Message);
    }

    [Fact]
    public void A_part_says_its_share()
    {
        Assert.Equal($"$.store.book[1].price; 6 of {Encoding.UTF8.GetByteCount(Store)} bytes", Originals.Ask(Store, Originals.Path("store.book[1].price")).Message);
        Assert.StartsWith("3 values at $..price; 12 of ", Originals.Ask(Store, Originals.Path("$..price")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_lines_are_an_array()
    {
        const string Lines = "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n";
        Assert.Equal("{\"a\":2}", Originals.Ask(Lines, Originals.Path("$[1]")).Text());
        Assert.Equal("[1,2,3]", Originals.Ask(Lines, Originals.Path("$[*].a")).Text());
        Assert.Equal("[{\"a\":1},{\"a\":2},{\"a\":3}]", Originals.Ask(Lines, Originals.Path("$")).Text());
    }

    [Fact]
    public void A_path_made_to_hurt_is_refused()
    {
        var path = "$" + string.Concat(Enumerable.Repeat("[0,0,0,0,0,0,0,0]", 40));
        var deep = $"{new string('[', 60)}{new string(']', 60)}";
        Assert.Equal(RetrievalStatus.Invalid, Originals.Ask(deep, Originals.Path(path)).Status);
        Assert.Equal(RetrievalStatus.Found, Originals.Ask(deep, Originals.Path("$" + string.Concat(Enumerable.Repeat("..*", 40)))).Status);
    }

    [Fact]
    public void What_is_no_json_has_no_paths() =>
        Assert.Equal("This is text with 2 lines and no JSON; ask for lines or pattern.", Originals.Ask("a\nb", Originals.Path("$.a")).Message);

    [Fact]
    public void A_value_too_long_for_an_answer_ends_at_an_item_and_says_how_to_go_on()
    {
        var original = Encoding.UTF8.GetBytes($$"""{"n":1,"items":{{JsonSerializer.Serialize(Enumerable.Range(1, 5_000).Select(i => new { id = i, name = $"customer number {i}" }))}}}""");
        var answer = Originals.Answer(original, "path", "$.items");
        var end = answer.IndexOf('\n', StringComparison.Ordinal);
        using var document = JsonDocument.Parse(answer[(end + 1)..]);
        var shown = document.RootElement.GetArrayLength();
        Assert.Contains($"ask for path $.items[{shown}:{shown * 2}] next", answer[..end], StringComparison.Ordinal);
        Assert.Contains($"[{{\"id\":{shown + 1},", Originals.Answer(original, "path", $"$.items[{shown}:{shown + 9}]"), StringComparison.Ordinal);
    }

    // Normalized paths (RFC 9535, 2.7), by another reader.
    private static void Collect(JsonElement value, string path, List<(string Path, string Raw)> all)
    {
        all.Add((path, value.GetRawText()));
        if (value.ValueKind == JsonValueKind.Array)
        {
            var i = 0;
            foreach (var item in value.EnumerateArray())
            {
                Collect(item, $"{path}[{i++.ToString(CultureInfo.InvariantCulture)}]", all);
            }
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in value.EnumerateObject())
            {
                var name = member.Name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
                Collect(member.Value, $"{path}['{name}']", all);
            }
        }
    }
}
