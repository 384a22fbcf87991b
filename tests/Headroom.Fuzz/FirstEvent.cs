using Microsoft.Extensions.Logging;

namespace Headroom.Fuzz;

/// <summary>Keeps the first event that tells of a failure: what fails open must not fail at all here.</summary>
internal sealed class FirstEvent : ILogger
{
    /// <summary>Its text; null while there was none.</summary>
    public string? Told { get; private set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Told ??= $"event-{eventId.Id}: {formatter(state, exception)}";
        }
    }
}
