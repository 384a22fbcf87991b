using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Headroom.Engine.Diagnostics;

/// <summary>
/// What the engine tells meters and tracers of the process (System.Diagnostics, OpenTelemetry). Where nobody listens, a measurement is one
/// comparison. Tags are codes and names of the product: no content, no paths, no models.
/// </summary>
public static class EngineInstruments
{
    /// <summary>The name of the meter and of the source of activities.</summary>
    public const string Name = "Headroom.Engine";

    private static readonly Meter Meter = new(Name);

    /// <summary>One activity, <c>headroom.optimize</c>, for each request that is optimized.</summary>
    internal static readonly ActivitySource Activities = new(Name);

    /// <summary>Requests by <c>reason</c>.</summary>
    internal static readonly Counter<long> Requests = Meter.CreateCounter<long>("headroom.requests", "{request}", "Requests that were optimized, by reason.");

    /// <summary>Blocks by <c>reason</c>.</summary>
    internal static readonly Counter<long> Blocks = Meter.CreateCounter<long>("headroom.blocks", "{block}", "Tool results, by the reason why they were changed or left alone.");

    /// <summary>Estimated tokens that came.</summary>
    internal static readonly Counter<long> TokensBefore = Meter.CreateCounter<long>("headroom.tokens.before", "{token}", "Estimated tokens of requests as they came.");

    /// <summary>Estimated tokens that went on.</summary>
    internal static readonly Counter<long> TokensAfter = Meter.CreateCounter<long>("headroom.tokens.after", "{token}", "Estimated tokens of requests as they went on.");

    /// <summary>Seconds per block.</summary>
    internal static readonly Histogram<double> Compression = Meter.CreateHistogram<double>("headroom.compress.duration", "s", "Time to compress one block.");

    /// <summary>Failures by <c>place</c>.</summary>
    internal static readonly Counter<long> FailedOpen = Meter.CreateCounter<long>("headroom.fail_open", "{failure}", "Failures after which the original went on, by place.");

    /// <summary>Misses by <c>kind</c>: <c>pin</c> or <c>original</c>.</summary>
    internal static readonly Counter<long> StoreMisses = Meter.CreateCounter<long>("headroom.store.misses", "{miss}", "Decisions and originals that the store was asked for and does not have.");

    /// <summary>Counts a failure after which the original went on.</summary>
    /// <param name="place">The step that failed.</param>
    public static void FailOpen(string place) => FailedOpen.Add(1, new KeyValuePair<string, object?>("place", place));
}
