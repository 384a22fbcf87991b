using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>A disk that was full before anything was swept: removing rows takes room, and there is none.</summary>
public sealed class SqliteCcrFullDiskTests
{
    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, int, bool, bool> Disks()
    {
        var disks = new TheoryData<int, int, bool, bool>();
        foreach (var (kibibytes, size) in ((int, int)[])[(512, 200), (1024, 5000), (4096, 200), (4096, 300_000), (24_576, 50_000), (24_576, 3_000_000)])
        {
            disks.Add(kibibytes, size, false, false);
            disks.Add(kibibytes, size, true, false);
            disks.Add(kibibytes, size, false, true);
        }

        return disks;
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task It_can_be_cleared(int kibibytes, int size, bool isOpen, bool isOpenElsewhere)
    {
        using var disk = new SmallDisk(kibibytes);
        await using var store = Open(disk);
        await using var other = Open(disk);
        var hashes = await FillAsync(store, size);
        if (isOpenElsewhere)
        {
            await other.OpenAsync(Token);
        }

        if (!isOpen)
        {
            await store.DisposeAsync();
        }

        disk.Take();
        await using var clearing = isOpen ? store : Open(disk);
        var removed = await clearing.ClearAsync(Token);
        Assert.Equal(hashes.Count, removed.Originals);
        Assert.True(disk.Free > kibibytes * 1024 / 4, $"{disk.Free} bytes are free.");

        // The key stays, and what is gone is known to have been there.
        Assert.Equal(hashes[0], clearing.HashOf(Noise(0, size)));
        var statistics = await clearing.StatisticsAsync(Token);
        Assert.Equal((0, 0, hashes.Count), (statistics.Originals, statistics.StoredBytes, statistics.Expired));
        Assert.True(await clearing.HasExpiredAsync(hashes[^1], Token));
        Assert.Null(await clearing.GetAsync(hashes[0], Token));

        // And all go on, those too that had it open.
        Assert.Equal(hashes[0], await clearing.PutAsync(Noise(0, size), Token));
        Assert.Equal(Noise(0, size), await other.GetAsync(hashes[0], Token));
        Assert.Equal(hashes[1], await other.PutAsync(Noise(1, size), Token));
        Assert.Equal(2, (await clearing.StatisticsAsync(Token)).Originals);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(300_000)]
    public async Task Nothing_of_another_workspace_goes_with_it(int size)
    {
        using var disk = new SmallDisk(4096);
        disk.Take(1 << 20);
        string kept;
        await using (var other = new SqliteCcrStore(disk.Path, "other", _clock))
        {
            kept = await other.PutAsync("kept"u8.ToArray(), Token);
        }

        await using (var store = Open(disk))
        {
            await FillAsync(store, size);
        }

        disk.Take();
        await using var clearing = Open(disk);
        try
        {
            await clearing.ClearAsync(Token);
        }
        catch (CcrStoreException failure)
        {
            Assert.Equal(CcrFailureKind.Full, failure.Kind);
            Assert.Contains("other workspaces", failure.Message, StringComparison.Ordinal);
        }

        disk.GiveBack();
        await clearing.ClearAsync(Token);
        Assert.Equal(0, (await clearing.StatisticsAsync(Token)).Originals);
        await using var again = new SqliteCcrStore(disk.Path, "other", _clock);
        Assert.Equal("kept"u8.ToArray(), await again.GetAsync(kept, Token));
    }

    private SqliteCcrStore Open(SmallDisk disk) => new(disk.Path, time: _clock);

    // Until nothing more of this size goes in.
    private static async Task<List<string>> FillAsync(SqliteCcrStore store, int size)
    {
        var hashes = new List<string>();
        try
        {
            while (true)
            {
                var original = Noise(hashes.Count, size);
                var hash = store.HashOf(original);
                await store.PinAsync([new PinProposal(new Pin { Key = PinKey.Of(original, "test"), Hash = hash, Replacement = [1, 2], Reason = "view" }, original)], Token);
                hashes.Add(hash);
            }
        }
        catch (CcrStoreException failure)
        {
            Assert.Equal(CcrFailureKind.Full, failure.Kind);
            return hashes;
        }
    }

    private static byte[] Noise(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
