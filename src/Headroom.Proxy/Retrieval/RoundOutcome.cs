namespace Headroom.Proxy.Retrieval;

/// <summary>What follows a turn.</summary>
/// <param name="Next">The body to continue with; null when the answer ends.</param>
/// <param name="IsCutShort">True when the answer ends although the model waits for results.</param>
/// <param name="Note">What to tell a client that would get an empty answer; null when the answer is the model's own affair.</param>
internal readonly record struct RoundOutcome(byte[]? Next, bool IsCutShort, string? Note);
