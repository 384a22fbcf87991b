namespace Headroom.Engine.Compression.Builds;

/// <summary>
/// A report's lines with what each is, and how much it matters: a rank (0 is shown always, 1 to 4 while what is shown always stays small, then by
/// value) and a value.
/// </summary>
internal sealed class BuildReport
{
    /// <summary>Errors and failures with their messages, each once; counts and verdicts of the whole.</summary>
    public const byte Failing = 1;

    /// <summary>Shown only by its value.</summary>
    public const byte ByValue = 5;

    /// <summary>Never shown of itself.</summary>
    public const byte Counted = 6;

    private const byte MoreOfMessage = 2;
    private const byte AroundMessage = 3;
    private const byte KindOfWarning = 4;

    private const int Head = 3;
    private const int Tail = 8;
    private const int ListedErrors = 20;
    private const int ListedWarnings = 3;

    // The first of so many kinds of errors and of failures are shown whatever they take, and so many of the last totals.
    private const int FirstOfKinds = 40;
    private const int LastTotals = 8;

    private readonly Dictionary<ulong, int> _messages = [];
    private readonly Dictionary<ulong, int> _kinds = [];
    private readonly Dictionary<ulong, int> _shapes = [];
    private readonly Dictionary<ulong, int> _bodies = [];
    private readonly HashSet<ulong> _diagnostics = [];
    private readonly HashSet<ulong> _errorKinds = [];
    private readonly HashSet<ulong> _failureKinds = [];

    private BuildReport(TextLines lines)
    {
        Lines = lines;
        Kinds = new BuildLineKind[lines.Count];
        Names = new (int, int)[lines.Count];
        Ranks = new byte[lines.Count];
        Values = new float[lines.Count];
    }

    public TextLines Lines { get; }

    public BuildLineKind[] Kinds { get; }

    /// <summary>Where in each line its name or message begins and ends; empty where a summary says a diagnostic once more.</summary>
    public (int Start, int End)[] Names { get; }

    public byte[] Ranks { get; }

    public float[] Values { get; }

    /// <summary>Where a line's message comes again, by the line that shows it: how often, and the first places.</summary>
    public Dictionary<int, (int Count, List<ReadOnlyMemory<byte>> Places)> Again { get; } = [];

    /// <summary>The failure whose message a failure repeats, by the line of its name.</summary>
    public Dictionary<int, int> SameAs { get; } = [];

    /// <summary>Some line says what the text is: a verdict, a severity, a count.</summary>
    public bool HasSigns { get; private set; }

    /// <summary>Reads and ranks every line once.</summary>
    public static BuildReport Read(TextLines lines, CancellationToken cancellationToken)
    {
        var report = new BuildReport(lines);
        for (var i = 0; i < lines.Count; i++)
        {
            if ((i & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            (report.Kinds[i], var start, var end) = BuildLineReader.Read(lines[i]);
            report.Names[i] = (start, end);
        }

        report.Streamed();
        for (var i = 0; i < lines.Count;)
        {
            if ((i & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            i = report.Kinds[i] switch
            {
                BuildLineKind.Failed => report.Failure(i),
                BuildLineKind.Error => report.Diagnostic(i, isError: true),
                BuildLineKind.Warning => report.Diagnostic(i, isError: false),
                _ => report.Single(i),
            };
        }

        // The last failure and the last totals, where there are too many to show all.
        var (totals, isLast) = (0, true);
        for (var i = lines.Count - 1; i >= 0 && (isLast || totals < LastTotals); i--)
        {
            if (report.Ranks[i] == Failing && (report.Kinds[i] == BuildLineKind.Total ? totals++ < LastTotals : isLast))
            {
                report.Ranks[i] = 0;
                isLast &= report.Kinds[i] is not (BuildLineKind.Error or BuildLineKind.Failed);
            }
        }

        // A report's head says what ran, its end how it ended.
        for (var i = 0; i < lines.Count; i++)
        {
            if (i == Head && lines.Count - Tail > i)
            {
                i = lines.Count - Tail;
            }

            report.Ranks[i] = report.Kinds[i] == BuildLineKind.Blank ? report.Ranks[i] : (byte)0;
        }

        return report;
    }

    // What a test writes while it runs stands below its start, and its verdict far below that (go test -v): what a failing test wrote is its message.
    private void Streamed()
    {
        var failed = new HashSet<ulong>();
        for (var i = 0; i < Lines.Count; i++)
        {
            if (Kinds[i] == BuildLineKind.Failed && Lines[i].IndexOf("--- FAIL: "u8) is >= 0 and var at)
            {
                var name = Lines[i][(at + "--- FAIL: ".Length)..];
                failed.Add(TextIndex.HashOf(name[..(name.IndexOf((byte)' ') is >= 0 and var end ? end : name.Length)]));
            }
        }

        var isFailing = false;
        for (var i = 0; i < Lines.Count && failed.Count > 0; i++)
        {
            var line = Lines[i];
            if (line.StartsWith("=== "u8))
            {
                isFailing = failed.Contains(TextIndex.HashOf(line[(line.LastIndexOf((byte)' ') + 1)..]));
            }
            else if (Kinds[i] is BuildLineKind.Failed or BuildLineKind.Passed or BuildLineKind.Skipped or BuildLineKind.Total)
            {
                isFailing = false;
            }
            else if (isFailing && (Kinds[i] is BuildLineKind.Other or BuildLineKind.Comparison))
            {
                Kinds[i] = BuildLineKind.Error;
            }
        }
    }

    // A line of its own: counts always, the first of each shape by value, verdicts and steps as counts only.
    private int Single(int line)
    {
        var kind = Kinds[line];
        HasSigns |= kind is BuildLineKind.Total or BuildLineKind.Passed or BuildLineKind.Skipped or BuildLineKind.Progress;
        (Ranks[line], Values[line]) = kind switch
        {
            BuildLineKind.Total => (Failing, 0f),
            BuildLineKind.Skipped => (ByValue, 2f),
            BuildLineKind.Passed or BuildLineKind.Progress or BuildLineKind.Blank or BuildLineKind.Rule => (Counted, 0f),
            BuildLineKind.Comparison or BuildLineKind.Frame => (ByValue, 2f),
            _ => _shapes.TryAdd(BuildLineReader.Masked(Lines[line]), line) ? (ByValue, 1f) : (Counted, 0f),
        };
        return line + 1;
    }

    // A failing test: its name, then message, frames and source until the next verdict.
    private int Failure(int header)
    {
        HasSigns = true;
        Ranks[header] = Failing;
        var kindOfMessage = 0UL;
        var (messages, errors, comparisons, marked) = (0, 0, 0, 0);
        var (firstFrame, lastFrame) = (-1, -1);
        var body = 0UL;
        var end = header + 1;
        for (; end < Lines.Count; end++)
        {
            var kind = Kinds[end];
            if (kind is BuildLineKind.Failed or BuildLineKind.Passed or BuildLineKind.Skipped or BuildLineKind.Total or BuildLineKind.Warning
                || (kind == BuildLineKind.Progress && messages > 0) || (kind == BuildLineKind.Rule && messages > 0))
            {
                break;
            }

            var line = Lines[end];
            (Ranks[end], Values[end]) = (ByValue, 4f);
            switch (kind)
            {
                case BuildLineKind.Blank or BuildLineKind.Rule:
                    (Ranks[end], Values[end]) = (Counted, 0f);
                    continue;
                case BuildLineKind.Frame:
                    var isOwn = BuildLineReader.IsOwnFrame(line);
                    firstFrame = isOwn && firstFrame < 0 ? end : firstFrame;
                    lastFrame = isOwn ? end : lastFrame;
                    Values[end] = isOwn ? 3f : 0.5f;
                    continue;
                case BuildLineKind.Code:
                    var isMarked = line.TrimStart(" \t"u8) is [(byte)'>', ..];
                    (Ranks[end], Values[end]) = isMarked && marked++ == 0 ? (AroundMessage, 3f) : (ByValue, 1f);
                    continue;
                case BuildLineKind.Error:
                    Ranks[end] = errors++ < 2 ? Failing : MoreOfMessage;
                    break;
                case BuildLineKind.Comparison:
                    Ranks[end] = comparisons++ < 6 ? Failing : comparisons <= 12 ? MoreOfMessage : ByValue;
                    break;
                default:
                    // Source lines between frames say less than what stands before the first of them.
                    Ranks[end] = lastFrame >= 0 ? ByValue : messages < 3 ? Failing : messages < 10 ? MoreOfMessage : ByValue;
                    break;
            }

            kindOfMessage = messages++ == 0 ? BuildLineReader.Masked(line) : kindOfMessage;
            body = TextIndex.Mix(body, TextIndex.HashOf(line));
        }

        foreach (var frame in (ReadOnlySpan<int>)[firstFrame, lastFrame])
        {
            if (frame >= 0)
            {
                Ranks[frame] = AroundMessage;
            }
        }

        // The same long message again needs no second showing.
        if (messages > 1 && !_bodies.TryAdd(body, header) && Lines.StartOf(end) - Lines.StartOf(header) > 200)
        {
            SameAs[header] = _bodies[body];
            for (var i = header + 1; i < end; i++)
            {
                Ranks[i] = Counted;
            }
        }

        if (_failureKinds.Count < FirstOfKinds && _failureKinds.Add(kindOfMessage))
        {
            foreach (ref var rank in Ranks.AsSpan(header..end))
            {
                rank = rank == Failing ? (byte)0 : rank;
            }
        }

        return end;
    }

    // An error or a warning: the first of its message with what belongs to it; the places of the others.
    private int Diagnostic(int header, bool isError)
    {
        HasSigns = true;
        var line = Lines[header];
        var place = Place.EndOf(line);
        var message = line[place..].Trim(" \t"u8);
        var key = TextIndex.Mix(TextIndex.HashOf(message), isError ? 1UL : 2UL);
        var isNew = _messages.TryAdd(key, header);
        var shown = _messages[key];
        if (isNew && !isError && !_kinds.TryAdd(BuildLineReader.Masked(message), header))
        {
            // Another warning of a kind that is shown already, with its place beside it.
            shown = _kinds[BuildLineReader.Masked(message)];
            (Ranks[header], Values[header]) = (ByValue, 0.5f);
        }
        else
        {
            (Ranks[header], Values[header]) = !isNew ? (Counted, 0f)
                : !isError ? (KindOfWarning, 8f)
                : _errorKinds.Count < FirstOfKinds && _errorKinds.Add(KindOf(message)) ? ((byte)0, 0f)
                : (Failing, 0f);
        }

        var end = header + 1;
        for (; end < Lines.Count && IsContinued(end, header); end++)
        {
            var kind = Kinds[end];
            (Ranks[end], Values[end]) = !isNew ? (Counted, 0f)
                : !isError ? (ByValue, 1f)
                : (kind == BuildLineKind.Frame ? BuildLineReader.IsOwnFrame(Lines[end]) && end - header < 12 : end - header <= 6) ? (AroundMessage, 3f)
                : (ByValue, 2f);
        }

        // What a summary says once more is nothing new.
        var isSaidAgain = !_diagnostics.Add(TextIndex.Mix(TextIndex.HashOf(line), TextIndex.HashOf(PlaceOf(header, place).Span)));
        if (isSaidAgain)
        {
            Names[header] = default;
        }

        if (shown != header && !isSaidAgain)
        {
            if (!Again.TryGetValue(shown, out var again))
            {
                again = (0, []);
            }

            if (again.Places.Count < (isError ? ListedErrors : ListedWarnings) && PlaceOf(header, place) is { Length: > 0 } found)
            {
                again.Places.Add(WithoutFolder(found, PlaceOf(shown, Place.EndOf(Lines[shown]))));
            }

            Again[shown] = (again.Count + 1, again.Places);
        }

        return end;
    }

    // Its code, or without one the message but for numbers and quoted words.
    private static ulong KindOf(ReadOnlySpan<byte> message) =>
        BuildLineReader.CodeOf(message) is { IsEmpty: false } code ? TextIndex.HashOf(code) : BuildLineReader.Masked(message);

    private bool IsContinued(int line, int header)
    {
        if (Kinds[line] is BuildLineKind.Code or BuildLineKind.Frame)
        {
            return true;
        }

        return Kinds[line] is BuildLineKind.Other or BuildLineKind.Comparison or BuildLineKind.Progress
            && IndentOf(Lines[line]) > IndentOf(Lines[header]) && Place.EndOf(Lines[line]) == 0;
    }

    private static int IndentOf(ReadOnlySpan<byte> line) => Math.Max(0, line.IndexOfAnyExcept((byte)' ', (byte)'\t'));

    // Places in the shown line's own folder need not say it again.
    private static ReadOnlyMemory<byte> WithoutFolder(ReadOnlyMemory<byte> place, ReadOnlyMemory<byte> shown)
    {
        var common = place.Span.CommonPrefixLength(shown.Span);
        return place[(place.Span[..common].LastIndexOfAny((byte)'/', (byte)'\\') + 1)..];
    }

    // The place before the message, or after an arrow on the next line.
    private ReadOnlyMemory<byte> PlaceOf(int header, int place)
    {
        if (place > 0)
        {
            var start = IndentOf(Lines[header]);
            return Lines.Memory(header)[start..(Lines[header][..place].LastIndexOfAnyExcept((byte)':', (byte)' ', (byte)'-') + 1)];
        }

        var next = header + 1 < Lines.Count ? Lines[header + 1] : default;
        var indent = IndentOf(next);
        return next[indent..].StartsWith("--> "u8) ? Lines.Memory(header + 1)[(indent + 4)..] : default;
    }
}
