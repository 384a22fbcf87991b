namespace Headroom.Proxy.Retrieval;

/// <summary>A call of the retrieve tool.</summary>
/// <param name="Id">The provider's id of it.</param>
/// <param name="Arguments">Its arguments as the model wrote them.</param>
internal sealed record RetrieveCall(string Id, string Arguments);

/// <summary>What one turn of the model means for the loop, whether it came as a stream or whole.</summary>
/// <param name="Calls">The calls of the retrieve tool, in their order.</param>
/// <param name="HasClientCalls">True when the client's own tools are called as well, so that it is for the client to go on.</param>
/// <param name="AwaitsResults">True when the model stopped to wait for the results; false when it was cut off, for example.</param>
/// <param name="Message">
/// The turn as the provider wants it back, a message of its format; null when the turn cannot be continued: the client goes on, or
/// something in the turn is not understood.
/// </param>
internal sealed record ModelTurn(IReadOnlyList<RetrieveCall> Calls, bool HasClientCalls, bool AwaitsResults, byte[]? Message);
