using System.Globalization;
using System.Text;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Logs;

/// <summary>
/// A view of a stack trace: type and message of every exception, the innermost frames and those of the program's own code; frames of
/// frameworks and repeated stacks are left out and counted.
/// </summary>
internal static class StackTraceView
{
    /// <summary>Frames at a stack's inner end that are always shown.</summary>
    private const int Innermost = 3;

    public static ContentForm? Write(Log log, ViewRequest request, CancellationToken cancellationToken)
    {
        var lines = log.Lines;
        var frames = StackFrames.Read(lines, cancellationToken);
        if (!frames.Exists(frame => !frame.IsMessage))
        {
            return null;
        }

        // 1. Worth: messages, the innermost frames of each different stack, own frames, the others.
        var count = frames.Count;
        var text = lines.Text;
        var ranking = request.Relevance.IsEmpty ? null
            : request.Relevance.Rank(count, i => text.Source[text.StartOf(frames[i].From)..text.StartOf(frames[i].To)], cancellationToken: cancellationToken);
        var isMust = ranking?.IsMust ?? new bool[count];
        var worth = new int[count];
        var stacks = new HashSet<ulong>();
        var messages = new HashSet<int>();
        var tokens = frames.ConvertAll(frame => 4 + TokenEstimator.Instance.Count(text.Source.Span[text.StartOf(frame.From)..text.StartOf(frame.To)]));
        var total = tokens.Sum();
        var messageTokens = frames.Select((frame, i) => frame.IsMessage ? tokens[i] : 0).Sum();
        for (var i = 0; i < count; i++)
        {
            if (frames[i].IsMessage)
            {
                var isNew = messages.Add(lines.ShapeOf[frames[i].From]);
                worth[i] = isNew ? 5 : 4;
                isMust[i] |= messageTokens <= total * BudgetSolver.MustShare || isNew;
                continue;
            }

            var end = i;
            var stack = 17UL;
            while (end < count && !frames[end].IsMessage)
            {
                stack = (stack ^ lines.Hashes[frames[end++].From]) * 0x9E3779B97F4A7C15;
                stack ^= stack >> 31;
            }

            // Python writes the innermost frame last.
            var isNewStack = stacks.Add(stack);
            var isPython = StackFrames.IsPython(text[frames[i].From]);
            for (var frame = i; frame < end; frame++)
            {
                var depth = isPython ? end - 1 - frame : frame - i;
                var isOwn = !StackFrames.IsFramework(text[frames[frame].From]);
                worth[frame] = !isNewStack ? 0 : depth < Innermost ? 4 : isOwn ? 3 : 1;
            }

            i = end - 1;
        }

        // 2. Never more than pays.
        var musts = Enumerable.Range(0, count).Where(i => isMust[i]).Sum(i => tokens[i]);
        if (musts > total * BudgetSolver.MustShare)
        {
            Array.Clear(isMust);
        }

        isMust[0] = true;
        isMust[^1] = true;
        var order = Enumerable.Range(0, count).OrderByDescending(i => isMust[i]).ThenByDescending(i => ranking?.Scores[i] ?? 0).ThenByDescending(i => worth[i]);
        var isShown = BudgetSolver.Fill(isMust, request.Budget, order, i => tokens[i], cancellationToken);
        return Write(lines, frames, isShown, request);
    }

    private static ContentForm? Write(LogLines lines, List<StackFrame> frames, bool[] isShown, ViewRequest request)
    {
        var output = new ByteBuffer(request.Budget * 8);
        new NotationHeader(LogNotation.Name, lines.Count, true, "[... a-b: 5 of X] frames not shown").Write(output);
        var hidden = 0;
        for (var i = 0; i < frames.Count; i++)
        {
            if (isShown[i])
            {
                for (var line = frames[i].From; line < frames[i].To; line++)
                {
                    if (LogProfile.IsNoteLike(lines.Text[line]))
                    {
                        output.Append(LogNotation.Escape);
                    }

                    output.Append(lines.Text[line]);
                    output.Append((byte)'\n');
                }

                continue;
            }

            // What is left out, by where most of it belongs.
            var first = i;
            var owners = new List<(string Name, int Count)>();
            for (; i < frames.Count && !isShown[i]; i++)
            {
                hidden += frames[i].To - frames[i].From;
                var name = Encoding.UTF8.GetString(StackFrames.OwnerOf(lines.Text[frames[i].From]));
                var at = owners.FindIndex(owner => string.Equals(owner.Name, name, StringComparison.Ordinal));
                if (at < 0)
                {
                    owners.Add((name, 1));
                }
                else
                {
                    owners[at] = (name, owners[at].Count + 1);
                }
            }

            i--;
            var (most, times) = owners.MaxBy(owner => owner.Count);
            var range = frames[first].From + 1 == frames[i].To
                ? string.Create(CultureInfo.InvariantCulture, $"{frames[i].To}") : string.Create(CultureInfo.InvariantCulture, $"{frames[first].From + 1}-{frames[i].To}");
            var note = most.Length == 0 ? $"[... {range}]\n" : string.Create(CultureInfo.InvariantCulture, $"[... {range}: {times} of {most}]\n");
            output.Append(Encoding.UTF8.GetBytes(note));
        }

        if (hidden == 0)
        {
            return null;
        }

        var marker = Encoding.UTF8.GetBytes(request.Marker(string.Create(CultureInfo.InvariantCulture, $"{hidden} of {lines.Count} lines not shown")));
        output.Append(marker);
        return new ContentForm(output.ToArray(), "trace view", marker.Length);
    }
}
