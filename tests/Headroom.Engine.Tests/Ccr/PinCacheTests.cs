using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Ccr;

public sealed class PinCacheTests
{
    private static Pin PinOf(int n, int bytes) =>
        new() { Key = PinKey.Of(BitConverter.GetBytes(n), ""), Replacement = new byte[bytes], Reason = "view" };

    private static bool Has(PinCache cache, Pin pin) => cache.TryGet(pin.Key, 0, out _);

    [Fact]
    public void The_least_recently_used_pins_leave_when_the_bytes_are_used_up()
    {
        var cache = new PinCache(capacity: 35_000);
        var pins = Enumerable.Range(0, 4).Select(n => PinOf(n, 10_000)).ToArray();
        Array.ForEach(pins[..3], p => cache.Add(p, 0, 0));
        Assert.True(Has(cache, pins[0]));
        cache.Add(pins[3], 0, 0);
        Assert.Equal([true, false, true, true], pins.Select(p => Has(cache, p)));
    }

    [Fact]
    public void A_pin_above_the_whole_capacity_is_not_kept_and_drives_nothing_out()
    {
        var cache = new PinCache(capacity: 10_000);
        var small = PinOf(1, 100);
        cache.Add(small, 0, 0);
        cache.Add(PinOf(2, 10_000), 0, 0);
        Assert.True(Has(cache, small));
        Assert.False(Has(cache, PinOf(2, 0)));
    }

    [Fact]
    public void Pins_without_bytes_are_bounded_too()
    {
        var cache = new PinCache(capacity: 10_000);
        var pins = Enumerable.Range(0, 1000).Select(n => PinOf(n, 0)).ToArray();
        Array.ForEach(pins, p => cache.Add(p, 0, 0));
        Assert.InRange(pins.Count(p => Has(cache, p)), 1, 100);
        Assert.True(Has(cache, pins[^1]));
    }

    [Fact]
    public void A_pin_that_is_read_again_takes_the_place_of_the_earlier()
    {
        var cache = new PinCache(capacity: 10_000);
        var second = PinOf(1, 2);
        cache.Add(PinOf(1, 8000), 0, 0);
        cache.Add(second, 0, 0);
        cache.Add(PinOf(2, 8000), 0, 0);
        Assert.True(cache.TryGet(second.Key, 0, out var pin));
        Assert.Same(second, pin);
        Assert.True(Has(cache, PinOf(2, 0)));
    }

    [Fact]
    public void A_pin_is_read_again_when_the_interval_has_passed()
    {
        var cache = new PinCache(capacity: 10_000);
        var pin = PinOf(1, 1);
        const long Interval = SqliteCcrStore.NoteInterval;
        cache.Add(pin, 0, 0);
        Assert.True(cache.TryGet(pin.Key, Interval - 1, out _));
        Assert.False(cache.TryGet(pin.Key, Interval, out _));
        cache.Add(pin, Interval, 0);
        Assert.True(cache.TryGet(pin.Key, Interval, out _));
    }

    [Fact]
    public void When_the_store_has_removed_pins_nothing_that_was_read_before_is_held()
    {
        var cache = new PinCache(capacity: 10_000);
        var (before, after) = (PinOf(1, 1), PinOf(2, 1));
        cache.Observe(3);
        cache.Add(before, 0, 3);
        cache.Observe(3);
        Assert.True(Has(cache, before));
        cache.Observe(4);
        Assert.False(Has(cache, before));
        cache.Add(before, 0, 3); // by somebody who read it before the removal
        Assert.False(Has(cache, before));
        cache.Add(after, 0, 4);
        cache.Observe(3); // by somebody who is late
        Assert.True(Has(cache, after));
    }
}
