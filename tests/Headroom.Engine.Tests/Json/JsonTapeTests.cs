using System.Text;
using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Tests;

public sealed class JsonTapeTests
{
    private static JsonTape Read(string json) => JsonTape.Read(Encoding.UTF8.GetBytes(json), CancellationToken.None)!;

    [Fact]
    public void Nodes_follow_the_source_and_know_their_extent()
    {
        var tape = Read("""{ "a" : [1, -0.50], "b":{"c" :"x\n"} }""");
        var texts = Enumerable.Range(0, tape.Nodes.Length).Select(i => Encoding.UTF8.GetString(tape.Raw(i)));
        Assert.Equal(["""{ "a" : [1, -0.50], "b":{"c" :"x\n"} }""", "\"a\"", "[1, -0.50]", "1", "-0.50", "\"b\"", """{"c" :"x\n"}""",
            "\"c\"", "\"x\\n\""], texts);
        Assert.Equal(2, tape.Nodes[0].Count);
        Assert.Equal(2, tape.Nodes[2].Count);
        Assert.Equal(5, tape.Nodes[2].End);
        Assert.Equal(9, tape.Nodes[0].End);
        Assert.True(tape.Nodes[8].IsEscaped);
    }

    [Fact]
    public void Rows_with_the_same_keys_in_the_same_order_share_a_shape()
    {
        var tape = Read("""[{"a":1,"b":2},{"a":3,"b":4},{"b":5,"a":6},{"\u0061":7,"b":8},{}]""");
        var shapes = new List<int>();
        for (var i = 1; i < tape.Nodes.Length; i = tape.Nodes[i].End)
        {
            shapes.Add(tape.Nodes[i].Shape);
        }

        Assert.Equal(shapes[0], shapes[1]);
        Assert.NotEqual(shapes[0], shapes[2]);
        Assert.Equal(shapes[0], shapes[3]);
        Assert.Equal(0, shapes[4]);
        Assert.Equal(tape.Keys(shapes[0]), tape.Keys(shapes[2]).Reverse());
    }

    [Fact]
    public void Duplicate_keys_are_seen_in_any_spelling()
    {
        var tape = Read("""{"a":1,"b":2,"\u0061":3}""");
        Assert.True(tape.HasDuplicateKeys(tape.Nodes[0].Shape));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[1,]")]
    [InlineData("1 2")]
    [InlineData("")]
    [InlineData("nul")]
    public void What_is_not_one_json_value_is_not_read(string text) => Assert.Null(JsonTape.Read(Encoding.UTF8.GetBytes(text), CancellationToken.None));
}
