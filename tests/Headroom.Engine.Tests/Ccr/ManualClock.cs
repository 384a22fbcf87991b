namespace Headroom.Engine.Tests.Ccr;

/// <summary>A clock that stands until a test moves it. Timers are the system's own.</summary>
public sealed class ManualClock : TimeProvider
{
    /// <summary>The time that it shows; whole milliseconds.</summary>
    public DateTimeOffset Now { get; set; } = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Now.UtcTicks;
}
