using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>What a store must do besides where several processes share it.</summary>
public abstract class SharedCcrStoreContract : CcrStoreContract
{
    private static readonly CcrRetention NoRoom = new(TimeSpan.FromDays(7), 0);

    [Fact]
    public async Task What_one_writes_the_other_finds_byte_for_byte()
    {
        await using var other = OpenBeside("default");
        var hash = await other.PutAsync(Utf8("theirs"), Token);
        Assert.Equal(hash, Store.HashOf("theirs"u8));
        Assert.Equal(Utf8("theirs"), await Store.GetAsync(hash, Token));

        var mine = Replace(Utf8("mine"), [1]);
        Assert.Empty(await other.FindPinsAsync([mine.Pin.Key], Token));
        await Store.PinAsync([mine], Token);
        AssertSame(mine.Pin, (await other.FindPinsAsync([mine.Pin.Key], Token))[mine.Pin.Key]);
        AssertSame(mine.Pin, (await other.PinAsync([Leave(Utf8("mine"))], Token))[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pin_that_another_process_has_cleared_is_gone_at_once_and_its_successor_is_found(bool isNamed)
    {
        await using var other = OpenBeside("default");
        var pinned = Replace(Utf8("pinned"), [1]);
        await Store.PinAsync([pinned], Token);
        Assert.Single(await Store.FindPinsAsync([pinned.Pin.Key], Token));
        Assert.Equal(1, (isNamed ? await other.RemoveAsync([pinned.Pin.Hash!], Token) : await other.ClearAsync(Token)).Pins);
        Assert.Empty(await Store.FindPinsAsync([pinned.Pin.Key], Token));
        Assert.True(await Store.HasExpiredAsync(pinned.Pin.Hash!, Token));

        var successor = pinned with { Pin = pinned.Pin with { Replacement = [2] } };
        await other.PinAsync([successor], Token);
        AssertSame(successor.Pin, (await Store.FindPinsAsync([pinned.Pin.Key], Token))[pinned.Pin.Key]);
        AssertSame(successor.Pin, (await Store.PinAsync([pinned], Token))[0]);
    }

    [Fact]
    public async Task A_pin_that_another_process_has_replaced_is_found_at_once()
    {
        await using var other = OpenBeside("default");
        var key = Alone("twice", [1]).Pin.Key;
        for (byte i = 0; i < 4; i++)
        {
            var (writer, reader) = i % 2 == 0 ? (Store, other) : (other, Store);
            await writer.PinAsync([Alone("twice", [i]) with { Replaces = true }], Token);
            Assert.Equal([i], (await reader.FindPinsAsync([key], Token))[key].Replacement!);
            Assert.Equal([i], (await writer.FindPinsAsync([key], Token))[key].Replacement!);
        }
    }

    [Fact]
    public async Task A_pin_that_another_process_has_swept_is_gone_at_once()
    {
        await using var other = OpenBeside("default");
        var pinned = Replace(Utf8("pinned"), [1]);
        await Store.PinAsync([pinned], Token);
        Clock.Now += TimeSpan.FromDays(2);
        Assert.Equal(1, (await other.SweepAsync(NoRoom, Token)).Originals);
        Assert.Empty(await Store.FindPinsAsync([pinned.Pin.Key], Token));
        Assert.Null(await Store.GetAsync(pinned.Pin.Hash!, Token));
    }

    [Fact]
    public async Task What_one_replays_from_memory_the_other_does_not_sweep()
    {
        await using var other = OpenBeside("default");
        var pinned = Replace(Utf8("pinned"), [1]);
        var alone = Alone("alone", [2]);
        await Store.PinAsync([pinned, alone], Token);

        // A conversation that goes on for two days and changes nothing in the store.
        for (var i = 0; i < 100; i++)
        {
            Clock.Now += TimeSpan.FromMinutes(29);
            Assert.Equal(2, (await Store.FindPinsAsync([pinned.Pin.Key, alone.Pin.Key], Token)).Count);
        }

        Clock.Now += TimeSpan.FromHours(23);
        Assert.Equal(new CcrRemoval(0, 0, 0), await other.SweepAsync(NoRoom, Token));
        Assert.Equal(Utf8("pinned"), await Store.GetAsync(pinned.Pin.Hash!, Token));
    }

    [Fact]
    public async Task Whoever_finds_a_pin_while_others_sweep_and_clear_has_its_original()
    {
        await using var other = OpenBeside("default");
        var pinned = Replace(Utf8("pinned"), [1]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var remove = Task.Run(
            async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    await other.PinAsync([pinned], Token);
                    await (i % 2 == 0 ? other.ClearAsync(Token) : other.SweepAsync(NoRoom, Token));
                }
            },
            Token);
        for (var i = 0; i < 200; i++)
        {
            if ((await Store.FindPinsAsync([pinned.Pin.Key], Token)).Count > 0)
            {
                // It may have been cleared since, and pinned again, and so on; but it is never as if it had not been there.
                var isKnown = false;
                for (var attempt = 0; attempt < 100 && !isKnown; attempt++)
                {
                    isKnown = await Store.GetAsync(pinned.Pin.Hash!, Token) is not null || await Store.HasExpiredAsync(pinned.Pin.Hash!, Token);
                }

                Assert.True(isKnown);
            }
        }

        await stop.CancelAsync();
        await remove;
    }
}
