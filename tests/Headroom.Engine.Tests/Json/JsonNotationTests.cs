using System.Text;
using FsCheck.Xunit;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Tests.Json;

public sealed class JsonNotationTests
{
    private static string? Encode(string json)
    {
        var forms = new SmartCrusher().Open(Encoding.UTF8.GetBytes(json), CancellationToken.None);
        return forms?.Lossless(CancellationToken.None) is { } form ? Encoding.UTF8.GetString(form.Output) : null;
    }

    private static void AssertRoundTrip(string json)
    {
        var encoded = Encode(json)!;
        var decoded = JsonNotation.Decode(Encoding.UTF8.GetBytes(encoded));
        Assert.True(decoded is not null, $"not decoded:\n{encoded}\nfrom\n{json}");
        Assert.Equal(JsonValueComparer.Canonical(Encoding.UTF8.GetBytes(json)), JsonValueComparer.Canonical(decoded));
    }

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 4_000)]
    public void Any_json_comes_back_as_the_same_value(RandomJson json) => AssertRoundTrip(json.Text);

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 1_000)]
    public void What_was_decoded_is_decoded_to_the_same_bytes_again(RandomJson json)
    {
        var normal = Encoding.UTF8.GetString(JsonNotation.Decode(Encoding.UTF8.GetBytes(Encode(json.Text)!))!);
        var encoded = Encode(normal)!;
        Assert.Equal(normal, Encoding.UTF8.GetString(JsonNotation.Decode(Encoding.UTF8.GetBytes(encoded))!));
        Assert.Equal(encoded, Encode(normal));
    }

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 1_500)]
    public void Damaged_text_is_refused_or_decoded_but_never_breaks_the_reader(RandomJson json, int at, byte with)
    {
        var damaged = Encoding.UTF8.GetBytes(Encode(json.Text)!);
        damaged[(int)((uint)at % damaged.Length)] = with;
        if (JsonNotation.Decode(damaged) is { } decoded)
        {
            JsonValueComparer.Canonical(decoded);
        }
    }

    [Fact]
    public void A_table_declares_each_shape_once_and_hoists_what_is_constant()
    {
        const string Json = """
            { "total": 3, "items": [
              {"id":1,"name":"Ann","zip":"007","kind":"a","at":{"x":1.0,"y":2},"note":{"text":"hi","by":"Bob"},"parts":[{"sku":"A1","n":2},{"sku":"B2","n":1}]},
              {"id":2,"name":"Li, Jr.","zip":"1","kind":"a","at":{"x":0,"y":0}},
              {"id":3,"name":null,"zip":"12","kind":"a","at":{"x":5,"y":5},"note":{"text":"a;b"},"parts":[]} ] }
            """;
        Assert.Equal(
            """
            {total:3,items:[3]{id,name,zip:str,kind=a,at{x,y},note?{text,by},parts[]{sku,n}}
            1,Ann,007,1.0,2,(hi,Bob),(A1,2;B2,1)
            2,"Li, Jr.",1,0,0
            3,null,12,5,5,("a;b"),[]
            }
            """,
            Encode(Json));
        AssertRoundTrip(Json);
    }

    [Fact]
    public void Null_empty_and_absent_stay_apart() => AssertCells(
        """[{"a":null,"b":1},{"a":"","b":2},{"b":3},{"a":"null","b":4}]""", "null,1", "\"\",2", ",3", "\"null\",4");

    [Fact]
    public void Numbers_and_strings_that_look_alike_stay_apart() => AssertCells(
        """[{"v":1,"n":0},{"v":"1","n":1},{"v":true,"n":2},{"v":"true","n":3}]""", "1,0", "\"1\",1", "true,2", "\"true\",3");

    [Fact]
    public void Number_lexemes_are_kept() => AssertCells(
        """[{"v":1.0,"w":1e-07},{"v":-0,"w":12345678901234567890123},{"v":1E+400,"w":0.10}]""",
        "1.0,1e-07", "-0,12345678901234567890123", "1E+400,0.10");

    [Fact]
    public void A_nested_path_and_a_key_spelled_like_it_stay_apart() =>
        Assert.StartsWith("[3]{m{a,b},m.a}\n", Encode("""[{"m":{"a":1,"b":1},"m.a":2},{"m":{"a":2,"b":5},"m.a":4},{"m":{"a":3,"b":4},"m.a":9}]"""), StringComparison.Ordinal);

    [Fact]
    public void Keys_with_any_character_are_quoted_where_they_must_be() =>
        Assert.StartsWith("[2]{\"a,b\",\"c:d\",\"e\\nf\",g.h}\n", Encode("""[{"a,b":1,"c:d":2,"e\nf":3,"g.h":4},{"a,b":2,"c:d":3,"e\nf":4,"g.h":5}]"""), StringComparison.Ordinal);

    [Fact]
    public void Rows_with_repeated_keys_are_left_as_they_are() => AssertCells(
        """[{"a":1,"b":1},{"a":2,"b":2},{"a":3,"b":3},{"a":4,"b":4},{"a":5,"a":6}]""",
        "1,1", "2,2", "3,3", "4,4", "!{a:5,a:6}");

    [Fact]
    public void Keys_that_few_rows_have_follow_their_row()
    {
        var rows = string.Join(',', Enumerable.Range(0, 20).Select(i => i == 7 ? """{"a":7,"b":"x","uuid":"u-1","is_needle":true}""" : $$"""{"a":{{i * i}},"b":"{{(i % 2 == 0 ? "p" : "q")}}{{i}}"}"""));
        Assert.Contains("\n7,x,{uuid:u-1,is_needle:true}\n", Encode($"[{rows}]"), StringComparison.Ordinal);
        AssertRoundTrip($"[{rows}]");
    }

    [Fact]
    public void A_document_inside_a_string_is_opened_and_closed_again_as_it_was()
    {
        const string Json = """{"type":"text","text":"[{\"id\": 1, \"note\": \"first\"}, {\"id\": 2, \"note\": \"caf\u00e9\"}, {\"id\": 3, \"note\": \"say \\\"x\\\"\"}]"}""";
        Assert.Equal(
            """
            {type:text,text:@json_spaced[3]{id,note}
            1,first
            2,café
            3,"say \"x\""
            }
            """,
            Encode(Json));
        AssertRoundTrip(Json);
    }

    [Fact]
    public void A_view_is_not_a_lossless_form() => Assert.Null(JsonNotation.Decode("[1 of 3]{a,b}\n1,2"u8));

    private static string View(string json, int node, params int[] shown)
    {
        var tape = JsonTape.Read(Encoding.UTF8.GetBytes(json), CancellationToken.None)!;
        var output = new ByteBuffer(256);
        new JsonNotationWriter(tape, output, new Dictionary<int, int[]> { [node] = shown }).WriteDocument();
        return Encoding.UTF8.GetString(output.Written);
    }

    [Fact]
    public void A_view_shows_chosen_members_of_an_object_with_their_keys()
    {
        const string Json = """{"a":{"x":1,"y":"p"},"b":{"x":2,"y":"q"},"c":{"x":3,"y":"r"}}""";
        Assert.Equal("{2 of 3}{key,x,y}\na,1,p\nc,3,r\n", View(Json, 0, 0, 2));
        Assert.Null(JsonNotation.Decode(Encoding.UTF8.GetBytes(View(Json, 0, 0, 2))));
        Assert.Equal("{2 of 3}(a:1,c:[x,y])", View("""{"a":1,"b":2,"c":["x","y"]}""", 0, 0, 2));
    }

    [Fact]
    public void A_view_shows_chosen_items_of_an_array_with_their_position()
    {
        Assert.Equal("[3 of 5](0:5,2:\"7\",4:{a:b})", View("""[5,6,"7",8,{"a":"b"}]""", 0, 0, 2, 4));
        Assert.Null(JsonNotation.Decode("[3 of 5](0:5,2:\"7\",4:{a:b})"u8));
        Assert.Equal("{n:[1 of 3](1:b)}", View("""{"n":["a","b","c"]}""", 2, 1));
    }

    private static void AssertCells(string json, params string[] rows)
    {
        Assert.Equal(rows, Encode(json)!.Split('\n')[1..]);
        AssertRoundTrip(json);
    }
}
