using System.Globalization;
using System.Security.Cryptography;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;

namespace Headroom.TestData;

/// <summary>
/// What the engine writes for every fixture, as one line each: <c>name level budget strategy bytes sha256</c>. Kept in
/// <c>tests/snapshots/outputs.txt</c>, so that a change of what goes to a provider is seen and is a decision.
/// </summary>
public static class OutputSnapshot
{
    private const string Hash = "0123456789abcdef01234567";

    /// <summary>The file that holds the lines.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Fixtures.Root, "..", "snapshots", "outputs.txt");

    /// <summary>The lines that are in force.</summary>
    public static string[] Kept() => File.Exists(Path) ? File.ReadAllLines(Path) : [];

    /// <summary>The lines of all fixtures by today's engine, in the fixtures' order.</summary>
    public static IEnumerable<string> Current() => Fixtures.All.SelectMany(Of);

    /// <summary>Puts today's lines in force.</summary>
    /// <returns>How many lines are new, other or gone.</returns>
    public static int Rewrite()
    {
        var kept = Kept();
        string[] current = [.. Current()];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, string.Concat(current.Select(line => line + "\n")));
        return Math.Max(current.Except(kept, StringComparer.Ordinal).Count(), kept.Except(current, StringComparer.Ordinal).Count());
    }

    /// <summary>The lines of one fixture: each level, with a budget of 300 tokens and with the level's own.</summary>
    /// <param name="fixture">The captured file.</param>
    public static IEnumerable<string> Of(Fixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        var utf8 = fixture.Utf8();
        foreach (var level in Enum.GetValues<CompressionLevel>())
        {
            foreach (var budget in new int?[] { 300, null })
            {
                var options = new CompressionOptions { Level = level, Budget = budget, Marker = missing => Marker.Write(missing, Hash) };
                var result = ContentRouter.Compress(utf8, options);
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{fixture.Name} {level} {budget?.ToString(CultureInfo.InvariantCulture) ?? "default"} {result.Strategy} {result.Output.Length} {Convert.ToHexStringLower(SHA256.HashData(result.Output.Span))}");
            }
        }
    }
}
