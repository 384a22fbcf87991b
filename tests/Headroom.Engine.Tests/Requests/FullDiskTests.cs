using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.Engine.Tests.Ccr;
using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Requests;

/// <summary>A full disk means that nothing new is compressed. No request fails, and what was sent stays as it was sent.</summary>
public sealed class FullDiskTests
{
    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_go_on_over_a_full_file()
    {
        using var directory = new TemporaryDirectory();
        await using var store = new SqliteCcrStore(directory.Path, time: _clock) { MostPages = 5000, BusyTimeout = TimeSpan.FromMinutes(1) };
        await RequestsGoOnAsync(store);
    }

    [Fact]
    public async Task Requests_go_on_over_a_full_disk()
    {
        using var disk = new SmallDisk(kibibytes: 65_536);
        await using var store = new SqliteCcrStore(disk.Path, time: _clock) { BusyTimeout = TimeSpan.FromMinutes(1) };
        await RequestsGoOnAsync(store);
    }

    private async Task RequestsGoOnAsync(SqliteCcrStore store)
    {
        var optimizer = new RequestOptimizer(
            store, new RequestOptimizerOptions { BlockDeadline = TimeSpan.FromMinutes(1) }, TimeProvider.System, FakeCompressor.Shorten);
        var before = await optimizer.OptimizeAsync(OpenAI, Body("before"), Token);
        Assert.Equal(Reason.Compressed, before.Reason);

        // 1. Full, down to the last page, by originals that were used three days ago. A sweep has come by before, as it does in a proxy.
        var now = _clock.Now;
        _clock.Now = now.AddDays(-3);
        var full = false;
        for (var i = 0; i < 100; i++)
        {
            Assert.False(await IsFullAsync(store, 100_001, i));
        }

        await store.SweepAsync(CcrRetention.Default, Token);
        foreach (var size in (int[])[100_000, 10_000, 1000, 1])
        {
            for (var i = 0; i < 1000 && !(full = await IsFullAsync(store, size, i)); i++)
            {
            }
        }

        Assert.True(full, "The disk is not full.");
        _clock.Now = now.AddMinutes(1);

        // 2. What is new goes as it came; what was decided is replayed.
        var during = Body("before", "during");
        var request = await optimizer.OptimizeAsync(OpenAI, during, Token);
        Assert.Equal([Reason.Lossless, Reason.StoreUnavailable], request.Outcomes.Select(o => o.Reason));
        Assert.Equal([Results(before.Body)[0], Output("during")], Results(request.Body));

        // 3. A sweep makes room, and what went uncompressed stays so.
        var removed = await store.SweepAsync(new CcrRetention(TimeSpan.FromDays(7), 0), Token);
        Assert.True(removed.Originals > 100);
        for (var turn = 0; turn < 2; turn++)
        {
            var after = await optimizer.OptimizeAsync(OpenAI, Body("before", "during", "after"), Token);
            Assert.Equal([Reason.Lossless, Reason.StoreUnavailable, Reason.Lossless], after.Outcomes.Select(o => o.Reason));
            Assert.Equal(Results(request.Body), Results(after.Body)[..2]);
        }
    }

    private static async Task<bool> IsFullAsync(SqliteCcrStore store, int size, int seed)
    {
        var noise = new byte[size + 4];
        new Random((size * 1000) + seed).NextBytes(noise);
        try
        {
            await store.PutAsync(noise, Token);
            return false;
        }
        catch (CcrStoreException e)
        {
            Assert.Contains("full", e.Message, StringComparison.Ordinal);
            return true;
        }
    }

    private static string Output(string name) => string.Join('\n', Enumerable.Range(0, 400).Select(i => $"line {i} of {name}"));

    private static byte[] Body(params string[] names) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        model = "gpt-4o",
        messages = (object[])
        [
            new { role = "user", content = "run" },
            new { role = "assistant", tool_calls = names.Select((_, i) => new { id = $"c{i}", function = new { name = "run" } }) },
            .. names.Select((n, i) => new { role = "tool", tool_call_id = $"c{i}", content = Output(n) }),
        ],
    });

    private static string[] Results(ReadOnlyMemory<byte> body) => [.. OpenAI.Locate(body.Span)!.Blocks.Select(b => Text(body, b))];
}
