using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>What tools print, in windows of captured files.</summary>
internal static class Texts
{
    private const int MostBytes = 64 << 10;

    private static readonly byte[][] Seeds = [.. Fixtures.All.Select(fixture => fixture.Utf8()), .. new[] { 20, 60 }.Select(rows => ApiItems.Generate(rows).Utf8(JsonLayout.Compact))];

    /// <summary>A window, damaged.</summary>
    public static byte[] Draw(SeededRandom random)
    {
        var input = Window(random);
        input = random.Chance(0.3) ? Mutation.Splice(input, Window(random), random) : input;
        input = Mutation.Of(input, random);
        return input.Length > MostBytes ? input[..MostBytes] : input;
    }

    /// <summary>A piece of a captured file, cut wherever it may be.</summary>
    public static byte[] Window(SeededRandom random)
    {
        var seed = random.Pick(Seeds);
        var length = Math.Min(seed.Length, random.Next(200, random.Chance(0.1) ? 30_000 : 5_000));
        var start = random.Chance(0.3) ? 0 : random.Next(seed.Length - length + 1);
        return seed[start..(start + length)];
    }
}
