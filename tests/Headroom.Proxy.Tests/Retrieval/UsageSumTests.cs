using System.Text;
using System.Text.Json.Nodes;
using Headroom.Proxy.Observation;
using Headroom.Proxy.Retrieval;

namespace Headroom.Proxy.Tests.Retrieval;

public sealed class UsageSumTests
{
    private static UsageSum Of(params string[][] turns)
    {
        var sum = new UsageSum();
        for (var i = 0; i < turns.Length; i++)
        {
            if (i > 0)
            {
                sum.BeginTurn();
            }

            foreach (var report in turns[i])
            {
                sum.Report(Encoding.UTF8.GetBytes(report));
            }
        }

        return sum;
    }

    private static void AssertJson(string expected, byte[] actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), Encoding.UTF8.GetString(actual));

    [Fact]
    public void The_client_gets_the_last_turns_input_and_all_output_and_the_accounts_get_everything()
    {
        // A cache that was written in the first turn and is only read in the last: nothing of it may stand in both.
        var last = """{"output_tokens":5,"server_tool_use":{"web_search_requests":1}}""";
        var sum = Of(
            ["""{"input_tokens":10,"cache_read_input_tokens":1000,"cache_creation_input_tokens":500,"cache_creation":{"ephemeral_5m_input_tokens":500},"output_tokens":1,"service_tier":"standard"}""", """{"output_tokens":7,"server_tool_use":{"web_search_requests":2}}"""],
            ["""{"input_tokens":30,"cache_read_input_tokens":1500,"output_tokens":1}""", last]);
        AssertJson(
            """{"output_tokens":12,"server_tool_use":{"web_search_requests":3},"input_tokens":30,"cache_read_input_tokens":1500,"cache_creation_input_tokens":0}""",
            sum.ForClient(Encoding.UTF8.GetBytes(last)));
        Assert.Equal(1530, sum.Input);
        Assert.Equal(new Usage(1510 + 1530, 2500, 500, 12), sum.All);
    }

    [Fact]
    public void A_total_is_what_it_is_the_total_of()
    {
        var last = """{"prompt_tokens":200,"completion_tokens":20,"total_tokens":220,"prompt_tokens_details":{"cached_tokens":100},"completion_tokens_details":{"reasoning_tokens":4},"prompt_cache_hit_tokens":100,"cost":0.25}""";
        var sum = Of(["""{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":2},"prompt_cache_hit_tokens":64}"""], [last]);
        AssertJson(
            """{"prompt_tokens":200,"completion_tokens":30,"total_tokens":230,"prompt_tokens_details":{"cached_tokens":100},"completion_tokens_details":{"reasoning_tokens":6},"prompt_cache_hit_tokens":100,"cost":0.25}""",
            sum.ForClient(Encoding.UTF8.GetBytes(last)));
        Assert.Equal(new Usage(300, 164, null, 30), sum.All);
    }

    [Fact]
    public void A_last_turn_that_says_nothing_of_its_input_leaves_the_client_what_it_was_told()
    {
        var sum = Of(["""{"input_tokens":10,"cache_read_input_tokens":5,"output_tokens":3}"""], ["""{"output_tokens":4}"""]);
        AssertJson("""{"output_tokens":7}""", sum.ForClient("""{"output_tokens":4}"""u8));
        Assert.Equal(new Usage(15, 5, null, 7), sum.All);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"output_tokens":"many"}""")]
    [InlineData("""{"output_tokens":5,"output_tokens":6}""")]
    [InlineData("""{"output_tokens":5,"server_tool_use":{"a":1,"a":1}}""")]
    [InlineData("""{"output_tokens":5,"\ud800":1}""")]
    [InlineData("""{"output_tokens":5,"service_tier":"\ud800"}""")]
    public void What_is_no_report_counts_nothing(string report)
    {
        var sum = Of(["""{"input_tokens":1,"output_tokens":2}"""], [report]);
        Assert.Equal(2, sum.All!.Output);
        Assert.Equal(1, sum.All.Input);
    }

    [Fact]
    public void What_is_no_utf8_counts_nothing()
    {
        var sum = Of(["""{"input_tokens":1,"output_tokens":2}"""]);
        sum.Report([.. "{\"output_tokens\":5,\"n\":{\""u8, 0xC2, .. "\":7}}"u8]);
        sum.BeginTurn();
        Assert.Equal(2, sum.All!.Output);
    }

    [Fact]
    public void Nothing_reported_is_nothing_known()
    {
        Assert.Null(Of([]).All);
        Assert.Null(Of([], []).All);
    }
}
