using System.Numerics;

namespace Headroom.TestData;

/// <summary>xoshiro256** seeded by splitmix64 (Blackman and Vigna, 2018): the same sequence on every platform and runtime version.</summary>
public sealed class SeededRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>A generator whose sequence depends on <paramref name="seed"/> alone.</summary>
    public SeededRandom(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in 0 (inclusive) to <paramref name="exclusiveMax"/> (exclusive).</summary>
    public int Next(int exclusiveMax) => (int)Math.BigMul(NextUInt64(), (ulong)exclusiveMax, out _);

    /// <summary>Uniform in <paramref name="min"/> (inclusive) to <paramref name="exclusiveMax"/> (exclusive).</summary>
    public int Next(int min, int exclusiveMax) => min + Next(exclusiveMax - min);

    /// <summary>Uniform in 0 (inclusive) to 1 (exclusive), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>One item, all equally likely.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>
    /// About normal: the sum of twelve uniform numbers (Irwin-Hall), which needs no function whose last bit depends on the platform.
    /// </summary>
    public double NextGaussian(double mean, double deviation)
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++)
        {
            sum += NextDouble();
        }

        return mean + (deviation * sum);
    }

    /// <summary>Lower-case hex digits.</summary>
    public string Hex(int digits) =>
        string.Create(digits, this, static (span, random) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = "0123456789abcdef"[random.Next(16)];
            }
        });

    /// <summary>A random (version 4) UUID, lower case.</summary>
    public string Uuid() => $"{Hex(8)}-{Hex(4)}-4{Hex(3)}-{"89ab"[Next(4)]}{Hex(3)}-{Hex(12)}";

    /// <summary>Fisher-Yates, in place.</summary>
    public void Shuffle<T>(IList<T> items)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary><paramref name="count"/> different numbers below <paramref name="exclusiveMax"/>, in random order.</summary>
    public int[] Distinct(int count, int exclusiveMax)
    {
        var numbers = Enumerable.Range(0, exclusiveMax).ToArray();
        Shuffle(numbers);
        return numbers[..count];
    }

    private static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
