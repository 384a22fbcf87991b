using System.Globalization;
using Headroom.Engine.Ccr;

namespace Headroom.CcrVictim;

/// <summary>
/// A process to be killed: works on a store until it dies and prints one line for each thing that the store has acknowledged.
/// Arguments: data directory, seed, role.
/// </summary>
public static class Victim
{
    /// <summary>The original that a victim with this seed writes as its n-th; anybody can make it again.</summary>
    public static byte[] Original(int seed, int n)
    {
        var random = new Random((seed * 1_000_003) + n);
        var bytes = new byte[random.Next(20_000)];
        random.NextBytes(bytes.AsSpan(0, bytes.Length / 2));
        return bytes;
    }

    /// <summary>The pin that a victim makes for its n-th original.</summary>
    public static Pin PinFor(int seed, int n, string hash) => new()
    {
        Key = PinKey.Of(Original(seed, n), "victim"),
        Hash = hash,
        Replacement = [.. BitConverter.GetBytes(seed), .. BitConverter.GetBytes(n), 0xff],
        Reason = "view",
        Strategy = "view",
        TokensBefore = n,
        TokensAfter = 1,
    };

    public static async Task Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var seed = int.Parse(args[1], CultureInfo.InvariantCulture);
        var role = Enum.Parse<VictimRole>(args[2]);

        // Others are being killed at any moment, on a machine that may be busy: it is not about who gets the lock how soon.
        await using var store = new SqliteCcrStore(args[0], time: role == VictimRole.LateWriter ? new LateClock() : null) { BusyTimeout = TimeSpan.FromMinutes(1) };
        await using var output = Console.OpenStandardOutput();
        await using var acknowledged = new StreamWriter(output) { AutoFlush = true };
        for (var n = 0; ; n++)
        {
            if (role == VictimRole.Sweeper)
            {
                var removed = await store.SweepAsync(new CcrRetention(TimeSpan.FromDays(7), 0), CancellationToken.None);
                await acknowledged.WriteLineAsync($"swept {removed.Originals}.");
                continue;
            }

            var original = Original(seed, n);
            var hash = store.HashOf(original);
            if (n % 3 == 0)
            {
                await store.PutAsync(original, CancellationToken.None);
                await acknowledged.WriteLineAsync($"put {n} {hash}.");
            }
            else
            {
                await store.PinAsync([new PinProposal(PinFor(seed, n, hash), original)], CancellationToken.None);
                await acknowledged.WriteLineAsync($"pin {n} {hash}.");
            }
        }
    }

    private sealed class LateClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - TimeSpan.FromDays(3);
    }
}
