using System.Globalization;
using System.Text;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// A shorter text for a long string: by the compressor for what the string holds, or its beginning, its end and the lines between that
/// read like errors, with notes of what is left out.
/// </summary>
internal static class LongString
{
    /// <summary>Shorter strings stay as they are.</summary>
    public const int MinimumBytes = 400;

    /// <summary>Text of no known kind is left alone below this, unless it is one of many values in an object.</summary>
    private const int MinimumTextBytes = 4_000;

    private const int MinimumValueBytes = 1_000;

    /// <summary>A preview takes at least so much, whatever the budget.</summary>
    private const int LeastTokens = 60;

    private const int MostErrorLines = 40;
    private const int LongestLine = 400;

    private static ReadOnlySpan<byte> NoteStart => "[\u2026 "u8;

    /// <summary>A text that stands for a string of another kind than JSON; null when it is best left whole.</summary>
    /// <param name="text">The string, decoded.</param>
    /// <param name="isValue">It is one of many values in an object, which all have to be seen.</param>
    /// <param name="request">What is asked for; the marker function takes what the text leaves out.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    public static byte[]? Shorten(byte[] text, bool isValue, ViewRequest request, CancellationToken cancellationToken)
    {
        var kind = ContentDetector.Detect(text);
        if (kind is ContentKind.SourceCode or ContentKind.Notation)
        {
            return null;
        }

        if (kind is not (ContentKind.Json or ContentKind.Text) && ContentRouter.Part(text, kind, request, cancellationToken) is { } part)
        {
            return part;
        }

        // A text that holds what looks like a note of ours stays whole.
        if (text.Length < (isValue ? MinimumValueBytes : MinimumTextBytes) || text.AsSpan().IndexOf(NoteStart) >= 0)
        {
            return null;
        }

        var budget = Math.Max(request.Budget, LeastTokens);
        var lines = TextLines.Read(text);
        var preview = lines.Count >= 8 ? Lines(lines, budget, request.Relevance, cancellationToken) : Ends(text, budget);
        return preview.Length > text.Length * 0.7 ? null : preview;
    }

    private static byte[] Lines(TextLines lines, int budget, Relevance relevance, CancellationToken cancellationToken)
    {
        // 1. What must be seen: what was asked for, and the lines that read like errors, as far as they are few.
        var ranking = relevance.Rank(lines.Count, lines.Memory, cancellationToken: cancellationToken);
        var isMust = ranking.IsMust;
        var errors = new List<int>();
        for (var line = 0; line < lines.Count && errors.Count <= MostErrorLines; line++)
        {
            if (ErrorSigns.ReadsLikeError(lines[line]))
            {
                errors.Add(line);
            }
        }

        foreach (var line in errors.Count <= MostErrorLines ? errors : [])
        {
            isMust[line] = true;
        }

        isMust[0] = true;
        isMust[^1] = true;

        // 2. The rest from both ends inwards, twice as much of the beginning.
        var isShown = BudgetSolver.Fill(isMust, budget, Order(lines.Count, isMust, errors, ranking.Scores), line => Tokens(lines[line]), cancellationToken);
        var output = new ByteBuffer(budget * 6);
        for (var line = 0; line < lines.Count;)
        {
            if (isShown[line])
            {
                output.Append(lines[line].Length <= LongestLine ? lines[line] : Ends(lines[line], LongestLine / 6));
                line++;
            }
            else
            {
                var from = line;
                while (line < lines.Count && !isShown[line])
                {
                    line++;
                }

                output.Append(NoteStart);
                output.Append(line - from);
                output.Append(line - from == 1 ? " line]"u8 : " lines]"u8);
            }

            if (line < lines.Count || lines.EndsWithLineFeed)
            {
                output.Append((byte)'\n');
            }
        }

        return output.ToArray();
    }

    private static IEnumerable<int> Order(int count, bool[] isMust, List<int> errors, double[] scores)
    {
        var isTaken = new bool[count];
        foreach (var line in Candidates())
        {
            if (line >= 0 && line < count && !isTaken[line])
            {
                isTaken[line] = true;
                yield return line;
            }
        }

        IEnumerable<int> Candidates()
        {
            foreach (var must in isMust.Index().Where(m => m.Item))
            {
                yield return must.Index;
            }

            foreach (var line in Enumerable.Range(0, count).Where(i => scores[i] > 0).OrderByDescending(i => scores[i]))
            {
                yield return line;
            }

            foreach (var line in errors)
            {
                yield return line + 1;
            }

            for (var (head, tail) = (0, count - 1); head < count; tail--)
            {
                yield return head++;
                yield return head++;
                yield return tail;
            }
        }
    }

    private static double Tokens(ReadOnlySpan<byte> line) =>
        TokenEstimator.Instance.Count(line.Length <= LongestLine ? line : line[..LongestLine]) + 2;

    // Three quarters of the beginning and a quarter of the end, cut between characters.
    private static byte[] Ends(ReadOnlySpan<byte> text, int budget)
    {
        var isOpaque = !text[..Math.Min(text.Length, 200)].ContainsAny(" \n\t"u8);
        var head = Boundary(text, (int)Math.Min(text.Length, isOpaque ? Math.Min(budget * 2L, 80) : budget * 3L));
        var tail = isOpaque ? text.Length : Boundary(text, Math.Max(head, text.Length - budget));
        return tail <= head
            ? text.ToArray()
            : [.. text[..head], .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[\u2026 {tail - head:N0} bytes]")), .. text[tail..]];
    }

    private static int Boundary(ReadOnlySpan<byte> text, int at)
    {
        while (at > 0 && at < text.Length && (text[at] & 0xC0) == 0x80)
        {
            at--;
        }

        return at;
    }
}
