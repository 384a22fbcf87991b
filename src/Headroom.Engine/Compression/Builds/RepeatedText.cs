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

    /// <summary>Names what repeats; false when nothing does.</summary>
    public static bool Fold(ReadOnlySpan<byte> source, byte sign, ByteBuffer output, out bool hasBlocks, CancellationToken cancellationToken)
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
        var tailNumbers = new int[numbers.Length];
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
                tailNumbers[i] = tails.Add(TextIndex.HashOf(line[place..])) + 1;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();

        // :: Step 3: write, naming in the order of what is read.
        var names = 0;
        var blockNames = new int[index.Size];
        var tailNames = new (int Name, int Start, int Length)[tails.Size];
        for (var i = 0; i < numbers.Length; i++)
        {
            var (number, length) = (numbers[i], lengths[numbers[i]]);
            var line = Line(source, starts, i);
            if (length > 0 && blockNames[number] > 0)
            {
                var (first, end) = (firsts[number], Math.Min(i + length, numbers.Length));
                if (!source[starts[i]..starts[end]].SequenceEqual(source[starts[first]..starts[first + length]]))
                {
                    return false;
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

            if (tailNumbers[i] - 1 is >= 0 and var tailNumber && tails.CountOf(tailNumber) > 1)
            {
                var place = Place.EndOf(line);
                var tail = line[place..];
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

        return names > 0;
    }

    /// <summary>Gives back what the names stand for; false when the text is damaged.</summary>
    public static bool Unfold(ReadOnlySpan<byte> text, byte sign, long mostLines, ByteBuffer output)
    {
        var names = new List<(int Start, int Length, int Lines)> { default };
        (int Name, int Start, int Lines, int Left) block = default;
        for (var rest = text; !rest.IsEmpty;)
        {
            var line = rest[..rest.IndexOf((byte)'\n')];
            rest = rest[(line.Length + 1)..];

            // :: Step 1: the name of a block of lines, which may stand before a message's.
            var at = line.IndexOf(sign);
            var (name, lines) = (0, 0);
            if (at == 0 && ReadName(ref line, out name) && line is [(byte)':', ..])
            {
                if (!Utf8Parser.TryParse(line[1..], out lines, out var digits) || lines < 2 || block.Left > 0 || name != names.Count
                    || line[(1 + digits)..] is not [(byte)'=', ..])
                {
                    return false;
                }

                line = line[(2 + digits)..];
                names.Add(default);
                block = (name, output.Length, lines, lines);
                at = line.IndexOf(sign);
                name = 0;
            }

            // :: Step 2: a message or line that is named, or has been.
            if (at >= 0)
            {
                if (name == 0)
                {
                    output.Append(line[..at]);
                    line = line[at..];
                    if (!ReadName(ref line, out name))
                    {
                        return false;
                    }
                }

                if (line is [(byte)'=', ..] && name == names.Count && !line.Contains(sign))
                {
                    line = line[1..];
                    names.Add((output.Length, line.Length, 1));
                }
                else if (line.IsEmpty && name > 0 && name < names.Count && names[name].Lines > 0)
                {
                    var (start, length, count) = names[name];
                    mostLines -= count - 1;
                    if (mostLines < 0)
                    {
                        return false;
                    }

                    output.Append(output.Written.Slice(start, length));
                }
                else
                {
                    return false;
                }
            }

            output.Append(line);
            if (block.Left > 0 && --block.Left == 0)
            {
                names[block.Name] = (block.Start, output.Length - block.Start, block.Lines);
            }

            output.Append((byte)'\n');
            if (--mostLines < 0)
            {
                return false;
            }
        }

        return true;
    }

    private static bool ReadName(ref ReadOnlySpan<byte> line, out int name)
    {
        var isNumber = Utf8Parser.TryParse(line[1..], out name, out var digits) && name > 0;
        line = isNumber ? line[(1 + digits)..] : line;
        return isNumber;
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
