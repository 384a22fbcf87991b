using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Recording;

/// <summary>Events 2500 to 2599: accounts.</summary>
internal static partial class RecordingEvents
{
    [LoggerMessage(2501, LogLevel.Warning, "A request is recorded without its tokens, because they could not be counted: {Failure}.")]
    public static partial void CountingFailed(this ILogger logger, Failure failure);
}
