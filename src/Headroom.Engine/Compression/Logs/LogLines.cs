using System.IO.Hashing;
using System.Runtime.CompilerServices;

namespace Headroom.Engine.Compression.Logs;

/// <summary>
/// A log read once: where each line has its timestamp and its words, and which lines are of the same shape, that is the same but for words with
/// digits in them (numbers, hex, ids, addresses, durations, paths with numbers) and the timestamp.
/// </summary>
internal sealed class LogLines
{
    /// <summary>Words beyond this many in a line, and beyond 64 KB, are taken as text.</summary>
    public const int MaxWords = 256;

    /// <summary>More shapes are not told apart: memory stays bounded, and a text like this is no log.</summary>
    public const int MaxShapes = 1 << 16;

    /// <summary>The shape of lines beyond <see cref="MaxShapes"/>.</summary>
    public const int NoShape = -1;

    private const ulong Prime = 0x9E3779B97F4A7C15;

    private static readonly byte[] Classes = ClassifyBytes();

    private readonly int[] _wordsFrom;
    private uint[] _words;
    private int _wordCount;

    private LogLines(TextLines text)
    {
        Text = text;
        TimeAt = new sbyte[text.Count];
        TimeLength = new byte[text.Count];
        ShapeOf = new int[text.Count];
        Hashes = new ulong[text.Count];
        _wordsFrom = new int[text.Count + 1];
        _words = new uint[Math.Max(64, text.Source.Length / 8)];
    }

    public TextLines Text { get; }

    public int Count => Text.Count;

    /// <summary>Where a line's timestamp begins; -1 without one.</summary>
    public sbyte[] TimeAt { get; }

    public byte[] TimeLength { get; }

    /// <summary>Each line's shape.</summary>
    public int[] ShapeOf { get; }

    /// <summary>A hash of each whole line.</summary>
    public ulong[] Hashes { get; }

    public List<LineShape> Shapes { get; } = [];

    /// <summary>How many lines have a timestamp.</summary>
    public int Timed { get; private set; }

    public static LogLines Read(TextLines text, CancellationToken cancellationToken)
    {
        var log = new LogLines(text);
        var shapes = new Dictionary<ulong, int>();
        var hint = -1;
        for (var i = 0; i < text.Count; i++)
        {
            if ((i & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var line = text[i];
            log.Hashes[i] = XxHash3.HashToUInt64(line);
            var at = LogTimestamp.Find(line, hint, out var length);
            hint = at >= 0 ? at : hint;
            log.Timed += at >= 0 ? 1 : 0;
            log.TimeAt[i] = (sbyte)at;
            log.TimeLength[i] = (byte)length;
            var key = log.Scan(line, at, length, out var skeleton);
            log._wordsFrom[i + 1] = log._wordCount;
            if (!shapes.TryGetValue(key, out var shape))
            {
                shape = shapes.Count < MaxShapes ? shapes.Count : NoShape;
                if (shape != NoShape)
                {
                    shapes.Add(key, shape);
                    log.Shapes.Add(new LineShape(i, skeleton));
                }
            }

            log.ShapeOf[i] = shape;
            if (shape != NoShape)
            {
                log.Shapes[shape].Count++;
                log.Shapes[shape].Last = i;
            }
        }

        return log;
    }

    public ReadOnlySpan<byte> Time(int line) => TimeAt[line] < 0 ? default : Text[line].Slice(TimeAt[line], TimeLength[line]);

    public int WordsIn(int line) => _wordsFrom[line + 1] - _wordsFrom[line];

    /// <summary>Where a word of a line begins in it, and its length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int At, int Length) Word(int line, int word)
    {
        var packed = _words[_wordsFrom[line] + word];
        return ((int)(packed >> 16), (int)(packed & 0xFFFF));
    }

    /// <summary>Words with a digit vary from line to line within one shape.</summary>
    public static bool HasDigit(ReadOnlySpan<byte> word) => word.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;

    private ulong Scan(ReadOnlySpan<byte> line, int timeAt, int timeLength, out ulong skeleton)
    {
        if (_words.Length - _wordCount < MaxWords)
        {
            Array.Resize(ref _words, (int)Math.Min(Math.Max(_words.Length * 2L, _wordCount + MaxWords), Array.MaxLength));
        }

        var classes = Classes;
        var limit = _wordCount + MaxWords;
        var hash = Prime;
        skeleton = Prime;
        var i = 0;
        var stop = timeAt >= 0 ? timeAt : line.Length;
        while (true)
        {
            while (i < stop)
            {
                var c = line[i];
                if (classes[c] == Delimiter)
                {
                    hash = (hash ^ c) * Prime;
                    skeleton = (skeleton ^ c) * Prime;
                    i++;
                    continue;
                }

                if (_wordCount == limit || i > 0xFF00)
                {
                    hash = (hash ^ XxHash3.HashToUInt64(line[i..])) * Prime;
                    skeleton = hash;
                    return hash;
                }

                // 1. The word's end; what closes a sentence is not part of it.
                var start = i;
                var kinds = 0;
                var word = hash;
                var most = Math.Min(stop, start + 0xF000 - 1);
                for (; i < most; i++)
                {
                    c = line[i];
                    var kind = classes[c];
                    if (kind == Delimiter)
                    {
                        break;
                    }

                    kinds |= kind;
                    word = (word ^ c) * Prime;
                }

                var end = i;
                while (end > start + 1 && line[end - 1] is (byte)':' or (byte)'.')
                {
                    end--;
                }

                // 2. With a digit it may be any such word.
                if ((kinds & Digit) != 0)
                {
                    word = (hash ^ 1) * Prime;
                    for (var rest = end; rest < i; rest++)
                    {
                        word = (word ^ line[rest]) * Prime;
                    }
                }

                hash = word;
                skeleton = (skeleton ^ (ulong)(2 + i - end)) * Prime;
                skeleton ^= skeleton >> 32;
                hash ^= hash >> 32;
                _words[_wordCount++] = ((uint)start << 16) | (uint)(end - start);
            }

            if (i >= line.Length)
            {
                break;
            }

            // The timestamp.
            i += timeLength;
            stop = line.Length;
            hash = (hash ^ 3) * Prime;
            skeleton = (skeleton ^ 3) * Prime;
        }

        return hash;
    }

    private const byte Delimiter = 4;
    private const byte Digit = 2;

    private static byte[] ClassifyBytes()
    {
        var classes = new byte[256];
        for (var b = 0; b < 256; b++)
        {
            classes[b] = (char)b switch
            {
                >= '0' and <= '9' => Digit,
                <= ' ' or '=' or ',' or ';' or '(' or ')' or '[' or ']' or '{' or '}' or '<' or '>' or '"' or '\'' or '`' or '|' => Delimiter,
                _ => 1,
            };
        }

        return classes;
    }
}
