using System.Text;
using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>What every store must do.</summary>
public abstract class CcrStoreContract : IAsyncLifetime
{
    private static readonly CcrRetention Week = CcrRetention.Default;

    // Nothing is kept for its size.
    private static readonly CcrRetention NoRoom = new(TimeSpan.FromDays(7), 0);

    protected ICcrStore Store { get; private set; } = null!;

    /// <summary>The clock of every store of a test. Recorded times of use may be an hour too early, so tests step by more than that.</summary>
    protected ManualClock Clock { get; } = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        Store = Open();
        return ValueTask.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A store with a key of its own, on <see cref="Clock"/>.</summary>
    protected abstract ICcrStore Open(string workspace = "default");

    /// <summary>Another store object over the same data as <see cref="Store"/>, where the kind of store has such; else as <see cref="Open"/>.</summary>
    protected abstract ICcrStore OpenBeside(string workspace);

    /// <summary>A proposal as the optimizer makes it: the pin names the original's hash.</summary>
    protected PinProposal Replace(byte[] original, byte[] replacement) => new(
        new Pin
        {
            Key = PinKey.Of(original, "test"),
            Hash = Store.HashOf(original),
            Replacement = replacement,
            Reason = "view",
            Strategy = "table",
            TokensBefore = 1234,
            TokensAfter = 56,
        },
        original);

    protected static PinProposal Leave(byte[] original) => new(
        new Pin { Key = PinKey.Of(original, "test"), Reason = "not-smaller", TokensBefore = 7, TokensAfter = 7 }, original);

    /// <summary>A pin that no original stands behind, with bytes or without.</summary>
    protected static PinProposal Alone(string name, byte[]? replacement) => new(
        new Pin { Key = PinKey.Of(Utf8(name), "alone"), Replacement = replacement, Reason = "conversation" }, Utf8(name));

    /// <summary>Bytes that no store can make smaller.</summary>
    protected static byte[] Noise(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    protected static (long Originals, long OriginalBytes, long Pins) Counts(CcrStatistics statistics) =>
        (statistics.Originals, statistics.OriginalBytes, statistics.Pins);

    protected static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Property(MaxTest = 100)]
    public async Task An_original_comes_back_byte_for_byte_and_is_stored_once(byte[] part, byte times)
    {
        byte[] original = [.. Enumerable.Repeat(part, times).SelectMany(p => p)];
        var before = await Store.StatisticsAsync(Token);
        var hash = await Store.PutAsync(original, Token);
        var once = await Store.StatisticsAsync(Token);
        Assert.Equal(hash, await Store.PutAsync(original, Token));
        Assert.Equal(once, await Store.StatisticsAsync(Token));
        Assert.InRange(once.Originals - before.Originals, 0, 1);
        Assert.Equal((once.Originals - before.Originals) * original.Length, once.OriginalBytes - before.OriginalBytes);
        Assert.Equal(hash, Store.HashOf(original));
        Assert.Matches("^[0-9a-f]{24}$", hash);
        Assert.Equal(original, await Store.GetAsync(hash, Token));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80 })] // not UTF-8
    public async Task Empty_and_binary_originals_come_back(byte[] original) =>
        Assert.Equal(original, await Store.GetAsync(await Store.PutAsync(original, Token), Token));

    [Theory]
    [InlineData(0)]
    [InlineData(2 << 20)]
    [InlineData(5 << 20)]
    public async Task Five_megabytes_come_back_however_much_of_them_is_noise(int noise)
    {
        var original = new byte[5 << 20];
        new Random(1).NextBytes(original.AsSpan(0, noise));
        Assert.Equal(original, await Store.GetAsync(await Store.PutAsync(original, Token), Token));
    }

    [Fact]
    public async Task What_a_caller_does_to_its_arrays_afterwards_does_not_reach_the_store()
    {
        var original = Utf8("a");
        var hash = await Store.PutAsync(original, Token);
        original[0] = (byte)'b';
        var read = await Store.GetAsync(hash, Token);
        Assert.Equal(Utf8("a"), read);
        read![0] = (byte)'c';
        Assert.Equal(Utf8("a"), await Store.GetAsync(hash, Token));
    }

    [Fact]
    public async Task A_hash_alone_stores_nothing()
    {
        var hash = Store.HashOf("text"u8);
        Assert.Null(await Store.GetAsync(hash, Token));
        Assert.Equal((0, 0, 0), Counts(await Store.StatisticsAsync(Token)));
    }

    [Fact]
    public async Task What_may_happen_again_takes_the_place_of_what_was()
    {
        PinProposal Later(string name, byte[]? replacement) => Alone(name, replacement) with { Replaces = true };
        var first = Later("twice", [1, 2, 3]);
        Assert.Equal(first.Pin, Assert.Single(await Store.PinAsync([first], Token)));
        var before = await Store.StatisticsAsync(Token);

        // In one transaction with others, and again.
        byte[]?[] replacements = [[4, 5, 6], [4, 5, 6], null, [7, 8, 9]];
        foreach (var replacement in replacements)
        {
            var later = Later("twice", replacement);
            Assert.Equal(replacement, (await Store.PinAsync([Leave(Utf8("other")), later], Token))[1].Replacement);
            Assert.Equal(replacement, (await Store.FindPinsAsync([later.Pin.Key], Token))[later.Pin.Key].Replacement);
        }

        // Which is no more than there was.
        var after = await Store.StatisticsAsync(Token);
        Assert.Equal((before.Pins + 1, before.StoredBytes), (after.Pins, after.StoredBytes));

        // Who does not ask for it takes nobody's place.
        Assert.Equal([7, 8, 9], (await Store.PinAsync([Alone("twice", [1])], Token))[0].Replacement);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123")]
    [InlineData("0123456789abcdef0123456g")]
    [InlineData("' OR 1=1 --             ")]
    [InlineData("0123456789abcdef01234567")]
    [InlineData("0123456789ABCDEF01234567")]
    public async Task What_is_not_a_hash_of_this_store_finds_nothing(string hash)
    {
        await Store.PutAsync(Utf8("something"), Token);
        Assert.Null(await Store.GetAsync(hash, Token));
    }

    [Fact]
    public async Task Upper_case_is_another_hash()
    {
        var hash = await Store.PutAsync(Utf8("upper case"), Token);
        Assert.Contains(hash, c => c is >= 'a' and <= 'f');
        Assert.Null(await Store.GetAsync(hash.ToUpperInvariant(), Token));
    }

    [Fact]
    public async Task A_pin_comes_back_with_every_field()
    {
        var replace = Replace(Utf8("original"), [0xff, 0, 1]);
        var leave = Leave(Utf8("left alone"));
        var inForce = await Store.PinAsync([replace, leave], Token);
        var found = await Store.FindPinsAsync([replace.Pin.Key, leave.Pin.Key, PinKey.Of("unknown"u8, "test")], Token);
        Assert.Equal(2, found.Count);
        AssertSame(replace.Pin, inForce[0]);
        AssertSame(leave.Pin, inForce[1]);
        AssertSame(replace.Pin, found[replace.Pin.Key]);
        AssertSame(leave.Pin, found[leave.Pin.Key]);
        Assert.Equal(Utf8("original"), await Store.GetAsync(replace.Pin.Hash!, Token));
        Assert.Equal((1, 8, 2), Counts(await Store.StatisticsAsync(Token)));
    }

    [Fact]
    public async Task An_empty_replacement_is_not_the_same_as_none()
    {
        var proposal = Replace(Utf8("original"), []);
        await Store.PinAsync([proposal], Token);
        var found = await Store.FindPinsAsync([proposal.Pin.Key], Token);
        Assert.Empty(Assert.IsType<byte[]>(found[proposal.Pin.Key].Replacement));
    }

    [Fact]
    public async Task The_first_pin_stays_also_within_one_call()
    {
        var original = Utf8("original");
        var first = Replace(original, [1]);
        var inForce = await Store.PinAsync([first, Replace(original, [2]), Leave(original)], Token);
        Assert.All(inForce, pin => AssertSame(first.Pin, pin));
        AssertSame(first.Pin, (await Store.PinAsync([Leave(original)], Token))[0]);
        Assert.Equal(1, (await Store.StatisticsAsync(Token)).Pins);
    }

    [Fact]
    public async Task A_pin_that_came_second_stores_no_original()
    {
        var original = Utf8("original");
        await Store.PinAsync([Leave(original)], Token);
        var second = Replace(original, [1]);
        Assert.Null((await Store.PinAsync([second], Token))[0].Replacement);
        Assert.Equal((0, 0, 1), Counts(await Store.StatisticsAsync(Token)));
    }

    [Fact]
    public async Task Of_sixteen_writers_at_once_one_is_first_and_all_get_its_pin()
    {
        using var start = new Barrier(16);
        for (var round = 0; round < 8; round++)
        {
            var original = Utf8($"original {round}");
            var writers = Enumerable.Range(0, 16).Select(i => Task.Factory.StartNew(
                async () =>
                {
                    start.SignalAndWait(Token);
                    return (await Store.PinAsync([Replace(original, [(byte)i])], Token))[0];
                },
                Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap());
            var pins = await Task.WhenAll(writers);
            var found = await Store.FindPinsAsync([pins[0].Key], Token);
            Assert.All(pins, pin => AssertSame(found[pin.Key], pin));
        }
    }

    [Fact]
    public async Task A_pin_whose_hash_is_not_its_originals_is_refused_with_all_that_came_with_it()
    {
        var good = Replace(Utf8("good"), [1]);
        var bad = Replace(Utf8("bad"), [1]) with { Original = Utf8("worse") };
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.PinAsync([good, bad], Token));
        Assert.Equal((0, 0, 0), Counts(await Store.StatisticsAsync(Token)));
    }

    [Fact]
    public async Task No_proposals_and_no_keys_are_nothing_to_do()
    {
        Assert.Empty(await Store.PinAsync([], Token));
        Assert.Empty(await Store.FindPinsAsync([], Token));
    }

    [Fact]
    public async Task A_cancelled_call_stores_nothing()
    {
        var cancelled = new CancellationToken(true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutAsync(Utf8("x"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PinAsync([Replace(Utf8("x"), [1])], cancelled));
        Assert.Equal((0, 0, 0), Counts(await Store.StatisticsAsync(Token)));
    }

    [Fact]
    public async Task Hashes_differ_between_stores_and_between_workspaces()
    {
        await using var other = Open();
        await using var workspace = Open("other");
        string[] hashes = [Store.HashOf("text"u8), other.HashOf("text"u8), workspace.HashOf("text"u8)];
        Assert.Equal(3, hashes.Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_workspace_name_that_could_be_mistaken_is_refused(string workspace) =>
        Assert.Throws<ArgumentException>(() => Open(workspace));

    [Fact]
    public async Task What_was_not_used_for_the_age_goes_and_what_was_used_stays()
    {
        var old = await Store.PutAsync(Utf8("old"), Token);
        var read = await Store.PutAsync(Utf8("read"), Token);
        var putAgain = await Store.PutAsync(Utf8("put again"), Token);
        var pinned = Replace(Utf8("pinned"), [1]);
        var replayed = Replace(Utf8("replayed"), [2]);
        var pinnedAgain = Replace(Utf8("pinned again"), [3]);
        await Store.PinAsync([pinned, replayed, pinnedAgain], Token);
        Clock.Now += TimeSpan.FromDays(6);
        Assert.Equal(Utf8("read"), await Store.GetAsync(read, Token));
        await Store.PutAsync(Utf8("put again"), Token);
        await Store.FindPinsAsync([replayed.Pin.Key], Token);
        await Store.PinAsync([pinnedAgain], Token);
        Clock.Now += TimeSpan.FromDays(0.9);
        Assert.Equal(new CcrRemoval(0, 0, 0), await Store.SweepAsync(Week, Token));
        Clock.Now += TimeSpan.FromDays(0.2);
        var before = await Store.StatisticsAsync(Token);
        var removed = await Store.SweepAsync(Week, Token);
        var after = await Store.StatisticsAsync(Token);
        Assert.Equal((2, 1), (removed.Originals, removed.Pins));
        Assert.Equal(before.StoredBytes - after.StoredBytes, removed.StoredBytes);
        Assert.Equal((4, 2), (after.Originals, after.Pins));
        Assert.Null(await Store.GetAsync(old, Token));
        Assert.Null(await Store.GetAsync(pinned.Pin.Hash!, Token));
        Assert.Equal(Utf8("read"), await Store.GetAsync(read, Token));
        Assert.Equal(Utf8("put again"), await Store.GetAsync(putAgain, Token));
        Assert.Equal(Utf8("replayed"), await Store.GetAsync(replayed.Pin.Hash!, Token));
        Assert.Equal(Utf8("pinned again"), await Store.GetAsync(pinnedAgain.Pin.Hash!, Token));
        var found = await Store.FindPinsAsync([pinned.Pin.Key, replayed.Pin.Key, pinnedAgain.Pin.Key], Token);
        Assert.Equal(2, found.Count);
        AssertSame(replayed.Pin, found[replayed.Pin.Key]);
        AssertSame(pinnedAgain.Pin, found[pinnedAgain.Pin.Key]);
        Assert.Equal(new CcrRemoval(0, 0, 0), await Store.SweepAsync(Week, Token));
    }

    [Fact]
    public async Task Beyond_the_size_the_least_recently_used_go_first_and_no_more_than_must()
    {
        var hashes = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            hashes.Add(await Store.PutAsync(Noise(i, 10_000), Token));
            Clock.Now += TimeSpan.FromHours(2);
        }

        // The oldest becomes the most recently used.
        Assert.NotNull(await Store.GetAsync(hashes[0], Token));
        Clock.Now += TimeSpan.FromDays(2);
        var removed = await Store.SweepAsync(new CcrRetention(TimeSpan.FromDays(7), 35_000), Token);
        Assert.Equal(2, removed.Originals);
        Assert.InRange(removed.StoredBytes, 20_000, 21_000);
        Assert.InRange((await Store.StatisticsAsync(Token)).StoredBytes, 30_000, 31_000);
        var kept = (await ListAsync(Store)).Select(e => e.Hash);
        Assert.Equal([hashes[0], hashes[4], hashes[3]], kept);
    }

    [Fact]
    public async Task What_was_used_within_a_day_stays_however_full_the_store_and_however_short_the_age_is()
    {
        var hash = await Store.PutAsync(Noise(1, 10_000), Token);
        var pinned = Replace(Noise(2, 10_000), Noise(3, 1000));
        var alone = Alone("conversation", Noise(4, 1000));
        await Store.PinAsync([pinned, alone], Token);
        Clock.Now += TimeSpan.FromMinutes(25);
        Assert.NotNull(await Store.GetAsync(hash, Token)); // perhaps too soon for the store to write it down
        Assert.Equal(2, (await Store.FindPinsAsync([pinned.Pin.Key, alone.Pin.Key], Token)).Count);
        Clock.Now += CcrRetention.Grace;
        Assert.Equal(new CcrRemoval(0, 0, 0), await Store.SweepAsync(new CcrRetention(TimeSpan.Zero, 0), Token));
        Clock.Now += TimeSpan.FromHours(1.1);
        var removed = await Store.SweepAsync(new CcrRetention(TimeSpan.Zero, long.MaxValue), Token);
        Assert.Equal((2, 2), (removed.Originals, removed.Pins));
        Assert.Equal(0, (await Store.StatisticsAsync(Token)).StoredBytes);
    }

    [Fact]
    public async Task The_longest_retention_keeps_everything()
    {
        await Store.PutAsync(Utf8("x"), Token);
        Clock.Now += TimeSpan.FromDays(10_000);
        Assert.Equal(new CcrRemoval(0, 0, 0), await Store.SweepAsync(new CcrRetention(TimeSpan.MaxValue, long.MaxValue), Token));
    }

    [Fact]
    public async Task An_original_goes_with_every_pin_that_names_it_and_a_use_of_one_of_them_keeps_all()
    {
        var original = Utf8("one original");
        var table = Replace(original, [1]);
        var view = table with { Pin = table.Pin with { Key = PinKey.Of(original, "another use"), Replacement = [2] } };
        await Store.PinAsync([table, view], Token);
        Clock.Now += TimeSpan.FromDays(2);
        await Store.FindPinsAsync([view.Pin.Key], Token);
        Clock.Now += TimeSpan.FromDays(0.9);
        Assert.Equal(new CcrRemoval(0, 0, 0), await Store.SweepAsync(NoRoom, Token));
        Clock.Now += TimeSpan.FromDays(0.2);
        var removed = await Store.SweepAsync(NoRoom, Token);
        Assert.Equal((1, 2), (removed.Originals, removed.Pins));
        Assert.Empty(await Store.FindPinsAsync([table.Pin.Key, view.Pin.Key], Token));
        Assert.Equal((0, 0, 0), Counts(await Store.StatisticsAsync(Token)));
    }

    [Fact]
    public async Task Pins_without_an_original_go_by_their_own_last_use()
    {
        var old = Alone("old", Noise(1, 100));
        var left = Leave(Utf8("left alone"));
        var used = Alone("used", Noise(2, 100));
        await Store.PinAsync([old, left, used], Token);
        Clock.Now += TimeSpan.FromDays(6);
        AssertSame(used.Pin, (await Store.FindPinsAsync([used.Pin.Key], Token))[used.Pin.Key]);
        Clock.Now += TimeSpan.FromDays(1.1);
        Assert.Equal(new CcrRemoval(0, 100, 2), await Store.SweepAsync(Week, Token));
        Assert.Equal([used.Pin.Key], (await Store.FindPinsAsync([old.Pin.Key, left.Pin.Key, used.Pin.Key], Token)).Keys);
        Assert.Equal(0, (await Store.StatisticsAsync(Token)).Expired);
    }

    [Fact]
    public async Task Pins_without_an_original_count_for_the_size_and_go_in_the_same_order_as_originals()
    {
        var first = await Store.PutAsync(Noise(1, 1000), Token);
        Clock.Now += TimeSpan.FromHours(2);
        var second = Alone("second", Noise(2, 1000));
        await Store.PinAsync([second], Token);
        Clock.Now += TimeSpan.FromHours(2);
        var third = await Store.PutAsync(Noise(3, 1000), Token);
        Clock.Now += TimeSpan.FromDays(2);
        Assert.Equal(new CcrRemoval(1, 1000, 0), await Store.SweepAsync(new CcrRetention(TimeSpan.FromDays(7), 2500), Token));
        Assert.Null(await Store.GetAsync(first, Token));
        Assert.Equal(new CcrRemoval(0, 1000, 1), await Store.SweepAsync(new CcrRetention(TimeSpan.FromDays(7), 1500), Token));
        Assert.Empty(await Store.FindPinsAsync([second.Pin.Key], Token));
        Assert.NotNull(await Store.GetAsync(third, Token));
    }

    [Fact]
    public async Task A_thousand_and_more_go_in_one_sweep()
    {
        for (var i = 0; i < 15; i++)
        {
            await Store.PinAsync([.. Enumerable.Range(0, 100).Select(n => Replace(Utf8($"original {i} {n}"), [1]))], Token);
        }

        Clock.Now += TimeSpan.FromDays(8);
        var kept = await Store.PutAsync(Utf8("kept"), Token);
        var removed = await Store.SweepAsync(Week, Token);
        Assert.Equal((1500, 1500), (removed.Originals, removed.Pins));
        Assert.Equal((1, 4, 0), Counts(await Store.StatisticsAsync(Token)));
        Assert.Equal(1500, (await Store.StatisticsAsync(Token)).Expired);
        Assert.NotNull(await Store.GetAsync(kept, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Expired_and_never_stored_are_told_apart_and_an_original_put_again_is_no_longer_expired(bool sweep)
    {
        var pinned = Replace(Utf8("pinned"), [1]);
        var hash = await Store.PutAsync(Utf8("put"), Token);
        await Store.PinAsync([pinned], Token);
        Assert.False(await Store.HasExpiredAsync(hash, Token));
        Clock.Now += TimeSpan.FromDays(8);
        var removed = sweep ? await Store.SweepAsync(Week, Token) : await Store.ClearAsync(Token);
        Assert.Equal((2, 1), (removed.Originals, removed.Pins));
        Assert.Null(await Store.GetAsync(hash, Token));
        Assert.True(await Store.HasExpiredAsync(hash, Token));
        Assert.True(await Store.HasExpiredAsync(pinned.Pin.Hash!, Token));
        Assert.False(await Store.HasExpiredAsync(Store.HashOf("never stored"u8), Token));
        Assert.False(await Store.HasExpiredAsync(hash.ToUpperInvariant(), Token));
        Assert.False(await Store.HasExpiredAsync("not a hash", Token));
        Assert.Equal(2, (await Store.StatisticsAsync(Token)).Expired);

        Assert.Equal(hash, await Store.PutAsync(Utf8("put"), Token));
        await Store.PinAsync([pinned], Token);
        Assert.False(await Store.HasExpiredAsync(hash, Token));
        Assert.False(await Store.HasExpiredAsync(pinned.Pin.Hash!, Token));
        Assert.Equal(0, (await Store.StatisticsAsync(Token)).Expired);
        AssertSame(pinned.Pin, (await Store.FindPinsAsync([pinned.Pin.Key], Token))[pinned.Pin.Key]);
        Assert.Equal(Utf8("pinned"), await Store.GetAsync(pinned.Pin.Hash!, Token));
    }

    [Fact]
    public async Task Clearing_removes_everything_at_any_age_and_another_decision_may_follow()
    {
        var pinned = Replace(Utf8("pinned"), [1]);
        var alone = Alone("alone", [2]);
        await Store.PinAsync([pinned, alone, Leave(Utf8("left"))], Token);
        var stored = (await Store.StatisticsAsync(Token)).StoredBytes;
        Assert.Equal(new CcrRemoval(1, stored, 3), await Store.ClearAsync(Token));
        Assert.Empty(await Store.FindPinsAsync([pinned.Pin.Key, alone.Pin.Key], Token));
        Assert.Equal(new CcrStatistics(0, 0, 0) { Expired = 1 }, await Store.StatisticsAsync(Token));
        Assert.Equal(new CcrRemoval(0, 0, 0), await Store.ClearAsync(Token));

        var other = pinned with { Pin = pinned.Pin with { Replacement = [9] } };
        await Store.PinAsync([other], Token);
        AssertSame(other.Pin, (await Store.FindPinsAsync([pinned.Pin.Key], Token))[pinned.Pin.Key]);
    }

    [Property(MaxTest = 30)]
    public async Task What_is_removed_by_its_hash_goes_with_its_pins_and_nothing_else_does(byte chosen, ushort salt)
    {
        // 1. Eight originals of any age: bare, with a pin, or with two; and pins that no original stands behind.
        var (hashes, keys) = (new List<string>(), new List<PinKey[]>());
        for (var i = 0; i < 8; i++)
        {
            var original = Utf8($"original {salt} {i}");
            var pin = Replace(original, [(byte)i]);
            var second = pin with { Pin = pin.Pin with { Key = PinKey.Of(original, "another use") } };
            PinProposal[] proposals = (i % 3) switch { 0 => [], 1 => [pin], _ => [pin, second] };
            hashes.Add(await Store.PutAsync(original, Token));
            await Store.PinAsync(proposals, Token);
            keys.Add([.. proposals.Select(p => p.Pin.Key)]);
            Clock.Now += TimeSpan.FromHours(2);
        }

        var (alone, left) = (Alone($"alone {salt}", [1]), Leave(Utf8($"left {salt}")));
        await Store.PinAsync([alone, left], Token);
        await Store.FindPinsAsync([.. keys.SelectMany(k => k)], Token);
        var before = await Store.StatisticsAsync(Token);

        // 2. Any of them, in any order and some of them twice, among what leads to nothing.
        var gone = Enumerable.Range(0, 8).Where(i => (chosen >> i & 1) == 1).ToArray();
        string[] nothing = [Store.HashOf("never stored"u8), "0123", "' OR 1=1 --             ", hashes[0].ToUpperInvariant() is var upper && upper != hashes[0] ? upper : ""];
        string[] asked = [.. nothing, .. gone.Reverse().Select(i => hashes[i]), .. gone.Select(i => hashes[i])];
        var removed = await Store.RemoveAsync(asked, Token);
        Assert.Equal(nothing, removed.Missing);

        // 3. The counts, and each of them by itself.
        var after = await Store.StatisticsAsync(Token);
        Assert.Equal((gone.Length, gone.Sum(i => keys[i].Length)), (removed.Originals, removed.Pins));
        Assert.Equal(
            (before.Originals - removed.Originals, before.Pins - removed.Pins, before.StoredBytes - removed.StoredBytes, before.Expired + gone.Length),
            (after.Originals, after.Pins, after.StoredBytes, after.Expired));
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(gone.Contains(i) ? null : Utf8($"original {salt} {i}"), await Store.GetAsync(hashes[i], Token));
            Assert.Equal(gone.Contains(i), await Store.HasExpiredAsync(hashes[i], Token));
            Assert.Equal(gone.Contains(i) ? 0 : keys[i].Length, (await Store.FindPinsAsync(keys[i], Token)).Count);
        }

        Assert.Equal(2, (await Store.FindPinsAsync([alone.Pin.Key, left.Pin.Key], Token)).Count);
        Assert.Equal(gone.Select(i => hashes[i]), (await Store.RemoveAsync([.. gone.Select(i => hashes[i])], Token)).Missing);
    }

    [Fact]
    public async Task Nothing_named_is_nothing_removed_and_a_cancelled_call_removes_nothing()
    {
        var hash = await Store.PutAsync(Utf8("kept"), Token);
        Assert.Equal(new CcrRemoval(0, 0, 0), await Store.RemoveAsync([], Token) with { Missing = new CcrRemoval(0, 0, 0).Missing });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.RemoveAsync([hash], new CancellationToken(true)));
        Assert.Equal(Utf8("kept"), await Store.GetAsync(hash, Token));
    }

    [Fact]
    public async Task A_thousand_and_more_are_removed_by_name()
    {
        var named = new List<string>();
        for (var i = 0; i < 15; i++)
        {
            var proposals = Enumerable.Range(0, 100).Select(n => Replace(Utf8($"original {i} {n}"), [1])).ToArray();
            await Store.PinAsync(proposals, Token);
            named.AddRange(proposals.Select(p => p.Pin.Hash!));
        }

        var kept = await Store.PutAsync(Utf8("kept"), Token);
        var removed = await Store.RemoveAsync(named, Token);
        Assert.Equal((1500, 1500, 0), (removed.Originals, removed.Pins, removed.Missing.Count));
        Assert.Equal([kept], (await ListAsync(Store)).Select(e => e.Hash));
    }

    [Fact]
    public async Task What_was_removed_by_name_may_be_decided_anew()
    {
        var pinned = Replace(Utf8("pinned"), [1]);
        await Store.PinAsync([pinned], Token);
        await Store.RemoveAsync([pinned.Pin.Hash!], Token);
        var other = pinned with { Pin = pinned.Pin with { Replacement = [9] } };
        AssertSame(other.Pin, (await Store.PinAsync([other], Token))[0]);
        AssertSame(other.Pin, (await Store.FindPinsAsync([pinned.Pin.Key], Token))[pinned.Pin.Key]);
        Assert.Equal(Utf8("pinned"), await Store.GetAsync(pinned.Pin.Hash!, Token));
        Assert.False(await Store.HasExpiredAsync(pinned.Pin.Hash!, Token));
    }

    [Fact]
    public async Task The_list_begins_with_the_most_recently_used()
    {
        Assert.Empty(await ListAsync(Store));
        var start = Clock.Now;
        var first = await Store.PutAsync(Noise(1, 1000), Token);
        Clock.Now += TimeSpan.FromHours(2);
        var second = await Store.PutAsync(new byte[2000], Token);
        Clock.Now += TimeSpan.FromHours(2);
        var pinned = Replace(Noise(3, 3000), [1]);
        await Store.PinAsync([pinned, Alone("no original", [1])], Token);
        Clock.Now += TimeSpan.FromHours(2);
        await Store.GetAsync(first, Token);
        var list = await ListAsync(Store);
        Assert.Equal([first, pinned.Pin.Hash, second], list.Select(e => e.Hash));
        Assert.Equal([1000, 3000, 2000], list.Select(e => e.Length));
        Assert.Equal([1000, 3000], list.Take(2).Select(e => e.StoredLength));
        Assert.InRange(list[2].StoredLength, 1, 2000);
        Assert.Equal([start, start.AddHours(4), start.AddHours(2)], list.Select(e => e.Created));
        Assert.Equal([start.AddHours(6), start.AddHours(4), start.AddHours(2)], list.Select(e => e.Used));
        Assert.Equal((await Store.StatisticsAsync(Token)).StoredBytes, list.Sum(e => e.StoredLength) + 2);
    }

    [Fact]
    public async Task The_list_holds_each_of_thousands_once()
    {
        var expected = new HashSet<string>();
        for (var i = 0; i < 25; i++)
        {
            var proposals = Enumerable.Range(0, 100).Select(n => Replace(Utf8($"original {i} {n}"), [1])).ToArray();
            await Store.PinAsync(proposals, Token);
            expected.UnionWith(proposals.Select(p => p.Pin.Hash!));
        }

        var list = await ListAsync(Store);
        Assert.Equal(2500, list.Count);
        Assert.True(expected.SetEquals(list.Select(e => e.Hash)));
    }

    [Fact]
    public async Task Statistics_say_how_much_and_how_old()
    {
        Assert.Equal(new CcrStatistics(0, 0, 0), await Store.StatisticsAsync(Token));
        var start = Clock.Now;
        var first = await Store.PutAsync(Noise(1, 1000), Token);
        Clock.Now += TimeSpan.FromHours(2);
        await Store.PutAsync(Noise(2, 1000), Token);
        Clock.Now += TimeSpan.FromHours(2);
        await Store.PinAsync([Alone("alone", Noise(3, 100))], Token);
        await Store.GetAsync(first, Token);
        Assert.Equal(
            new CcrStatistics(2, 2000, 1) { StoredBytes = 2100, Oldest = start, LeastRecentlyUsed = start.AddHours(2) },
            await Store.StatisticsAsync(Token));
        Clock.Now += TimeSpan.FromDays(6.99);
        await Store.SweepAsync(Week, Token);
        Assert.Equal(
            new CcrStatistics(1, 1000, 1) { StoredBytes = 1100, Oldest = start, LeastRecentlyUsed = start.AddHours(4), Expired = 1 },
            await Store.StatisticsAsync(Token));
    }

    [Fact]
    public async Task Sweeping_and_clearing_one_workspace_leaves_the_others_alone()
    {
        await using var other = OpenBeside("other");
        var text = Utf8("text");
        var mine = await Store.PutAsync(text, Token);
        var theirs = await other.PutAsync(text, Token);
        var pin = Alone("alone", [1]);
        await other.PinAsync([pin], Token);
        Clock.Now += TimeSpan.FromDays(8);
        Assert.Equal(1, (await Store.SweepAsync(Week, Token)).Originals);
        await Store.PutAsync(Utf8("more"), Token);
        Assert.Equal(1, (await Store.ClearAsync(Token)).Originals);
        Assert.Equal([theirs], (await Store.RemoveAsync([theirs], Token)).Missing);

        Assert.Equal(text, await other.GetAsync(theirs, Token));
        Assert.Single(await other.FindPinsAsync([pin.Pin.Key], Token));
        Assert.Equal([theirs], (await ListAsync(other)).Select(e => e.Hash));
        Assert.Empty(await ListAsync(Store));
        Assert.True(await Store.HasExpiredAsync(mine, Token));
        Assert.False(await other.HasExpiredAsync(mine, Token));
        Assert.Equal((0, 2), ((await other.StatisticsAsync(Token)).Expired, (await Store.StatisticsAsync(Token)).Expired));
    }

    [Fact]
    public async Task A_store_can_be_opened_before_it_is_used_and_again()
    {
        await Store.OpenAsync(Token);
        await Store.OpenAsync(Token);
        Assert.Equal((0, 0, 0), Counts(await Store.StatisticsAsync(Token)));
    }

    protected static async Task<IReadOnlyList<CcrEntry>> ListAsync(ICcrStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        var entries = new List<CcrEntry>();
        await foreach (var entry in store.ListAsync(Token))
        {
            entries.Add(entry);
        }

        return entries;
    }

    protected static void AssertSame(Pin expected, Pin actual)
    {
        Assert.Equal(expected.Replacement, actual.Replacement);
        Assert.Equal(expected with { Replacement = null }, actual with { Replacement = null });
    }
}
