using System.IO.Enumeration;
using Headroom.Cli.Commands;
using Headroom.Engine.Files;

namespace Headroom.Cli.Compression;

/// <summary>What lies below a directory. Names are relative to it, with <c>/</c> between folders, in ordinal order.</summary>
/// <param name="Files">What can be tried to be read. A link to a file stands for the file.</param>
/// <param name="Others">What is no file, with the reason: pipes, devices, sockets, links to directories, which are not followed.</param>
/// <param name="Unlisted">Directories that could not be listed, with the reason.</param>
internal sealed record FileTree(
    IReadOnlyList<string> Files, IReadOnlyList<(string Name, string Reason)> Others, IReadOnlyList<(string Name, string Reason)> Unlisted)
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Lists all of it.</summary>
    /// <param name="directory">An absolute path.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public static FileTree Below(string directory, CancellationToken cancellationToken)
    {
        var (files, others, unlisted) = (new List<string>(), new List<(string Name, string Reason)>(), new List<(string Name, string Reason)>());
        var open = new Stack<string>([""]);
        while (open.TryPop(out var folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var entries = new List<(string Name, bool IsDirectory, bool IsLink)>();
            try
            {
                entries.AddRange(new FileSystemEnumerable<(string, bool, bool)>(
                    Path.Combine(directory, folder),
                    (ref entry) => (folder + entry.FileName.ToString(), entry.IsDirectory, entry.Attributes.HasFlag(FileAttributes.ReparsePoint)),
                    Everything));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                unlisted.Add((folder, ByteStreams.ReasonOf(e, folder)));
            }

            foreach (var (name, isDirectory, isLink) in entries)
            {
                if (isDirectory && !isLink)
                {
                    open.Push(name + "/");
                }
                else if (isDirectory)
                {
                    others.Add((name, "it is a link to a directory"));
                }
                else if (InputFile.Refusal(InputFile.KindOf(Path.Combine(directory, name))) is { } reason)
                {
                    others.Add((name, reason));
                }
                else
                {
                    files.Add(name);
                }
            }
        }

        files.Sort(StringComparer.Ordinal);
        others.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        unlisted.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new FileTree(files, others, unlisted);
    }
}
