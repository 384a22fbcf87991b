using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy;

/// <summary>Events 2000 to 2099: the server and its requests.</summary>
internal static partial class ProxyEvents
{
    [LoggerMessage(2001, LogLevel.Debug, "{PathClass} to {Provider}: status {Status}, {Reason}, {TokensBefore} tokens before and {TokensAfter} after, {Milliseconds:0} ms.")]
    public static partial void Served(this ILogger logger, string pathClass, string provider, int status, string reason, int tokensBefore, int tokensAfter, double milliseconds);

    [LoggerMessage(2002, LogLevel.Error, "A request could not be served: {Failure}.")]
    public static partial void ServingFailed(this ILogger logger, Failure failure);

    [LoggerMessage(2003, LogLevel.Information, "The proxy listens on {Uri}.")]
    public static partial void Started(this ILogger logger, Uri uri);

    [LoggerMessage(2004, LogLevel.Information, "The proxy has stopped.")]
    public static partial void Stopped(this ILogger logger);
}
