namespace Headroom.Proxy.Observation;

/// <summary>What a provider reported of one answer. Null where it said nothing.</summary>
/// <param name="Input">All input tokens, those of its cache included.</param>
/// <param name="CacheRead">Input tokens read from its cache.</param>
/// <param name="CacheWrite">Input tokens written to its cache.</param>
/// <param name="Output">Output tokens.</param>
internal sealed record Usage(long? Input, long? CacheRead, long? CacheWrite, long? Output);
