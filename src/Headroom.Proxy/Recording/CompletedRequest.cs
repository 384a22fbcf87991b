using Headroom.Engine.Accounting;
using Headroom.Engine.Requests;
using Headroom.Proxy.Observation;
using Headroom.Proxy.Retrieval;

namespace Headroom.Proxy.Recording;

/// <summary>A request that has ended, on its way into the ledger.</summary>
/// <param name="Record">What is known without counting; its token fields are still empty.</param>
/// <param name="Optimized">What became of its blocks; null when nobody looked.</param>
/// <param name="ClientBody">The client's body without content coding, to count the original blocks in.</param>
/// <param name="Observer">Read the answer; null when nobody looked.</param>
/// <param name="Retrievals">What the retrievals came to; null when the retrieve tool was not added.</param>
internal sealed record CompletedRequest(
    SavingsRecord Record,
    OptimizedRequest? Optimized,
    ReadOnlyMemory<byte> ClientBody,
    UsageObserver? Observer,
    RetrievalAccount? Retrievals = null);
