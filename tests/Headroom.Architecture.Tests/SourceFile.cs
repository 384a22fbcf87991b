using System.Text.RegularExpressions;

namespace Headroom.Architecture.Tests;

/// <summary>A source file of the product, as text.</summary>
/// <param name="Path">Relative to the repository, with <c>/</c>.</param>
/// <param name="Text">The text.</param>
public sealed partial record SourceFile(string Path, string Text)
{
    /// <summary>What is not told on purpose says so, and why, in a comment that begins with this word.</summary>
    private const string Untold = "// Untold:";

    public static string RepositoryRoot
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(System.IO.Path.Combine(directory!.FullName, "Headroom.slnx")))
            {
                directory = directory.Parent;
            }

            return directory.FullName;
        }
    }

    /// <summary>All files under <c>src</c> that somebody wrote.</summary>
    public static IReadOnlyList<SourceFile> All { get; } =
    [
        .. Directory.EnumerateFiles(System.IO.Path.Combine(RepositoryRoot, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(path => (Name: System.IO.Path.GetRelativePath(RepositoryRoot, path).Replace('\\', '/'), Full: path))
            .Where(f => !f.Name.Contains("/obj/", StringComparison.Ordinal) && !f.Name.Contains("/bin/", StringComparison.Ordinal))
            .OrderBy(f => f.Name, StringComparer.Ordinal)
            .Select(f => new SourceFile(f.Name, File.ReadAllText(f.Full))),
    ];

    /// <summary>The project, which is the folder below <c>src</c>.</summary>
    public string Project => Path.Split('/')[1];

    /// <summary>Lines on which any exception is caught (no type, or <c>Exception</c> without a list of types) and neither told, nor thrown on, nor said why not.</summary>
    /// <param name="events">Names of the methods that write events.</param>
    public IEnumerable<int> SilentCatches(IReadOnlySet<string> events)
    {
        foreach (Match found in AnyCatch().Matches(Text))
        {
            if (found.Groups["when"].Value is { Length: > 0 } filter && NamesTypes().IsMatch(filter))
            {
                continue;
            }

            var body = Block(found.Index + found.Length - 1);
            if (!body.Contains(Untold, StringComparison.Ordinal)
                && !Throws().IsMatch(body)
                && !Called().Matches(body).Any(call => events.Contains(call.Groups["method"].Value)))
            {
                yield return Text.AsSpan(0, found.Index).Count('\n') + 1;
            }
        }
    }

    // Braces in texts come in pairs in this code.
    private string Block(int start)
    {
        var depth = 0;
        for (var i = start; i < Text.Length; i++)
        {
            depth += Text[i] == '{' ? 1 : Text[i] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return Text[start..(i + 1)];
            }
        }

        return Text[start..];
    }

    [GeneratedRegex(@"\bcatch(\s*\(\s*(System\.)?Exception\b[^)]*\)(\s*when\s*\((?<when>(?>[^()]+|\((?<d>)|\)(?<-d>))*(?(d)(?!)))\))?)?(\s*(//[^\n]*|\#[^\n]*))*\s*\{")]
    private static partial Regex AnyCatch();

    // "e is A or B" is a list, and so is a part of a larger condition only where every way through it holds one.
    [GeneratedRegex(@"^\s*\w+ is (?!not\b)[^|]*$")]
    private static partial Regex NamesTypes();

    [GeneratedRegex(@"\bthrow\b")]
    private static partial Regex Throws();

    [GeneratedRegex(@"\.(?<method>\w+)\(")]
    private static partial Regex Called();
}
