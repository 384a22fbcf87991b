using System.Collections.Immutable;

namespace Headroom.TestData;

/// <summary>A captured file.</summary>
/// <param name="Name">Its path below <c>tests/fixtures</c> with forward slashes, for example <c>json/npm-ls.json</c>.</param>
/// <param name="Path">Where it is on this machine.</param>
public sealed record Fixture(string Name, string Path)
{
    /// <summary>The file's bytes.</summary>
    public byte[] Utf8() => File.ReadAllBytes(Path);

    /// <summary>The name: what a test explorer shows.</summary>
    public override string ToString() => Name;
}

/// <summary>Outputs of real commands, kept in <c>tests/fixtures</c>; its README says what each was captured with.</summary>
public static class Fixtures
{
    /// <summary>The folder <c>tests/fixtures</c> of the repository that this build came from.</summary>
    public static string Root { get; } = System.IO.Path.Combine(RepositoryRoot(), "tests", "fixtures");

    /// <summary>All captured files by name, ordinal.</summary>
    public static ImmutableArray<Fixture> All { get; } =
        [.. Directory.EnumerateDirectories(Root).SelectMany(d => In(System.IO.Path.GetFileName(d))).OrderBy(f => f.Name, StringComparer.Ordinal)];

    /// <summary>The captured JSON documents by name, ordinal.</summary>
    public static ImmutableArray<Fixture> Json => In("json");

    /// <summary>The captured files of one folder below <see cref="Root"/> and its subfolders by name, ordinal.</summary>
    public static ImmutableArray<Fixture> In(string folder) =>
    [
        .. Directory.EnumerateFiles(System.IO.Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
            .Select(path => new Fixture(System.IO.Path.GetRelativePath(Root, path).Replace('\\', '/'), path))
            .OrderBy(fixture => fixture.Name, StringComparer.Ordinal),
    ];

    /// <summary>One captured file.</summary>
    /// <param name="name">For example <c>json/npm-ls.json</c>.</param>
    /// <exception cref="FileNotFoundException">There is none of that name.</exception>
    public static Fixture Named(string name)
    {
        var path = System.IO.Path.Combine(Root, name);
        return File.Exists(path) ? new Fixture(name, path) : throw new FileNotFoundException($"There is no fixture '{name}'.", path);
    }

    private static string RepositoryRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "Headroom.slnx")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException("The fixtures are read from the repository, and no folder above the test's binaries holds Headroom.slnx.");
    }
}
