namespace Headroom.Engine.Compression.Logs;

/// <summary>How much a line of a log matters, by its own words.</summary>
internal enum LogSeverity : byte
{
    /// <summary>It names no level.</summary>
    None,
    Trace,
    Debug,
    Information,
    Warning,
    Error,
    Critical,
}
