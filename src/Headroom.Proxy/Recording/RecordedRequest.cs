using Headroom.Engine.Accounting;
using Headroom.Proxy.Observation;
using Headroom.Proxy.Retrieval;

namespace Headroom.Proxy.Recording;

/// <summary>What the recorder keeps of a request until it has counted: the blocks that were replaced, and no bodies.</summary>
/// <param name="Record">What is known without counting.</param>
/// <param name="Blocks">The replaced blocks; null when nobody looked for any.</param>
/// <param name="TokensBefore">Estimated tokens of the client's body.</param>
/// <param name="TokensAdded">Estimated tokens that were added to it.</param>
/// <param name="Observer">Read the answer; null when nobody looked.</param>
/// <param name="Retrievals">What the retrievals came to; null when the retrieve tool was not added.</param>
internal sealed record RecordedRequest(
    SavingsRecord Record, IReadOnlyList<ReplacedBlock>? Blocks, int TokensBefore, int TokensAdded, UsageObserver? Observer, RetrievalAccount? Retrievals)
{
    /// <summary>The bytes of text that wait to be counted.</summary>
    public long Bytes { get; } = Blocks?.Sum(b => (long)b.Quoted.Length + b.Replacement.Length) ?? 0;
}
