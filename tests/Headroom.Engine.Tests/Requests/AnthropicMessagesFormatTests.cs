using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Requests;

public sealed class AnthropicMessagesFormatTests
{
    [Fact]
    public void Only_tool_results_of_user_messages_are_blocks()
    {
        var blocks = Texts(Anthropic, """
            {"model":"claude","system":[{"type":"text","text":"s"}],"messages":[
              {"role":"user","content":"u"},
              {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"x"},{"type":"text","text":"a"},
                {"type":"tool_use","id":"t1","name":"ls","input":{"content":"i","type":"tool_result"}},
                {"type":"server_tool_use","id":"s1","name":"web_search","input":{}},
                {"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"text","text":"w"}]},
                {"type":"mcp_tool_result","tool_use_id":"s2","content":[{"type":"text","text":"m"}]},
                {"type":"tool_result","tool_use_id":"t1","content":"not the user's"}]},
              {"role":"user","content":[{"type":"text","text":"u2"},{"type":"tool_result","tool_use_id":"t1","content":"r1"},
                {"type":"document","source":{"type":"text","data":"d"},"content":"d2"},{"type":"future","content":[{"type":"text","text":"f"}]},
                {"content":"no type"}]}
            ]}
            """);
        Assert.Equal(["ls: r1"], blocks);
    }

    [Fact]
    public void Each_text_block_of_a_result_is_a_block()
    {
        var blocks = Texts(Anthropic, """
            {"messages":[{"role":"user","content":[{"type":"tool_result","content":[
              {"type":"text","text":"one"},{"type":"image","source":{"data":"x"}},
              {"type":"search_result","text":"s","content":[{"type":"text","text":"deep"}]},
              {"text":"two","type":"text"},{"type":"text"},{"type":"tool_result","content":"inner"}]}]}]}
            """);
        Assert.Equal(["one", "two"], blocks);
    }

    [Fact]
    public void Members_may_come_in_any_order()
    {
        var map = Map(Anthropic, """
            {"messages":[
              {"content":[{"input":{},"name":"ls","id":"t1","type":"tool_use"}],"role":"assistant"},
              {"content":[{"content":"r1","is_error":true,"tool_use_id":"t1","type":"tool_result"},
                          {"is_error":false,"content":[{"text":"r2","type":"text"}],"type":"tool_result","tool_use_id":"t1"}],"role":"user"}],
             "tools":[{"input_schema":{"name":"headroom_retrieve"},"name":"x"},{"name":"mcp__h__headroom_retrieve"}],"stream":true,"model":"m"}
            """);
        Assert.NotNull(map);
        Assert.Equal(["ls", "ls"], map.Blocks.Select(b => b.ToolName));
        Assert.Equal([true, false], map.Blocks.Select(b => b.IsError));
        Assert.Equal("m", map.Model);
        Assert.True(map.IsStreaming);
        Assert.True(map.HasRetrieveTool);
    }

    [Fact]
    public void What_an_assistant_message_follows_is_history()
    {
        var map = Map(Anthropic, """
            {"messages":[{"role":"user","content":[{"type":"tool_result","content":"old"}]},{"content":"a","role":"assistant"},
              {"role":"user","content":[{"type":"tool_result","content":"new"}]}]}
            """);
        Assert.Equal([true, false], map!.Blocks.Select(b => b.IsHistory));
    }

    [Theory]
    [InlineData("""{"cache_control":{"type":"ephemeral"},"content":"b","type":"tool_result"}""")]
    [InlineData("""{"type":"tool_result","content":"b","cache_control":{"type":"ephemeral"}}""")]
    [InlineData("""{"type":"tool_result","content":[{"cache_control":{"type":"ephemeral"},"type":"text","text":"b"}]}""")]
    [InlineData("""{"type":"tool_result","content":[{"type":"text","text":"b"},{"type":"image","cache_control":{"type":"ephemeral"}}]}""")]
    [InlineData("""{"type":"tool_result","content":"b"},{"type":"text","text":"t","cache_control":{"type":"ephemeral"}}""")]
    public void A_cache_mark_covers_its_own_block_and_all_before_it(string marked)
    {
        var map = Map(Anthropic, $$"""
            {"messages":[{"role":"user","content":[{"type":"tool_result","content":"a"}]},
              {"role":"user","content":[{{marked}},{"type":"tool_result","content":"c"}]}]}
            """);
        Assert.Equal([true, true, false], map!.Blocks.Select(b => b.IsBeforeCacheMark));
    }

    [Fact]
    public void A_cache_mark_on_the_body_covers_everything()
    {
        var map = Map(Anthropic, """{"cache_control":{"type":"ephemeral"},"messages":[{"role":"user","content":[{"type":"tool_result","content":"a"}]}]}""");
        Assert.True(map!.Blocks[0].IsBeforeCacheMark);
    }

    [Fact]
    public void A_cache_mark_of_null_or_before_the_messages_covers_nothing()
    {
        var map = Map(Anthropic, """
            {"tools":[{"name":"x","cache_control":{"type":"ephemeral"}}],"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],
             "messages":[{"role":"user","content":[{"type":"tool_result","content":"a","cache_control":null}]}]}
            """);
        Assert.False(map!.Blocks[0].IsBeforeCacheMark);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","role":"user","content":[]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[],"content":[]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"tool_result","type":"x"}]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"tool_result","content":"a","content":"b"}]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","text":"a","text":"b"}]}]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"tool_result","is_error":true,"is_error":false}]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","tool_use_id":"b"}]}]}""")]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","id":"b","name":"x"}]}]}""")]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"x","name":"y"}]}]}""")]
    [InlineData("""{"messages":[],"tools":[{"name":"x","name":"y"}]}""")]
    [InlineData("""{"messages":[],"messages":[]}""")]
    public void A_repeated_member_that_matters_leaves_the_body_alone(string body) => Assert.Null(Map(Anthropic, body));

    [Theory]
    [InlineData("""{"messages":null,"tools":{"name":"headroom_retrieve"},"model":1,"stream":null}""")]
    [InlineData("""{"messages":[null,{"role":"user","content":[null,"x",[{"type":"tool_result","content":"x"}]]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"tool_result","content":null},{"type":"tool_result","content":{"type":"text","text":"x"}},{"type":7,"content":"x"}]}]}""")]
    public void Members_of_an_unexpected_kind_are_passed_over(string body)
    {
        var map = Map(Anthropic, body);
        Assert.NotNull(map);
        Assert.Empty(map.Blocks);
        Assert.False(map.HasRetrieveTool);
    }
}
