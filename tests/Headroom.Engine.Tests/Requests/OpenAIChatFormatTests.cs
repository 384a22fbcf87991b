using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Requests;

public sealed class OpenAIChatFormatTests
{
    [Fact]
    public void Only_tool_results_are_blocks()
    {
        var blocks = Texts(OpenAI, """
            {"model":"gpt-4o","messages":[
              {"role":"system","content":"s"},{"role":"developer","content":"d"},
              {"role":"user","content":[{"type":"text","text":"u"},{"type":"image_url","image_url":{"url":"x"}}]},
              {"role":"assistant","content":"a","tool_calls":[{"id":"c1","type":"function","function":{"name":"ls","arguments":"{\"content\":\"x\"}"}}]},
              {"role":"tool","tool_call_id":"c1","content":"r1"},
              {"role":"future","content":"f"},
              {"content":"no role"}
            ]}
            """);
        Assert.Equal(["ls: r1"], blocks);
    }

    [Fact]
    public void Each_text_part_of_a_list_is_a_block()
    {
        var blocks = Texts(OpenAI, """
            {"messages":[{"role":"tool","content":[{"type":"text","text":"one"},{"text":"two","type":"text"},
              {"type":"image","text":"not text"},{"text":"no type"},"bare",7,{"type":"text","text":null},{"type":"text","text":{"text":"deep"}}]}]}
            """);
        Assert.Equal(["one", "two"], blocks);
    }

    [Fact]
    public void Members_may_come_in_any_order()
    {
        var map = Map(OpenAI, """
            {"messages":[
              {"tool_calls":[{"function":{"arguments":"{}","name":"ls"},"type":"function","id":"c1"},
                             {"custom":{"input":"x","name":"grep"},"id":"c2","type":"custom"}],"role":"assistant"},
              {"content":"r1","tool_call_id":"c1","role":"tool"},
              {"content":"r2","role":"tool","tool_call_id":"c2"}],
             "tools":[{"type":"function","function":{"parameters":{"name":"x"},"name":"mcp__h__headroom_retrieve"}}],
             "stream":true,"model":"m"}
            """);
        Assert.NotNull(map);
        Assert.Equal(["ls", "grep"], map.Blocks.Select(b => b.ToolName));
        Assert.Equal(["c1", "c2"], map.Blocks.Select(b => b.CallId));
        Assert.Equal("m", map.Model);
        Assert.True(map.IsStreaming);
        Assert.True(map.HasRetrieveTool);
    }

    [Fact]
    public void A_name_with_escapes_is_the_same_name()
    {
        var blocks = Texts(OpenAI, """{"mess\u0061ges":[{"r\u006fle":"t\u006fol","\ud800":1,"content":"r"}]}""");
        Assert.Equal(["r"], blocks);
    }

    [Fact]
    public void A_reused_call_id_belongs_to_the_latest_call()
    {
        var blocks = Texts(OpenAI, """
            {"messages":[
              {"role":"assistant","tool_calls":[{"id":"c","function":{"name":"first"}}]},{"role":"tool","tool_call_id":"c","content":"1"},
              {"role":"assistant","tool_calls":[{"id":"c","function":{"name":"second"}}]},{"role":"tool","tool_call_id":"c","content":"2"}]}
            """);
        Assert.Equal(["first: 1", "second: 2"], blocks);
    }

    [Fact]
    public void Older_function_messages_are_blocks_under_their_own_name() =>
        Assert.Equal(["ls: r"], Texts(OpenAI, """{"messages":[{"role":"function","name":"ls","content":"r"}]}"""));

    [Fact]
    public void What_an_assistant_message_follows_is_history()
    {
        var map = Map(OpenAI, """
            {"messages":[{"role":"tool","content":"old"},{"content":"a","role":"assistant"},{"role":"tool","content":"new"},{"role":"user","content":"u"}]}
            """);
        Assert.Equal([true, false], map!.Blocks.Select(b => b.IsHistory));
        Assert.All(map.Blocks, b => Assert.False(b.IsBeforeCacheMark));
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"tool","role":"user","content":"x"}]}""")]
    [InlineData("""{"messages":[{"role":"tool","content":"x","r\u006fle":"tool"}]}""")]
    [InlineData("""{"messages":[{"role":"tool","content":"x","content":"y"}]}""")]
    [InlineData("""{"messages":[{"role":"tool","content":[{"type":"text","type":"text","text":"y"}]}]}""")]
    [InlineData("""{"messages":[{"role":"tool","content":[{"type":"text","text":"x","text":"y"}]}]}""")]
    [InlineData("""{"messages":[{"role":"tool","tool_call_id":"1","tool_call_id":"2","content":"x"}]}""")]
    [InlineData("""{"messages":[{"role":"assistant","tool_calls":[{"id":"1","id":"2"}]}]}""")]
    [InlineData("""{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"1","name":"2"}}]}]}""")]
    [InlineData("""{"messages":[],"messages":[]}""")]
    [InlineData("""{"tools":[],"messages":[],"tools":[]}""")]
    public void A_repeated_member_that_matters_leaves_the_body_alone(string body) => Assert.Null(Map(OpenAI, body));

    [Fact]
    public void A_repeated_member_that_does_not_matter_is_passed_over() =>
        Assert.Equal(["x"], Texts(OpenAI, """{"a":1,"a":2,"messages":[{"role":"tool","b":{"type":1,"type":2},"b":3,"content":"x"}]}"""));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"messages\"")]
    [InlineData("{")]
    [InlineData("{\"messages\":[}")]
    [InlineData("{\"messages\":[],}")]
    [InlineData("{\"messages\":[]} x")]
    [InlineData("{\"messages\":[]}{}")]
    [InlineData("{\"messages\":[NaN]}")]
    [InlineData("/* */{\"messages\":[]}")]
    [InlineData("\ufeff{\"messages\":[]}")]
    [InlineData("{\"messages\":[{\"role\":\"\\ud800\"}]}")]
    public void What_is_not_one_JSON_object_is_not_read(string body) => Assert.Null(Map(OpenAI, body));

    [Fact]
    public void Sixty_four_levels_are_read_and_one_more_is_not()
    {
        static string Nested(int levels) => $$"""{"x":{{new string('[', levels - 1)}}{{new string(']', levels - 1)}},"messages":[{"role":"tool","content":"r"}]}""";
        Assert.Equal(["r"], Texts(OpenAI, Nested(64)));
        Assert.Null(Map(OpenAI, Nested(65)));
    }

    [Theory]
    [InlineData("""{"messages":null,"tools":3,"model":[],"stream":"yes"}""")]
    [InlineData("""{"messages":{"role":"tool","content":"x"}}""")]
    [InlineData("""{"messages":[null,1,"x",[{"role":"tool","content":"x"}]],"tools":[null,{"function":"x"},{"function":{"name":4}}]}""")]
    [InlineData("""{"messages":[{"role":"tool","content":null},{"role":"tool","content":7},{"role":["tool"],"content":"x"},{"role":"tool","content":{"text":"x"}}]}""")]
    public void Members_of_an_unexpected_kind_are_passed_over(string body)
    {
        var map = Map(OpenAI, body);
        Assert.NotNull(map);
        Assert.Empty(map.Blocks);
        Assert.Null(map.Model);
        Assert.False(map.IsStreaming);
        Assert.False(map.HasRetrieveTool);
    }

    [Fact]
    public void A_result_that_is_not_decodable_is_no_block()
    {
        var blocks = Texts(OpenAI, """
            {"x":"\ud800","messages":[{"role":"user","content":"\udc00"},{"role":"tool","content":"\ud83d"},
              {"role":"tool","content":[{"type":"text","text":"a"},{"type":"text","text":"\ude00"},{"type":"text","text":"\ud83d\ude00"}]}]}
            """);
        Assert.Equal(["a", "😀"], blocks);
    }
}
