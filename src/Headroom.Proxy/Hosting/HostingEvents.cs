using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Hosting;

/// <summary>Events 2700 to 2799: the process.</summary>
internal static partial class HostingEvents
{
    [LoggerMessage(2701, LogLevel.Warning, "The compressors could not be warmed up; the first requests take longer: {Failure}.")]
    public static partial void WarmUpFailed(this ILogger logger, Failure failure);
}
