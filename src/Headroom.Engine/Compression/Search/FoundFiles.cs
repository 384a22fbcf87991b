using System.Text;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Search;

/// <summary>
/// The files of a search with their counts of matches, as a view names them: each one, or where that would take too much the directories
/// that hold them, as deep as fits.
/// </summary>
internal sealed class FoundFiles
{
    private const int Deepest = 8;

    private readonly SearchResults _results;
    private readonly int[] _matches;
    private int[] _groups = [];
    private ReadOnlyMemory<byte>[] _labels = [];
    private int[] _filesOf = [];
    private int[] _matchesOf = [];
    private bool[] _isWritten = [];
    private DirectoryOutline _outline = new();
    private ReadOnlyMemory<byte> _lineDirectory;
    private bool _isInLine;

    private FoundFiles(SearchResults results, int[] matches)
    {
        _results = results;
        _matches = matches;
    }

    /// <summary>Every file is named.</summary>
    public bool NamesFiles { get; private set; }

    /// <summary>What the names take, all of them.</summary>
    public int Tokens { get; private set; }

    /// <summary>The least that names take which the budget was too small for; infinite when it was for none.</summary>
    public double DeeperTokens { get; private set; } = double.PositiveInfinity;

    /// <summary>Chooses how deep the names go.</summary>
    /// <param name="results">The search.</param>
    /// <param name="matches">The matches of each file.</param>
    /// <param name="most">The most tokens the names may take whatever the budget.</param>
    /// <param name="budget">The most tokens they may take of the budget.</param>
    public static FoundFiles Choose(SearchResults results, int[] matches, double most, double budget)
    {
        var files = new FoundFiles(results, matches);
        var output = new ByteBuffer(256);
        for (var depth = Deepest + 1; ; depth--)
        {
            files.NamesFiles = depth > Deepest;
            files.Group(depth);
            output.Truncate(0);
            for (var file = 1; file < results.Paths.Count; file++)
            {
                files.WriteGroup(file, hasLines: false, output);
            }

            files.Tokens = TokenEstimator.Instance.Sample(output.Written);
            files.Forget();
            if (files.Tokens <= Math.Min(most, budget) || depth == 0)
            {
                return files;
            }

            files.DeeperTokens = files.Tokens <= most ? Math.Min(files.DeeperTokens, files.Tokens) : files.DeeperTokens;
        }
    }

    /// <summary>Writes the name or the directory of a file at its first line.</summary>
    public void WriteGroup(int file, bool hasLines, ByteBuffer output)
    {
        var group = _groups[file];
        if (file == 0 || _isWritten[group])
        {
            return;
        }

        if (NamesFiles)
        {
            if (hasLines)
            {
                return;
            }

            _isWritten[group] = true;
            WriteBeside(file, output);
            return;
        }

        _isWritten[group] = true;
        if (!_labels[group].IsEmpty)
        {
            EndLine(output);
            WritePath(_labels[group].Span, output);
            output.Append(Encoding.UTF8.GetBytes($" ({_filesOf[group]} files, {_matchesOf[group]} matches)\n"));
        }
    }

    /// <summary>Writes a file on a line of its own, above lines of it.</summary>
    public void WriteHeading(int file, ByteBuffer output)
    {
        EndLine(output);
        _isWritten[_groups[file]] = true;
        WritePath(_results.Paths[file].Span, output);
        output.Append(Encoding.UTF8.GetBytes($" ({_matches[file]})\n"));
    }

    /// <summary>Ends a line of names.</summary>
    public void EndLine(ByteBuffer output)
    {
        if (_isInLine)
        {
            output.Append('\n');
            _isInLine = false;
        }
    }

    // What was written to be counted is nowhere above what will be.
    private void Forget() => (_isWritten, _outline, _isInLine) = (new bool[_labels.Length], new DirectoryOutline(), false);

    // Files of one directory that follow each other share a line.
    private void WriteBeside(int file, ByteBuffer output)
    {
        var path = _results.Paths[file];
        var directory = path[..(path.Span.LastIndexOfAny((byte)'/', (byte)'\\') + 1)];
        if (_isInLine && _lineDirectory.Span.SequenceEqual(directory.Span))
        {
            output.Append(' ');
            output.Append(path.Span[directory.Length..]);
        }
        else
        {
            EndLine(output);
            WritePath(path.Span, output);
        }

        output.Append(Encoding.UTF8.GetBytes($" ({_matches[file]})"));
        _lineDirectory = directory;
        _isInLine = true;
    }

    private void WritePath(ReadOnlySpan<byte> path, ByteBuffer output)
    {
        // A path that could pass for a note, a line or a kept one says that it is a path.
        if (path[0] is (byte)'[' or (byte)'\\' or (byte)'>' || char.IsAsciiDigit((char)path[0]) || !DirectoryOutline.CanWrite(path))
        {
            output.Append('>');
            output.Append(path);
            _outline = new DirectoryOutline();
            return;
        }

        _outline.Write(path, output);
    }

    private void Group(int depth)
    {
        var numbers = new Dictionary<ReadOnlyMemory<byte>, int>(Utf8Comparer.Instance);
        var labels = new List<ReadOnlyMemory<byte>>();
        _groups = new int[_results.Paths.Count];
        for (var file = 0; file < _groups.Length; file++)
        {
            var label = NamesFiles ? _results.Paths[file] : Directory(_results.Paths[file], depth);
            if (!numbers.TryGetValue(label, out _groups[file]))
            {
                _groups[file] = labels.Count;
                numbers.Add(label, labels.Count);
                labels.Add(label);
            }
        }

        _labels = [.. labels];
        (_filesOf, _matchesOf, _isWritten) = (new int[_labels.Length], new int[_labels.Length], new bool[_labels.Length]);
        for (var file = 0; file < _groups.Length; file++)
        {
            _filesOf[_groups[file]] += file > 0 ? 1 : 0;
            _matchesOf[_groups[file]] += _matches[file];
        }
    }

    private static ReadOnlyMemory<byte> Directory(ReadOnlyMemory<byte> path, int depth)
    {
        var end = 0;
        for (var i = 0; i < depth && path.Span[end..].IndexOfAny((byte)'/', (byte)'\\') is >= 0 and var step; i++)
        {
            end += step + 1;
        }

        return path[..end];
    }
}
