using Headroom.TestData;

namespace Headroom.Engine.Tests.Snapshots;

/// <summary>
/// Providers cache what was sent, and stores replay it: other bytes for the same block are a decision, made in a commit of its own that
/// rewrites the snapshot (<c>dotnet run --project tests/Headroom.Benchmarks -- snapshot</c>) and says why.
/// </summary>
public sealed class OutputSnapshotTests
{
    private static readonly ILookup<string, string> Kept = OutputSnapshot.Kept().ToLookup(line => line[..line.IndexOf(' ', StringComparison.Ordinal)]);

    public static TheoryData<string> Names => [.. Fixtures.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_engine_writes_the_bytes_that_it_wrote(string name) =>
        Assert.Equal(Kept[name], OutputSnapshot.Of(Fixtures.Named(name)));

    [Fact]
    public void The_snapshot_names_the_fixtures_that_there_are() =>
        Assert.Equal(Fixtures.All.Select(f => f.Name).Order(StringComparer.Ordinal), Kept.Select(g => g.Key).Order(StringComparer.Ordinal));
}
