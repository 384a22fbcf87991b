using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Diagnostics;

/// <summary>
/// Keeps a failure that comes with every request from filling the log: of equal warnings and errors the first is written at once, and those
/// of the following minute as one line with their number. Equal are events with the same id and the same first value. Thread-safe.
/// </summary>
/// <param name="inner">Makes the loggers that write; not disposed here.</param>
/// <param name="time">Measures the minute.</param>
public sealed class RepeatedEvents(ILoggerFactory inner, TimeProvider time) : ILoggerFactory
{
    /// <summary>How long equal events are counted.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // What differs each time must not be kept for ever.
    private const int MostKinds = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<Kind, Repetition> _repetitions = [];
    private bool _isDisposed;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new CountingLogger(this, categoryName, inner.CreateLogger(categoryName));

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>Writes what was counted and not yet told.</summary>
    public void Dispose()
    {
        Repetition[] open;
        lock (_gate)
        {
            _isDisposed = true;
            open = [.. _repetitions.Values];
            _repetitions.Clear();
        }

        foreach (var repetition in open)
        {
            repetition.Dispose();
            repetition.Tell();
        }
    }

    private void Write<TState>(
        CountingLogger logger, LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var kind = new Kind(logger.Category, id.Id, state is IReadOnlyList<KeyValuePair<string, object?>> { Count: > 1 } values ? values[0].Value?.ToString() : null);
        lock (_gate)
        {
            if (_repetitions.TryGetValue(kind, out var running))
            {
                running.Count(logger.Inner, level, id, () => formatter(state, exception));
                return;
            }

            if (!_isDisposed && _repetitions.Count < MostKinds)
            {
                _repetitions[kind] = new Repetition(this, kind, time);
            }
        }

        logger.Inner.Log(level, id, state, exception, formatter);
    }

    private void End(Kind kind, Repetition repetition)
    {
        lock (_gate)
        {
            _repetitions.Remove(kind);
        }

        repetition.Dispose();
        repetition.Tell();
    }

    private readonly record struct Kind(string Category, int Id, string? First);

    private sealed class CountingLogger(RepeatedEvents events, string category, ILogger inner) : ILogger
    {
        public string Category => category;

        public ILogger Inner => inner;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
            {
                events.Write(this, logLevel, eventId, state, exception, formatter);
            }
            else
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }

    private sealed class Repetition : IDisposable
    {
        private readonly ITimer _timer;
        private ILogger? _logger;
        private LogLevel _level;
        private EventId _id;
        private Func<string>? _format;
        private long _count;

        public Repetition(RepeatedEvents events, Kind kind, TimeProvider time) =>
            _timer = time.CreateTimer(_ => events.End(kind, this), null, Interval, Timeout.InfiniteTimeSpan);

        public void Count(ILogger logger, LogLevel level, EventId id, Func<string> format) =>
            (_logger, _level, _id, _format, _count) = (logger, level, id, format, _count + 1);

        public void Tell()
        {
            if (_count > 0)
            {
                var message = string.Create(
                    CultureInfo.InvariantCulture, $"{_format!()} ({_count} more within {Interval.TotalSeconds:0} s)");
                KeyValuePair<string, object?>[] values = [new("Repeated", _count), new("{OriginalFormat}", message)];
                _logger!.Log(_level, _id, values, null, (_, _) => message);
            }
        }

        public void Dispose() => _timer.Dispose();
    }
}
