using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json;

/// <summary>
/// Where neighbours in an array of strings begin alike, written once before braces as shells do: <c>lib/{a.dll,b.dll}</c>. The
/// division is the one that saves most tokens.
/// </summary>
internal sealed class StringGroups
{
    private const int MinItems = 3;

    // A reader has to look back to the beginning of a group, so there is an end to it.
    private const int MaxGroup = 100;
    private const int MaxPrefix = 120;

    // What the braces cost.
    private const int GroupTokens = 2;

    private readonly int[] _lengths;
    private readonly int[] _prefixes;

    private StringGroups(int count)
    {
        _lengths = new int[count];
        _prefixes = new int[count];
    }

    /// <summary>How many items the group that begins at an item has; 0 where none begins.</summary>
    public int Length(int item) => _lengths[item];

    /// <summary>Length in bytes of what the group's items begin with.</summary>
    public int Prefix(int item) => _prefixes[item];

    /// <summary>The groups of an array; null when there are none.</summary>
    public static StringGroups? Find(JsonTape tape, int array)
    {
        // :: Step 1: how far each item begins like the next.
        var nodes = tape.Nodes;
        var count = nodes[array].Count;
        if (count < MinItems || nodes[array + 1].Kind != JsonNodeKind.String || nodes[array].End != array + 1 + count)
        {
            return null;
        }

        var common = new int[count];
        var any = false;
        var hasBlanks = false;
        for (var i = 0; i < count - 1; i++)
        {
            if (CanGroup(tape, array + 1 + i) && CanGroup(tape, array + 2 + i))
            {
                common[i] = Math.Min(MaxPrefix, tape.Inner(array + 1 + i).CommonPrefixLength(tape.Inner(array + 2 + i)));
                any |= common[i] > 1;
                hasBlanks |= tape.Inner(array + 1 + i).Contains((byte)' ') || tape.Inner(array + 2 + i).Contains((byte)' ');
            }
        }

        if (!any)
        {
            return null;
        }

        // :: Step 2: from the last item to the first, the best group that begins there, if any, given the best for all after it.
        var groups = new StringGroups(count);
        var best = new int[count + 1];
        Span<int> cuts = stackalloc int[MaxPrefix];
        Span<int> costs = stackalloc int[MaxPrefix];
        var hasGroup = false;
        for (var i = count - 2; i >= 0; i--)
        {
            best[i] = best[i + 1];
            if (common[i] < 2)
            {
                continue;
            }

            var text = tape.Inner(array + 1 + i);
            var number = Cuts(text, common[i], cuts, costs);
            var reach = 1;
            for (var c = number - 1; c >= 0; c--)
            {
                // The shorter the beginning, the farther it reaches; what stands between is not gone through again.
                while (i + reach < count && reach < MaxGroup && common[i + reach - 1] >= cuts[c])
                {
                    reach++;
                }

                var length = hasBlanks ? BeforeBlank(tape, array + 1 + i, reach, cuts[c]) : reach;

                var gain = ((length - 1) * costs[c]) - GroupTokens + best[i + length];
                if (length > 2 && gain > best[i])
                {
                    best[i] = gain;
                    groups._lengths[i] = length;
                    groups._prefixes[i] = cuts[c];
                    hasGroup = true;
                }
            }
        }

        return hasGroup ? groups : null;
    }

    // The places where a beginning may end without tearing a word or a token of digits, and the tokens up to there.
    private static int Cuts(ReadOnlySpan<byte> text, int common, Span<int> cuts, Span<int> costs)
    {
        var number = 0;
        var digits = 0;
        var from = 0;
        var tokens = 0;
        for (var i = 0; i < common && number < cuts.Length; i++)
        {
            var isDigit = char.IsAsciiDigit((char)text[i]);
            digits = isDigit ? digits + 1 : 0;
            if (isDigit ? digits % 3 == 0 : text[i] < 0x80 && !char.IsAsciiLetter((char)text[i]))
            {
                tokens += TokenEstimator.Instance.Count(text[from..(i + 1)]);
                from = i + 1;
                cuts[number] = from;
                costs[number++] = tokens;
            }
        }

        return number;
    }

    // How many of the items do not go on with a blank, which would be lost after a comma.
    private static int BeforeBlank(JsonTape tape, int node, int count, int prefix)
    {
        var length = 0;
        while (length < count && !(tape.Inner(node + length) is var text && text.Length > prefix && text[prefix] == (byte)' '))
        {
            length++;
        }

        return length;
    }

    private static bool CanGroup(JsonTape tape, int node)
    {
        var value = tape.Nodes[node];
        if (value.Kind != JsonNodeKind.String || value.IsEscaped)
        {
            return false;
        }

        var text = tape.Inner(node);
        return !text.IsEmpty && text[0] > (byte)' ' && text[^1] > (byte)' ' && !"\"[{(!@"u8.Contains(text[0]) && !text.ContainsAny(",{}[]"u8);
    }
}
