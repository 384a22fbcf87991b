using System.Text;
using System.Text.Json;
using Headroom.Engine.Retrieval;
using Headroom.Engine.Tests.Json;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Retrieval;

public sealed class RowRetrievalTests
{
    public static TheoryData<Fixture> LineFixtures => [.. Fixtures.In("jsonl").Where(f => f.Name.EndsWith(".jsonl", StringComparison.Ordinal))];

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 1_000)]
    public void Rows_side_by_side_are_the_elements_in_the_bytes_of_the_source(RandomJson json, ushort at)
    {
        using var document = JsonDocument.Parse(json.Text);
        if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() < 2)
        {
            return;
        }

        string[] elements = [.. document.RootElement.EnumerateArray().Select(e => e.GetRawText())];
        var cut = (at % (elements.Length - 1)) + 1;
        var first = Originals.Ask(json.Text, Originals.Rows(1, cut));
        var rest = Originals.Ask(json.Text, Originals.Rows(cut + 1, long.MaxValue));
        Assert.Equal($"[{string.Join(',', elements[..cut])}]", first.Text());
        Assert.Equal($"[{string.Join(',', elements[cut..])}]", rest.Text());
        using var read = JsonDocument.Parse(first.Content);
        Assert.Equal(cut, read.RootElement.GetArrayLength());
        Assert.Contains($" of {elements.Length}; ", rest.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_an_array_say_their_share()
    {
        var original = $"[{string.Join(", ", Enumerable.Range(1, 1000).Select(i => $$"""{"id": {{i}}}"""))}]";
        var result = Originals.Ask(original, Originals.Rows(2, 3));
        Assert.Equal("""[{"id": 2},{"id": 3}]""", result.Text());
        Assert.Equal($"rows 2 to 3 of 1000; 18 of {original.Length:N0} bytes", result.Message);
        Assert.Equal("row 1000 of 1000; 12 of 12,893 bytes", Originals.Ask(original, Originals.Rows(1000, 5000)).Message);
        var beyond = Originals.Ask(original, Originals.Rows(1001, 1002));
        Assert.Equal(RetrievalStatus.NoMatch, beyond.Status);
        Assert.Equal("There is no row 1001: this is an array of 1000 items with the keys id; the last row is 1000.", beyond.Message);
    }

    [Fact]
    public void The_longest_list_of_an_object_has_the_rows_and_the_message_says_where_it_is()
    {
        var result = Originals.Ask("""{"tags":["a"],"page":{"items":[1,[9,9,9,9,9,9],3],"n":2}}""", Originals.Rows(2, 3));
        Assert.Equal("rows 5 to 6 of 6", Originals.Ask("""{"tags":["a"],"page":{"items":[1,[9,9,9,9,8,7],3],"n":2}}""", Originals.Rows(5, 6)).Message[..16]);
        Assert.Equal("[9,9]", result.Text());
        Assert.StartsWith("rows 2 to 3 of 6 at $.page.items[1]; ", result.Message, StringComparison.Ordinal);

        // What a view would cut is one set of rows, whatever is in it.
        var items = string.Join(',', Enumerable.Range(0, 12).Select(i => $$"""{"id":{{i}},"tags":[{{string.Join(',', Enumerable.Range(0, 30))}}]}"""));
        Assert.StartsWith("row 1 of 12 at $.items; ", Originals.Ask($$"""{"items":[{{items}}]}""", Originals.Rows(1, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_members_of_a_map_are_rows()
    {
        var members = string.Join(',', Enumerable.Range(0, 20).Select(i => $$$"""  "k{{{i}}}" : {"v":{{{i}}}}"""));
        var result = Originals.Ask($$$"""{"version":1,"packages":{{{{members}}}}}""", Originals.Rows(3, 4));
        Assert.Equal("""{"k2" : {"v":2},"k3" : {"v":3}}""", result.Text());
        Assert.StartsWith("rows 3 to 4 of 20 at $.packages; ", result.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(LineFixtures))]
    public void Rows_of_json_lines_are_its_values(Fixture fixture)
    {
        string[] values = [.. Encoding.UTF8.GetString(fixture.Utf8()).Split('\n').Select(l => l.TrimEnd('\r')).Where(IsJson)];
        Assert.Equal(string.Join('\n', values), Originals.Ask(fixture.Utf8(), Originals.Rows(1, long.MaxValue)).Text());
        Assert.Equal(values[1], Originals.Ask(fixture.Utf8(), Originals.Rows(2, 2)).Text());

        static bool IsJson(string line)
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                return true;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData("table/packages.csv", 400)]
    [InlineData("table/packages.tsv", 400)]
    [InlineData("table/packages-semicolon.csv", 200)]
    public void Rows_of_a_table_come_below_its_header(string name, int rows)
    {
        var lines = Encoding.UTF8.GetString(Fixtures.Named(name).Utf8()).Split('\n');
        var result = Originals.Ask(Fixtures.Named(name).Utf8(), Originals.Rows(3, 4));
        Assert.Equal($"{lines[0]}\n{lines[3]}\n{lines[4]}\n", result.Text());
        Assert.StartsWith($"rows 3 to 4 of {rows}; ", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("table/dpkg-l.txt", "ii  ", 5)]
    [InlineData("table/ps.txt", "", 1)]
    [InlineData("table/unicode.md", "", 2)]
    public void Rows_of_a_table_in_columns_are_those_that_its_view_counts(string name, string start, int headLines)
    {
        var original = Fixtures.Named(name).Utf8();
        var lines = Encoding.UTF8.GetString(original).Split('\n');
        var result = Originals.Ask(original, Originals.Rows(2, 3));
        Assert.Equal(string.Concat(lines[..headLines].Concat(lines[(headLines + 1)..(headLines + 3)]).Select(l => $"{l}\n")), result.Text());
        Assert.StartsWith(start, lines[headLines], StringComparison.Ordinal);
        Assert.StartsWith($"rows 2 to 3 of {lines.Length - 1 - headLines}; ", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_with_line_feeds_in_quotes_is_one_row()
    {
        const string Csv = "id,text,n\r\n1,\"a\r\nb\",x\r\n2,plain,y\r\n3,\"q\"\"r\",z\r\n";
        Assert.Equal("id,text,n\r\n1,\"a\r\nb\",x\r\n", Originals.Ask(Csv, Originals.Rows(1, 1)).Text());
        Assert.Equal("id,text,n\r\n3,\"q\"\"r\",z\r\n", Originals.Ask(Csv, Originals.Rows(3, 3)).Text());
    }

    [Theory]
    [InlineData("one\ntwo\nthree", "This is text with 3 lines and has no rows; ask for lines or pattern.")]
    [InlineData("{\"a\":1,\"b\":{\"c\":2}}", "This is an object with the keys a, b and has no rows; ask for path or pattern.")]
    [InlineData("[]", "This is an empty array and has no rows; ask for path or pattern.")]
    public void What_has_no_rows_says_what_can_be_asked(string original, string expected)
    {
        var result = Originals.Ask(original, Originals.Rows(1, 5));
        Assert.Equal(RetrievalStatus.Invalid, result.Status);
        Assert.Equal(expected, result.Message);
    }

    [Fact]
    public void Rows_too_many_for_an_answer_end_at_a_row_and_say_how_to_go_on()
    {
        var original = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Enumerable.Range(1, 5_000).Select(i => new { id = i, name = $"customer number {i}", active = i % 3 == 0 })));
        var answer = Originals.Answer(original);
        Assert.Matches(@"^\[rows 1 to [0-9,]+ of 5000; [0-9,]+ of [0-9,]+ bytes; more would be too long, ask for rows [0-9]+-[0-9]+ next\]\n", answer);
        using var document = JsonDocument.Parse(answer[(answer.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        var next = document.RootElement.GetArrayLength() + 1;
        Assert.Contains($"ask for rows {next}-", answer, StringComparison.Ordinal);
        Assert.Contains($"\"id\":{next},", Originals.Answer(original, "rows", next), StringComparison.Ordinal);
    }
}
