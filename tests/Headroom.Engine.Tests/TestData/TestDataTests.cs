using System.Text;
using System.Text.Json.Nodes;
using Headroom.TestData;
using Microsoft.ML.Tokenizers;

namespace Headroom.Engine.Tests.TestData;

public sealed class TestDataTests
{
    [Fact]
    public void The_random_sequence_is_xoshiro256_with_splitmix_seeding()
    {
        // First outputs for the state that splitmix64 gives from seed 0; the splitmix64 values are its published test vector.
        var random = new SeededRandom(0);
        Assert.Equal([0x99EC5F36CB75F2B4UL, 0xBF6E1F784956452AUL, 0x1A5F849D4933E6E0UL], [random.NextUInt64(), random.NextUInt64(), random.NextUInt64()]);
    }

    [Fact]
    public void Layouts_differ_in_white_space_only()
    {
        var value = JsonNode.Parse("""{"a":[1,-0.5,null,true],"ü":{"x":"\"\\\n","e":{},"f":[]}}""");
        Assert.Equal("""{"a":[1,-0.5,null,true],"ü":{"x":"\"\\\n","e":{},"f":[]}}""", JsonLayouts.Write(value, JsonLayout.Compact));
        Assert.Equal("""{"a": [1, -0.5, null, true], "ü": {"x": "\"\\\n", "e": {}, "f": []}}""", JsonLayouts.Write(value, JsonLayout.Spaced));
        Assert.Equal(
            "{\n  \"a\": [\n    1,\n    -0.5,\n    null,\n    true\n  ],\n  \"ü\": {\n    \"x\": \"\\\"\\\\\\n\",\n    \"e\": {},\n    \"f\": []\n  }\n}",
            JsonLayouts.Write(value, JsonLayout.Pretty));
    }

    [Fact]
    public void A_thousand_search_results_are_about_45_000_tokens_as_spaced_json()
    {
        var tokenizer = TiktokenTokenizer.CreateForEncoding("o200k_base");
        var tokens = tokenizer.CountTokens(SearchResults.Generate(1000).Json(JsonLayout.Spaced));
        Assert.InRange(tokens, 44_000, 46_000);
    }

    [Fact]
    public void Planted_rows_are_where_they_are_said_to_be()
    {
        foreach (var workload in (Workload[])[
            SearchResults.Generate(200, needles: 3, errors: 4, seed: 7),
            LogEntries.Generate(200, seed: 7),
            DatabaseRows.Generate(200, DatabaseTable.Metrics, seed: 7),
            DatabaseRows.Generate(200, DatabaseTable.Mixed, seed: 7)])
        {
            Assert.NotEmpty(workload.Planted);
            foreach (var row in workload.Planted)
            {
                var text = JsonLayouts.Write(workload.Rows[row.Index], JsonLayout.Compact);
                Assert.Contains(row.Id, text, StringComparison.Ordinal);
                Assert.Contains(row.Evidence, text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_does_not()
    {
        Assert.Equal(LogEntries.Generate(50).Utf8(JsonLayout.Spaced), LogEntries.Generate(50).Utf8(JsonLayout.Spaced));
        Assert.NotEqual(LogEntries.Generate(50).Utf8(JsonLayout.Spaced), LogEntries.Generate(50, seed: 43).Utf8(JsonLayout.Spaced));
    }

    [Fact]
    public void Each_turn_of_a_session_extends_the_bytes_of_the_turn_before()
    {
        var session = AgentSession.Generate(turns: 6, callsPerTurn: 2, items: 5);
        foreach (var bodies in (IReadOnlyList<byte[]>[])[session.OpenAIChat, session.AnthropicMessages])
        {
            Assert.Equal(6, bodies.Count);
            for (var turn = 1; turn < bodies.Count; turn++)
            {
                var before = bodies[turn - 1].AsSpan(0, bodies[turn - 1].Length - "]}".Length);
                Assert.True(bodies[turn].AsSpan().StartsWith(before));
            }
        }

        var last = JsonNode.Parse(session.OpenAIChat[^1])!["messages"]!.AsArray();
        Assert.Equal(
            session.ToolResults.Select(r => (r.CallId, r.Text)),
            last.Where(m => (string?)m!["role"] == "tool").Select(m => ((string)m!["tool_call_id"]!, (string)m["content"]!)));
        Assert.All(session.ToolResults, r => Assert.IsType<JsonArray>(JsonNode.Parse(r.Text)));
    }

    [Fact]
    public void Every_captured_json_file_is_one_json_value()
    {
        Assert.True(Fixtures.Json.Length >= 20);
        foreach (var fixture in Fixtures.Json)
        {
            Assert.NotNull(JsonNode.Parse(Encoding.UTF8.GetString(fixture.Utf8())));
        }
    }
}
