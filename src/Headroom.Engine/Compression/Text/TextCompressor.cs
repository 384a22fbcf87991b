using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Headroom.Engine.Compression.Json.View;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Text;

/// <summary>
/// The compressor for text that no other fits. Only what is written several times is written less often:
/// <code>
/// [text 45 lines: repeats counted]
/// waiting for the server
/// [line above 39 more times]
/// GET /health
/// 200 OK
/// [2 lines above 2 more times]
/// </code>
/// A text with a line that reads like such a note has no form. A view leaves out lines that it has shown before.
/// </summary>
internal sealed class TextCompressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "text";

    // A note costs about seven tokens.
    private const int SmallestRepeat = 40;
    private const int LongestBlock = 200;
    private const int Candidates = 4;

    // A view pays where this share of the bytes is in lines that were there before.
    private const double RepeatedShare = 0.5;

    private const double ProfileShare = 0.25;
    private const int ProfiledLines = 8;
    private const int ProfiledBytes = 100;
    private const int NoteTokens = 9;
    private const int FrameTokens = 24;
    private const int LongLine = 1_000;
    private const int ShownOfLongLine = 300;

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var lines = TextLines.Read(utf8);
        var identities = LineIdentity.Of(lines, out var distinct, cancellationToken);
        return distinct == lines.Count ? null : new Forms(lines, identities, distinct);
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        if (header.IsView)
        {
            return null;
        }

        var output = limit.Buffer(body.Length * 2);
        var lines = 0L;
        for (var at = 0; at < body.Length;)
        {
            var feed = body[at..].IndexOf((byte)'\n');
            var line = feed < 0 ? body[at..] : body.Slice(at, feed);
            if (ReadNote(line) is var (count, times) && count > 0)
            {
                if (count > lines)
                {
                    return null;
                }

                lines += (long)count * times;
                output.RepeatLines(count, times);
            }
            else
            {
                lines++;
                output.Append(line);
                if (feed >= 0)
                {
                    output.Append((byte)'\n');
                }
            }

            at = feed < 0 ? body.Length : at + feed + 1;
        }

        return output.ToArray();
    }

    // [line above 39 more times], [3 lines above 39 more times]
    private static (int Lines, int Times) ReadNote(ReadOnlySpan<byte> line)
    {
        if (line is not [(byte)'[', .. var rest] || !rest.EndsWith(" more times]"u8))
        {
            return default;
        }

        var count = 1;
        if (rest.StartsWith("line above "u8))
        {
            rest = rest["line above ".Length..];
        }
        else if (Utf8Parser.TryParse(rest, out count, out var digits) && count > 1 && rest[digits..].StartsWith(" lines above "u8))
        {
            rest = rest[(digits + " lines above ".Length)..];
        }
        else
        {
            return default;
        }

        return Utf8Parser.TryParse(rest, out int times, out var length) && times > 0 && rest.Length == length + " more times]".Length ? (count, times) : default;
    }

    private sealed class Forms(TextLines lines, int[] identities, int distinct) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken)
        {
            if (AnyLine(line => ReadNote(line).Lines > 0))
            {
                return null;
            }

            var output = new ByteBuffer(lines.Source.Length / 2);
            new NotationHeader(Name, lines.Count, IsView: false, "repeats counted").Write(output);
            var before = new NearOccurrences(identities, distinct);
            var repeats = 0;
            for (var i = 0; i < identities.Length;)
            {
                if ((i & 0x3FF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                before.ReadTo(i);
                var (count, times) = RepeatAt(i, before);
                if (times == 0)
                {
                    output.Append(lines.Source.Span[lines.StartOf(i)..lines.StartOf(i + 1)]);
                    i++;
                    continue;
                }

                repeats++;
                output.Append(Encoding.ASCII.GetBytes(count == 1
                    ? string.Create(CultureInfo.InvariantCulture, $"[line above {times} more times]\n")
                    : string.Create(CultureInfo.InvariantCulture, $"[{count} lines above {times} more times]\n")));
                i += count * times;
            }

            if (repeats == 0)
            {
                return null;
            }

            return new ContentForm(output.ToArray(), "repeats");
        }

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken)
        {
            // :: Step 1: which lines are new, and how much is not.
            var counts = new int[distinct];
            long repeated = 0;
            for (var i = 0; i < identities.Length; i++)
            {
                repeated += counts[identities[i]]++ > 0 ? lines[i].Length + 1 : 0;
            }

            if (repeated < lines.Source.Length * RepeatedShare || AnyLine(line => line.StartsWith("[... "u8)))
            {
                return null;
            }

            // :: Step 2: each line where it comes first, and the last one, as the budget allows.
            var first = FirstOccurrences();
            var isShown = Choose(first, request, cancellationToken, out var isWhole);
            var output = new ByteBuffer(request.Budget * 8);
            new NotationHeader(Name, lines.Count, IsView: true, "each line where it comes first").Write(output);
            var hidden = 0;
            var repeats = 0;
            for (var i = 0; i < identities.Length;)
            {
                if (IsShown(i))
                {
                    WriteLine(output, i, isWhole[identities[i]]);
                    i++;
                    continue;
                }

                var from = i;
                var shownBefore = 0;
                for (; i < identities.Length && !IsShown(i); i++)
                {
                    shownBefore += isShown[identities[i]] && first[identities[i]] < i ? 1 : 0;
                }

                hidden += i - from;
                repeats += shownBefore;
                WriteGap(output, i - from, shownBefore);
            }

            if (hidden == 0)
            {
                return null;
            }

            // :: Step 3: what was repeated most.
            var left = request.Budget * ProfileShare;
            foreach (var identity in Enumerable.Range(0, distinct).Where(identity => counts[identity] > 1 && lines[first[identity]].Length > 0)
                .OrderByDescending(identity => counts[identity]).Take(ProfiledLines))
            {
                var start = output.Length;
                output.Append("[... "u8);
                output.Append(counts[identity]);
                output.Append(" times: "u8);
                output.Append(Shortened(lines[first[identity]], ProfiledBytes));
                output.Append("]\n"u8);
                left -= TokenEstimator.Instance.Count(output.Written[start..]);
                if (left < 0)
                {
                    output.Truncate(start);
                    break;
                }
            }

            var marker = Encoding.UTF8.GetBytes(request.Marker(string.Create(
                CultureInfo.InvariantCulture, $"{hidden} of {lines.Count} lines not shown, {(repeats == hidden ? "all" : repeats)} repeats")));
            if (marker.Length == 0)
            {
                output.Truncate(output.Length - 1);
            }

            output.Append(marker);
            return new ContentForm(output.ToArray(), "view", marker.Length);

            bool IsShown(int line) => line == identities.Length - 1 || (isShown[identities[line]] && first[identities[line]] == line);
        }

        /// <summary>Which lines are shown where they come first: what was asked for, the first one, what reads like an error and what differs most.</summary>
        private bool[] Choose(int[] first, ViewRequest request, CancellationToken cancellationToken, out bool[] isWhole)
        {
            var ranking = request.Relevance.Rank(distinct, identity => lines.Memory(first[identity]), cancellationToken: cancellationToken);
            isWhole = ranking.IsMust;
            var isMust = (bool[])isWhole.Clone();
            isMust[0] = true;
            var novelty = new LineNovelty(distinct);
            var mustTokens = TokenEstimator.Instance.Sample(lines.Source.Span) * BudgetSolver.MustShare;
            for (var identity = 0; identity < distinct; identity++)
            {
                if ((identity & 0x3FF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                var line = lines[first[identity]];
                novelty.Add(identity, line);
                isMust[identity] |= ErrorSigns.ReadsLikeError(line) && (mustTokens -= Tokens(identity)) >= 0;
            }

            var ranked = novelty.Rank();
            var order = Enumerable.Range(0, distinct).Where(identity => isMust[identity])
                .Concat(Enumerable.Range(0, distinct).Where(identity => !isMust[identity] && ranking.Scores[identity] > 0).OrderByDescending(identity => ranking.Scores[identity]))
                .Concat(Rest());
            var last = TokenEstimator.Instance.Count(Shortened(lines[lines.Count - 1], ShownOfLongLine)) + NoteTokens;
            var budget = (request.Budget * (1 - ProfileShare)) - FrameTokens - last;
            return IsWithin(budget) ? [.. Enumerable.Repeat(true, distinct)] : BudgetSolver.Fill(isMust, budget, order, Tokens, cancellationToken);

            // Where all are shown, the notes between them are known.
            bool IsWithin(double left)
            {
                for (var i = 0; i < identities.Length && left >= 0; i++)
                {
                    left -= first[identities[i]] == i ? Tokens(identities[i]) - NoteTokens
                        : i + 1 < identities.Length && first[identities[i + 1]] == i + 1 ? NoteTokens : 0;
                }

                return left >= 0;
            }

            double Tokens(int identity)
            {
                var line = lines[first[identity]];
                return NoteTokens + TokenEstimator.Instance.Count(line.Length > LongLine && !ranking.IsMust[identity] ? line[..ShownOfLongLine] : line);
            }

            IEnumerable<int> Rest()
            {
                while (ranked.TryDequeue(out var identity, out _))
                {
                    if (!isMust[identity] && ranking.Scores[identity] == 0)
                    {
                        yield return identity;
                    }
                }
            }
        }

        private void WriteLine(ByteBuffer output, int line, bool isWhole)
        {
            var text = lines[line];
            var shown = text.Length > LongLine && !isWhole ? Shortened(text, ShownOfLongLine) : text;
            output.Append(shown);
            if (shown.Length < text.Length)
            {
                output.Append("\n[... "u8);
                output.Append(text.Length - shown.Length);
                output.Append(" bytes of this line]"u8);
            }

            output.Append((byte)'\n');
        }

        private static void WriteGap(ByteBuffer output, int gap, int shownBefore)
        {
            output.Append("[... "u8);
            output.Append(gap);
            output.Append(gap == 1 ? " line"u8 : " lines"u8);
            output.Append(shownBefore == gap ? " shown before]\n"u8 : " not shown]\n"u8);
        }

        private static ReadOnlySpan<byte> Shortened(ReadOnlySpan<byte> line, int most)
        {
            if (line.Length <= most)
            {
                return line;
            }

            var end = most;
            while (end > 0 && (line[end] & 0xC0) == 0x80)
            {
                end--;
            }

            return line[..end];
        }

        private bool AnyLine(Func<ReadOnlySpan<byte>, bool> test)
        {
            for (var i = 0; i < lines.Count; i++)
            {
                if (lines[i] is [(byte)'[', ..] && test(lines[i].TrimEnd((byte)'\r')))
                {
                    return true;
                }
            }

            return false;
        }

        /// <summary>Lines from <paramref name="at"/> on that repeat those right above: how many of them, how often.</summary>
        private (int Lines, int Times) RepeatAt(int at, NearOccurrences before)
        {
            // A last line without its line feed is not the same as the others.
            var end = identities.Length - (lines.EndsWithLineFeed ? 0 : 1);
            var best = (Lines: 0, Times: 0);
            var candidate = before[at];
            for (var i = 0; i < Candidates && candidate >= 0 && at - candidate <= LongestBlock; i++, candidate = before[candidate])
            {
                var count = at - candidate;
                var equal = 0;
                while (at + equal < end && identities[at + equal] == identities[at + equal - count])
                {
                    equal++;
                }

                var times = equal / count;
                if (times * count > best.Times * best.Lines)
                {
                    best = (count, times);
                }
            }

            return best.Times > 0 && lines.StartOf(at + (best.Lines * best.Times)) - lines.StartOf(at) >= SmallestRepeat ? best : default;
        }

        private int[] FirstOccurrences()
        {
            var first = new int[distinct];
            for (var i = identities.Length - 1; i >= 0; i--)
            {
                first[identities[i]] = i;
            }

            return first;
        }
    }

    /// <summary>Where lines stood before, for those that a block may still reach: not one number for each line of the text.</summary>
    private sealed class NearOccurrences
    {
        private const int Window = 256;

        private readonly int[] _identities;
        private readonly int[] _last;
        private readonly int[] _before = new int[Window];
        private int _read;

        public NearOccurrences(int[] identities, int distinct)
        {
            _identities = identities;
            _last = new int[distinct];
            Array.Fill(_last, -1);
        }

        /// <summary>The line before that is the same, or -1.</summary>
        /// <param name="line">One of the last <see cref="LongestBlock"/> that were read.</param>
        public int this[int line] => _before[line % Window];

        public void ReadTo(int line)
        {
            for (; _read <= line; _read++)
            {
                ref var last = ref _last[_identities[_read]];
                _before[_read % Window] = last;
                last = _read;
            }
        }
    }
}
