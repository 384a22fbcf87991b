using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Sidecar;

/// <summary>Events 2800 to 2899: gateways.</summary>
internal static partial class SidecarEvents
{
    [LoggerMessage(2801, LogLevel.Warning, "An original could not be retrieved: {Failure}.")]
    public static partial void RetrievingFailed(this ILogger logger, Failure failure);
}
