using System.IO.Hashing;

namespace Headroom.Engine.Compression.Logs;

/// <summary>
/// Finds the statements that wrote a log's lines, after Drain (P. He, J. Zhu, Z. Zheng, M. R. Lyu: "Drain: An Online Log Parsing Approach with
/// Fixed Depth Tree", ICWS 2017): a tree of fixed depth leads a line to a short list of groups, where it joins the most similar one or begins
/// another. Here shapes take the place of lines, each looked at once, and the tree's levels are what is between the words, the severity and the first word.
/// </summary>
internal static class TemplateMiner
{
    /// <summary>Share of words that must be the same (the paper's st).</summary>
    private const double Similarity = 0.6;

    /// <summary>
    /// Words that stand in so many of the shapes at the same place are what every line begins or ends with. A group takes a shape that has
    /// half of the other words, or all but one.
    /// </summary>
    private const double CommonShare = 0.6;
    private const double MessageSimilarity = 0.5;
    private const int CommonPlaces = 12;
    private const int SampledShapes = 1024;

    /// <summary>A leaf's groups; a shape that comes when they are this many joins the nearest.</summary>
    private const int MaxGroupsInLeaf = 48;

    /// <summary>The groups in order of their first line.</summary>
    public static List<LineGroup> Mine(LogLines log, ReadOnlySpan<LogSeverity> severities, CancellationToken cancellationToken)
    {
        var groups = new List<LineGroup>();
        var common = CommonWords(log);
        var leaves = new Dictionary<(ulong Skeleton, LogSeverity Severity, ulong FirstWord), List<LineGroup>>();
        for (var shape = 0; shape < log.Shapes.Count; shape++)
        {
            if ((shape & 0xFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var line = log.Shapes[shape].First;
            var kinds = new ulong[log.WordsIn(line)];
            for (var word = 0; word < kinds.Length; word++)
            {
                kinds[word] = Kind(log, line, word);
            }

            var key = (log.Shapes[shape].Skeleton, severities[shape], kinds.Length > 0 ? kinds[0] : 0);
            if (!leaves.TryGetValue(key, out var leaf))
            {
                leaves.Add(key, leaf = []);
            }

            // 1. The most similar group, of equals the first.
            LineGroup? best = null;
            var most = -1;
            foreach (var group in leaf)
            {
                var same = SameWords(group.Kinds, kinds);
                if (same > most)
                {
                    (best, most) = (group, same);
                }
            }

            // 2. Join it, or begin another.
            var words = kinds.Length;
            if (best is not null && best.Varies.Length == words
                && ((most > 0 && most >= words * Similarity && IsSameMessage(common, kinds, most)) || leaf.Count >= MaxGroupsInLeaf))
            {
                Join(log, best, shape);
            }
            else
            {
                var varies = new bool[words];
                for (var word = 0; word < words; word++)
                {
                    varies[word] = kinds[word] == 0;
                }

                var group = new LineGroup(shape, varies, kinds);
                leaf.Add(group);
                groups.Add(group);
            }
        }

        return groups;
    }

    private static bool IsSameMessage(HashSet<(int Place, ulong Word)> common, ulong[] kinds, int same)
    {
        var words = kinds.Length;
        var shared = 0;
        for (var word = 0; word < words; word++)
        {
            shared += (word < CommonPlaces && common.Contains((word, kinds[word])))
                || (words - word <= CommonPlaces && common.Contains((word - words, kinds[word]))) ? 1 : 0;
        }

        return words - same <= 1 || same - shared >= (words - shared) * MessageSimilarity;
    }

    // By place from the start (0, 1, ...) or from the end (-1, -2, ...).
    private static HashSet<(int Place, ulong Word)> CommonWords(LogLines log)
    {
        var counts = new Dictionary<(int Place, ulong Word), int>();
        var step = Math.Max(1, log.Shapes.Count / SampledShapes);
        var sampled = 0;
        for (var shape = 0; shape < log.Shapes.Count; shape += step, sampled++)
        {
            var line = log.Shapes[shape].First;
            var words = log.WordsIn(line);
            for (var word = 0; word < words; word++)
            {
                if (word < CommonPlaces)
                {
                    Count((word, Kind(log, line, word)));
                }

                if (words - word <= CommonPlaces)
                {
                    Count((word - words, Kind(log, line, word)));
                }
            }
        }

        return [.. counts.Where(count => count.Value > 1 && count.Value >= sampled * CommonShare).Select(count => count.Key)];

        void Count((int, ulong) word) => counts[word] = counts.GetValueOrDefault(word) + 1;
    }

    // What a word says; 0 for one with a digit.
    private static ulong Kind(LogLines log, int line, int word) =>
        WordOf(log, line, word) is var text && LogLines.HasDigit(text) ? 0 : XxHash3.HashToUInt64(text);

    // One that varies fits any word with a digit only.
    private static int SameWords(ulong[] group, ulong[] kinds)
    {
        if (group.Length != kinds.Length)
        {
            return -1;
        }

        var same = 0;
        for (var word = 0; word < kinds.Length; word++)
        {
            same += group[word] == kinds[word] ? 1 : 0;
        }

        return same;
    }

    private static void Join(LogLines log, LineGroup group, int shape)
    {
        var line = log.Shapes[shape].First;
        var first = log.Shapes[group.Shapes[0]].First;
        for (var word = 0; word < group.Varies.Length; word++)
        {
            if (!group.Varies[word] && !WordOf(log, line, word).SequenceEqual(WordOf(log, first, word)))
            {
                group.Varies[word] = true;
                group.Kinds[word] = 0;
            }
        }

        group.Shapes.Add(shape);
    }

    private static ReadOnlySpan<byte> WordOf(LogLines log, int line, int word)
    {
        var (at, length) = log.Word(line, word);
        return log.Text[line].Slice(at, length);
    }
}
