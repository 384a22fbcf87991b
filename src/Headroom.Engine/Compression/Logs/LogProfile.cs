using System.Globalization;
using System.Text;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Logs;

/// <summary>What the lines say that a view does not show: per statement how often, from when to when and with which values; and the whole by level and time.</summary>
internal sealed class LogProfile
{
    /// <summary>More statements are only counted.</summary>
    private const int MaxStatements = 256;

    /// <summary>A pause is told of if it is this many times the usual distance of two lines, and at least this many seconds.</summary>
    private const int RemarkablePause = 20;
    private const int LeastPause = 30;

    /// <summary>The time span is divided by this to find where lines come thick.</summary>
    private const int Slices = 60;
    private const int RemarkableBurst = 6;

    private const int MaxTemplateBytes = 400;

    private readonly Log _log;
    private readonly LogLines _lines;
    private readonly LogEntries _entries;
    private readonly int[] _groupOfShape;
    private readonly Statement?[] _byGroup;

    /// <summary>Reads what each statement says.</summary>
    public LogProfile(Log log, LogEntries entries, int[] groupOfShape, CancellationToken cancellationToken)
    {
        _log = log;
        _lines = log.Lines;
        _entries = entries;
        _groupOfShape = groupOfShape;
        _byGroup = Statements();
        Learn(cancellationToken);
    }

    /// <summary>A line of data that could pass for one of the view's own.</summary>
    public static bool IsNoteLike(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] is not ((byte)'[' or LogNotation.Escape))
        {
            return false;
        }

        var digits = LogTimestamp.DigitsAt(line[1..]);
        return line[0] == LogNotation.Escape || line.StartsWith("[..."u8) || line.StartsWith("[all "u8) || (digits > 0 && line[(1 + digits)..].StartsWith("x"u8));
    }

    /// <summary>What all of it takes where no line is shown, but at most this many tokens.</summary>
    public double TokensUpTo(double most)
    {
        var row = new ByteBuffer(512);
        var tokens = 0.0;
        foreach (var statement in Ranked(statement => statement.Count))
        {
            if (tokens < most && statement.Template is not null)
            {
                row.Truncate(0);
                WriteStatement(row, statement, statement.Count);
                tokens += TokenEstimator.Instance.Count(row.Written);
            }
        }

        return Math.Min(tokens, most);
    }

    /// <summary>Appends the profile's lines, as many statements as the budget takes: the worst and the most frequent first.</summary>
    public void Write(ByteBuffer output, bool[] isLineShown, double budget, int leastStatements)
    {
        // 1. The statements of hidden lines.
        for (var line = 0; line < _lines.Count; line++)
        {
            if (!isLineShown[line] && _byGroup[GroupOf(line)] is { } hidden)
            {
                hidden.Hidden++;
            }
        }

        var statements = Ranked(statement => statement.Hidden);
        WriteTotals(output);

        // 2. Each on one line, and how many there are besides.
        var row = new ByteBuffer(512);
        var written = 0;
        var remaining = 0;
        var isFull = false;
        foreach (var statement in statements)
        {
            if (!isFull && written < MaxStatements && statement.Template is not null)
            {
                row.Truncate(0);
                WriteStatement(row, statement, statement.Hidden);
                budget -= TokenEstimator.Instance.Count(row.Written);
                if (budget >= 0 || written < leastStatements)
                {
                    output.Append(row.Written);
                    written++;
                    continue;
                }
            }

            isFull = true;
            remaining += statement.Hidden;
        }

        if (remaining > 0)
        {
            output.Append("["u8);
            output.Append(remaining);
            output.Append("x] of "u8);
            output.Append(statements.Count - written);
            output.Append(" other kinds\n"u8);
        }
    }

    private int GroupOf(int line) => _lines.ShapeOf[line] is var shape && shape == LogLines.NoShape ? _log.Groups.Count : _groupOfShape[shape];

    // By group; the last are lines without one.
    private Statement?[] Statements()
    {
        var byGroup = new Statement?[_log.Groups.Count + 1];
        for (var line = 0; line < _lines.Count; line++)
        {
            if (_lines.Text[line].IsEmpty)
            {
                continue;
            }

            var group = GroupOf(line);
            var statement = byGroup[group] ??= new Statement(line, group < _log.Groups.Count ? _log.Groups[group] : null, _log.SeverityOf(line));
            statement.Count++;
            if (_lines.TimeAt[line] >= 0)
            {
                statement.FirstTime = statement.FirstTime < 0 ? line : statement.FirstTime;
                statement.LastTime = line;
            }
        }

        return byGroup;
    }

    // Frames are told by their messages.
    private List<Statement> Ranked(Func<Statement, int> count) =>
    [
        .. _byGroup.Where(statement => statement is not null && count(statement) > 0)
            .Select(statement => statement!)
            .OrderBy(statement => StackFrames.IsFrame(_lines.Text[statement.First]))
            .ThenByDescending(statement => Math.Max((byte)statement.Severity, (byte)LogSeverity.Information))
            .ThenByDescending(count),
    ];

    private void Learn(CancellationToken cancellationToken)
    {
        var ranked = Ranked(statement => statement.Count).Where(statement => statement.Group is not null).Take(MaxStatements).ToList();
        foreach (var statement in ranked)
        {
            statement.Template = new LineTemplate(_lines, statement.First, statement.Group!.Varies);
        }

        for (var line = 0; line < _lines.Count; line++)
        {
            _byGroup[GroupOf(line)]?.Template?.Observe(line);
        }

        cancellationToken.ThrowIfCancellationRequested();
        foreach (var statement in ranked)
        {
            statement.Template!.Finish();
        }

        var values = new (int From, int To)[LogLines.MaxWords + 2];
        var source = _lines.Text.Source.Span;
        for (var line = 0; line < _lines.Count; line++)
        {
            if (_byGroup[GroupOf(line)] is { Template: { } template } statement && template.Match(line, values) is > 0 and var count)
            {
                while (statement.Ranges.Count < count)
                {
                    statement.Ranges.Add(new ValueRange());
                }

                var start = _lines.Text.StartOf(line);
                for (var i = 0; i < count; i++)
                {
                    statement.Ranges[i].Observe(source, start + values[i].From, values[i].To - values[i].From);
                }
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    // [3500x 12:00:01 to 13:20:00] INFO job {} done in {} ms: 1..4999; 3..250
    private void WriteStatement(ByteBuffer row, Statement statement, int count)
    {
        row.Append('[');
        row.Append(count);
        row.Append('x');
        if (statement.FirstTime >= 0)
        {
            row.Append((byte)' ');
            WriteSpan(row, statement.FirstTime, statement.LastTime);
        }

        row.Append("] "u8);
        var from = row.Length;
        statement.Template!.Write(row);

        // 1. The time is said; what is before the message stays.
        var text = row.Written[from..].ToArray().AsSpan();
        var place = text.IndexOf(LogNotation.TimePlace);
        row.Truncate(from);
        if (place >= 0)
        {
            row.Append(text[..place].Trim(" ["u8));
            text = text[(place + LogNotation.TimePlace.Length)..];
            text = (text.StartsWith("Z"u8) ? text[1..] : text).TrimStart(" ],:"u8);
        }

        if (text.Length > MaxTemplateBytes)
        {
            var length = MaxTemplateBytes;
            while (length > 0 && (text[length] & 0xC0) == 0x80)
            {
                length--;
            }

            row.Append(text[..length]);
            row.Append("..."u8);
        }
        else
        {
            row.Append(text);
        }

        // 2. The values by place.
        var separator = ": ";
        foreach (var range in statement.Ranges)
        {
            row.Append(Encoding.UTF8.GetBytes(separator));
            row.Append(Encoding.UTF8.GetBytes(range.Describe(_lines.Text.Source.Span)));
            separator = "; ";
        }

        row.Append((byte)'\n');
    }

    // The date is in the totals where it is one.
    private void WriteSpan(ByteBuffer row, int first, int last)
    {
        var date = DateLength();
        row.Append(_lines.Time(first)[Math.Min(date, _lines.TimeLength[first])..]);
        if (!_lines.Time(first).SequenceEqual(_lines.Time(last)))
        {
            row.Append(" to "u8);
            row.Append(_lines.Time(last)[Math.Min(date, _lines.TimeLength[last])..]);
        }
    }

    private (int First, int Last) TimedLines()
    {
        var first = Array.FindIndex(_lines.TimeAt, at => at >= 0);
        return first < 0 ? (-1, -1) : (first, Array.FindLastIndex(_lines.TimeAt, at => at >= 0));
    }

    private int DateLength()
    {
        var (first, last) = TimedLines();
        if (first < 0)
        {
            return 0;
        }

        var time = _lines.Time(first);
        var common = time.CommonPrefixLength(_lines.Time(last));
        for (var length = 1; length <= common && length < time.Length; length++)
        {
            if (!LogTimestamp.IsDigit(time[length - 1]) && LogTimestamp.Clock(time[length..], needsSeconds: false) > 0)
            {
                return length;
            }
        }

        return 0;
    }

    // [all 5000 lines, 2025-01-01 12:00:00 to 13:23:20: 4700 information, 100 error; silent 12:10:00 to 12:40:00]
    private void WriteTotals(ByteBuffer output)
    {
        var counts = new int[(int)LogSeverity.Critical + 1];
        foreach (var severity in _entries.Severities)
        {
            counts[(int)severity]++;
        }

        output.Append("[all "u8);
        output.Append(_lines.Count);
        output.Append(" lines"u8);
        var (first, last) = TimedLines();
        if (first >= 0)
        {
            output.Append(", "u8);
            output.Append(_lines.Time(first));
            output.Append(" to "u8);
            output.Append(_lines.Time(last)[DateLength()..]);
        }

        var separator = ": ";
        for (var severity = (int)LogSeverity.Critical; severity > 0; severity--)
        {
            if (counts[severity] > 0)
            {
                output.Append(Encoding.UTF8.GetBytes(string.Create(
                    CultureInfo.InvariantCulture, $"{separator}{counts[severity]} {((LogSeverity)severity).ToString().ToLowerInvariant()}")));
                separator = ", ";
            }
        }

        WriteRhythm(output);
        output.Append("]\n"u8);
    }

    private void WriteRhythm(ByteBuffer output)
    {
        if (_lines.Timed < Slices)
        {
            return;
        }

        // 1. The longest time without a line.
        var before = -1;
        var (pauseFrom, pauseTo, longest) = (-1, -1, 0.0);
        var seconds = new double[_lines.Count];
        for (var line = 0; line < _lines.Count; line++)
        {
            if (_lines.TimeAt[line] < 0)
            {
                continue;
            }

            seconds[line] = SecondsOf(line, before, seconds);
            if (before >= 0)
            {
                var pause = seconds[line] - seconds[before];
                if (pause > longest)
                {
                    (pauseFrom, pauseTo, longest) = (before, line, pause);
                }
            }

            before = line;
        }

        var (first, last) = TimedLines();
        var mean = (seconds[last] - seconds[first]) / (_lines.Timed - 1);
        if (longest >= LeastPause && longest > RemarkablePause * mean)
        {
            output.Append("; silent "u8);
            WriteSpan(output, pauseFrom, pauseTo);
        }

        // 2. The slice of time with far more lines than others.
        var slice = (seconds[last] - seconds[first]) / Slices;
        if (slice <= 0)
        {
            return;
        }

        var counts = new int[Slices + 1];
        var firsts = new int[Slices + 1];
        var lasts = new int[Slices + 1];
        for (var line = 0; line < _lines.Count; line++)
        {
            if (_lines.TimeAt[line] >= 0)
            {
                var at = Math.Clamp((int)((seconds[line] - seconds[first]) / slice), 0, Slices);
                firsts[at] = counts[at]++ == 0 ? line : firsts[at];
                lasts[at] = line;
            }
        }

        var most = Array.IndexOf(counts, counts.Max());
        if (counts[most] > RemarkableBurst * _lines.Timed / (double)Slices)
        {
            output.Append("; busiest "u8);
            WriteSpan(output, firsts[most], lasts[most]);
            output.Append(" with "u8);
            output.Append(counts[most]);
        }
    }

    // Most timestamps differ from the one before in their last field.
    private double SecondsOf(int line, int before, double[] seconds)
    {
        var time = _lines.Time(line);
        if (before < 0 || _lines.Time(before) is var earlier && earlier.Length != time.Length)
        {
            return LogTimestamp.Seconds(time);
        }

        var same = time.CommonPrefixLength(earlier);
        if (same == time.Length)
        {
            return seconds[before];
        }

        while (same > 0 && LogTimestamp.IsDigit(time[same - 1]))
        {
            same--;
        }

        var digits = time.Length - same;
        if (same == 0 || digits > 9 || LogTimestamp.DigitsAt(time[same..]) != digits || time[same - 1] is not ((byte)'.' or (byte)','))
        {
            return LogTimestamp.Seconds(time);
        }

        var (now, then, scale) = (0, 0, 1.0);
        for (var i = same; i < time.Length; i++, scale *= 10)
        {
            now = (now * 10) + time[i] - '0';
            then = (then * 10) + earlier[i] - '0';
        }

        return seconds[before] + ((now - then) / scale);
    }

    private sealed class Statement(int first, LineGroup? group, LogSeverity severity)
    {
        public int First => first;

        public LogSeverity Severity => severity;

        public LineGroup? Group => group;

        public int Count { get; set; }

        public int Hidden { get; set; }

        public int FirstTime { get; set; } = -1;

        public int LastTime { get; set; } = -1;

        public LineTemplate? Template { get; set; }

        public List<ValueRange> Ranges { get; } = [];
    }
}
