using System.Collections.Concurrent;
using Headroom.Engine.Ccr;
using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Requests;

/// <summary>
/// Decides once in a conversation's life whether the retrieve tool is added to its tools: the list of tools is the first thing that
/// providers cache, so it may not change on the way. The decision is a pin under the conversation's opening.
/// </summary>
/// <param name="store">Keeps the decisions.</param>
/// <param name="mode">What the user wants.</param>
/// <param name="logger">Told of what fails.</param>
internal sealed class RetrieveToolDecision(ICcrStore store, RetrieveToolMode mode, ILogger logger)
{
    private const string UseClass = "retrieve-tool";
    private const string Added = "tool-added";
    private const string NotAdded = "tool-not-added";

    // A conversation that went without the tool while the store was away goes on without it; this keeps that decision until the
    // store can take it.
    private const int MostUnpinned = 1 << 16;
    private readonly ConcurrentDictionary<PinKey, bool> _unpinned = new();

    /// <summary>The conversation when the tool is to be added to this request; else null.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async ValueTask<RetrieveConversation?> DecideAsync(
        IRetrievalFormat format, ReadOnlyMemory<byte> body, RequestMap map, CancellationToken cancellationToken)
    {
        // 1. What the request itself and the user say needs no pin.
        if (mode == RetrieveToolMode.Never || map.HasRetrieveTool || map.TakesNoTools || (mode == RetrieveToolMode.Auto && !map.OffersTools)
            || !HasPlaceForTool(body.Span, map) || KeyOf(format, body.Span, map) is not { } key)
        {
            return null;
        }

        try
        {
            // 2. What was decided holds. What was not is decided now: only a beginning has no prefix to lose.
            var found = await store.FindPinsAsync([key], cancellationToken).ConfigureAwait(false);
            if (!found.TryGetValue(key, out var pin))
            {
                var reason = map.HasHistory || _unpinned.ContainsKey(key) ? NotAdded : Added;
                var proposal = new PinProposal(new Pin { Key = key, Reason = reason }, default);
                pin = (await store.PinAsync([proposal], cancellationToken).ConfigureAwait(false))[0];
            }

            _unpinned.TryRemove(key, out _);
            return pin.Reason == Added ? new RetrieveConversation(key, map.Messages.Count) : null;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            EngineInstruments.FailOpen("decide-tool");
            logger.DecidingToolFailed(new Failure(exception));
            if (_unpinned.Count < MostUnpinned)
            {
                _unpinned.TryAdd(key, true);
            }

            return null;
        }
    }

    /// <summary>Adds the tool behind all others.</summary>
    public static Replacement Add(IRetrievalFormat format, ReadOnlySpan<byte> body, RequestMap map)
    {
        var tool = format.RetrieveTool;
        if (map.Tools.Equals(default))
        {
            // Always in the same place, whatever else the client says.
            return new Replacement(map.Start + 1, 0, (byte[])[.. "\"tools\":["u8, .. tool, .. "],"u8], IsJson: true);
        }

        var (start, length) = map.Tools.GetOffsetAndLength(body.Length);
        if (body[start] != (byte)'[')
        {
            return new Replacement(start, length, (byte[])[(byte)'[', .. tool, (byte)']'], IsJson: true);
        }

        var isEmpty = body.Slice(start + 1, length - 2).Trim(" \t\r\n"u8).IsEmpty;
        return new Replacement(start + length - 1, 0, (byte[])[.. isEmpty ? default : ","u8, .. tool], IsJson: true);
    }

    private static bool HasPlaceForTool(ReadOnlySpan<byte> body, RequestMap map) =>
        map.Tools.Equals(default) || body[map.Tools.Start.Value] is (byte)'[' or (byte)'n';

    // Only what a client never changes in a conversation: no marks, which move, and none of model, system prompt and tools.
    private static PinKey? KeyOf(IRetrievalFormat format, ReadOnlySpan<byte> body, RequestMap map)
    {
        foreach (var message in map.Messages)
        {
            if (message.Role == MessageRole.User)
            {
                return PinKey.Of(ConversationOpening.Hash(format.Name, body, message), UseClass);
            }
        }

        return null;
    }
}
