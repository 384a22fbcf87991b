namespace Headroom.Engine.Content;

/// <summary>Tells rows from text: by as many separators in each line, or by columns that no line's text crosses.</summary>
internal static class TableSigns
{
    private const int LookedColumns = 256;

    /// <summary>The lines from the first on have as many commas, tabs, semicolons or bars as the first one has.</summary>
    /// <param name="sample">The lines.</param>
    /// <param name="from">The first.</param>
    /// <param name="to">Behind the last.</param>
    public static bool IsDelimited(in LineSample sample, int from, int to)
    {
        foreach (var separator in ",\t;|"u8)
        {
            if (IsDelimited(sample, from, to, separator))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The lines have columns, and the first names them.</summary>
    /// <param name="sample">The lines.</param>
    /// <param name="from">The first.</param>
    /// <param name="to">Behind the last.</param>
    public static bool IsFixedWidth(in LineSample sample, int from, int to)
    {
        // :: Step 1: a header is in capitals, has a rule below it, or stands over gutters too many and too wide to be chance.
        var header = sample[from].TrimEnd((byte)' ');
        var isRuled = from + 1 < to && IsRule(sample[from + 1]);
        var isNamed = !header.ContainsAnyInRange((byte)'a', (byte)'z') && header.ContainsAnyInRange((byte)'A', (byte)'Z') && !header.ContainsAny(":="u8);
        var left = header.IndexOfAnyExcept((byte)' ');
        if (header.Length < 8 || header.Contains((byte)'\t') || !(isRuled || isNamed || (char.IsAsciiLetter((char)header[left])
            && header[left..].IndexOf("  "u8) is >= 0 and var gap && header[(left + gap)..].TrimStart((byte)' ').IndexOf("  "u8) >= 0 && !header.ContainsAny(ByteSets.CodeMarks))))
        {
            return false;
        }

        // :: Step 2: which columns have text in how many lines?
        Span<int> texts = stackalloc int[LookedColumns];
        texts.Clear();
        var lines = 0;
        for (var i = from; i < to; i++)
        {
            var line = sample[i];
            if (line.TrimStart((byte)' ').IsEmpty || IsRule(line))
            {
                continue;
            }

            lines++;
            for (var column = 0; column < Math.Min(line.Length, LookedColumns); column++)
            {
                texts[column] += line[column] is (byte)' ' ? 0 : 1;
            }
        }

        if (lines < 3)
        {
            return false;
        }

        // :: Step 3: gutters below the header, which no line crosses, or hardly one of many.
        var crossed = lines / 20;
        var gutters = 0;
        var wide = 0;
        for (var column = left; column < Math.Min(header.Length, LookedColumns);)
        {
            if (header[column] != (byte)' ' || texts[column] > crossed)
            {
                column++;
                continue;
            }

            var begin = column;
            while (column < Math.Min(header.Length, LookedColumns) && header[column] == (byte)' ' && texts[column] <= crossed)
            {
                column++;
            }

            gutters++;
            wide += column - begin >= 2 ? 1 : 0;
        }

        return (gutters >= 1 && isRuled) || (gutters >= 2 && isNamed) || (gutters >= 1 && wide >= 1 && isNamed)
            || (gutters >= 2 && wide >= 2 && lines >= 5 && !header.ContainsAny(ByteSets.CodeMarks) && char.IsAsciiLetter((char)header[left]));
    }

    /// <summary>Dashes or equals signs in at least two groups, or one long one.</summary>
    public static bool IsRule(ReadOnlySpan<byte> line) =>
        line.Trim((byte)' ').Length >= 3 && line.IndexOfAnyExcept(ByteSets.RuleBytes) < 0 && line.IndexOfAny("-="u8) >= 0;

    private static bool IsDelimited(in LineSample sample, int from, int to, byte separator)
    {
        var expected = -1;
        var records = 0;
        var equal = 0;
        var spaced = 0;
        var separators = 0;
        var isQuoted = false;
        var found = 0;
        for (var i = from; i < to; i++)
        {
            var line = sample[i];
            if (line.IsEmpty && !isQuoted)
            {
                continue;
            }

            for (var at = 0; at < line.Length;)
            {
                var next = line[at..].IndexOfAny(separator, (byte)'"');
                if (next < 0)
                {
                    break;
                }

                at += next;
                if (line[at] == (byte)'"')
                {
                    isQuoted = !isQuoted;
                }
                else if (!isQuoted)
                {
                    found++;
                    spaced += at + 1 < line.Length && line[at + 1] == (byte)' ' ? 1 : 0;
                }

                at++;
            }

            if (isQuoted)
            {
                continue;
            }

            if (expected < 0)
            {
                expected = found;
                if (expected == 0 || (line[0] == separator && separator != (byte)'\t') || (line[^1] == separator && separator == (byte)'|'))
                {
                    return false;
                }
            }

            records++;
            separators += found;
            equal += found == expected ? 1 : 0;
            found = 0;
        }

        // Sentences have commas too, now and then as many as the line above.
        var isProse = separator != (byte)'\t' && spaced * 2 > separators;
        return records >= (expected == 1 && separator != (byte)'\t' ? 5 : isProse ? 8 : 3)
            && !(expected == 1 && isProse)
            && equal * 20 >= records * 19;
    }
}
