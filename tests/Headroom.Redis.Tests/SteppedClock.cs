namespace Headroom.Redis.Tests;

/// <summary>A clock whose time of day and time stamps stand until a test moves them. Timers are the system's own.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long _milliseconds = 1_800_000_000_000;

    public override long TimestampFrequency => 1000;

    public void Advance(TimeSpan time) => Interlocked.Add(ref _milliseconds, (long)time.TotalMilliseconds);

    public override long GetTimestamp() => Interlocked.Read(ref _milliseconds);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(GetTimestamp());
}
