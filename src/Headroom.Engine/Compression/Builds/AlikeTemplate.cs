using System.Buffers.Text;

namespace Headroom.Engine.Compression.Builds;

/// <summary>What lines alike have in common, with slots for what they have not.</summary>
internal sealed class AlikeTemplate
{
    private static readonly byte[] WordBytes =
        [.. Enumerable.Range(0, 256).Select(b => b >= 0x80 || b == '_' || char.IsAsciiLetterOrDigit((char)b) ? (byte)1 : (byte)0)];

    private readonly List<(ReadOnlyMemory<byte> Literal, SlotKind Kind, int Argument, int Width)> _parts = [];
    private int _slots;

    private AlikeTemplate()
    {
    }

    private enum SlotKind
    {
        /// <summary>Nothing follows the last literal.</summary>
        End,

        /// <summary><c>{}</c>: the next value of the row.</summary>
        Open,

        /// <summary><c>{7..46}</c>: a number that counts.</summary>
        Counting,

        /// <summary><c>{=1}</c>: what an earlier slot has.</summary>
        Same,
    }

    public bool HasOpenSlots { get; private set; }

    /// <summary>Letters, digits, underscores and everything beyond ASCII.</summary>
    public static bool IsWord(byte b) => WordBytes[b] != 0;

    /// <summary>Writes the template of records of one shape, and the row of values if there is one, each with a line feed.</summary>
    /// <param name="source">The text.</param>
    /// <param name="records">Where each record begins, and where the last ends; each ends with a line feed.</param>
    /// <param name="output">Takes the lines.</param>
    public static void Learn(ReadOnlySpan<byte> source, int[] records, ByteBuffer output)
    {
        // :: Step 1: the words of every record.
        var rows = records.Length - 1;
        var spans = new List<(int Start, int End)>();
        for (var row = 0; row < rows; row++)
        {
            for (var (at, end) = (records[row], records[row + 1]); at < end; at++)
            {
                var start = at;
                while (IsWord(source[at]))
                {
                    at++;
                }

                if (at > start)
                {
                    spans.Add((start, at));
                }
            }
        }

        // :: Step 2: a slot for each word that is not always the same, without what its values begin and end with.
        var words = spans.Count / rows;
        var open = new List<(int Word, int Prefix, int Suffix)>();
        var slots = new List<(int Word, int Prefix, int Suffix)>();
        var written = records[0];
        for (var word = 0; word < words; word++)
        {
            var first = source[spans[word].Start..spans[word].End];
            var (prefix, suffix, shortest, isConstant) = (first.Length, first.Length, first.Length, true);
            for (var row = 1; row < rows; row++)
            {
                var (start, end) = spans[(row * words) + word];
                var value = source[start..end];
                isConstant = isConstant && value.SequenceEqual(first);
                prefix = Math.Min(prefix, value.CommonPrefixLength(first));
                suffix = Math.Min(suffix, CommonSuffix(value, first));
                shortest = Math.Min(shortest, value.Length);
            }

            if (isConstant)
            {
                continue;
            }

            (prefix, suffix) = Whole(first, prefix, Math.Min(suffix, shortest - prefix));
            output.Append(source[written..(spans[word].Start + prefix)]);
            written = spans[word].End - suffix;
            var slot = (word, prefix, suffix);
            var same = 0;
            while (same < slots.Count && !IsSame(source, spans, words, rows, slots[same], slot))
            {
                same++;
            }

            output.Append((byte)'{');
            if (same < slots.Count)
            {
                output.Append((byte)'=');
                output.Append(same + 1);
            }
            else if (Counts(source, spans, words, rows, slot))
            {
                output.Append(Value(source, spans, word, slot));
                output.Append(".."u8);
                output.Append(Value(source, spans, ((rows - 1) * words) + word, slot));
            }
            else
            {
                open.Add(slot);
            }

            slots.Add(slot);
            output.Append((byte)'}');
        }

        output.Append(source[written..records[1]]);

        // :: Step 3: the values.
        for (var row = 0; row < rows && open.Count > 0; row++)
        {
            output.Append(row > 0 ? ", "u8 : ""u8);
            for (var i = 0; i < open.Count; i++)
            {
                output.Append(i > 0 ? " "u8 : ""u8);
                output.Append(Value(source, spans, (row * words) + open[i].Word, open[i]));
            }
        }

        output.Append(open.Count > 0 ? "\n"u8 : ""u8);
    }

    /// <summary>Reads a template; null when it is none.</summary>
    public static AlikeTemplate? Read(ReadOnlyMemory<byte> text)
    {
        var template = new AlikeTemplate();
        while (text.Span.IndexOf((byte)'{') is >= 0 and var at)
        {
            var literal = text[..at];
            var length = text.Span[at..].IndexOf((byte)'}');
            if (length < 0)
            {
                return null;
            }

            var inner = text.Span.Slice(at + 1, length - 1);
            text = text[(at + length + 1)..];
            if (inner.IsEmpty)
            {
                template._parts.Add((literal, SlotKind.Open, 0, 0));
                template.HasOpenSlots = true;
            }
            else if (inner[0] == (byte)'=' && Utf8Parser.TryParse(inner[1..], out int same, out _) && same > 0 && same <= template._slots)
            {
                template._parts.Add((literal, SlotKind.Same, same - 1, 0));
            }
            else if (Utf8Parser.TryParse(inner, out int first, out var digits) && inner[digits..].StartsWith(".."u8))
            {
                template._parts.Add((literal, SlotKind.Counting, first, inner[0] == (byte)'0' ? digits : 0));
            }
            else
            {
                return null;
            }

            template._slots++;
        }

        template._parts.Add((text, SlotKind.End, 0, 0));
        return template;
    }

    /// <summary>Writes the records; false when the row does not fit.</summary>
    public bool Write(int rows, ReadOnlySpan<byte> row, ByteBuffer output)
    {
        var values = new (int Start, int Length)[_slots];
        for (var i = 0; i < rows; i++)
        {
            var record = ReadOnlySpan<byte>.Empty;
            if (HasOpenSlots)
            {
                var end = row.IndexOf(", "u8);
                if (end < 0 && i < rows - 1)
                {
                    return false;
                }

                record = end < 0 ? row : row[..end];
                row = end < 0 ? default : row[(end + 2)..];
            }

            var slot = 0;
            foreach (var (literal, kind, argument, width) in _parts)
            {
                output.Append(literal.Span);
                if (kind == SlotKind.End)
                {
                    break;
                }

                var start = output.Length;
                switch (kind)
                {
                    case SlotKind.Open:
                        var length = record.IndexOf((byte)' ');
                        output.Append(length < 0 ? record : record[..length]);
                        record = length < 0 ? default : record[(length + 1)..];
                        break;
                    case SlotKind.Same:
                        output.Append(output.Written.Slice(values[argument].Start, values[argument].Length));
                        break;
                    default:
                        for (var (left, power) = (width - 1, (long)Math.Pow(10, width - 1)); left > 0 && argument + i < power; left--, power /= 10)
                        {
                            output.Append((byte)'0');
                        }

                        output.Append(argument + i);
                        break;
                }

                values[slot++] = (start, output.Length - start);
            }

            output.Append((byte)'\n');
        }

        return row.IsEmpty;
    }

    private static int CommonSuffix(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        var most = Math.Min(one.Length, other.Length);
        var length = 0;
        while (length < most && one[^(length + 1)] == other[^(length + 1)])
        {
            length++;
        }

        return length;
    }

    // A number is not cut apart, nor is a character.
    private static (int Prefix, int Suffix) Whole(ReadOnlySpan<byte> word, int prefix, int suffix)
    {
        while (prefix > 0 && (char.IsAsciiDigit((char)word[prefix - 1]) || (prefix < word.Length && (word[prefix] & 0xC0) == 0x80) || word[prefix - 1] >= 0x80))
        {
            prefix--;
        }

        while (suffix > 0 && (char.IsAsciiDigit((char)word[^suffix]) || word[^suffix] >= 0x80))
        {
            suffix--;
        }

        return (prefix, suffix);
    }

    private static ReadOnlySpan<byte> Value(
        ReadOnlySpan<byte> source, List<(int Start, int End)> spans, int word, (int Word, int Prefix, int Suffix) slot) =>
        source[(spans[word].Start + slot.Prefix)..(spans[word].End - slot.Suffix)];

    private static bool IsSame(
        ReadOnlySpan<byte> source, List<(int Start, int End)> spans, int words, int rows,
        (int Word, int Prefix, int Suffix) one, (int Word, int Prefix, int Suffix) other)
    {
        for (var row = 0; row < rows; row++)
        {
            if (!Value(source, spans, (row * words) + one.Word, one).SequenceEqual(Value(source, spans, (row * words) + other.Word, other)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Counts(
        ReadOnlySpan<byte> source, List<(int Start, int End)> spans, int words, int rows, (int Word, int Prefix, int Suffix) slot)
    {
        var (first, width) = (0, 0);
        for (var row = 0; row < rows; row++)
        {
            var value = Value(source, spans, (row * words) + slot.Word, slot);
            if (value.Length is 0 or > 8 || value.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !Utf8Parser.TryParse(value, out int number, out _))
            {
                return false;
            }

            if (row == 0)
            {
                (first, width) = (number, value[0] == (byte)'0' ? value.Length : 0);
            }

            if (number != first + row || (width > 0 ? value.Length != width && (width > 1 || value[0] == (byte)'0') : value[0] == (byte)'0'))
            {
                return false;
            }
        }

        return true;
    }
}
