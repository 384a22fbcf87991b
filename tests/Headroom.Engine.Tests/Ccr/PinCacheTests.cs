using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Ccr;

public sealed class PinCacheTests
{
    private static Pin PinOf(int n, int bytes) =>
        new() { Key = PinKey.Of(BitConverter.GetBytes(n), ""), Replacement = new byte[bytes], Reason = "view" };

    private static bool Has(PinCache cache, Pin pin) => cache.TryGet(pin.Key, 0, out _, out _);

    [Fact]
    public void The_least_recently_used_pins_leave_when_the_bytes_are_used_up()
    {
        var cache = new PinCache(capacity: 35_000);
        var pins = Enumerable.Range(0, 4).Select(n => PinOf(n, 10_000)).ToArray();
        Array.ForEach(pins[..3], p => cache.Add(p, 0));
        Assert.True(Has(cache, pins[0]));
        cache.Add(pins[3], 0);
        Assert.Equal([true, false, true, true], pins.Select(p => Has(cache, p)));
    }

    [Fact]
    public void A_pin_above_the_whole_capacity_is_not_kept_and_drives_nothing_out()
    {
        var cache = new PinCache(capacity: 10_000);
        var small = PinOf(1, 100);
        cache.Add(small, 0);
        cache.Add(PinOf(2, 10_000), 0);
        Assert.True(Has(cache, small));
        Assert.False(Has(cache, PinOf(2, 0)));
    }

    [Fact]
    public void Pins_without_bytes_are_bounded_too()
    {
        var cache = new PinCache(capacity: 10_000);
        var pins = Enumerable.Range(0, 1000).Select(n => PinOf(n, 0)).ToArray();
        Array.ForEach(pins, p => cache.Add(p, 0));
        Assert.InRange(pins.Count(p => Has(cache, p)), 1, 100);
        Assert.True(Has(cache, pins[^1]));
    }

    [Fact]
    public void The_first_pin_of_a_key_stays()
    {
        var cache = new PinCache(capacity: 10_000);
        var first = PinOf(1, 1);
        cache.Add(first, 0);
        cache.Add(PinOf(1, 2), 0);
        Assert.True(cache.TryGet(first.Key, 0, out var pin, out _));
        Assert.Same(first, pin);
    }

    [Fact]
    public void A_use_is_stale_once_each_time_the_resolution_has_passed()
    {
        var cache = new PinCache(capacity: 10_000);
        var pin = PinOf(1, 1);
        cache.Add(pin, 0);
        const long Step = SqliteCcrStore.UseResolution;
        Assert.Equal([false, true, false, true], new[] { Step - 1, Step, Step + 1, 2 * Step }.Select(now =>
        {
            cache.TryGet(pin.Key, now, out _, out var isStale);
            return isStale;
        }));
    }
}
