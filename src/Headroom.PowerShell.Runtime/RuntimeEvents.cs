using Microsoft.Extensions.Logging;

namespace Headroom.PowerShell.Runtime;

/// <summary>Events 3000 to 3099: the module's own server.</summary>
internal static partial class RuntimeEvents
{
    [LoggerMessage(3001, LogLevel.Warning, "{Message}")]
    public static partial void StoreNoted(this ILogger logger, string message);
}
