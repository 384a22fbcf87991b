namespace Headroom.Engine.Compression.Diffs;

/// <summary>What a changed file is for, from the most to the least worth reading.</summary>
internal enum FileRole
{
    Source,
    Tests,
    Docs,
    Data,

    /// <summary>Written by a program: a summary does.</summary>
    Generated,

    /// <summary>Written by a package manager: the packages do.</summary>
    Lock,
}

/// <summary>Tells a file's role from its path.</summary>
internal static class FileRoles
{
    private static readonly string[] LockNames =
    [
        "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "cargo.lock", "go.sum", "poetry.lock", "uv.lock", "pdm.lock",
        "pipfile.lock", "composer.lock", "gemfile.lock", "packages.lock.json", "mix.lock", "pubspec.lock", "podfile.lock", "flake.lock", "deno.lock",
    ];

    private static readonly string[] GeneratedEnds =
        [".min.js", ".min.css", ".map", ".designer.cs", ".g.cs", ".g.i.cs", ".generated.cs", ".pb.go", ".pb.cc", ".pb.h", "_pb2.py", "_pb2_grpc.py", ".g.dart", ".freezed.dart", ".snap", ".verified.txt"];

    private static readonly string[] GeneratedFolders = ["__snapshots__", "node_modules", "__generated__"];
    private static readonly string[] TestFolders = ["test", "tests", "spec", "specs", "__tests__", "testdata", "fixtures"];
    private static readonly string[] DocFolders = ["doc", "docs"];
    private static readonly string[] DocEnds = [".md", ".rst", ".txt", ".adoc"];
    private static readonly string[] DataEnds = [".json", ".csv", ".tsv", ".svg", ".xml", ".po", ".resx", ".ipynb", ".jsonl"];

    /// <summary>The role of the file with this path.</summary>
    public static FileRole Of(string path)
    {
        var lower = path.ToLowerInvariant().Trim('"');
        var parts = lower.Split('/');
        var name = parts[^1];
        var folders = parts.AsSpan(0, parts.Length - 1);
        return LockNames.Contains(name, StringComparer.Ordinal) ? FileRole.Lock
            : EndsWithAny(name, GeneratedEnds) || HasAny(folders, GeneratedFolders) ? FileRole.Generated
            : IsTest(name) || HasAny(folders, TestFolders) || HasTestProject(folders) ? FileRole.Tests
            : EndsWithAny(name, DocEnds) || HasAny(folders, DocFolders) ? FileRole.Docs
            : EndsWithAny(name, DataEnds) ? FileRole.Data
            : FileRole.Source;
    }

    private static bool IsTest(string name) =>
        name.StartsWith("test_", StringComparison.Ordinal) || name.Contains(".test.", StringComparison.Ordinal) || name.Contains(".spec.", StringComparison.Ordinal)
        || name.Contains("_test.", StringComparison.Ordinal) || name.Contains("tests.", StringComparison.Ordinal);

    private static bool HasTestProject(ReadOnlySpan<string> folders)
    {
        foreach (var folder in folders)
        {
            if (folder.EndsWith(".tests", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasAny(ReadOnlySpan<string> folders, string[] names)
    {
        foreach (var name in names)
        {
            if (folders.Contains(name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool EndsWithAny(string name, string[] ends) => ends.Any(end => name.EndsWith(end, StringComparison.Ordinal));
}
