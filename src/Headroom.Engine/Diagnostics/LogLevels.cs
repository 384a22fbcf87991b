using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Diagnostics;

/// <summary>
/// From which level on events are written, as <c>HEADROOM_LOG</c> says it: a level, or a list such as <c>warning,Headroom.Proxy=debug</c>,
/// in which the longest beginning of a category decides.
/// </summary>
public sealed class LogLevels
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "HEADROOM_LOG";

    /// <summary>What a text has to be.</summary>
    public const string Rule =
        "a level (trace, debug, information, warning, error, critical, none) or a list of CATEGORY=LEVEL, for example warning,Headroom.Proxy=debug";

    private readonly LogLevel _others;
    private readonly (string Category, LogLevel Level)[] _byLength;

    private LogLevels(LogLevel others, IEnumerable<(string Category, LogLevel Level)> levels) =>
        (_others, _byLength) = (others, [.. levels.OrderByDescending(l => l.Category.Length)]);

    /// <summary>Warnings and errors.</summary>
    public static LogLevels Warnings { get; } = All(LogLevel.Warning);

    /// <summary>One level for all categories.</summary>
    public static LogLevels All(LogLevel level) => new(level, []);

    /// <summary>Reads a text; null when it is none.</summary>
    public static LogLevels? Parse(string? text)
    {
        var others = LogLevel.Warning;
        var levels = new List<(string, LogLevel)>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (LevelOf(part[(equals + 1)..].Trim()) is not { } level || equals == 0)
            {
                return null;
            }

            if (equals < 0)
            {
                others = level;
            }
            else
            {
                levels.Add((part[..equals].Trim(), level));
            }
        }

        return new LogLevels(others, levels);
    }

    /// <summary>True when events of a category are written at a level.</summary>
    /// <param name="category">The logger's category.</param>
    /// <param name="level">The event's level.</param>
    public bool Includes(string? category, LogLevel level)
    {
        foreach (var (name, from) in _byLength)
        {
            if (category is not null && category.StartsWith(name, StringComparison.OrdinalIgnoreCase)
                && (category.Length == name.Length || category[name.Length] == '.'))
            {
                return level >= from && from != LogLevel.None;
            }
        }

        return level >= _others && _others != LogLevel.None;
    }

    private static LogLevel? LevelOf(string text) => text.ToUpperInvariant() switch
    {
        "TRACE" => LogLevel.Trace,
        "DEBUG" => LogLevel.Debug,
        "INFO" or "INFORMATION" => LogLevel.Information,
        "WARN" or "WARNING" => LogLevel.Warning,
        "ERROR" => LogLevel.Error,
        "CRITICAL" => LogLevel.Critical,
        "NONE" => LogLevel.None,
        _ => null,
    };
}
