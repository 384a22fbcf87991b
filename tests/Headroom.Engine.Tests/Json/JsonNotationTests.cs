using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Compression.Json.View;

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

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 2_000)]
    public void Json_is_its_own_form_however_it_is_spaced(RandomJson json)
    {
        foreach (var text in new[] { json.Text, json.Text.Replace("\n", "\r\n", StringComparison.Ordinal) })
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            Assert.Equal(JsonValueComparer.Canonical(utf8), JsonValueComparer.Canonical(JsonNotation.Decode(utf8)!));
        }
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

    [Property(Arbitrary = [typeof(RandomJson)], MaxTest = 1_500)]
    public void A_text_is_known_for_the_notation_exactly_when_it_is_no_json(RandomJson json)
    {
        var encoded = Encoding.UTF8.GetBytes(Encode(json.Text)!);
        Assert.Equal(JsonTape.Read(encoded, CancellationToken.None) is null, JsonNotation.IsNotation(encoded));
        Assert.False(JsonNotation.IsNotation(Encoding.UTF8.GetBytes(json.Text)));
    }

    [Theory]
    [InlineData("[2 of 9]{id,name}\n1,a\n5,b\n\nrows 1, 5 shown")]
    [InlineData("{2 of 9}{key,name}\na,1\nb,2")]
    [InlineData("[2 of 9](0:a,5:b)")]
    [InlineData("{2 of 9}(a:1,b:2)")]
    [InlineData("{total:9,items:[1 of 9]{id,name}\n1,a\n}\nprofile")]
    [InlineData("[3][2]\n1,2\n3,4\n5,6")]
    [InlineData("[2](a{id};b{n})\na1\nb2")]
    public void Forms_and_views_are_known_for_the_notation(string text) => Assert.True(JsonNotation.IsNotation(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("[INFO] 12:00 started")]
    [InlineData("[12:00:01] a\n[12:00:02] b")]
    [InlineData("[3] footnote{a}\nb")]
    [InlineData("{\n  \"a\": [3]\n}")]
    [InlineData("{\"a\":[3],\"b\":\"[3]{x}\\n1\"}")]
    [InlineData("[3]\n{a}")]
    [InlineData("{ color: red }")]
    [InlineData("[log 500 lines: legend]\na")]
    [InlineData("{% if x %}[3]{a}\n1{% endif %}")]
    public void Other_texts_are_not(string text) => Assert.False(JsonNotation.IsNotation(Encoding.UTF8.GetBytes(text)));

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
    public void The_documented_example_is_read_as_it_is_explained()
    {
        const string Text = """
            {total:3,items:[3]{id,name,zip:str,kind=a,at{x,y},note?{text,by},parts[]{sku,n}}
            1,Ann,007,1.0,2,(hi,Bob),(A1,2;B2,1)
            2,"Li, Jr.",,0,0
            3,null,12,5,5,,(),{extra:true}
            ,flags:{2}{key,on,limits{}{key,max}}
            dark mode,true,(cpu,4;disk,20)
            beta,false
            ,points:[3][2]
            7.5,50.1
            7.6,50.2
            7.7,50.4
            ,files:[lib/{a.dll,b.dll,c.xml},readme],ids:[0..3,200..220..10],zeros:[0 x4]}
            """;
        Assert.Equal(
            """{"total":3,"items":[{"id":1,"name":"Ann","zip":"007","kind":"a","at":{"x":1.0,"y":2},"note":{"text":"hi","by":"Bob"},"parts":[{"sku":"A1","n":2},{"sku":"B2","n":1}]},"""
            + """{"id":2,"name":"Li, Jr.","kind":"a","at":{"x":0,"y":0}},{"id":3,"name":null,"zip":"12","kind":"a","at":{"x":5,"y":5},"parts":[{}],"extra":true}]"""
            + ""","flags":{"dark mode":{"on":true,"limits":{"cpu":{"max":4},"disk":{"max":20}}},"beta":{"on":false}},"points":[[7.5,50.1],[7.6,50.2],[7.7,50.4]]"""
            + ""","files":["lib/a.dll","lib/b.dll","lib/c.xml","readme"],"ids":[0,1,2,3,200,210,220],"zeros":[0,0,0,0]}""",
            Encoding.UTF8.GetString(JsonNotation.Decode(Encoding.UTF8.GetBytes(Text.ReplaceLineEndings("\n")))!));
    }

    [Fact]
    public void A_view_is_not_a_lossless_form() => Assert.Null(JsonNotation.Decode("[1 of 3]{a,b}\n1,2"u8));

    private static void AssertForm(string json, string form)
    {
        Assert.Equal(form.ReplaceLineEndings("\n"), Encode(json));
        AssertRoundTrip(json);
    }

    [Fact]
    public void An_object_of_like_objects_is_a_table_with_their_keys_in_front() => AssertForm(
        """{"a":{"on":true,"n":1},"1":{"on":false,"n":22},"c,d":{"on":true,"n":3}}""",
        """
        {3}{key,on,n}
        a,true,1
        1,false,22
        "c,d",true,3
        """);

    [Fact]
    public void Objects_of_objects_stand_inside_a_row_with_their_keys() => AssertForm(
        """[{"n":"x","deps":{"a":{"v":"1"},"b":{"v":"2","dev":true}}},{"n":"y","deps":{}},{"n":"z","deps":{"c":{"v":"3"}}},{"n":"q"}]""",
        """
        [4]{n,deps{}{key,v:str,dev}}
        x,(a,1;b,2,true)
        y,{}
        z,(c,3)
        q
        """);

    [Fact]
    public void Members_that_are_no_objects_keep_the_object_as_it_is() =>
        AssertForm("""{"a":{"x":1},"b":2,"c":{"x":[]}}""", """{"a":{"x":1},"b":2,"c":{"x":[]}}""");

    [Fact]
    public void Numbers_with_equal_steps_and_runs_are_written_by_their_ends() => AssertForm(
        """{"a":[0,1,2,3,4,5],"b":[10,20,30,40,7,7,7],"c":["0..5","x x3",null,null,null],"d":[1.0,2.0,3.0,4.0]}""",
        """{a:[0..5],b:[10..40..10,7 x3],c:["0..5","x x3",null x3],d:[1.0,2.0,3.0,4.0]}""");

    [Fact]
    public void Strings_that_begin_alike_share_braces() => AssertForm(
        """["lib/net8.0/App.Core.dll","lib/net8.0/App.Core.pdb","lib/net8.0/App.Core.xml","readme","5","a{b}","license"]""",
        """[lib/net8.0/App.Core.{dll,pdb,xml},readme,"5","a{b}",license]""");

    [Fact]
    public void Arrays_in_an_array_are_rows()
    {
        var data = string.Join(',', Enumerable.Range(0, 40).Select(i => i == 39 ? "[4]" : $"[{i * 7 % 50},\"{"Ann,Bob,Cy".Split(',')[i % 3]} {i * i}\"]"));
        Assert.StartsWith("{columns:[id,name],data:[40][2]\n0,Ann 0\n7,Bob 1\n", Encode($$"""{"columns":["id","name"],"data":[{{data}}]}"""), StringComparison.Ordinal);
        AssertRoundTrip($$"""{"columns":["id","name"],"data":[{{data}}]}""");
        Assert.StartsWith("[8][0,1=open,2:(a=", Encode("[" + string.Join(',', Enumerable.Range(0, 8).Select(i =>
            $"[{i * i},\"open\",\"{(i % 2 == 0 ? "Connection was refused by the host" : "The request took too long to answer")}\"]")) + "]"), StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_numbers_with_equal_steps_need_no_cells_and_long_numbers_share_their_digits()
    {
        var rows = string.Join(',', Enumerable.Range(0, 100).Select(i => $$"""{"id":{{i + 7}},"at":179536662{{i * 37 % 1000:D3}},"by":-{{i * 5}},"v":"{{i * i}}"}"""));
        Assert.StartsWith("[100]{id=7..106,at=179536662*,by=0", Encode($"[{rows}]".Replace("-0,", "0,", StringComparison.Ordinal))!.Replace("by=0..-495..-5", "by=0", StringComparison.Ordinal), StringComparison.Ordinal);
        AssertRoundTrip($"[{rows}]");
    }

    [Fact]
    public void Constants_that_look_like_sequences_or_patterns_are_quoted()
    {
        const string Json = """[{"a":"1..3","b":"x*","n":1},{"a":"1..3","b":"x*","n":2},{"a":"1..3","b":"x*","n":4}]""";
        Assert.StartsWith("[3]{a=\"1..3\",b=\"x*\",n}", Encode(Json), StringComparison.Ordinal);
        AssertRoundTrip(Json);
    }

    [Theory]
    [InlineData("""[{"a":null},{"a":""},{},{"a":1},{"a":2},{"a":3}]""")]
    [InlineData("""[{"v":"1","w":"true"},{"v":1,"w":true},{"v":"1","w":"true"},{"v":1,"w":true}]""")]
    [InlineData("""[{"m":{"a":1},"m.a":2},{"m":{"a":3},"m.a":4},{"m":{"a":5},"m.a":6}]""")]
    [InlineData("""[{"s":"{\"a\": 1, \"b\": [1, 2, 3], \"cccccccc\": \"dddd\"} "},{"s":"{\"b\":1,\"a\":2,\"cccccccccccccccccccc\":\"dddd\"}"},{"s":"x"}]""")]
    [InlineData("""[{"b":1,"a":2},{"a":3,"b":4},{"b":5,"a":6},{"b":7,"a":8}]""")]
    [InlineData("""[{"k":"x","n":1},{"k":"y","n":2},{"k":"x","n":3},{"k":"y","n":4}]""")]
    [InlineData("""[{"a,b":1,"c:d":2,"e\nf":3},{"a,b":1,"c:d":3,"e\nf":4},{"a,b":7,"c:d":3,"e\nf":5}]""")]
    public void What_other_table_formats_confuse_comes_back_as_it_was(string json) => AssertRoundTrip(json);

    [Fact]
    public void Minified_json_is_compressed_as_far_as_pretty_json()
    {
        var rows = Enumerable.Range(0, 30).Select(i => $$"""{ "id": {{i * i}}, "name": "user{{i}}", "active": {{(i % 3 == 0 ? "true" : "false")}} }""");
        var pretty = $"[\n  {string.Join(",\n  ", rows)}\n]";
        var minified = pretty.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        Assert.Equal(Encode(pretty), Encode(minified));
        Assert.True(Encode(minified)!.Length * 2 < minified.Length);
    }

    [Theory]
    [InlineData("[999999999]{a}\n1")]
    [InlineData("{2}{name,a}\nx,1\ny,2")]
    [InlineData("[2]{a=1..9,b}\n")]
    [InlineData("hello")]
    [InlineData("{a}")]
    [InlineData("[{a,b}]")]
    public void What_is_no_form_is_refused(string text) => Assert.Null(JsonNotation.Decode(Encoding.UTF8.GetBytes(text)));

    private static string View(string json, int node, params int[] shown)
    {
        var tape = JsonTape.Read(Encoding.UTF8.GetBytes(json), CancellationToken.None)!;
        var plan = new ViewPlan();
        plan.Add(new RowSelection(node, RowLayout.Items, [], shown, tape.Nodes[node].Count, []));
        var excerpt = new ByteBuffer(256);
        var excerpted = Excerpt.Write(tape, 0, plan, excerpt);
        var output = new ByteBuffer(256);
        new JsonNotationWriter(JsonTape.Read(excerpt.ToArray(), CancellationToken.None)!, output, excerpted).WriteDocument();
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
