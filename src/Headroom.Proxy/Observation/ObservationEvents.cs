using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Observation;

/// <summary>Events 2600 to 2699: reading along.</summary>
internal static partial class ObservationEvents
{
    [LoggerMessage(2601, LogLevel.Warning, "The usage in an answer could not be read; the answer itself goes on: {Failure} (after {Bytes} bytes).")]
    public static partial void ObservingFailed(this ILogger logger, Failure failure, long bytes);
}
