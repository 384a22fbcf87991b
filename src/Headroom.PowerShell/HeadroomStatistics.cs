namespace Headroom.PowerShell;

/// <summary>What a proxy has done since it started.</summary>
public sealed record HeadroomStatistics
{
    /// <summary>The proxy's base address.</summary>
    public required Uri Uri { get; init; }

    /// <summary>Requests to provider routes.</summary>
    public required long Requests { get; init; }

    /// <summary>Those in which at least one block was replaced.</summary>
    public required long Compressed { get; init; }

    /// <summary>Those that ended in an error.</summary>
    public required long Failed { get; init; }

    /// <summary>Input tokens that clients sent.</summary>
    public required long TokensBefore { get; init; }

    /// <summary>Input tokens that providers were spared.</summary>
    public required long TokensSaved { get; init; }

    /// <summary>100 * saved / before; 0 while nothing was sent.</summary>
    public required double SavingsPercent { get; init; }

    /// <summary>How tokens were counted: exact, calibrated or estimated; the weakest that went in.</summary>
    public required string Accuracy { get; init; }

    /// <summary>Output tokens that providers reported.</summary>
    public required long OutputTokens { get; init; }

    /// <summary>Input tokens that providers reported as read from their caches.</summary>
    public required long CacheReadTokens { get; init; }

    /// <summary>Input tokens that providers reported as written to their caches.</summary>
    public required long CacheWriteTokens { get; init; }

    /// <summary>Calls of the retrieve tool that the proxy answered itself.</summary>
    public required long Retrievals { get; init; }

    /// <summary>Requests that were sent beyond the clients' own to continue after such calls; their input counts against what was saved.</summary>
    public required long Continuations { get; init; }

    /// <summary>US dollars saved; null while a model without a known price was in use.</summary>
    public required double? TotalSavingsUsd { get; init; }

    /// <summary>Median of the milliseconds that the proxy itself took before the first byte went upstream.</summary>
    public required double OverheadP50Ms { get; init; }

    /// <summary>95th percentile of the same.</summary>
    public required double OverheadP95Ms { get; init; }

    /// <summary>99th percentile of the same.</summary>
    public required double OverheadP99Ms { get; init; }
}
