using System.Buffers.Text;
using System.Text;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Listings;

/// <summary>What a listing lists: of each line the directory, the name, the size and the date, and of each directory how much is below it.</summary>
internal sealed class ListedFiles
{
    private readonly TextLines _lines;
    private readonly ListingForm _form;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<Directory> _directories = [];

    // The directory that was looked up last.
    private ReadOnlyMemory<byte> _last;
    private int _lastNumber = -1;

    private ListedFiles(TextLines lines, ListingForm form)
    {
        _lines = lines;
        _form = form;
        DirectoryOf = new int[lines.Count];
        Sizes = new long[lines.Count];
        Dates = new int[lines.Count];
        Names = new (int Start, int Length)[lines.Count];
    }

    // The longest path of most systems: each directory of a longer one would have a copy of nearly all of it.
    private const int LongestLine = 4_096;

    /// <summary>A directory with everything below it.</summary>
    /// <param name="Path">With the separator at its end; empty for what has no directory.</param>
    /// <param name="Depth">Separators in the path.</param>
    public sealed record Directory(ReadOnlyMemory<byte> Path, int Depth)
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

    public long[] Sizes { get; }

    /// <summary>By line a number that is larger for a later date; zero when there is none.</summary>
    public int[] Dates { get; }

    /// <summary>By line where the name is in it.</summary>
    public (int Start, int Length)[] Names { get; }

    public IReadOnlyList<Directory> Directories => _directories;

    public ListingForm Form => _form;

    public TextLines Lines => _lines;

    public ReadOnlySpan<byte> Name(int line) => _lines[line].Slice(Names[line].Start, Names[line].Length);

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
                    Sizes[line] = Utf8Parser.TryParse(row[row.Lead + 4], out long size, out _) ? size : 0;
                    Dates[line] = DateNumber(row);
                    if (row.Lead > 0)
                    {
                        SetPath(line, row.Name, text.Length - row.Name);
                    }
                    else
                    {
                        Set(line, heading, row.Name, text.Length - row.Name);
                    }

                    break;

                case ListingForm.Long:
                    if (text is [.., (byte)':'] && (line == 0 || DirectoryOf[line - 1] < 0))
                    {
                        heading = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text[..^1]) + (text.Length > 1 && text[^2] == (byte)'/' ? "" : "/"));
                        Number(heading);
                    }

                    break;

                case ListingForm.ChildItems when ChildItemRow.TryRead(text, column, out var item):
                    Sizes[line] = item.HasLength && Utf8Parser.TryParse(item[item.Fields - 1], out long length, out _) ? length : 0;
                    Set(line, heading, column, text.Length - column);
                    break;

                case ListingForm.ChildItems:
                    column = ChildItemRow.NameColumn(text) is > 0 and var found ? found : column;
                    if (text.TrimStart((byte)' ').StartsWith("Directory: "u8))
                    {
                        var path = text.Trim((byte)' ')["Directory: ".Length..];
                        heading = (byte[])[.. path, path.Contains((byte)'\\') ? (byte)'\\' : (byte)'/'];
                        Number(heading);
                    }

                    break;

                case ListingForm.Tree:
                    ReadBranch(line, branches);
                    break;

                case ListingForm.Usage:
                    var tab = text.IndexOf((byte)'\t');
                    if (ListingLine.KindOf(text) == ListingLineKind.Usage)
                    {
                        SetPath(line, tab + 1, text.Length - tab - 1);
                    }

                    break;

                case ListingForm.Status when text.Length > 3 && text[2] == (byte)' ':
                    SetPath(line, 3, text.Length - 3);
                    break;

                case ListingForm.Paths when ListingLine.IsPath(text) || (text.Length > 0 && text.IndexOf(": "u8) < 0):
                    SetPath(line, 0, text.Length);
                    break;
            }
        }

        // What is below a directory is below its parents.
        foreach (var directory in _directories.OrderByDescending(d => d.Depth).ToArray())
        {
            if (directory.Depth > 0 && _numbers.TryGetValue(Key(ParentOf(directory.Path)), out var parent))
            {
                _directories[parent].Entries += directory.Entries;
                _directories[parent].Bytes += directory.Bytes;
            }
        }
    }

    private void ReadBranch(int line, List<ReadOnlyMemory<byte>> branches)
    {
        var text = _lines[line];
        var depth = DepthOf(text, out var at);
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
        Set(line, parent, at, text.Length - at);
        if (line + 1 < _lines.Count && DepthOf(_lines[line + 1], out _) > depth)
        {
            branches.Add(WithSeparator([.. parent.Span, .. text[at..]]));
        }
    }

    // A branch is four columns, however many bytes.
    private static int DepthOf(ReadOnlySpan<byte> text, out int name)
    {
        name = text.IndexOf("── "u8) is >= 0 and var drawn ? drawn + "── "u8.Length : text.IndexOf("-- "u8) is >= 0 and var typed ? typed + 3 : 0;
        return Encoding.UTF8.GetCharCount(text[..name]) / 4;
    }

    private static ReadOnlyMemory<byte> WithSeparator(ReadOnlySpan<byte> text) => text is [.., (byte)'/'] ? text.ToArray() : (byte[])[.. text, (byte)'/'];

    private void SetPath(int line, int start, int length)
    {
        var path = _lines.Memory(line).Slice(start, length);
        var end = path.Length > 1 ? path.Span[..^1].LastIndexOfAny((byte)'/', (byte)'\\') + 1 : 0;
        Set(line, path[..end], start + end, length - end);
    }

    private void Set(int line, ReadOnlyMemory<byte> directory, int start, int length)
    {
        if (_lastNumber < 0 || !_last.Span.SequenceEqual(directory.Span))
        {
            (_lastNumber, _last) = (Number(directory), directory);
        }

        DirectoryOf[line] = _lastNumber;
        Names[line] = (start, length);
        _directories[_lastNumber].Entries++;
        _directories[_lastNumber].OwnEntries++;
        _directories[_lastNumber].Bytes += Sizes[line];
    }

    private int Number(ReadOnlyMemory<byte> path)
    {
        var key = Key(path);
        if (_numbers.TryGetValue(key, out var number))
        {
            return number;
        }

        // Parents first, so that each has what is below it.
        if (!path.IsEmpty && ParentOf(path) is { IsEmpty: false } parent)
        {
            _directories[Number(parent)].Children++;
        }

        number = _directories.Count;
        _numbers.Add(key, number);
        _directories.Add(new Directory(path, path.Span.Count((byte)'/') + path.Span.Count((byte)'\\')));
        return number;
    }

    private static string Key(ReadOnlyMemory<byte> path) => Encoding.Latin1.GetString(path.Span);

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
