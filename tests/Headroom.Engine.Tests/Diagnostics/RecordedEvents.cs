using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Tests.Diagnostics;

/// <summary>One event as a log would show it.</summary>
internal sealed record RecordedEvent(string Category, int Id, LogLevel Level, string Message, string Values);

/// <summary>Loggers that keep what they are told.</summary>
internal sealed class RecordedEvents : ILoggerFactory
{
    private readonly ConcurrentQueue<RecordedEvent> _all = new();

    public IReadOnlyList<RecordedEvent> All => [.. _all];

    public ILogger CreateLogger(string categoryName) => new RecordingLogger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private sealed class RecordingLogger(RecordedEvents events, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> all ? string.Join(';', all.Select(v => $"{v.Key}={v.Value}")) : "";
            events._all.Enqueue(new RecordedEvent(category, eventId.Id, logLevel, formatter(state, exception), values + exception));
        }
    }
}
