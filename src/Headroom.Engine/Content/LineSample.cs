using System.Runtime.CompilerServices;

namespace Headroom.Engine.Content;

/// <summary>Lines from the start, the middle and the end of a text: all of a short one, a bounded number of any other.</summary>
internal ref struct LineSample
{
    public const int HeadLines = 96;
    private const int HeadBytes = 16 << 10;
    private const int OtherLines = 32;
    private const int OtherBytes = 6 << 10;

    private readonly ReadOnlySpan<byte> _text;
    private Starts _starts;
    private Starts _ends;
    private Kinds _kinds;

    private LineSample(ReadOnlySpan<byte> text) => _text = text;

    /// <summary>How many lines there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them are the text's first, without a gap.</summary>
    public int Head { get; private set; }

    /// <summary>One line without its end.</summary>
    public readonly ReadOnlySpan<byte> this[int line] => _text[_starts[line].._ends[line]].TrimEnd((byte)'\r');

    /// <summary>Where a line begins.</summary>
    public readonly int StartOf(int line) => _starts[line];

    /// <summary>What a line looks like.</summary>
    public readonly LineKind KindOf(int line) => _kinds[line];

    /// <summary>Takes the sample.</summary>
    /// <param name="text">Text that begins and ends with something to see.</param>
    public static LineSample Of(ReadOnlySpan<byte> text)
    {
        var sample = new LineSample(text);
        var end = sample.Add(0, Math.Min(HeadBytes, text.Length), HeadLines);
        sample.Head = sample.Count;
        if (end < text.Length)
        {
            end = sample.AddFrom(Math.Max(end, text.Length / 2));
            sample.AddFrom(Math.Max(end, TailOf(text)));
        }

        return sample;
    }

    // Where the last lines begin.
    private static int TailOf(ReadOnlySpan<byte> text)
    {
        var from = Math.Max(0, text.Length - OtherBytes);
        var at = text.Length;
        for (var lines = 0; lines < OtherLines; lines++)
        {
            var feed = text[from..at].LastIndexOf((byte)'\n');
            if (feed < 0)
            {
                return from;
            }

            at = from + feed;
        }

        return at + 1;
    }

    // From the first whole line on.
    private int AddFrom(int at)
    {
        var limit = Math.Min(at + OtherBytes, _text.Length);
        if (at > 0 && _text[at - 1] != (byte)'\n')
        {
            var feed = _text[at..limit].IndexOf((byte)'\n');
            if (feed < 0)
            {
                return limit;
            }

            at += feed + 1;
        }

        return Add(at, limit, OtherLines);
    }

    private int Add(int at, int limit, int lines)
    {
        for (; lines > 0 && at < limit; lines--)
        {
            var feed = _text[at..limit].IndexOf((byte)'\n');
            var end = feed < 0 ? limit : at + feed;
            if (feed < 0 && limit < _text.Length && Count > 0)
            {
                // Cut off, and not all there is.
                return limit;
            }

            _starts[Count] = at;
            _ends[Count] = end;
            _kinds[Count] = LineGrammar.Classify(_text[at..end]);
            Count++;
            at = Math.Min(end + 1, _text.Length);
        }

        return at;
    }

    [InlineArray(HeadLines + (2 * OtherLines))]
    private struct Starts
    {
        private int _first;
    }

    [InlineArray(HeadLines + (2 * OtherLines))]
    private struct Kinds
    {
        private LineKind _first;
    }
}
