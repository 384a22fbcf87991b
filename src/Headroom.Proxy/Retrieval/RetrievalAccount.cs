using Headroom.Proxy.Observation;

namespace Headroom.Proxy.Retrieval;

/// <summary>What the retrievals of one request came to.</summary>
/// <param name="Calls">Calls of the retrieve tool that were answered.</param>
/// <param name="Continuations">Requests that were sent upstream beyond the first.</param>
/// <param name="FirstInput">Input tokens of the first request by the provider's report; null when it sent none.</param>
/// <param name="EstimatedInput">Estimated input tokens of the continuations, for a provider that reports nothing.</param>
/// <param name="Reported">What the provider reported of all requests together; null when it sent nothing or the answer was not read.</param>
internal sealed record RetrievalAccount(int Calls, int Continuations, long? FirstInput, long EstimatedInput, Usage? Reported);
