using System.Text;
using FsCheck.Xunit;
using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>What every store must do.</summary>
public abstract class CcrStoreContract : IAsyncLifetime
{
    protected ICcrStore Store { get; private set; } = null!;

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

    /// <summary>A store with a key of its own.</summary>
    protected abstract ICcrStore Open(string workspace = "default");

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
        Assert.Equal(new CcrStatistics(0, 0, 0), await Store.StatisticsAsync(Token));
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
        Assert.Equal(new CcrStatistics(1, 8, 2), await Store.StatisticsAsync(Token));
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
        Assert.Equal(new CcrStatistics(0, 0, 1), await Store.StatisticsAsync(Token));
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
        Assert.Equal(new CcrStatistics(0, 0, 0), await Store.StatisticsAsync(Token));
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
        Assert.Equal(new CcrStatistics(0, 0, 0), await Store.StatisticsAsync(Token));
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

    protected static void AssertSame(Pin expected, Pin actual)
    {
        Assert.Equal(expected.Replacement, actual.Replacement);
        Assert.Equal(expected with { Replacement = null }, actual with { Replacement = null });
    }
}
