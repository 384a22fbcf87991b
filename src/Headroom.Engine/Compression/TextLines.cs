using Headroom.Engine.Content;

namespace Headroom.Engine.Compression;

/// <summary>
/// The lines of a text: where each begins and ends in the untouched source. Lines end with LF; a CR before it belongs to the line
/// unless <see cref="IsCrLf"/>. A text that ends with a line feed has no empty line after it.
/// </summary>
internal sealed class TextLines
{
    private readonly int[] _starts;

    private TextLines(ReadOnlyMemory<byte> source, int[] starts, bool isCrLf)
    {
        Source = source;
        _starts = starts;
        IsCrLf = isCrLf;
    }

    public ReadOnlyMemory<byte> Source { get; }

    public int Count => _starts.Length - 1;

    /// <summary>Every line feed has a CR before it: Windows' line ends, which are not part of the lines.</summary>
    public bool IsCrLf { get; }

    /// <summary>The last line has its line feed.</summary>
    public bool EndsWithLineFeed => Source.Span is [.., (byte)'\n'];

    /// <summary>One line without its end.</summary>
    public ReadOnlySpan<byte> this[int line] => Source.Span.Slice(_starts[line], LengthOf(line));

    /// <summary>One line without its end, to be kept.</summary>
    public ReadOnlyMemory<byte> Memory(int line) => Source.Slice(_starts[line], LengthOf(line));

    /// <summary>Where a line begins; that of <see cref="Count"/> is the end of the source.</summary>
    public int StartOf(int line) => _starts[line];

    /// <summary>Reads a text once.</summary>
    public static TextLines Read(ReadOnlyMemory<byte> utf8)
    {
        var source = utf8.Span;
        var feeds = source.Count((byte)'\n');
        var count = feeds + (source.IsEmpty || source[^1] == (byte)'\n' ? 0 : 1);
        var starts = new int[count + 1];
        var returns = 0;
        for (var (line, at) = (0, 0); line < count; line++)
        {
            starts[line] = at;
            var length = source[at..].IndexOf((byte)'\n');
            returns += length > 0 && source[at + length - 1] == (byte)'\r' ? 1 : 0;
            at = length < 0 ? source.Length : at + length + 1;
        }

        starts[count] = source.Length;
        return new TextLines(utf8, starts, feeds > 0 && returns == feeds);
    }

    private int LengthOf(int line)
    {
        Work.Count();
        var end = _starts[line + 1];
        if (end > _starts[line] && Source.Span[end - 1] == (byte)'\n')
        {
            end -= IsCrLf ? 2 : 1;
        }

        return end - _starts[line];
    }
}
