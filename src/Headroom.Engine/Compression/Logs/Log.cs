namespace Headroom.Engine.Compression.Logs;

/// <summary>A log read once: its lines, their severities and the statements that wrote them.</summary>
internal sealed class Log
{
    private readonly bool[] _dependsOnValues;

    private Log(LogLines lines, LogSeverity[] severities, bool[] dependsOnValues, List<LineGroup> groups)
    {
        Lines = lines;
        Severities = severities;
        Groups = groups;
        _dependsOnValues = dependsOnValues;
    }

    public LogLines Lines { get; }

    /// <summary>By shape: the severity of its first line.</summary>
    public LogSeverity[] Severities { get; }

    public List<LineGroup> Groups { get; }

    public static Log Read(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var lines = LogLines.Read(TextLines.Read(utf8), cancellationToken);
        var severities = new LogSeverity[lines.Shapes.Count];
        var dependsOnValues = new bool[lines.Shapes.Count];
        for (var shape = 0; shape < severities.Length; shape++)
        {
            var first = lines.Shapes[shape].First;
            severities[shape] = LogSeverities.Of(lines.Text[first], lines.TimeAt[first], out dependsOnValues[shape]);
        }

        return new Log(lines, severities, dependsOnValues, TemplateMiner.Mine(lines, severities, cancellationToken));
    }

    /// <summary>How much one line matters.</summary>
    public LogSeverity SeverityOf(int line) => Lines.ShapeOf[line] is var shape && shape != LogLines.NoShape && !_dependsOnValues[shape]
        ? Severities[shape]
        : LogSeverities.Of(Lines.Text[line], Lines.TimeAt[line], out _);
}
