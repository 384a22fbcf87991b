using System.Collections.Concurrent;
using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Requests;

/// <summary>Whether a request has the retrieve tool, and what is still to be stored about that.</summary>
/// <param name="Chain">The request's messages.</param>
/// <param name="IsAdded">True when the tool is added.</param>
/// <param name="IsNew">True when nothing that was decided before says so.</param>
/// <param name="Proposals">To be stored with the request's blocks, the one for the chain's head first; empty when all is there, or the store was not.</param>
internal sealed record ToolDecision(Chain Chain, bool IsAdded, bool IsNew, IReadOnlyList<PinProposal> Proposals);

/// <summary>
/// Decides whether the retrieve tool is added to a request's tools. The list of tools is the first thing that providers cache, so what was decided at a
/// conversation's beginning is inherited along its chain, and where the chain is new, by its exchanges and by the client's own name for its session.
/// </summary>
/// <param name="store">Keeps the decisions.</param>
/// <param name="mode">What the user wants.</param>
/// <param name="logger">Told of what fails.</param>
internal sealed class RetrieveToolDecision(ICcrStore store, RetrieveToolMode mode, ILogger logger)
{
    private const string Added = "tool-added";
    private const string NotAdded = "tool-not-added";

    // What went upstream while the store was away, by the head of its chain, until the store can take it.
    private const int MostUnpinned = 1 << 16;
    private readonly ConcurrentDictionary<PinKey, bool> _unpinned = new();

    /// <summary>What holds for a request; null when the tool could not be added whatever was decided.</summary>
    /// <param name="format">The format's name.</param>
    /// <param name="body">The body.</param>
    /// <param name="map">What it holds.</param>
    /// <param name="session">The client's own name for the session, as far as it is not in the body.</param>
    /// <param name="cancellationToken">The client's own token.</param>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async ValueTask<ToolDecision?> DecideAsync(
        string format, ReadOnlyMemory<byte> body, RequestMap map, string? session, CancellationToken cancellationToken)
    {
        // 1. What the request itself and the user say needs no pin.
        if (mode == RetrieveToolMode.Never || map.HasRetrieveTool || map.TakesNoTools || map.IsServerHeld || (mode == RetrieveToolMode.Auto && !map.OffersTools)
            || !HasPlaceForTool(body.Span, map) || !map.Messages.Any(m => m.Role == MessageRole.User))
        {
            return null;
        }

        // 2. The names under which a decision may be found, the surest first. A place further up in the chain is none of them: what another conversation that
        //    began with the same words has there says nothing about this one.
        var chain = Chain.Read(format, body.Span, map.Messages);
        var head = PinKey.Of(Convert.FromHexString(chain.Head.Hex), "retrieve-tool");
        var extended = chain.Extended is { } point ? PinKey.Of(Convert.FromHexString(point.Hex), "retrieve-tool") : (PinKey?)null;
        PinKey[] exchanges = [.. chain.Exchanges.Select(e => PinKey.Of(Convert.FromHexString(e.Hex), "retrieve-tool-exchange"))];
        var named = (session ?? SessionName.In(body.Span, map)) is { } name ? SessionKey(name, body.Span, map) : (PinKey?)null;
        PinKey[] names = [head, .. Given(extended), .. exchanges, .. Given(named)];
        IReadOnlyDictionary<PinKey, Pin> found;
        try
        {
            found = await store.FindPinsAsync(names, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            EngineInstruments.FailOpen("decide-tool");
            logger.DecidingToolFailed(new Failure(exception));
            Remember(chain.Head, false);
            return new ToolDecision(chain, IsAdded: false, IsNew: false, []);
        }

        // 3. What was decided holds. What was not is decided now: only a beginning has no prefix to lose.
        Pin? earlier = null;
        foreach (var key in names)
        {
            if (found.TryGetValue(key, out earlier))
            {
                break;
            }
        }

        bool? known = earlier is not null ? earlier.Reason == Added
            : _unpinned.TryGetValue(chain.Head, out var sent) || (chain.Extended is { } before && _unpinned.TryGetValue(before, out sent)) ? sent
            : null;
        var isAdded = known ?? !map.HasCalls;

        // 4. The next request looks for it here.
        PinKey[] kept = [head, .. exchanges.Take(1), .. Given(named)];
        var reason = isAdded ? Added : NotAdded;
        return new ToolDecision(
            chain, isAdded, known is null, [.. kept.Where(k => !found.ContainsKey(k)).Select(k => new PinProposal(new Pin { Key = k, Reason = reason }, default))]);
    }

    /// <summary>False when another process was first and has decided something else.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="inForce">The pins in force, those for its proposals first.</param>
    public bool Holds(ToolDecision decision, IReadOnlyList<Pin> inForce)
    {
        _unpinned.TryRemove(decision.Chain.Head, out _);
        return !decision.IsNew || decision.Proposals.Count == 0 || (inForce[0].Reason == Added) == decision.IsAdded;
    }

    /// <summary>Takes note that a decision could not be stored; false when it then cannot hold: a conversation begins with the tool only where that is known for ever.</summary>
    public bool GoesOn(ToolDecision decision)
    {
        if (decision.Proposals.Count == 0)
        {
            return true;
        }

        var canHold = !decision.IsNew || !decision.IsAdded;
        Remember(decision.Chain.Head, decision.IsAdded && canHold);
        return canHold;
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

    // Tools and system prompt are part of it: what a client calls one session may hold conversations of several agents.
    private static PinKey SessionKey(string name, ReadOnlySpan<byte> body, RequestMap map)
    {
        var system = map.Messages.TakeWhile(m => m.Role == MessageRole.Other).ToArray();
        Range[] surroundings = [map.Tools, map.System, .. system.Select(m => m.Start..m.End)];
        return PinKey.Of([.. Encoding.UTF8.GetBytes(name), 0, .. Chain.HashOf(body, surroundings)], "retrieve-tool-session");
    }

    private static PinKey[] Given(PinKey? key) => key is { } given ? [given] : [];

    private void Remember(PinKey head, bool isAdded)
    {
        if (_unpinned.Count < MostUnpinned)
        {
            _unpinned.TryAdd(head, isAdded);
        }
    }
}
