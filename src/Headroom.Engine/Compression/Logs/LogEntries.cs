namespace Headroom.Engine.Compression.Logs;

/// <summary>The entries of a log: a line with what belongs to it, as its stack trace.</summary>
internal sealed class LogEntries
{
    /// <summary>Beyond this part of the lines that are not indented, a timestamp begins an entry and nothing else does.</summary>
    private const double TimedShare = 0.3;

    private readonly List<int> _starts;
    private readonly int _lines;

    private LogEntries(List<int> starts, int lines, LogSeverity[] severities)
    {
        _starts = starts;
        _lines = lines;
        Severities = severities;
    }

    public int Count => _starts.Count;

    /// <summary>By entry: the worst of its lines.</summary>
    public LogSeverity[] Severities { get; }

    public static LogEntries Read(Log log, CancellationToken cancellationToken)
    {
        var lines = log.Lines;
        var flush = 0;
        for (var i = 0; i < lines.Count; i++)
        {
            flush += lines.TimeAt[i] < 0 && IsContinuation(lines.Text[i]) ? 0 : 1;
        }

        var isTimed = lines.Timed > flush * TimedShare;
        var starts = new List<int>();
        var severities = new List<LogSeverity>();
        var inTraceback = false;
        for (var i = 0; i < lines.Count; i++)
        {
            if ((i & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            // 1. Python names the exception after its frames, at the margin.
            var text = lines.Text[i];
            var continues = lines.TimeAt[i] < 0 && (isTimed || inTraceback || IsContinuation(text));
            var isFrame = text.Length > 0 && text[0] is (byte)' ' or (byte)'\t';
            inTraceback = text.StartsWith("Traceback "u8) || (inTraceback && isFrame);
            var severity = log.SeverityOf(i);

            // 2. It goes with the entry before, or begins one.
            if (starts.Count > 0 && (continues || (inTraceback && !isFrame && severities[^1] >= LogSeverity.Error && lines.TimeAt[i] < 0)))
            {
                severities[^1] = severity > severities[^1] ? severity : severities[^1];
            }
            else
            {
                starts.Add(i);
                severities.Add(severity);
            }
        }

        return new LogEntries(starts, lines.Count, [.. severities]);
    }

    /// <summary>The entry that a line belongs to.</summary>
    public int EntryOf(int line) => _starts.BinarySearch(line) is >= 0 and var entry ? entry : ~_starts.BinarySearch(line) - 1;

    public int FirstLine(int entry) => _starts[entry];

    /// <summary>The line after its last.</summary>
    public int EndLine(int entry) => entry + 1 < _starts.Count ? _starts[entry + 1] : _lines;

    /// <summary>Indented, empty, or a line that only a stack trace has.</summary>
    private static bool IsContinuation(ReadOnlySpan<byte> line) =>
        line.IsEmpty || line[0] is (byte)' ' or (byte)'\t' || line.StartsWith("Caused by: "u8) || line.StartsWith("at "u8) || line.StartsWith("---"u8)
        || line.StartsWith("The above exception "u8) || line.StartsWith("During handling of the above"u8) || line.StartsWith("goroutine "u8)
        || line.StartsWith("created by "u8) || line.StartsWith("stack backtrace:"u8) || line.StartsWith("note: run with `RUST_BACKTRACE"u8);
}
