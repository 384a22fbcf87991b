using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Headroom.CcrVictim;
using Headroom.Engine.Ccr;
using Microsoft.Data.Sqlite;

namespace Headroom.Engine.Tests.Ccr;

/// <summary>What the store has acknowledged survives the sudden death of the process, here of two at a time on one file.</summary>
public sealed class CcrKillTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_acknowledged_original_and_pin_survives_a_kill()
    {
        using var directory = new TemporaryDirectory();
        var random = new Random();
        var lines = new List<(int Seed, string[] Lines)>();
        for (var round = 0; round < 12; round++)
        {
            // The first round also races for the making of the file.
            var victims = await Task.WhenAll(
                KillAsync(directory.Path, (round * 2) + 1, random.Next(60), random.Next(2_000)),
                KillAsync(directory.Path, (round * 2) + 2, random.Next(60), random.Next(2_000)));
            lines.AddRange(victims);
        }

        Assert.Equal(24, lines.Count);
        Assert.True(lines.Sum(l => l.Lines.Length) > 100, "The victims have hardly written anything.");
        await using (var store = new SqliteCcrStore(directory.Path))
        {
            foreach (var (seed, acknowledged) in lines)
            {
                foreach (var line in acknowledged)
                {
                    await AssertStoredAsync(store, seed, line);
                }
            }
        }

        // What nobody was told of may be missing, but never half of it.
        using var connection = new SqliteConnection($"Data Source={Path.Combine(directory.Path, SqliteCcrStore.FileName)};Pooling=False");
        connection.Open();
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", check.ExecuteScalar());
        check.CommandText = "SELECT count(*) FROM pins p LEFT JOIN originals o USING (workspace, hash) WHERE o.id IS NULL";
        Assert.Equal(0L, check.ExecuteScalar());
    }

    private static async Task AssertStoredAsync(SqliteCcrStore store, int seed, string line)
    {
        var parts = line.Split(' ', '.');
        var n = int.Parse(parts[1], CultureInfo.InvariantCulture);
        Assert.Equal(Victim.Original(seed, n), await store.GetAsync(parts[2], Token));
        if (parts[0] == "pin")
        {
            var expected = Victim.PinFor(seed, n, parts[2]);
            var pin = (await store.FindPinsAsync([expected.Key], Token))[expected.Key];
            Assert.Equal(expected.Replacement, pin.Replacement);
            Assert.Equal(expected.Hash, pin.Hash);
        }
    }

    /// <summary>Starts a victim, kills it some moments after its n-th acknowledgement, and returns all that it had printed.</summary>
    private static async Task<(int Seed, string[] Lines)> KillAsync(string directory, int seed, int acknowledgements, int spins)
    {
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var host = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        using var process = Process.Start(new ProcessStartInfo(
            host, [typeof(Victim).Assembly.Location, directory, seed.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        })!;
        var lines = new List<string>();
        try
        {
            while (lines.Count <= acknowledgements && await process.StandardOutput.ReadLineAsync(Token) is { } line)
            {
                lines.Add(line);
            }

            Assert.False(process.HasExited, $"The victim ended by itself after {lines.Count} lines.");
            Thread.SpinWait(spins * 100);
        }
        finally
        {
            process.Kill();
        }

        // The rest of what it had said; its last line may be cut, and then has no full stop.
        var rest = await process.StandardOutput.ReadToEndAsync(Token);
        lines.AddRange(rest.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        await process.WaitForExitAsync(Token);
        return (seed, [.. lines.Where(l => l.EndsWith('.'))]);
    }
}
