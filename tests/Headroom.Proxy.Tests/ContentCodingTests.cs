using System.IO.Compression;
using Headroom.Proxy.Bodies;

namespace Headroom.Proxy.Tests;

/// <summary>A body is a bomb by what it grows to in relation to its size too, also where it stays below the limit of bodies.</summary>
public sealed class ContentCodingTests
{
    private const long Limit = 1L << 30;

    // Random bytes stay as many as they are, zeros become next to nothing.
    private static byte[] Body(int random, int zeros)
    {
        var body = new byte[random + zeros];
        new Random(5).NextBytes(body.AsSpan(0, random));
        return body;
    }

    private static byte[] Encode(byte[] plain, string coding) => TestBodies.Encode(plain, coding, CompressionLevel.SmallestSize);

    private static DecodeOutcome Decode(byte[] plain, byte[] encoded, string coding, long limit = Limit)
    {
        var (outcome, decoded) = ContentCoding.Decode(encoded, coding, limit, TestContext.Current.CancellationToken);
        Assert.Equal(outcome == DecodeOutcome.Decoded ? plain : [], decoded);
        return outcome;
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("zstd")]
    public void What_grows_beyond_any_plausible_ratio_is_refused(string coding)
    {
        // 1. Up to 1 MiB the ratio does not matter, whatever it is.
        var (free, more) = (Body(0, 1 << 20), Body(0, (1 << 20) + 1));
        Assert.Equal(DecodeOutcome.Decoded, Decode(free, Encode(free, coding), coding));
        var bomb = Encode(more, coding);
        Assert.True(more.Length > bomb.Length * 250L, $"{bomb.Length}");
        Assert.Equal(DecodeOutcome.TooLarge, Decode(more, bomb, coding));

        // 2. Above it is what decides.
        var plausible = Body(30_000, 6_000_000);
        var encoded = Encode(plausible, coding);
        Assert.True(plausible.Length < encoded.Length * 240L, $"{encoded.Length}");
        Assert.Equal(DecodeOutcome.Decoded, Decode(plausible, encoded, coding));
        var implausible = Body(10_000, 16_000_000);
        encoded = Encode(implausible, coding);
        Assert.True(implausible.Length > encoded.Length * 260L, $"{encoded.Length}");
        Assert.Equal(DecodeOutcome.TooLarge, Decode(implausible, encoded, coding));
    }

    [Fact]
    public void The_limit_of_bodies_holds_below_the_ratio()
    {
        var plain = Body(5_000, 0);
        var encoded = TestBodies.Encode(plain, "gzip");
        Assert.Equal(DecodeOutcome.Decoded, Decode(plain, encoded, "gzip", plain.Length));
        Assert.Equal(DecodeOutcome.TooLarge, Decode(plain, encoded, "gzip", plain.Length - 1));
    }
}
