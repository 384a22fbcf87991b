using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Workspaces;

/// <summary>Events 2300 to 2399: stores.</summary>
internal static partial class WorkspaceEvents
{
    [LoggerMessage(2301, LogLevel.Warning, "{Message}")]
    public static partial void StoreTold(this ILogger logger, string message);
}
