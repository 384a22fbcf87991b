using Headroom.CcrVictim;
using Headroom.Engine.Ccr;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>What the store has acknowledged survives the sudden death of the process, here of four at a time on one file.</summary>
public sealed class CcrKillTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_acknowledged_original_and_pin_survives_a_kill()
    {
        using var directory = new TemporaryDirectory();
        var random = new Random(9);
        var victims = new List<KilledVictim>();
        for (var round = 0; round < 6; round++)
        {
            // The first round also races for the making of the file.
            VictimRole[] roles = [VictimRole.Writer, VictimRole.Writer, VictimRole.LateWriter, VictimRole.Sweeper];
            victims.AddRange(await Task.WhenAll(roles.Select((role, i) => KilledVictim.RunAsync(
                directory.Path, role, (round * roles.Length) + i + 1, random.Next(60), random.Next(2_000), Token))));
        }

        var tally = new KillTally();
        await using (var store = new SqliteCcrStore(directory.Path, log: Assert.Fail))
        {
            foreach (var victim in victims)
            {
                tally += await victim.VerifyAsync(store, Token);
            }
        }

        Assert.Equal(24, victims.Count);
        Assert.True(tally.Originals > 100 && tally.Pins > 50, $"The victims have hardly written anything: {tally}");
        Assert.Equal((0, 0), (tally.LostOriginals, tally.LostPins));

        // What nobody was told of may be missing, but never half of it.
        using var connection = new SqliteConnection($"Data Source={Path.Combine(directory.Path, SqliteCcrStore.FileName)};Pooling=False");
        connection.Open();
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", check.ExecuteScalar());
        check.CommandText = "SELECT count(*) FROM pins p LEFT JOIN originals o USING (workspace, hash) WHERE o.id IS NULL";
        Assert.Equal(0L, check.ExecuteScalar());
        check.CommandText =
            """
            SELECT count(*) FROM workspaces
            WHERE originals = (SELECT count(*) FROM originals) AND pins = (SELECT count(*) FROM pins) AND expired = (SELECT count(*) FROM expired)
              AND stored = (SELECT sum(length(body)) FROM originals) + (SELECT sum(length(replacement)) FROM pins)
            """;
        Assert.Equal(1L, check.ExecuteScalar());
    }
}
