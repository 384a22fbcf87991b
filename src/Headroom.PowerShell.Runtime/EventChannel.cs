using System.Threading.Channels;
using Headroom.Engine.Diagnostics;
using Headroom.PowerShell.Isolation;
using Microsoft.Extensions.Logging;

namespace Headroom.PowerShell.Runtime;

/// <summary>Loggers whose events wait for one reader. Writing never waits: of more than a thousand that nobody has read the oldest go.</summary>
/// <param name="levels">What is told.</param>
internal sealed class EventChannel(LogLevels levels) : ILoggerFactory
{
    private readonly Channel<ProxyEvent> _events =
        Channel.CreateBounded<ProxyEvent>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public IAsyncEnumerable<ProxyEvent> Events => _events.Reader.ReadAllAsync();

    public ILogger CreateLogger(string categoryName) => new ChannelLogger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    /// <summary>Nothing more comes.</summary>
    public void Dispose() => _events.Writer.TryComplete();

    private sealed class ChannelLogger(EventChannel channel, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => channel.IsTold(category, logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var level = logLevel >= LogLevel.Error ? ProxyEventLevel.Error : logLevel == LogLevel.Warning ? ProxyEventLevel.Warning : ProxyEventLevel.Verbose;
                channel._events.Writer.TryWrite(new ProxyEvent(eventId.Id, level, category, formatter(state, exception)));
            }
        }
    }

    private bool IsTold(string category, LogLevel level) => levels.Includes(category, level);
}
