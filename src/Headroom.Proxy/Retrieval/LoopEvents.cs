using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Retrieval;

/// <summary>Events 2200 to 2299: answering calls of the retrieve tool.</summary>
internal static partial class LoopEvents
{
    [LoggerMessage(2201, LogLevel.Warning, "An answer goes to the client as it is, because it could not be read for calls: {Failure} ({Bytes} bytes).")]
    public static partial void AnswerUnread(this ILogger logger, Failure failure, int bytes);

    [LoggerMessage(2202, LogLevel.Error, "A client's answer was cut off: {Failure}.")]
    public static partial void AnswerBroken(this ILogger logger, Failure failure);

    [LoggerMessage(2203, LogLevel.Warning, "What was retrieved could not be stored, so the next request goes without it: {Failure}.")]
    public static partial void RoundsNotSaved(this ILogger logger, Failure failure);
}
