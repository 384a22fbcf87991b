using Headroom.Engine.Tokens;

namespace Headroom.Engine.Accounting;

/// <summary>
/// What one request to a provider cost and was spared. Made once, when the request has ended, and never changed; every
/// statistic is derived from records.
/// </summary>
public sealed record SavingsRecord
{
    /// <summary>When the request arrived.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The proxy's own id of the request.</summary>
    public required string RequestId { get; init; }

    /// <summary>The provider that the request went to, lower case (<c>openai</c>, <c>anthropic</c>); null when it went nowhere.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that the client asked for; null when the request names none.</summary>
    public string? Model { get; init; }

    /// <summary>The wire format, for example <c>openai-chat</c>; null for a path that has none.</summary>
    public string? Format { get; init; }

    /// <summary>The kind of path, from a closed list of the proxy's routes, never the path itself.</summary>
    public required string PathClass { get; init; }

    /// <summary>The reason code: why the request was changed or left alone.</summary>
    public required string Reason { get; init; }

    /// <summary>Tokens of the body that the client sent; 0 when they were not counted.</summary>
    public long TokensBefore { get; init; }

    /// <summary>Tokens of the bodies that went upstream, counted by the same counter as <see cref="TokensBefore"/>. Retrievals may make them the larger of the two.</summary>
    public long TokensAfter { get; init; }

    /// <summary>
    /// The part of <see cref="TokensSaved"/> that belongs to blocks replaced by an earlier request and only replayed in this
    /// one. The provider would very likely have read their originals from its cache.
    /// </summary>
    public long TokensSavedByReplay { get; init; }

    /// <summary>What the provider was spared in this request.</summary>
    public long TokensSaved => TokensBefore - TokensAfter;

    /// <summary>How <see cref="TokensBefore"/> and <see cref="TokensAfter"/> were counted.</summary>
    public CountAccuracy Accuracy { get; init; } = CountAccuracy.Estimated;

    /// <summary>True when the newly replaced blocks stand before a client's <c>cache_control</c> mark, so that writing them to the cache would have been billed.</summary>
    public bool IsCacheMarked { get; init; }

    /// <summary>Output tokens by the provider's own usage report; null when it sent none.</summary>
    public long? OutputTokens { get; init; }

    /// <summary>Input tokens read from the provider's cache by its usage report; null when it said nothing of them.</summary>
    public long? CacheReadTokens { get; init; }

    /// <summary>Input tokens written to the provider's cache by its usage report; null when it said nothing of them.</summary>
    public long? CacheWriteTokens { get; init; }

    /// <summary>Milliseconds that the proxy itself took before the first byte went upstream.</summary>
    public double OverheadMs { get; init; }

    /// <summary>Milliseconds from the request's first byte to the response's last.</summary>
    public double TotalMs { get; init; }

    /// <summary>The HTTP status that the client received; 0 when it received none.</summary>
    public int Status { get; init; }

    /// <summary>Blocks replaced for the first time.</summary>
    public int BlocksNew { get; init; }

    /// <summary>Blocks replaced by a decision of an earlier request.</summary>
    public int BlocksReplayed { get; init; }

    /// <summary>Calls of the retrieve tool that the proxy answered itself.</summary>
    public int RetrievalCalls { get; init; }

    /// <summary>Requests that the proxy sent beyond the first to continue after such calls; their input is in <see cref="TokensAfter"/>.</summary>
    public int Continuations { get; init; }

    /// <summary>True when the answer was a stream of server-sent events.</summary>
    public bool IsStreaming { get; init; }

    /// <summary>True when the upstream, the network or the proxy failed, also in the middle of a stream that began with 200.</summary>
    public bool IsFailed { get; init; }
}
