using Headroom.CcrVictim;
using Headroom.Engine.Ccr;

namespace Headroom.Benchmarks;

/// <summary>
/// Kills processes at work on one SQLite file, at random moments, and counts what of that which was acknowledged is not there
/// afterwards. A run kills two writers, one whose entries may be swept, and one that sweeps.
/// </summary>
internal static class KillTable
{
    private static readonly VictimRole[] Roles = [VictimRole.Writer, VictimRole.Writer, VictimRole.LateWriter, VictimRole.Sweeper];

    public static async Task PrintAsync(TextWriter output, int runs)
    {
        var random = new Random();
        var tally = new KillTally();
        var kills = 0;
        var directory = Directory.CreateTempSubdirectory("headroom-kills-").FullName;
        try
        {
            for (var run = 0; run < runs; run++)
            {
                var victims = await Task.WhenAll(Roles.Select((role, i) => KilledVictim.RunAsync(
                    directory, role, (run * Roles.Length) + i + 1, random.Next(60), random.Next(2_000), CancellationToken.None)));
                kills += victims.Length;
                await using var store = new SqliteCcrStore(directory, log: output.WriteLine);
                foreach (var victim in victims)
                {
                    tally += await victim.VerifyAsync(store, CancellationToken.None);
                }
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        await output.WriteLineAsync("\n## Sudden death\n");
        await output.WriteLineAsync("| Runs | Processes killed | Originals acknowledged | Lost | Pins acknowledged | Lost | Originals swept meanwhile |");
        await output.WriteLineAsync("|--:|--:|--:|--:|--:|--:|--:|");
        await output.WriteLineAsync(FormattableString.Invariant(
            $"| {runs} | {kills} | {tally.Originals:N0} | {tally.LostOriginals} | {tally.Pins:N0} | {tally.LostPins} | {tally.Swept:N0} |"));
    }
}
