using System.Buffers.Text;

namespace Headroom.Engine.Compression.Builds;

/// <summary>
/// Messages and blocks of lines that come again. The first <c>$1=</c> names the rest of its line, <c>$2:3=</c> three lines from there on; a line
/// that ends with <c>$1</c> or is <c>$2</c> has them again.
/// </summary>
internal static class RepeatedText
{
    // A line this short belongs to what it follows: a blank line or a gutter is not the same everywhere.
    private const int ShortLine = 10;

    // What names and references take, in bytes that a token stands for.
    private const int ReferenceCost = 5;
    private const int LeastGain = 24;

    /// <summary>Names what repeats; null when nothing does.</summary>
    public static ByteBuffer? Fold(ReadOnlySpan<byte> source, byte sign, out bool hasBlocks, CancellationToken cancellationToken)
    {
        hasBlocks = false;

        // :: Step 1: number the lines, equal ones alike, and find what always comes together.
        var starts = Starts(source);
        var index = new TextIndex(64);
        var numbers = Number(source, starts, index);
        cancellationToken.ThrowIfCancellationRequested();
        var lengths = BlockLengths(numbers, starts, index);

        // :: Step 2: where blocks come again; and the messages of all lines that are written out.
        var firsts = new int[index.Size];
        Array.Fill(firsts, -1);
        var tails = new TextIndex(64);
        for (var i = 0; i < numbers.Length; i++)
        {
            var length = lengths[numbers[i]];
            if (length > 0 && firsts[numbers[i]] is >= 0 and var first)
            {
                i += length - 1;
                continue;
            }

            firsts[numbers[i]] = length > 0 ? i : -1;
            var line = Line(source, starts, i);
            if (length != 1 && Place.EndOf(line) is > 0 and var place)
            {
                tails.Add(TextIndex.HashOf(line[place..]));
            }
        }

        cancellationToken.ThrowIfCancellationRequested();

        // :: Step 3: write, naming in the order of what is read.
        var output = new ByteBuffer(source.Length / 2);
        var names = 0;
        var blockNames = new int[index.Size];
        var tailNames = new (int Name, int Start, int Length)[tails.Size];
        var again = new TextIndex(64);
        for (var i = 0; i < numbers.Length; i++)
        {
            var (number, length) = (numbers[i], lengths[numbers[i]]);
            var line = Line(source, starts, i);
            if (length > 0 && blockNames[number] > 0)
            {
                var (first, end) = (firsts[number], Math.Min(i + length, numbers.Length));
                if (!source[starts[i]..starts[end]].SequenceEqual(source[starts[first]..starts[first + length]]))
                {
                    return null;
                }

                WriteName(output, sign, blockNames[number]);
                output.Append((byte)'\n');
                i = end - 1;
                continue;
            }

            if (length > 0)
            {
                blockNames[number] = ++names;
                WriteName(output, sign, names);
                if (length > 1)
                {
                    hasBlocks = true;
                    output.Append((byte)':');
                    output.Append(length);
                }

                output.Append((byte)'=');
            }

            if (length != 1 && Place.EndOf(line) is > 0 and var place)
            {
                var tail = line[place..];
                var tailNumber = again.Add(TextIndex.HashOf(tail));
                var (name, start, size) = tailNames[tailNumber];
                if (name > 0 && tail.SequenceEqual(source.Slice(start, size)))
                {
                    output.Append(line[..place]);
                    WriteName(output, sign, name);
                    line = default;
                }
                else if (name == 0 && (tails.CountOf(tailNumber) - 1) * (tail.Length - ReferenceCost) >= LeastGain)
                {
                    tailNames[tailNumber] = (++names, starts[i] + place, tail.Length);
                    output.Append(line[..place]);
                    WriteName(output, sign, names);
                    output.Append((byte)'=');
                    line = tail;
                }
            }

            output.Append(line);
            output.Append((byte)'\n');
        }

        return names == 0 ? null : output;
    }

    /// <summary>Gives back what the names stand for; null when the text is damaged.</summary>
    public static ByteBuffer? Unfold(ReadOnlySpan<byte> text, byte sign, int limit)
    {
        var output = new ByteBuffer(text.Length);
        var names = new List<(int Start, int Length)> { default };
        (int Name, int Start, int Left) block = default;
        for (var rest = text; !rest.IsEmpty;)
        {
            var line = rest[..rest.IndexOf((byte)'\n')];
            rest = rest[(line.Length + 1)..];
            var begin = output.Length;

            // A block's name may stand before a message's.
            for (var at = line.IndexOf(sign); at >= 0; at = line.IndexOf(sign))
            {
                if (!Utf8Parser.TryParse(line[(at + 1)..], out int name, out var digits) || name <= 0)
                {
                    return null;
                }

                output.Append(line[..at]);
                line = line[(at + 1 + digits)..];
                if (line.IsEmpty)
                {
                    if (name >= names.Count || output.Length > limit)
                    {
                        return null;
                    }

                    var (start, length) = names[name];
                    output.Append(output.Written.Slice(start, length).ToArray());
                    break;
                }

                var lines = 0;
                if (line[0] == (byte)':' && (!Utf8Parser.TryParse(line[1..], out lines, out digits) || lines < 2 || block.Left > 0))
                {
                    return null;
                }

                line = lines > 0 ? line[(1 + digits)..] : line;
                if (line is not [(byte)'=', ..] || name != names.Count)
                {
                    return null;
                }

                line = line[1..];
                if (lines > 0)
                {
                    names.Add(default);
                    block = (name, output.Length, lines);
                }
                else
                {
                    names.Add((output.Length, line.Length));
                }
            }

            output.Append(line);
            if (block.Left > 0 && --block.Left == 0)
            {
                names[block.Name] = (block.Start, output.Length - block.Start);
            }

            output.Append((byte)'\n');
        }

        return output;
    }

    private static int[] Number(ReadOnlySpan<byte> source, int[] starts, TextIndex index)
    {
        var numbers = new int[starts.Length - 1];
        var previous = 0UL;
        for (var i = 0; i < numbers.Length; i++)
        {
            var line = Line(source, starts, i);
            var hash = TextIndex.HashOf(line);
            previous = line.Length < ShortLine ? TextIndex.Mix(previous, hash) : hash;
            numbers[i] = index.Add(previous);
        }

        return numbers;
    }

    /// <summary>The number of lines of the block that begins with each number; zero where none does.</summary>
    private static int[] BlockLengths(int[] numbers, int[] starts, TextIndex index)
    {
        const int Unknown = -1, Several = -2;
        var next = new int[index.Size];
        var bytes = new int[index.Size];
        Array.Fill(next, Unknown);
        for (var i = 0; i < numbers.Length; i++)
        {
            var following = i + 1 < numbers.Length ? numbers[i + 1] : Several;
            ref var known = ref next[numbers[i]];
            known = known == Unknown ? following : known == following ? known : Several;
            bytes[numbers[i]] = starts[i + 1] - starts[i];
        }

        // Two numbers are of one block when both come equally often and one always follows the other.
        var isInner = new bool[index.Size];
        for (var number = 0; number < next.Length; number++)
        {
            var following = next[number];
            if (following >= 0 && following != number && index.CountOf(following) == index.CountOf(number) && index.CountOf(number) > 1)
            {
                isInner[following] = true;
            }
            else
            {
                next[number] = Several;
            }
        }

        var lengths = new int[index.Size];
        for (var number = 0; number < next.Length; number++)
        {
            if (isInner[number] || index.CountOf(number) < 2)
            {
                continue;
            }

            var (lines, size) = (0, 0L);
            for (var at = number; at >= 0; at = next[at])
            {
                lines++;
                size += bytes[at];
            }

            if ((index.CountOf(number) - 1) * (size - ReferenceCost - 1) >= LeastGain)
            {
                lengths[number] = lines;
            }
        }

        return lengths;
    }

    private static int[] Starts(ReadOnlySpan<byte> text)
    {
        var starts = new int[text.Count((byte)'\n') + 1];
        for (var (i, at) = (1, 0); i < starts.Length; i++)
        {
            at += text[at..].IndexOf((byte)'\n') + 1;
            starts[i] = at;
        }

        return starts;
    }

    private static ReadOnlySpan<byte> Line(ReadOnlySpan<byte> text, int[] starts, int line) => text[starts[line]..(starts[line + 1] - 1)];

    private static void WriteName(ByteBuffer output, byte sign, int name)
    {
        output.Append(sign);
        output.Append(name);
    }
}
