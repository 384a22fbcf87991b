using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Forwarding;

/// <summary>Events 2100 to 2199: the way to the providers.</summary>
internal static partial class ForwardingEvents
{
    [LoggerMessage(2101, LogLevel.Warning, "{Failure}")]
    public static partial void UpstreamFailed(this ILogger logger, UpstreamFailure failure);

    [LoggerMessage(2102, LogLevel.Information, "{Source}: {Count} certificates of authorities are trusted beside the system's.")]
    public static partial void AuthoritiesRead(this ILogger logger, string source, int count);
}
