using System.Text;

namespace Headroom.Engine.Compression.Diffs;

/// <summary>
/// What a lock file's changed lines say of packages: <c>name 1.0 -> 1.1</c>. Reads the lock files of npm, Cargo, Poetry, uv, Yarn and Go; of
/// others nothing.
/// </summary>
internal static class PackageChanges
{
    private const int MaxNamed = 40;

    /// <summary>The packages whose versions changed, in order, the first 40 by name; empty when none is found.</summary>
    public static string Describe(DiffDocument document, in DiffFile file)
    {
        // :: Step 1: versions by package, in order of appearance.
        var order = new List<string>();
        var versions = new Dictionary<string, (string? Old, string? New)>(StringComparer.Ordinal);
        for (var i = file.FirstHunk; i < file.FirstHunk + file.HunkCount; i++)
        {
            var (oldPackage, newPackage) = ("", "");
            var hunk = document.Hunks[i];
            for (var line = hunk.Line + 1; line < hunk.End && hunk.Columns == 1; line++)
            {
                var text = document.Lines[line];
                if (text.IsEmpty)
                {
                    continue;
                }

                var content = text[1..];
                if (PackageOf(content) is { } package)
                {
                    oldPackage = text[0] == (byte)'+' ? oldPackage : package;
                    newPackage = text[0] == (byte)'-' ? newPackage : package;
                }

                var isOld = text[0] == (byte)'-';
                var (name, version) = ModuleOf(content) ?? (isOld ? oldPackage : newPackage, VersionOf(content));
                if (version is null || name.Length == 0 || text[0] == (byte)' ')
                {
                    continue;
                }

                if (!versions.TryGetValue(name, out var known))
                {
                    order.Add(name);
                }

                versions[name] = isOld ? (known.Old ?? version, known.New) : (known.Old, known.New ?? version);
            }
        }

        // :: Step 2: say it.
        var said = new StringBuilder();
        var count = 0;
        foreach (var name in order)
        {
            var (old, now) = versions[name];
            if (old == now)
            {
                continue;
            }

            if (++count <= MaxNamed)
            {
                said.Append(count > 1 ? ", " : "").Append(name).Append(' ')
                    .Append(old is null ? $"{now} added" : now is null ? $"{old} removed" : $"{old} -> {now}");
            }
        }

        return count > MaxNamed ? $"{said} and {count - MaxNamed} more packages" : said.ToString();
    }

    // "node_modules/x": {, name = "x", x@^1.0: (Yarn)
    private static string? PackageOf(ReadOnlySpan<byte> line)
    {
        var text = line.Trim(" \t"u8);
        if (text.StartsWith("\"node_modules/"u8) && text.EndsWith("\": {"u8))
        {
            return Encoding.UTF8.GetString(text["\"node_modules/".Length..^4]);
        }

        if (text.StartsWith("name = \""u8) && text.EndsWith("\""u8))
        {
            return Encoding.UTF8.GetString(text["name = \"".Length..^1]);
        }

        // A scope's at-sign is the first character of a name.
        text = line.TrimStart((byte)'"');
        if (text.Length > 2 && text[0] is not ((byte)' ' or (byte)'#') && text[^1] == (byte)':' && text[1..].IndexOf((byte)'@') is >= 0 and var at)
        {
            return Encoding.UTF8.GetString(text[..(at + 1)]);
        }

        return null;
    }

    // "version": "1.0", version = "1.0", version "1.0"
    private static string? VersionOf(ReadOnlySpan<byte> line)
    {
        var text = line.Trim(" \t,"u8);
        var prefix = text.StartsWith("\"version\": \""u8) ? "\"version\": \"".Length : text.StartsWith("version = \""u8) ? "version = \"".Length
            : text.StartsWith("version \""u8) ? "version \"".Length : 0;
        return prefix > 0 && text.Length > prefix && text[^1] == (byte)'"' ? Encoding.UTF8.GetString(text[prefix..^1]) : null;
    }

    // Go: module v1.2.3 h1:hash=
    private static (string Name, string? Version)? ModuleOf(ReadOnlySpan<byte> line)
    {
        var first = line.IndexOf((byte)' ');
        var second = first < 0 ? -1 : line[(first + 1)..].IndexOf((byte)' ');
        return second > 1 && line[first + 1] == (byte)'v' && line[(first + second + 2)..].StartsWith("h1:"u8)
            ? (Encoding.UTF8.GetString(line[..first]), Encoding.UTF8.GetString(line.Slice(first + 1, second)).Replace("/go.mod", "", StringComparison.Ordinal))
            : null;
    }
}
