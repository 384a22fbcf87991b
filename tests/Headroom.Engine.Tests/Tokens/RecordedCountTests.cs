using System.Text;
using System.Text.Json;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Tokens;

/// <summary>
/// The counters against what tiktoken counts: <c>tests/cases/tokens/counts.json</c>, written by <c>record.cjs</c> beside it, which with
/// <c>--check</c> compares the recorded numbers with the installed npm packages. Recorded, so that no test hangs on the network.
/// </summary>
public sealed class RecordedCountTests
{
    [Fact]
    public void Counts_are_those_of_tiktoken_on_hard_texts()
    {
        using var recorded = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Root, "..", "cases", "tokens", "counts.json")));
        var wrong = new List<string>();
        foreach (var one in recorded.RootElement.EnumerateArray())
        {
            var text = string.Concat(one.GetProperty("text").EnumerateArray().Select(Spell));
            foreach (var counter in new[] { TokenCounters.Cl100kBase, TokenCounters.O200kBase })
            {
                var expected = one.GetProperty(counter.Name).GetInt32();
                var actual = counter.Count(Encoding.UTF8.GetBytes(text));
                if (actual != expected)
                {
                    wrong.Add($"{counter.Name}: {actual} instead of {expected} for {one.GetProperty("text").GetRawText()}");
                }
            }
        }

        Assert.True(recorded.RootElement.GetArrayLength() > 1_000);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ\n{string.Join('\n', wrong.Take(20))}");
    }

    private static string Spell(JsonElement part) => part.ValueKind == JsonValueKind.String
        ? part.GetString()!
        : string.Concat(Enumerable.Repeat(part[0].GetString(), part[1].GetInt32()));
}
