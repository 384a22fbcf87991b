using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Operations;

/// <summary>Events 2900 to 2999: operators and probes.</summary>
internal static partial class OperationsEvents
{
    [LoggerMessage(2901, LogLevel.Warning, "The store does not answer: {Failure}.")]
    public static partial void StoreNotReady(this ILogger logger, Failure failure);
}
