using System.Diagnostics;

namespace Headroom.Redis;

/// <summary>What a server's clock shows, as far as one of its answers tells: it shows this by now, or a little more.</summary>
/// <param name="told">What it showed, Unix milliseconds.</param>
internal sealed class ServerClock(long told)
{
    private readonly long _read = Stopwatch.GetTimestamp();

    /// <summary>How long ago the answer came.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_read);

    /// <summary>Unix milliseconds.</summary>
    public long Now => told + (long)Age.TotalMilliseconds;
}
