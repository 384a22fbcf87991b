using Headroom.Engine.Ccr;
using Headroom.Engine.Content;
using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Retrieval;

/// <summary>Gives originals back, whole or in part. Cmdlet, command line, HTTP, MCP and the injected tool all come here.</summary>
public static class Retriever
{
    /// <summary>
    /// A model asks for more than it knows: the whole of what it saw a view of. A tenth of the common window of 200,000 tokens leaves room for the
    /// conversation, and for asking on.
    /// </summary>
    private const int MostTokens = 20_000;

    /// <summary>Answers one request.</summary>
    /// <exception cref="CcrStoreException">The store could not be asked.</exception>
    public static ValueTask<RetrievalResult> RetrieveAsync(ICcrStore store, RetrievalRequest request, CancellationToken cancellationToken) =>
        RetrieveAsync(store, request, int.MaxValue, cancellationToken);

    /// <summary>
    /// Answers a model's call of the tool. Never throws but for a cancellation: what is wrong with the call or the store is the text. What would
    /// fill the model's window ends after about 20,000 tokens, and the text says where and how to go on.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="arguments">The call's arguments as the model wrote them, UTF-8.</param>
    /// <param name="cancellationToken">Whoever asked has gone.</param>
    /// <param name="logger">Told of what fails.</param>
    public static async ValueTask<string> AnswerAsync(
        ICcrStore store, ReadOnlyMemory<byte> arguments, CancellationToken cancellationToken, ILogger? logger = null) =>
        (await ReplyAsync(store, arguments, cancellationToken, logger).ConfigureAwait(false)).ToText();

    /// <summary>As <see cref="AnswerAsync"/>, for a caller that tells the model of a failure by more than the text.</summary>
    /// <param name="store">The store.</param>
    /// <param name="arguments">The call's arguments as the model wrote them, UTF-8.</param>
    /// <param name="cancellationToken">Whoever asked has gone.</param>
    /// <param name="logger">Told of what fails.</param>
    /// <returns>The result; of a call or a store with something wrong, <see cref="RetrievalStatus.Invalid"/>.</returns>
    public static async ValueTask<RetrievalResult> ReplyAsync(
        ICcrStore store, ReadOnlyMemory<byte> arguments, CancellationToken cancellationToken, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (RetrievalRequest.Read(arguments.Span, out var problem) is not { } request)
        {
            return new RetrievalResult { Status = RetrievalStatus.Invalid, Message = problem! };
        }

        try
        {
            return await RetrieveAsync(store, request, MostTokens, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            EngineInstruments.FailOpen("retrieve");
            logger?.AnsweringFailed(new Failure(e));

            // The model can only try again, whatever it was.
            return new RetrievalResult { Status = RetrievalStatus.Invalid, Message = RetrievalMessage.NoAnswer };
        }
    }

    internal static async ValueTask<RetrievalResult> RetrieveAsync(
        ICcrStore store, RetrievalRequest request, int mostTokens, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        if (request.Parts > 1)
        {
            return new RetrievalResult { Status = RetrievalStatus.Invalid, Message = RetrievalMessage.SeveralParts };
        }

        if (!Marker.IsHash(request.Hash))
        {
            return new RetrievalResult { Status = RetrievalStatus.Unknown, Message = RetrievalMessage.NoHash(request.Hash) };
        }

        if (await store.GetAsync(request.Hash, cancellationToken).ConfigureAwait(false) is { } stored)
        {
            var original = SourceText.ReadStored(stored);
            var part = new OriginalPart(original.Utf8 ?? original.Bytes, mostTokens, cancellationToken).Of(request);
            return part with { Bytes = part.IsWhole ? original.Bytes : part.Content };
        }

        EngineInstruments.StoreMisses.Add(1, new KeyValuePair<string, object?>("kind", "original"));
        return await store.HasExpiredAsync(request.Hash, cancellationToken).ConfigureAwait(false)
            ? new RetrievalResult { Status = RetrievalStatus.Expired, Message = RetrievalMessage.Expired }
            : new RetrievalResult { Status = RetrievalStatus.Unknown, Message = RetrievalMessage.Unknown(request.Hash) };
    }
}
