using System.Text.RegularExpressions;

namespace Headroom.Architecture.Tests;

/// <summary>Tests take the same turn everywhere: nothing in them draws from a source without a seed.</summary>
public sealed partial class SeedTests
{
    [Fact]
    public void No_test_draws_from_a_source_without_a_seed()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Headroom.slnx")))
        {
            root = Path.GetDirectoryName(root.TrimEnd(Path.DirectorySeparatorChar))!;
        }

        var files = Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && Path.GetRelativePath(root, file).Contains(".Tests", StringComparison.Ordinal)
                && Path.GetFileName(file) is not ("PropertyAttribute.cs" or "SeedTests.cs"))
            .ToArray();
        Assert.True(files.Length > 100);
        Assert.Empty(files.SelectMany(file => Unseeded().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetRelativePath(root, file)}: {match.Value}")));

        // The package's own attribute is out of reach only inside the namespace where ours is.
        Assert.DoesNotContain(files, file => File.ReadAllText(file) is var text
            && text.Contains("[Property", StringComparison.Ordinal) && !text.Contains("\nnamespace Headroom.", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"new Random\(\)|Random\.Shared|RandomNumberGenerator\.|FsCheck\.Xunit\.Property|Check\.(Quick|Verbose|One)|\bReplay\s*=")]
    private static partial Regex Unseeded();
}
