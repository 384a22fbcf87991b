using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Tokens;
using Headroom.Proxy.Recording;

namespace Headroom.Proxy.Tests;

public sealed class ReplacementCountsTests
{
    private static ReplacedBlock Block(string text) =>
        new() { Key = PinKey.Of(Encoding.UTF8.GetBytes(text), "test"), Estimate = default, Quoted = JsonSerializer.SerializeToUtf8Bytes(text), Replacement = "x"u8.ToArray() };

    [Fact]
    public void The_least_recently_used_count_leaves_first()
    {
        var counts = new ReplacementCounts(capacity: 3);
        var counter = TokenEstimator.Instance;
        var blocks = new[] { "a", "b", "c", "d", "e" }.Select(Block).ToArray();
        foreach (var block in blocks[..3])
        {
            counts.Count(block, counter);
        }

        // Used, and counted once more by a request that came at the same time: neither makes a second entry.
        Assert.NotNull(counts.Find(blocks[0].Key, counter));
        counts.Count(blocks[2], counter);
        counts.Count(blocks[3], counter);
        Assert.Equal([true, false, true, true, false], blocks.Select(b => counts.Find(b.Key, counter) is not null));

        // Those that were just looked for are in the order of the blocks.
        counts.Count(blocks[4], counter);
        Assert.Equal([false, false, true, true, true], blocks.Select(b => counts.Find(b.Key, counter) is not null));
    }

    [Fact]
    public void Each_counter_has_its_own_counts()
    {
        var counts = new ReplacementCounts(capacity: 8);
        var block = Block("caf\u00e9 \u20ac \"quoted\"");
        var exact = TokenCounters.O200kBase;
        var counted = counts.Count(block, exact);
        Assert.Equal(new BlockTokens(exact.Count("caf\u00e9 \u20ac \"quoted\""u8), 1), counted);
        Assert.Equal(counted, counts.Find(block.Key, exact));
        Assert.Null(counts.Find(block.Key, TokenEstimator.Instance));
    }
}
