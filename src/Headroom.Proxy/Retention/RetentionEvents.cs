using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Retention;

/// <summary>Events 2400 to 2499: sweeping.</summary>
internal static partial class RetentionEvents
{
    [LoggerMessage(2401, LogLevel.Warning, "The store could not be swept: {Failure}.")]
    public static partial void SweepFailed(this ILogger logger, Failure failure);
}
