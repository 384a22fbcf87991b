using Headroom.Engine.Ccr;

namespace Headroom.Engine.Retrieval;

/// <summary>Gives originals back, whole or in part. Cmdlet, command line, HTTP, MCP and the injected tool all come here.</summary>
public static class Retriever
{
    /// <summary>Answers one request.</summary>
    /// <exception cref="CcrStoreException">The store could not be asked.</exception>
    public static ValueTask<RetrievalResult> RetrieveAsync(ICcrStore store, RetrievalRequest request, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>
    /// Answers a model's call of the tool. Never throws but for a cancellation: what is wrong with the call or the store is the text.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="arguments">The call's arguments as the model wrote them, UTF-8.</param>
    /// <param name="cancellationToken">Whoever asked has gone.</param>
    public static ValueTask<string> AnswerAsync(ICcrStore store, ReadOnlyMemory<byte> arguments, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
