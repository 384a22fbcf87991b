using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Tests.Diagnostics;

public sealed partial class RepeatedEventsTests
{
    private readonly SteppedTime _time = new();
    private readonly RecordedEvents _written = new();

    private string[] Written => [.. _written.All.Select(e => e.Message)];

    [Fact]
    public void The_first_is_written_at_once_and_those_of_a_minute_as_one_line()
    {
        using var events = new RepeatedEvents(_written, _time);
        var logger = events.CreateLogger("x");
        for (var i = 1; i <= 5; i++)
        {
            Failed(logger, "disk", i);
        }

        Assert.Equal(["disk failed at 1."], Written);
        _time.Advance(RepeatedEvents.Interval);
        Assert.Equal(["disk failed at 1.", "disk failed at 5. (4 more within 60 s)"], Written);
        Assert.Contains("Repeated=4", _written.All[^1].Values, StringComparison.Ordinal);
        Assert.All(_written.All, e => Assert.Equal((7, LogLevel.Warning, "x"), (e.Id, e.Level, e.Category)));

        // The next is a first again, and a minute without another says nothing.
        Failed(logger, "disk", 6);
        _time.Advance(RepeatedEvents.Interval);
        _time.Advance(RepeatedEvents.Interval);
        Assert.Equal(3, Written.Length);
    }

    [Fact]
    public void Only_equal_events_are_counted_together()
    {
        using var events = new RepeatedEvents(_written, _time);
        Failed(events.CreateLogger("x"), "disk", 1);
        Failed(events.CreateLogger("x"), "memory", 2);
        Failed(events.CreateLogger("y"), "disk", 3);
        Other(events.CreateLogger("x"), "disk");
        Asked(events.CreateLogger("x"));
        Asked(events.CreateLogger("x"));
        Assert.Equal(6, Written.Length);
    }

    [Fact]
    public void What_was_counted_is_written_at_the_end()
    {
        using (var events = new RepeatedEvents(_written, _time))
        {
            Failed(events.CreateLogger("x"), "disk", 1);
            Failed(events.CreateLogger("x"), "disk", 2);
        }

        Assert.Equal(["disk failed at 1.", "disk failed at 2. (1 more within 60 s)"], Written);
    }

    [LoggerMessage(7, LogLevel.Warning, "{What} failed at {Number}.")]
    private static partial void Failed(ILogger logger, string what, int number);

    [LoggerMessage(8, LogLevel.Error, "{What} failed.")]
    private static partial void Other(ILogger logger, string what);

    [LoggerMessage(9, LogLevel.Information, "Asked.")]
    private static partial void Asked(ILogger logger);
}
