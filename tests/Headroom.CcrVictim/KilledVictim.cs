using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Headroom.Engine.Ccr;

namespace Headroom.CcrVictim;

/// <summary>A victim after its death.</summary>
/// <param name="Role">What it did.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Acknowledged">The lines that it had printed whole.</param>
public sealed record KilledVictim(VictimRole Role, int Seed, IReadOnlyList<string> Acknowledged)
{
    /// <summary>Starts a victim, kills it some moments after its n-th acknowledgement, and collects all that it had printed.</summary>
    /// <exception cref="InvalidOperationException">It ended by itself.</exception>
    public static async Task<KilledVictim> RunAsync(
        string directory, VictimRole role, int seed, int acknowledgements, int spins, CancellationToken cancellationToken)
    {
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var host = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        using var process = Process.Start(new ProcessStartInfo(
            host, [typeof(Victim).Assembly.Location, directory, seed.ToString(CultureInfo.InvariantCulture), role.ToString()])
        {
            RedirectStandardOutput = true,
        })!;
        var lines = new List<string>();
        try
        {
            while (lines.Count <= acknowledgements && await process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                lines.Add(line);
            }

            if (process.HasExited)
            {
                throw new InvalidOperationException($"The victim ended by itself after {lines.Count} lines.");
            }

            Thread.SpinWait(spins * 100);
        }
        finally
        {
            process.Kill();
        }

        // The rest of what it had said; its last line may be cut, and then has no full stop.
        var rest = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        lines.AddRange(rest.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return new KilledVictim(role, seed, [.. lines.Where(l => l.EndsWith('.'))]);
    }

    /// <summary>Holds a store against what it had acknowledged to this victim, byte for byte; nobody else may be at work on it.</summary>
    public async Task<KillTally> VerifyAsync(ICcrStore store, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        var tally = new KillTally();
        foreach (var line in Acknowledged)
        {
            var parts = line.Split(' ', '.');
            var n = int.Parse(parts[1], CultureInfo.InvariantCulture);
            if (Role == VictimRole.Sweeper)
            {
                tally += new KillTally { Swept = n };
                continue;
            }

            // 1. The original is there; one that may be swept is there or remembered as expired.
            var original = await store.GetAsync(parts[2], cancellationToken).ConfigureAwait(false);
            var isGone = original is null && Role == VictimRole.LateWriter && await store.HasExpiredAsync(parts[2], cancellationToken).ConfigureAwait(false);
            var isThere = original is not null && original.AsSpan().SequenceEqual(Victim.Original(Seed, n));
            tally += new KillTally { Originals = 1, LostOriginals = isThere || isGone ? 0 : 1 };
            if (parts[0] != "pin")
            {
                continue;
            }

            // 2. So is the pin, and it goes with its original.
            var expected = Victim.PinFor(Seed, n, parts[2]);
            var pin = (await store.FindPinsAsync([expected.Key], cancellationToken).ConfigureAwait(false)).GetValueOrDefault(expected.Key);
            var isRight = pin is null ? isGone : isThere && pin.Hash == expected.Hash && pin.Replacement.AsSpan().SequenceEqual(expected.Replacement);
            tally += new KillTally { Pins = 1, LostPins = isRight ? 0 : 1 };
        }

        return tally;
    }
}

/// <summary>What stores acknowledged, and what of it was not there afterwards.</summary>
public sealed record KillTally
{
    public int Originals { get; init; }

    public int LostOriginals { get; init; }

    public int Pins { get; init; }

    public int LostPins { get; init; }

    /// <summary>Originals that the sweeping victims had removed.</summary>
    public int Swept { get; init; }

    public static KillTally operator +(KillTally a, KillTally b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return new KillTally
        {
            Originals = a.Originals + b.Originals,
            LostOriginals = a.LostOriginals + b.LostOriginals,
            Pins = a.Pins + b.Pins,
            LostPins = a.LostPins + b.LostPins,
            Swept = a.Swept + b.Swept,
        };
    }

    public static KillTally Add(KillTally left, KillTally right) => left + right;
}
