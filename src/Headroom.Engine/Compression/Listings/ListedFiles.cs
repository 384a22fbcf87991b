using System.Buffers.Text;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Listings;

/// <summary>What a listing lists: of each line the directory, the name, the size and the date, and of each directory how much is below it.</summary>
internal sealed class ListedFiles
{
    // What is longer is no path (PATH_MAX of Linux).
    private const int LongestPath = 4096;

    private readonly TextLines _lines;
    private readonly ListingForm _form;
    private readonly Dictionary<ReadOnlyMemory<byte>, int> _numbers = new(Utf8Comparer.Instance);
    private readonly List<Directory> _directories = [];
    private readonly long[] _sizes;
    private readonly int[] _dates;
    private readonly int[] _names;

    // The directory that was looked up last.
    private ReadOnlyMemory<byte> _last;
    private int _lastNumber = -1;

    private ListedFiles(TextLines lines, ListingForm form)
    {
        _lines = lines;
        _form = form;
        DirectoryOf = new int[lines.Count];
        _names = new int[lines.Count];
        _sizes = form is ListingForm.Long or ListingForm.ChildItems ? new long[lines.Count] : [];
        _dates = form is ListingForm.Long ? new int[lines.Count] : [];
    }

    // The longest path of most systems: each directory of a longer one would have a copy of nearly all of it.
    private const int LongestLine = 4_096;

    /// <summary>A directory with everything below it.</summary>
    /// <param name="Path">With the separator at its end; empty for what has no directory.</param>
    /// <param name="Parent">The index of the directory that it is in; negative when there is none.</param>
    /// <param name="Depth">Separators in the path.</param>
    public sealed record Directory(ReadOnlyMemory<byte> Path, int Parent, int Depth)
    {
        public int Entries { get; set; }

        public long Bytes { get; set; }

        /// <summary>Directories right below it.</summary>
        public int Children { get; set; }

        /// <summary>Entries right below it.</summary>
        public int OwnEntries { get; set; }
    }

    /// <summary>By line the index of its directory, or -1 when the line lists nothing.</summary>
    public int[] DirectoryOf { get; }

    /// <summary>Parents before what is in them.</summary>
    public List<Directory> Directories => _directories;

    /// <summary>Some lines have a size.</summary>
    public bool HasSizes => _sizes.Length > 0;

    /// <summary>Some lines have a date.</summary>
    public bool HasDates => _dates.Length > 0;

    public ListingForm Form => _form;

    public TextLines Lines => _lines;

    /// <summary>The size that a line gives; zero when it gives none.</summary>
    public long Size(int line) => HasSizes ? _sizes[line] : 0;

    /// <summary>A number that is larger for a later date; zero when there is none.</summary>
    public int Date(int line) => HasDates ? _dates[line] : 0;

    public ReadOnlyMemory<byte> Name(int line) => _lines.Memory(line)[_names[line]..];

    public static ListedFiles Read(TextLines lines, ListingForm form, CancellationToken cancellationToken)
    {
        var files = new ListedFiles(lines, form);
        files.Read(cancellationToken);
        return files;
    }

    /// <summary>The parent of a directory's path, or an empty one.</summary>
    public static ReadOnlyMemory<byte> ParentOf(ReadOnlyMemory<byte> directory) =>
        directory.IsEmpty ? default : directory[..(directory.Span[..^1].LastIndexOfAny((byte)'/', (byte)'\\') + 1)];

    private void Read(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> heading = default;
        var branches = new List<ReadOnlyMemory<byte>>();
        var column = 0;
        var (read, depth, name) = (-1, 0, 0);
        for (var line = 0; line < _lines.Count; line++)
        {
            if ((line & 0xFFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var text = _lines[line];
            DirectoryOf[line] = -1;
            if (text.Length > LongestLine)
            {
                continue;
            }

            switch (_form)
            {
                case ListingForm.Long when LongRow.TryRead(text, out var row):
                    _sizes[line] = Utf8Parser.TryParse(row[row.Lead + 4], out long size, out _) ? size : 0;
                    _dates[line] = DateNumber(row);
                    if (row.Lead > 0)
                    {
                        SetPath(line, row.Name);
                    }
                    else
                    {
                        Set(line, heading, row.Name);
                    }

                    break;

                case ListingForm.Long:
                    if (text is [.., (byte)':'] && text.Length <= LongestPath && (line == 0 || DirectoryOf[line - 1] < 0))
                    {
                        heading = WithSeparator(text[..^1]);
                        Number(heading);
                    }

                    break;

                case ListingForm.ChildItems when ChildItemRow.TryRead(text, column, out var item):
                    _sizes[line] = item.HasLength && Utf8Parser.TryParse(item[item.Fields - 1], out long length, out _) ? length : 0;
                    Set(line, heading, column);
                    break;

                case ListingForm.ChildItems:
                    column = ChildItemRow.NameColumn(text) is > 0 and var found ? found : column;
                    if (text.Length <= LongestPath && text.TrimStart((byte)' ').StartsWith("Directory: "u8))
                    {
                        var path = text.Trim((byte)' ')["Directory: ".Length..];
                        heading = (byte[])[.. path, path.Contains((byte)'\\') ? (byte)'\\' : (byte)'/'];
                        Number(heading);
                    }

                    break;

                case ListingForm.Tree:
                    // Where the next line is deeper, this one is a directory.
                    if (read != line)
                    {
                        depth = DepthOf(text, out name);
                    }

                    var (nextDepth, nextName) = line + 1 < _lines.Count ? (DepthOf(_lines[line + 1], out var next), next) : (0, 0);
                    ReadBranch(line, depth, name, nextDepth > depth, branches);
                    (read, depth, name) = (line + 1, nextDepth, nextName);
                    break;

                case ListingForm.Usage:
                    if (ListingLine.KindOf(text) == ListingLineKind.Usage)
                    {
                        SetPath(line, text.IndexOf((byte)'\t') + 1);
                    }

                    break;

                case ListingForm.Status when text.Length > 3 && text[2] == (byte)' ':
                    SetPath(line, 3);
                    break;

                case ListingForm.Paths when ListingLine.IsPath(text) || (text.Length > 0 && text.IndexOf(": "u8) < 0):
                    SetPath(line, 0);
                    break;
            }
        }

        // What is below a directory is below its parents.
        var root = _numbers.GetValueOrDefault(default, -1);
        for (var i = _directories.Count - 1; i >= 0; i--)
        {
            var directory = _directories[i];
            if ((directory.Parent >= 0 ? directory.Parent : root) is >= 0 and var parent && parent != i)
            {
                _directories[parent].Entries += directory.Entries;
                _directories[parent].Bytes += directory.Bytes;
            }
        }
    }

    private void ReadBranch(int line, int depth, int name, bool isDirectory, List<ReadOnlyMemory<byte>> branches)
    {
        var text = _lines[line];
        if (depth == 0)
        {
            if (branches.Count == 0)
            {
                branches.Add(WithSeparator(text));
            }

            return;
        }

        if (depth > branches.Count)
        {
            return;
        }

        branches.RemoveRange(depth, branches.Count - depth);
        var parent = branches[^1];
        Set(line, parent, name);
        if (isDirectory)
        {
            branches.Add(WithSeparator(text[name..], parent.Span));
        }
    }

    // A branch is four columns, however many bytes.
    private static int DepthOf(ReadOnlySpan<byte> text, out int name)
    {
        name = text.IndexOf("── "u8) is >= 0 and var drawn ? drawn + "── "u8.Length : text.IndexOf("-- "u8) is >= 0 and var typed ? typed + 3 : 0;
        var columns = 0;
        foreach (var b in text[..name])
        {
            columns += (b & 0xC0) != 0x80 ? 1 : 0;
        }

        return columns / 4;
    }

    private static ReadOnlyMemory<byte> WithSeparator(ReadOnlySpan<byte> text, ReadOnlySpan<byte> parent = default)
    {
        text = text is [.., (byte)'/'] ? text[..^1] : text;
        var path = new byte[parent.Length + text.Length + 1];
        parent.CopyTo(path);
        text.CopyTo(path.AsSpan(parent.Length));
        path[^1] = (byte)'/';
        return path;
    }

    private void SetPath(int line, int start)
    {
        var path = _lines.Memory(line)[start..];
        if (path.Length <= LongestPath)
        {
            var end = path.Length > 1 ? path.Span[..^1].LastIndexOfAny((byte)'/', (byte)'\\') + 1 : 0;
            Set(line, path[..end], start + end);
        }
    }

    private void Set(int line, ReadOnlyMemory<byte> directory, int name)
    {
        if (_lastNumber < 0 || !_last.Span.SequenceEqual(directory.Span))
        {
            (_lastNumber, _last) = (Number(directory), directory);
        }

        DirectoryOf[line] = _lastNumber;
        _names[line] = name;
        var of = _directories[_lastNumber];
        of.Entries++;
        of.OwnEntries++;
        of.Bytes += Size(line);
    }

    private int Number(ReadOnlyMemory<byte> path)
    {
        if (_numbers.TryGetValue(path, out var number))
        {
            return number;
        }

        // :: Step 1: the nearest directory above it that is known.
        var unknown = new Stack<ReadOnlyMemory<byte>>();
        for (var at = path; !_numbers.TryGetValue(at, out number); at = ParentOf(at))
        {
            number = -1;
            unknown.Push(at);
            if (ParentOf(at).IsEmpty)
            {
                break;
            }
        }

        // :: Step 2: those that are not, parents first, so that each has what is below it.
        while (unknown.TryPop(out var directory))
        {
            var parent = number;
            if (parent >= 0)
            {
                _directories[parent].Children++;
            }

            number = _directories.Count;
            _numbers.Add(directory, number);
            _directories.Add(new Directory(directory, parent, parent >= 0 ? _directories[parent].Depth + 1 : directory.IsEmpty ? 0 : 1));
        }

        return number;
    }

    // Without a clock a date without a year counts as later than every one with it, as ls means it.
    private static int DateNumber(in LongRow row)
    {
        var fields = row.Fields - row.Date;
        if (fields == 2)
        {
            var date = row[row.Date];
            return Digits(date[..4]) * 10_000 + Digits(date[5..7]) * 100 + Digits(date[8..10]);
        }

        var month = "JanFebMarAprMayJunJulAugSepOctNovDec"u8.IndexOf(row[row.Date]) / 3;
        var last = row[row.Date + 2];
        return ((last.Contains((byte)':') ? 9999 : Digits(last)) * 10_000) + (month * 100) + Digits(row[row.Date + 1]);
    }

    private static int Digits(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out int number, out _) ? Math.Clamp(number, 0, 99_999) : 0;
}
