using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Requests;

/// <summary>Events 1000 to 1099: optimizing requests.</summary>
internal static partial class RequestEvents
{
    [LoggerMessage(1001, LogLevel.Warning, "A request goes on as it came, because optimizing it failed: {Failure} ({Bytes} bytes, {Format}).")]
    public static partial void OptimizingFailed(this ILogger logger, Failure failure, int bytes, string format);

    [LoggerMessage(1002, LogLevel.Warning, "Earlier decisions could not be read, so new content goes on as it came: {Failure} ({Blocks} blocks).")]
    public static partial void FindingPinsFailed(this ILogger logger, Failure failure, int blocks);

    [LoggerMessage(1003, LogLevel.Warning, "New decisions could not be stored, so this content goes on as it came: {Failure} ({Blocks} blocks).")]
    public static partial void PinningFailed(this ILogger logger, Failure failure, int blocks);

    [LoggerMessage(1004, LogLevel.Warning, "A tool result goes on as it came, because compressing it failed: {Failure} ({Kind}, {Bytes} bytes).")]
    public static partial void CompressingFailed(this ILogger logger, Failure failure, string kind, int bytes);

    [LoggerMessage(1005, LogLevel.Warning, "Whether a conversation has the retrieve tool could not be decided, so it goes without: {Failure}.")]
    public static partial void DecidingToolFailed(this ILogger logger, Failure failure);

    [LoggerMessage(1006, LogLevel.Warning, "A tool result goes on as it came, because what became of it cannot be sent: {Strategy} ({Kind}, {Bytes} bytes).")]
    public static partial void UnusableForm(this ILogger logger, string strategy, string kind, int bytes);
}
